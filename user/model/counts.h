/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a list holds, counted: kept beside it, so that nobody has to read it to know. */
#ifndef COUNTS_H
#define COUNTS_H

#include "settings.h"

/* Of entries of one list and family, at that time: seconds since the epoch. */
void counts_of(const struct entry *entries, size_t count, __u64 now, struct cx_counts *ret_counts);

/*
 * One more, and one less.  What is taken out must be in.  The bounds only ever
 * close in: counts stay true for as long as they say, if for less than they
 * could; counts_of() makes them wide again.
 */
void counts_add(struct cx_counts *counts, const struct entry *entry, __u64 now);
void counts_remove(struct cx_counts *counts, const struct entry *entry);

/* Do they say what is so at that time? */
bool counts_hold(const struct cx_counts *counts, __u64 now);

#endif
