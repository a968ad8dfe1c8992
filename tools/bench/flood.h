/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the flood's XDP programs and their loader agree on. */
#ifndef BENCH_FLOOD_H
#define BENCH_FLOOD_H

#include <linux/types.h>

/*
 * Drawn sources lie packed in the order of their use and are walked from front
 * to back: the walk is prefetched, so that what the caches miss is the filter's.
 */
struct drawn_line {
	union {
		__be32 ipv4[4];
		__be64 ipv6[2];
	};
};

/*
 * The sequence flood: one frame in SEQUENCE_EVERY carries a number, and takes
 * its source from the drawn line's column (number % 4): a host that is listed
 * throughout, one of the old list alone, one listed throughout, one of the new
 * list alone. All other frames come from the upper half of IPv4, unlisted.
 */
#define SEQUENCE_EVERY 16

enum sequence_column { COLUMN_KEPT, COLUMN_OLD, COLUMN_KEPT_TOO, COLUMN_NEW };

/*
 * The calls flood: at random moments, call_gap_ns apart on average, a frame
 * comes from call_source instead of a random one, with its number and time.
 */
#define CALL_LOOK_EVERY 64

/* Lies behind the UDP header of both these floods. */
struct flood_mark {
	__u64 number_plus_one; /* 0: one of the flood, unnumbered */
	__u64 sent_ns;         /* of the monotonic clock; calls only */
} __attribute__((packed));

#endif
