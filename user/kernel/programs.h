/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which programs an interface of the current namespace runs, whatever hook holds them. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "dispatcher.h"
#include "interfaces.h"
#include "tc.h"

#define PROGRAMS_AT_XDP_MAX (1 + DISPATCHED_MAX) /* itself, and what it calls */
#define PROGRAMS_MAX        (PROGRAMS_AT_XDP_MAX + TC_PROGRAMS_MAX)

/*
 * Their ids: what the kernel says at this moment.  This is the one place that
 * is asked whether a program runs on an interface; a further hook is added
 * here, and to hold.c if no link of ours leads to it.  Returns how many, or
 * -errno.
 */
int programs_on(const struct interface *interface, __u32 ret_ids[static PROGRAMS_MAX]);

/* The same of XDP alone, in whatever namespace it is. */
int programs_at_xdp(const struct interface *interface, __u32 ret_ids[static PROGRAMS_AT_XDP_MAX]);

/* Is that one of them? Returns 1, 0 or -errno. */
int programs_include(const struct interface *interface, __u32 prog_id);

#endif
