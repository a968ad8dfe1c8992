/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which refused sources came again, as the packet path has kept them: see struct cx_seen. */
#ifndef SEEN_H
#define SEEN_H

#include "instance.h"
#include "prefix.h"

/* One source that a policy refused, or would have; over all CPUs. */
struct seen {
	struct prefix source;
	__u8 policy;
	__u8 proto;  /* enum cx_proto, of the last packet, as port, reason and dev */
	__u8 reason; /* enum cx_reason */
	__u8 lowest_ttl, highest_ttl;
	bool exact; /* no packet of it was missed */
	__u16 port;
	__u16 dev;         /* index into devices */
	__u64 packets;     /* at least */
	__u64 first, last; /* CLOCK_MONOTONIC ns */
	__u64 windows;     /* in which it came */
};

/*
 * Those that came, by policy, family and address.  Left out is who came so
 * seldom, while not all were looked at, that it may be one of a flood's.
 * *ret_list is the caller's to free.  Returns 0 or -errno.
 */
int seen_read(const struct instance *instance, struct seen **ret_list, size_t *ret_count);

/* Packets in ten seconds: of those seen, or in the windows in which it came. */
__u64 seen_rate(const struct seen *seen, __u64 tick);

/* One in how many sources is looked at now; 1: all are. */
__u64 seen_one_in(const struct instance *instance);

/* Window of struct cx_pace in jiffies, as a power of two: about a second. tick: ns of one. */
__u32 seen_window_shift(__u64 tick);

#endif
