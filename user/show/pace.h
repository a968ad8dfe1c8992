/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From turn to turn: how often, how many, and the wait for the next. */
#ifndef PACE_H
#define PACE_H

#include "cli.h"

struct pace {
	__u32 seconds; /* from one turn to the next */
	__u32 count;   /* turns, 0: until it is interrupted */
};

/* Reads "[SECONDS] [count N]" from that word on, to the end. Returns an exit status. */
int pace_read(struct cli *cli, int at, struct pace *ret_pace);

/* From here on an interrupt ends a wait, and nothing else. */
void pace_catch_ends(void);

/* Waits until then, CLOCK_MONOTONIC ns. True if that time came, false if it was interrupted. */
bool pace_wait(__u64 monotonic);

#endif
