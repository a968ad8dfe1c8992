/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The README's verdict table, held against the cases. */
#ifndef CLARENT_TESTS_README_H
#define CLARENT_TESTS_README_H

#include "case.h"

/* How often a case of each reason had each fate. */
struct reasons_seen {
	unsigned int times[CX_REASON_COUNT][3]; /* enum cx_reason, enum fate */
};

/*
 * Every reason has a row of its own, in the order of enum cx_reason, that says
 * pass or drop, or both, as the cases do; and no row is for anything else.
 */
void readme_check(const struct reasons_seen *seen);

#endif
