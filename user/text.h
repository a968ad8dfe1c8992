/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is a text fit to be kept and printed: UTF-8 without control characters. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/*
 * Bytes of the character that text begins with; 0 if that is no UTF-8
 * (RFC 3629) or a control character, which could steer a terminal.
 */
size_t text_char(const char *text, size_t len);

/* What is wrong with a text, NULL if nothing is.  A tab is taken for a blank. */
const char *text_fault(const char *text, size_t len);

#endif
