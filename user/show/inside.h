/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hosts of an allowed prefix: which send most, and what is said of each. */
#ifndef INSIDE_H
#define INSIDE_H

#include "crowd.h"
#include "show.h"

/* What was seen of a prefix, and by what it is told. */
struct inside {
	const struct view *view;
	const struct prefix *prefix;
	struct crowd crowd;
	__u64 packets; /* datagrams that came from there, in all */
	__u64 lasted;  /* ns */
	__u64 monotonic_epoch;
	/* of inside_choose() */
	size_t shown;        /* the first so many of the crowd */
	__u64 packets_shown; /* that these stand for, at most packets */
};

/*
 * Chooses whom to show, who sends most first.  Where not every packet was told of,
 * or more hosts came than could be kept, who came but once or twice is no more
 * than any of those who are not shown.
 */
void inside_choose(struct inside *inside);

/* Prints them, or fills cli->answer. Returns an exit status. */
int inside_answer(struct cli *cli, struct inside *inside);

#endif
