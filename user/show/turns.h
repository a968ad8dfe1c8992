/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was counted at one moment, and what came between two. */
#ifndef TURNS_H
#define TURNS_H

#include "show.h"

struct turn {
	struct attachment *list;     /* owned */
	struct cx_counter *counters; /* owned, CX_COUNTERS of each */
	size_t count;
	__u64 monotonic; /* ns */
};

/* Returns an exit status; after a failure there is nothing to free. */
int turn_read(struct cli *cli, const struct view *view, struct turn *ret_turn);
void turn_free(struct turn *turn);

/*
 * What came between two turns, CX_COUNTERS of each attachment of the second,
 * in memory of its own; NULL if that is out.
 */
struct cx_counter *turn_difference(const struct turn *before, const struct turn *now);

#endif
