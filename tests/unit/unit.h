/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the unit tests share: cmocka in the order it wants, complaints compared as text. */
#ifndef UNIT_H
#define UNIT_H

/* cmocka.h needs these before it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complaint.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A complaint as it is printed: 'OBJECT': WHAT; HINT. */
static inline const char *complaint_text(const struct complaint *why)
{
	static char text[600];

	snprintf(text, sizeof(text), "%s%s%s%s%s%s", *why->object ? "'" : "", why->object,
		 *why->object ? "': " : "", why->what, *why->hint ? "; " : "", why->hint);
	return text;
}

#endif
