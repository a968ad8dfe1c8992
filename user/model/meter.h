/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rates over the last seconds, of what is looked at from time to time.
 *
 * A timeline knows when the last looks were; a meter, what there was at each of
 * them.  Many meters go by one timeline.
 */
#ifndef METER_H
#define METER_H

#include <linux/types.h>

/* Over so many seconds: METER_SPANS(X) with X(seconds). */
#define METER_SPANS(X) X(2) X(10) X(40)

#define METER_LONGEST 40

#define METER_LOOKS (METER_LONGEST + 2) /* as far back as that, one a second */

struct timeline {
	__u64 when[METER_LOOKS]; /* ns; in a ring */
	unsigned int last;       /* where the last look stands */
	unsigned int count;      /* looks that there were, METER_LOOKS at most */
};

struct meter {
	__u64 total;
	__u64 was[METER_LOOKS]; /* at each look */
};

/* Begins as zeroes: at the first look, all meters are as they begin. */
void timeline_look(struct timeline *timeline, __u64 when);

/* After timeline_look(), once for each meter: what came since the look before. */
void meter_add(struct meter *meter, const struct timeline *timeline, __u64 more);

/* In ten seconds, over the last seconds or as many as there were; 0 before the second look. */
__u64 meter_rate(const struct meter *meter, const struct timeline *timeline, unsigned int seconds);

#endif
