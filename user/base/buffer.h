/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text that grows, fast enough for a million lines. */
#ifndef BUFFER_H
#define BUFFER_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* Begins as zeroes.  Once memory is out, failed is set and nothing is added any more. */
struct buffer {
	char *data; /* len characters, without a NUL */
	size_t len, space;
	bool failed;
};

void buffer_free(struct buffer *buffer);

void buffer_add(struct buffer *buffer, const char *data, size_t len);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_number(struct buffer *buffer, __u64 number);
/* With one decimal. */
void buffer_tenths(struct buffer *buffer, __u64 tenths);
/* The same character many times, before what stands at a place. */
void buffer_insert(struct buffer *buffer, size_t at, char c, size_t count);

#endif
