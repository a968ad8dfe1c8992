/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filters that an ingress or clsact qdisc holds on an interface of the current namespace. */
#ifndef TC_FILTERS_H
#define TC_FILTERS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define TC_KIND_MAX 16

struct tc_filter {
	char kind[TC_KIND_MAX];
	__u32 handle; /* 0: stands for all of its priority */
	__u32 priority;
	__u32 chain;   /* frames come to chain 0 first, and to others if that sends them there */
	__u32 prog_id; /* of one of the kind bpf, else 0 */
};

enum tc_side {
	TC_SIDE_INGRESS,
	TC_SIDE_EGRESS,
};

/*
 * All on one side of an interface, in the order in which they see a frame; none
 * if there is no such qdisc.  Returns 0 or -errno; *ret_list is the caller's to free.
 */
int tc_filters_read(__u32 ifindex, enum tc_side side, struct tc_filter **ret_list,
		    size_t *ret_count);

/*
 * One that sees a frame before that of a program does, at ingress.  Returns 1, 0
 * if there is none, or is none of the program, or -errno.
 */
int tc_filters_before(__u32 ifindex, __u32 prog_id, struct tc_filter *ret_filter);

/* Is there such a qdisc? Returns 1, 0 or -errno. */
int tc_filters_possible(__u32 ifindex);

#endif
