/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why a change needs `force`: what the guards found, for the gate to decide on. */
#ifndef RAISED_H
#define RAISED_H

#include <stdbool.h>

#include "complaint.h"

#define RAISED_KEPT 8 /* of them; all are counted */

struct raised {
	size_t count;
	struct complaint why[RAISED_KEPT];
	bool told[RAISED_KEPT]; /* the change will be warned of it anyway */
};

/* hint: what to do about it, NULL for none; it is true for a change that is refused. */
void raised_add(struct raised *raised, const char *object, const char *hint, const char *what, ...)
	__attribute__((format(printf, 4, 5)));

/* Says of the last one that it needs no warning of its own, should it be forced. */
void raised_told(struct raised *raised);

#endif
