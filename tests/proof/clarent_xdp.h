/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shared header, but for one thing: a generation's tables are objects of
 * their own instead of parts of one of 4.6 MB, which no solver would digest.
 * The filter's source reads them alike.
 */
#ifndef PROOF_CLARENT_XDP_H
#define PROOF_CLARENT_XDP_H

#define cx_rules cx_rules_in_one
#include_next "clarent_xdp.h"
#undef cx_rules

struct cx_rules {
	__u64 seed[2][2];
	__u32 filter_shift[2];
	__u32 flags;
	__u64 tunnels[CX_MAX_DEVS / 64];
	struct cx_policy *policy;
	struct cx_list (*list)[2];
	__u8 *guard[2];
	__u64 *filter[2];
};

#endif
