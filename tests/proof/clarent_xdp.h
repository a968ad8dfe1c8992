/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shared header, but for two things: a generation's tables are objects of
 * their own instead of parts of one of 4.6 MB, which no solver would digest, and
 * the policies are fewer.  The filter's source reads them alike.
 */
#ifndef PROOF_CLARENT_XDP_H
#define PROOF_CLARENT_XDP_H

#define cx_rules cx_rules_in_one
#include_next "clarent_xdp.h"
#undef cx_rules

/* With the one that is none; more would be more of the same. */
#undef CX_MAX_POLICIES
#define CX_MAX_POLICIES 4

struct cx_rules {
	__u64 seed[2][2];
	__u32 filter_shift[2];
	__u32 flags;
	__u64 tunnels[CX_MAX_DEVS / 64];
	__u64 listing;
	struct cx_policy *policy;
	struct cx_list (*list)[2];
	__u8 *guard[2];
	__u64 *filter[2];
};

#endif
