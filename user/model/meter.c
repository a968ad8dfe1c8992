/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rates over the last seconds, of what is looked at from time to time. */
#include "meter.h"

#define NSEC_PER_SEC 1000000000ULL

void timeline_look(struct timeline *timeline, __u64 when)
{
	timeline->last = (timeline->last + 1) % METER_LOOKS;
	timeline->when[timeline->last] = when;
	if (timeline->count < METER_LOOKS)
		timeline->count++;
}

void meter_add(struct meter *meter, const struct timeline *timeline, __u64 more)
{
	meter->total += more;
	meter->was[timeline->last] = meter->total;
}

static unsigned int back(const struct timeline *timeline, unsigned int looks)
{
	return (timeline->last + METER_LOOKS - looks) % METER_LOOKS;
}

/* The look that so many seconds ago is nearest to: no look is on time to the nanosecond. */
static unsigned int look_before(const struct timeline *timeline, __u64 seconds)
{
	__u64 now = timeline->when[timeline->last], span = seconds * NSEC_PER_SEC;
	unsigned int looks = 1;

	while (looks + 1 < timeline->count &&
	       now - timeline->when[back(timeline, looks)] < span - NSEC_PER_SEC / 2)
		looks++;
	return back(timeline, looks);
}

__u64 meter_rate(const struct meter *meter, const struct timeline *timeline, unsigned int seconds)
{
	unsigned int from;
	__u64 span;

	if (timeline->count < 2)
		return 0;
	from = look_before(timeline, seconds);
	span = timeline->when[timeline->last] - timeline->when[from];
	if (!span)
		return 0;
	return (__u64)((double)(meter->total - meter->was[from]) * 10 * NSEC_PER_SEC /
			       (double)span +
		       0.5);
}
