/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets and bytes by policy, reason and interface: of all time, or by the second. */
#ifndef STATS_H
#define STATS_H

#include "show.h"

struct stats_row {
	const char *policy; /* NULL: the packets were no policy's business */
	unsigned int reason;
	const char *interface;
	const char *netns;
	struct cx_counter done;  /* passed or dropped, as the reason says */
	struct cx_counter would; /* passed, and dropped were the policy enforced */
};

struct stats {
	const struct settings *settings;
	const struct attachment *attachment;
	size_t attachments;
	bool zeros;                        /* rows without packets too */
	const struct cx_counter *counters; /* CX_COUNTERS of each attachment */
	struct stats_row *row;             /* owned, once they are gathered */
	size_t count;
};

/* Returns 0, or -errno with cli->why filled. ret_counters: CX_COUNTERS of each. */
int stats_read(struct cli *cli, const struct attachment *list, size_t count,
	       struct cx_counter *ret_counters);

/* Makes rows of counters, whose words are borrowed. Returns 0 or -ENOMEM. */
int stats_gather(struct stats *stats, __u64 here);

/* For struct rows, with the rows as its context; and the fields that tell them apart. */
const void *stats_row_at(const struct rows *rows, size_t index);
struct value stats_policy(const void *row);
struct value stats_reason(const void *row);
struct value stats_interface(const void *row);
struct value stats_namespace(const void *row);

/* `stats watch`: what comes, turn by turn, until it is interrupted. Returns an exit status. */
int stats_watch(struct cli *cli);

#endif
