/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What libxdp's dispatcher calls on an interface, as the kernel tells it. */
#ifndef DISPATCHER_H
#define DISPATCHER_H

#include <stdbool.h>

#include "clarent_xdp.h"

#define DISPATCHED_MAX 10 /* it has no more places */

/* One of the programs that it calls, if that is join.bpf.c. */
struct dispatched {
	__u32 component; /* its program id */
	__u32 entry;     /* id of its prog array */
	__u32 prog_id;   /* of ours that is in force there */
};

/* Is that program a dispatcher? */
bool dispatcher_is(__u32 prog_id);

/*
 * Those of ours that a dispatcher calls, of whatever instance.  Returns how
 * many, or -errno; none if that program is no dispatcher.
 */
int dispatcher_read(__u32 prog_id, struct dispatched ret[static DISPATCHED_MAX]);

#endif
