/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `stats watch`: what comes, turn by turn. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "interrupts.h"
#include "scope.h"
#include "stats.h"
#include "table.h"
#include "when.h"

#define SECONDS_MAX 86400

struct request {
	__u32 seconds; /* from one turn to the next */
	__u32 count;   /* turns, 0: until it is interrupted */
};

/* What was counted at one moment. */
struct turn {
	struct attachment *list;     /* owned */
	struct cx_counter *counters; /* owned, CX_COUNTERS of each */
	size_t count;
	__u64 monotonic; /* ns */
};

static __u64 span; /* of the turn that is shown, ns */

static __u64 per_second(__u64 count)
{
	return (__u64)((double)count * NSEC_PER_SEC / (double)span + 0.5);
}

static struct value get_packets(const void *row)
{
	return value_number(((const struct stats_row *)row)->done.packets);
}

static struct value get_packet_rate(const void *row)
{
	return value_number(per_second(((const struct stats_row *)row)->done.packets));
}

static struct value get_byte_rate(const void *row)
{
	return value_number(per_second(((const struct stats_row *)row)->done.bytes));
}

static struct value get_would_packets(const void *row)
{
	return value_number(((const struct stats_row *)row)->would.packets);
}

static struct value get_would_rate(const void *row)
{
	return value_number(per_second(((const struct stats_row *)row)->would.packets));
}

static const struct field fields[] = {
	{ "POLICY", "policy", stats_policy },
	{ "REASON", "reason", stats_reason },
	{ "INTERFACE", "interface", stats_interface },
	{ "NETNS", "namespace", stats_namespace },
	{ "PACKETS", "packets", get_packets },
	{ "PACKETS/S", "packets_per_second", get_packet_rate },
	{ "BYTES/S", "bytes_per_second", get_byte_rate },
	{ "WOULD DROP", "would_drop_packets", get_would_packets },
	{ "PACKETS/S", "would_drop_packets_per_second", get_would_rate },
	{},
};

/* One turn */

static void turn_free(struct turn *turn)
{
	free(turn->list);
	free(turn->counters);
	*turn = (struct turn){};
}

/* Returns an exit status; after a failure there is nothing to free. */
static int turn_read(struct cli *cli, const struct view *view, struct turn *ret_turn)
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

/* What came between two turns, in memory of its own; NULL if that is out. */
static struct cx_counter *difference(const struct turn *before, const struct turn *now)
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

/* Showing it */

/* A line of its own, of the form that every answer has. */
static int print_json(const struct cli *cli, const struct view *view, const struct rows *rows)
{
	struct json_object *line = json_object_new_object(), *array = rows_json(rows);
	char now[WHEN_TEXT_MAX];

	if (!array)
		return json_object_put(line), -ENOMEM;
	json_object_object_add(line, "version", json_object_new_int(CLI_JSON_VERSION));
	json_object_object_add(line, "time",
			       json_object_new_string(when_format(view->clocks.utc, now)));
	json_object_object_add(line, "seconds",
			       json_object_new_double((double)span / NSEC_PER_SEC));
	json_object_object_add(line, "rates", array);
	json_object_object_add(line, "warnings", cli_warnings_json(cli));
	puts(json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(line);
	return 0;
}

static int print_text(const struct view *view, const struct rows *rows)
{
	char now[WHEN_TEXT_MAX];

	when_format(view->clocks.utc, now);
	printf("%s, in %.1f s%s\n", now, (double)span / NSEC_PER_SEC,
	       rows->count ? ":" : ": nothing");
	return rows->count ? rows_print(rows, view->clocks.utc) : 0;
}

static int show(struct cli *cli, const struct view *view, const struct turn *before,
		const struct turn *now)
{
	struct rows rows = { .field = fields, .at = stats_row_at };
	scoped(memory) counters = difference(before, now), row = NULL;
	struct stats stats = {
		.settings = &view->settings,
		.attachment = now->list,
		.attachments = now->count,
		.counters = counters,
	};
	int err;

	span = now->monotonic - before->monotonic;
	if (!counters || stats_gather(&stats, view->here))
		return view_no_memory(cli);
	rows.context = row = stats.row;
	rows.count = stats.count;
	err = cli->json ? print_json(cli, view, &rows) : print_text(view, &rows);
	fflush(stdout);
	return err ? view_no_memory(cli) : STATUS_DONE;
}

/* From turn to turn */

/* Whether that time came. */
static bool wait_until(__u64 monotonic)
{
	const struct timespec until = { .tv_sec = (time_t)(monotonic / NSEC_PER_SEC),
					.tv_nsec = (long)(monotonic % NSEC_PER_SEC) };
	int err = EINTR;

	while (err == EINTR && !interrupted())
		err = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	return !err && !interrupted();
}

/* Looks once, shows what came since before, and leaves what it saw there; the first shows nothing. */
static int look(struct cli *cli, struct turn *before)
{
	struct view view;
	struct turn now;
	int status;

	warnings_free(&cli->warnings);
	status = view_open(cli, view_rules, NULL, &view);
	if (status)
		return status;
	status = turn_read(cli, &view, &now);
	if (!status && before->monotonic)
		status = show(cli, &view, before, &now);
	view_close(&view);
	turn_free(before);
	*before = now;
	return status;
}

static int watch(struct cli *cli, const struct request *request)
{
	struct turn before = {};
	int status = look(cli, &before);
	__u64 next = before.monotonic;

	for (__u32 i = 0; !status && !ferror(stdout) && (!request->count || i < request->count);
	     i++) {
		next += request->seconds * NSEC_PER_SEC;
		if (!wait_until(next))
			break;
		status = look(cli, &before);
	}
	turn_free(&before);
	return status;
}

static int read_words(struct cli *cli, struct request *ret_request)
{
	int at = 1;

	*ret_request = (struct request){ .seconds = 1 };
	if (at < cli->count && strcmp(cli->words[at], "count") &&
	    grammar_number(cli->words[at++], 1, SECONDS_MAX, &ret_request->seconds))
		return cli_usage(cli, cli->words[at - 1], "is no number of seconds, 1 to 86400");
	if (at < cli->count && !strcmp(cli->words[at], "count")) {
		if (++at >= cli->count)
			return cli_usage(cli, "count", "needs a number");
		if (grammar_number(cli->words[at++], 1, ~0U, &ret_request->count))
			return cli_usage(cli, cli->words[at - 1], "is no number of turns");
	}
	return at < cli->count ? cli_misplaced(cli, cli->words[at]) : STATUS_DONE;
}

int stats_watch(struct cli *cli)
{
	struct request request;
	int status = read_words(cli, &request);

	if (status)
		return status;
	interrupts_catch();
	cli->answered = cli->json;
	status = watch(cli, &request);
	cli->answered &= !status; /* what fails is said as ever */
	return status;
}
