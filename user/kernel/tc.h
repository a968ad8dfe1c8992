/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs at tc ingress of interfaces of the current network namespace. */
#ifndef TC_H
#define TC_H

#include <linux/types.h>
#include <stdbool.h>

#define TC_PROGRAMS_MAX 128

/* A link's type, as in struct bpf_link_info; headers before Linux 6.6 lack it. */
#define TC_LINK_TYPE 11

/* True if this kernel holds a program there by a link: since Linux 6.6. */
bool tc_has_links(void);

/* A link to a program there, before all that is there. Returns its fd or -errno. */
int tc_link(int prog_fd, __u32 ifindex);

/*
 * Ids of the programs there, of links or of filters; of more filters than there
 * is room for, those that come first.  Returns how many, or -errno.
 */
int tc_programs(__u32 ifindex, __u32 ret_ids[static TC_PROGRAMS_MAX]);

/*
 * Does anything there see a frame before that program, and so decide whether it
 * is asked at all?  Returns 1, 0 or -errno.
 */
int tc_is_behind(__u32 ifindex, __u32 prog_id);

#endif
