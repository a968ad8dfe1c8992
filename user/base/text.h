/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is a text fit to be kept and printed: UTF-8, and nothing in it that hides or misleads. */
#ifndef TEXT_H
#define TEXT_H

#include <linux/types.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* Bytes of the character that text begins with; 0 if that is no UTF-8 (RFC 3629). */
size_t text_decode(const char *text, size_t len, __u32 *ret_point);

/*
 * The same of a character that may be shown as it is; 0 also for those that
 * steer a terminal, turn the direction of writing, or cannot be seen.
 */
size_t text_char(const char *text, size_t len);

#define TEXT_FAULT_MAX 80

/* What is wrong with a text, maybe in buf; NULL if nothing is.  A tab is taken for a blank. */
const char *text_fault(const char *text, size_t len, char buf[static TEXT_FAULT_MAX]);

#define TEXT_SHOWN_MAX 8

/* The first character as it is shown, or the first byte as "\x1b". Returns how many bytes that is. */
size_t text_show(const char *text, size_t len, char ret_shown[static TEXT_SHOWN_MAX]);

/* Whatever came from outside, made fit for a terminal; what is too long ends in "...". */
void text_printable(const char *text, char *ret_text, size_t size);
/* The same of what is formatted, whole; the caller frees it. NULL without memory. */
char *text_format(const char *format, va_list arguments);

/* The same as a line of its own, of 4 KiB at most; it needs no memory. */
void text_print(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
