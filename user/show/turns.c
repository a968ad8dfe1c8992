/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was counted at one moment, and what came between two. */
#include "turns.h"

#include <stdlib.h>
#include <string.h>

#include "stats.h"

void turn_free(struct turn *turn)
{
	free(turn->list);
	free(turn->counters);
	*turn = (struct turn){};
}

int turn_read(struct cli *cli, const struct view *view, struct turn *ret_turn)
{
	struct turn turn = { .monotonic = view->clocks.monotonic };
	int status = view_attachments(cli, view, &turn.list, &turn.count);

	if (status)
		return free(turn.list), status;
	turn.counters = calloc(turn.count + 1, CX_COUNTERS * sizeof(*turn.counters));
	if (!turn.counters)
		status = view_no_memory(cli);
	else if (stats_read(cli, turn.list, turn.count, turn.counters))
		status = STATUS_FAILED;
	if (status)
		turn_free(&turn);
	*ret_turn = turn;
	return status;
}

/* What was attached since, or attached anew, has counted from nought. */
static __u64 since(__u64 now, __u64 before)
{
	return now < before ? now : now - before;
}

static void subtract(struct cx_counter *now, const struct cx_counter *before)
{
	for (size_t i = 0; i < CX_COUNTERS; i++) {
		now[i].packets = since(now[i].packets, before[i].packets);
		now[i].bytes = since(now[i].bytes, before[i].bytes);
	}
}

struct cx_counter *turn_difference(const struct turn *before, const struct turn *now)
{
	size_t size = now->count * CX_COUNTERS * sizeof(struct cx_counter);
	struct cx_counter *counters = malloc(size + 1);

	if (!counters)
		return NULL;
	memcpy(counters, now->counters, size);
	for (size_t i = 0; i < now->count; i++) {
		for (size_t j = 0; j < before->count; j++) {
			if (!strcmp(now->list[i].pin, before->list[j].pin))
				subtract(&counters[i * CX_COUNTERS],
					 &before->counters[j * CX_COUNTERS]);
		}
	}
	return counters;
}
