/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `stats watch`: what comes, turn by turn. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "pace.h"
#include "scope.h"
#include "stats.h"
#include "table.h"
#include "turns.h"
#include "when.h"

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
	scoped(memory) counters = turn_difference(before, now), row = NULL;
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

static int watch(struct cli *cli, const struct pace *pace)
{
	struct turn before = {};
	int status = look(cli, &before);
	__u64 next = before.monotonic;

	for (__u32 i = 0; !status && !ferror(stdout) && (!pace->count || i < pace->count); i++) {
		next += pace->seconds * NSEC_PER_SEC;
		if (!pace_wait(next))
			break;
		status = look(cli, &before);
	}
	turn_free(&before);
	return status;
}

int stats_watch(struct cli *cli)
{
	struct pace pace;
	int status = pace_read(cli, 1, &pace);

	if (status)
		return status;
	pace_catch_ends();
	cli->answered = cli->json;
	status = watch(cli, &pace);
	cli->answered &= !status; /* what fails is said as ever */
	return status;
}
