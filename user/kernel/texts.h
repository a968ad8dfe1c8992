/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Peer names and comments in the kernel: kept once, known by number. */
#ifndef TEXTS_H
#define TEXTS_H

#include "instance.h"
#include "settings.h"

/* Reading: kernel numbers to strings of a model, each looked up once. */
struct text_cache;
struct text_cache *texts_open(const struct instance *instance, struct strings *strings);
void texts_close(struct text_cache *cache); /* NULL is fine */
/* *ret_string is 0 for number 0, and for a lost one.  Returns 0, or -errno if it cannot be read. */
int texts_string(struct text_cache *cache, __u32 number, __u32 *ret_string);

/*
 * Writing: gives every peer name and comment of the model a kernel number and
 * stores those that are new.  NULL with errno set on failure.
 */
struct text_numbers;
struct text_numbers *texts_give_numbers(struct instance *instance, const struct settings *settings);
void texts_free_numbers(struct text_numbers *numbers); /* NULL is fine */
__u32 texts_number(const struct text_numbers *numbers, __u32 string);

/* Deletes what the model that numbers were given to does not refer to. */
void texts_drop_unused(struct instance *instance, const struct text_numbers *numbers);

#endif
