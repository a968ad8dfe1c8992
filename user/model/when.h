/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Times as words: "30m" from now, RFC 3339, or how long. */
#ifndef WHEN_H
#define WHEN_H

#include "clarent_xdp.h"
#include "complaint.h"

#define WHEN_TEXT_MAX 32 /* longest text with its NUL */

/*
 * Reads "2026-12-31T23:59:59Z", any offset instead of Z, to seconds since the
 * epoch; fractions of a second are cut, a leap second counts as the one
 * before it: early rather than late.  If now is not 0, also "30s", "30m",
 * "2h", "7d" from then.  Until 2199, so that nanoseconds fit in 64 bits.
 * Returns 0, or -EINVAL with *ret_why filled.
 */
int when_parse(const char *word, __u64 now, __u64 *ret_seconds, struct complaint *ret_why);

/* The same, but "7d" is that long before now, which is not 0. */
int when_parse_ago(const char *word, __u64 now, __u64 *ret_seconds, struct complaint *ret_why);

/* Reads how long: seconds, or a number and its unit: "90", "90s", "5m", "1h". */
int when_span(const char *word, __u32 min, __u32 max, __u32 *ret_seconds,
	      struct complaint *ret_why);

/* Writes RFC 3339 in UTC. Returns buf. */
const char *when_format(__u64 seconds, char buf[static WHEN_TEXT_MAX]);

#endif
