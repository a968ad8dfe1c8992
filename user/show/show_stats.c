/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `stats`: packets and bytes by policy, reason and interface. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netns.h"
#include "scope.h"
#include "stats.h"

struct value stats_policy(const void *row)
{
	return value_text(((const struct stats_row *)row)->policy);
}

struct value stats_reason(const void *row)
{
	return value_text(reason_name(((const struct stats_row *)row)->reason));
}

struct value stats_interface(const void *row)
{
	return value_text(((const struct stats_row *)row)->interface);
}

struct value stats_namespace(const void *row)
{
	return value_text(((const struct stats_row *)row)->netns);
}

static struct value get_packets(const void *row)
{
	return value_number(((const struct stats_row *)row)->done.packets);
}

static struct value get_bytes(const void *row)
{
	return value_number(((const struct stats_row *)row)->done.bytes);
}

static struct value get_would_packets(const void *row)
{
	return value_number(((const struct stats_row *)row)->would.packets);
}

static struct value get_would_bytes(const void *row)
{
	return value_number(((const struct stats_row *)row)->would.bytes);
}

static const struct field fields[] = {
	{ "POLICY", "policy", stats_policy },
	{ "REASON", "reason", stats_reason },
	{ "INTERFACE", "interface", stats_interface },
	{ "NETNS", "namespace", stats_namespace },
	{ "PACKETS", "packets", get_packets },
	{ "BYTES", "bytes", get_bytes },
	{ "WOULD DROP", "would_drop_packets", get_would_packets },
	{ "BYTES", "would_drop_bytes", get_would_bytes },
	{},
};

/* A policy that is gone has left its counts behind. */
static const char *policy_name(const struct settings *settings, unsigned int policy)
{
	if (!policy)
		return NULL;
	return *settings->policy[policy].name ? settings->policy[policy].name : "(deleted)";
}

static bool is_deleted(const struct settings *settings, unsigned int policy)
{
	return policy && !*settings->policy[policy].name;
}

static void add_rows(struct stats *stats, unsigned int policy, unsigned int reason, __u64 here)
{
	for (size_t i = 0; i < stats->attachments; i++) {
		const struct cx_counter *counters = &stats->counters[i * CX_COUNTERS];
		struct stats_row row = {
			.policy = policy_name(stats->settings, policy),
			.reason = reason,
			.interface = attachment_name(&stats->attachment[i]),
			.netns = attachment_netns(&stats->attachment[i], here),
			.done = counters[CX_COUNTER(policy, 0, reason)],
			.would = counters[CX_COUNTER(policy, 1, reason)],
		};

		if ((stats->zeros && !is_deleted(stats->settings, policy)) || row.done.packets ||
		    row.would.packets)
			stats->row[stats->count++] = row;
	}
}

int stats_gather(struct stats *stats, __u64 here)
{
	stats->count = 0;
	stats->row = calloc(stats->attachments + 1,
			    CX_MAX_POLICIES * CX_REASON_COUNT * sizeof(*stats->row));
	if (!stats->row)
		return -ENOMEM;
	for (unsigned int policy = 0; policy < CX_MAX_POLICIES; policy++) {
		for (unsigned int reason = 0; reason < CX_REASON_COUNT; reason++) {
			/* Up to not-guarded, it is not yet known whose business it is. */
			if (!policy == (reason <= CX_NOT_GUARDED))
				add_rows(stats, policy, reason, here);
		}
	}
	return 0;
}

const void *stats_row_at(const struct rows *rows, size_t index)
{
	return &((const struct stats_row *)rows->context)[index];
}

static int show_rows(struct cli *cli, const struct view *view, struct stats *stats)
{
	struct rows rows = { .field = fields, .at = stats_row_at };
	scoped(memory) row = NULL;

	if (stats_gather(stats, view->here))
		return view_no_memory(cli);
	rows.context = row = stats->row;
	rows.count = stats->count;
	if (!rows.count && !cli->json) {
		puts(stats->attachments ? "no packet was counted yet"
					: "nothing is attached, so nothing is counted");
		return STATUS_DONE;
	}
	return view_answer(cli, "counters", &rows, view);
}

int stats_read(struct cli *cli, const struct attachment *list, size_t count,
	       struct cx_counter *ret_counters)
{
	for (size_t i = 0; i < count; i++) {
		int err = attachment_counters(&list[i], &ret_counters[i * CX_COUNTERS]);

		if (err)
			return complain_failed(&cli->why, attachment_name(&list[i]), "counters: %s",
					       strerror(-err));
	}
	return 0;
}

static int show_attached(struct cli *cli, const struct view *view, const struct attachment *list,
			 size_t count)
{
	scoped(memory) counters = calloc(count + 1, CX_COUNTERS * sizeof(struct cx_counter));
	struct stats stats = {
		.settings = &view->settings,
		.attachment = list,
		.attachments = count,
		.zeros = cli->verbose || cli->json,
		.counters = counters,
	};

	if (!counters)
		return view_no_memory(cli);
	if (stats_read(cli, list, count, counters))
		return STATUS_FAILED;
	return show_rows(cli, view, &stats);
}

static int show_stats(struct cli *cli, struct view *view)
{
	struct attachment *list;
	size_t count;
	int status = view_attachments(cli, view, &list, &count);

	if (!status)
		status = show_attached(cli, view, list, count);
	free(list);
	return status;
}

int verb_stats(struct cli *cli)
{
	if (cli->count && !strcmp(cli->words[0], "watch"))
		return stats_watch(cli);
	return view_run(cli, view_rules, show_stats);
}
