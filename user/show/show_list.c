/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `list`: every entry of the access lists, and what it has seen. */
#include <stdio.h>
#include <string.h>

#include "grammar.h"
#include "list_rates.h"
#include "selection.h"
#include "show.h"
#include "states.h"
#include "table.h"
#include "text.h"

/* One entry, read in when its turn comes: there may be a million. */
struct list_row {
	const struct settings *settings;
	const struct entry *entry;
	struct cx_state state;
	const struct list_rate *rate; /* NULL: none was measured */
	__u64 monotonic_epoch;        /* UTC ns at which the monotonic clock began */
};

struct list {
	const struct view *view;
	struct list_row *row; /* the one that at() has filled last */
	struct list_rates rates;
};

/* What is asked for. */
struct wanted {
	struct selection selection;
	__u32 seconds; /* of which rates are wanted, 0: no rates */
};

static const char *const trust_names[] = {
	/* by bit of enum trust */
	"address only", "interface", "ttl", "reverse path", "tunnel", NULL,
};

static const struct entry *entry_of(const void *row)
{
	return ((const struct list_row *)row)->entry;
}

static const struct cx_state *state_of(const void *row)
{
	return &((const struct list_row *)row)->state;
}

static struct value get_string(const struct list_row *row, __u32 string)
{
	return value_text(strings_text(row->settings->strings, string));
}

/* Destinations only limit: what passes is seen by the source's entry. */
static bool sees(const void *row)
{
	return entry_of(row)->direction == CX_SOURCE;
}

static struct value get_seen_time(const void *row, __u64 monotonic)
{
	const struct list_row *list_row = row;

	if (!sees(row))
		return value_none();
	return value_ago(monotonic ? (list_row->monotonic_epoch + monotonic) / NSEC_PER_SEC : 0);
}

static struct value get_prefix(const void *row)
{
	return value_prefix(&entry_of(row)->prefix);
}

static struct value get_action(const void *row)
{
	if (entry_of(row)->direction == CX_DEST)
		return value_text("protect");
	return value_text(entry_of(row)->action == CX_ALLOW ? "allow" : "deny");
}

static struct value get_policy(const void *row)
{
	const struct list_row *list_row = row;

	return value_text(list_row->settings->policy[list_row->entry->policy].name);
}

static struct value get_peer(const void *row)
{
	return get_string(row, entry_of(row)->peer);
}

static struct value get_dev(const void *row)
{
	return get_string(row, entry_of(row)->dev);
}

static struct value get_rate(const void *row)
{
	return value_some(entry_of(row)->rate);
}

static struct value get_burst(const void *row)
{
	const struct entry *entry = entry_of(row);

	return value_some(entry->rate ? burst_or_default(entry->rate, entry->burst) : 0);
}

static struct value get_min_ttl(const void *row)
{
	return value_some(entry_of(row)->min_ttl);
}

static struct value get_expires(const void *row)
{
	return value_date(entry_of(row)->expires);
}

static struct value get_wide(const void *row)
{
	return entry_of(row)->wide ? value_flag(true) : value_none();
}

static const struct field attributes[] = {
	{ "peer", "peer", get_peer },          { "dev", "device", get_dev },
	{ "rate", "rate", get_rate },          { "burst", "burst", get_burst },
	{ "min-ttl", "min_ttl", get_min_ttl }, { "expires", "expires", get_expires },
	{ "wide", "wide", get_wide },          {},
};

static struct value get_attributes(const void *row)
{
	return value_fields(attributes, row);
}

static struct value get_hits(const void *row)
{
	return sees(row) ? value_number(cx_state_hits(state_of(row))) : value_none();
}

static struct value get_drops(const void *row)
{
	return sees(row) ? value_number(state_of(row)->drops) : value_none();
}

static const struct list_rate *rate_of(const void *row)
{
	return sees(row) ? ((const struct list_row *)row)->rate : NULL;
}

static struct value get_average(const void *row)
{
	return rate_of(row) ? value_number(rate_of(row)->average) : value_none();
}

static struct value get_peak(const void *row)
{
	return rate_of(row) ? value_number(rate_of(row)->peak) : value_none();
}

static struct value get_last_seen(const void *row)
{
	return get_seen_time(row, state_of(row)->last_seen);
}

static struct value get_first_listed(const void *row)
{
	__u64 listed = entry_of(row)->listed;

	return listed ? value_ago(listed) : value_none();
}

static struct value get_last_drop(const void *row)
{
	return state_of(row)->last_drop ? get_seen_time(row, state_of(row)->last_drop)
					: value_none();
}

static struct value get_reason(const void *row)
{
	__u8 reason = state_of(row)->last_reason;

	return value_text(state_of(row)->last_drop ? reason_name(reason) : NULL);
}

static struct value get_lowest_ttl(const void *row)
{
	const struct cx_state *state = state_of(row);

	return state->ttl_seen ? value_number(state->lowest_ttl) : value_none();
}

static struct value get_trust(const void *row)
{
	__u32 trust = trust_of(((const struct list_row *)row)->settings, entry_of(row));

	return trust ? value_set(trust, trust_names) : value_none();
}

static struct value get_comment(const void *row)
{
	return get_string(row, entry_of(row)->comment);
}

/* In the grammar's order, but for the comment: as the last it breaks no column. */
static const struct field fields[] = {
	{ "PREFIX", "prefix", get_prefix },
	{ "ACTION", "action", get_action },
	{ "POLICY", "policy", get_policy },
	{ "ATTRIBUTES", NULL, get_attributes },
	{ "HITS", "hits", get_hits },
	{ "DROPS", "drops", get_drops },
	{ "SEEN", "last_seen", get_last_seen },
	{ "LISTED", "first_listed", get_first_listed },
	{ "DROPPED", "last_drop", get_last_drop },
	{ "REASON", "last_drop_reason", get_reason },
	{ "TTL", "lowest_ttl", get_lowest_ttl },
	{ "TRUST", "trust", get_trust },
	{ "COMMENT", "comment", get_comment },
	{},
};

/* Where rates are wanted, they stand behind what was dropped. */
#define FIELDS       (sizeof(fields) / sizeof(fields[0]))
#define BEFORE_RATES 6

static const struct field rate_fields[] = {
	{ "PPS", "packets_per_second", get_average },
	{ "PEAK", "peak_packets_per_second", get_peak },
};

#define RATE_FIELDS (sizeof(rate_fields) / sizeof(rate_fields[0]))

static const struct field *fields_of(const struct list *list,
				     struct field space[static FIELDS + RATE_FIELDS])
{
	if (!list->rates.rate)
		return fields;
	memcpy(space, fields, BEFORE_RATES * sizeof(*space));
	memcpy(space + BEFORE_RATES, rate_fields, sizeof(rate_fields));
	memcpy(space + BEFORE_RATES + RATE_FIELDS, fields + BEFORE_RATES,
	       (FIELDS - BEFORE_RATES) * sizeof(*space));
	return space;
}

static const void *row_at(const struct rows *rows, size_t index)
{
	const struct list *list = rows->context;

	list->row->entry = &list->view->settings.entry[index];
	list->row->state = states_of(list->row->entry->id);
	list->row->rate = list->rates.rate ? &list->rates.rate[index] : NULL;
	return list->row;
}

/* "rates [SECONDS]": how many words that is, 0: it is none of them. */
static int read_rates(const struct cli *cli, int at, struct wanted *wanted)
{
	if (strcmp(cli->words[at], "rates") || wanted->seconds)
		return 0;
	if (at + 1 < cli->count &&
	    !grammar_number(cli->words[at + 1], 1, LIST_RATES_MAX, &wanted->seconds))
		return 2;
	wanted->seconds = 1;
	return 1;
}

static int read_words(struct cli *cli, struct wanted *ret_wanted)
{
	const __u64 now = clocks_now().utc;
	int took = 0;

	*ret_wanted = (struct wanted){};
	for (int at = 0; at < cli->count; at += took) {
		took = read_rates(cli, at, ret_wanted);
		if (!took)
			took = selection_read(&ret_wanted->selection, cli->count - at,
					      cli->words + at, now, &cli->why);
		if (took < 0)
			return STATUS_USAGE;
		if (!took)
			return cli_misplaced(cli, cli->words[at]);
	}
	return STATUS_DONE;
}

/* When a packet last passed or dropped by it. */
static __u64 last_met(const void *context, const struct entry *entry)
{
	const struct list *list = context;
	const struct cx_state state = states_of(entry->id);
	__u64 last;

	last = state.last_seen > state.last_drop ? state.last_seen : state.last_drop;
	return last ? (list->row->monotonic_epoch + last) / NSEC_PER_SEC : 0;
}

/* An answer as main prints them, which may be too long to be held in memory. */
static int stream(struct cli *cli, const struct rows *rows)
{
	struct json_object *warnings = cli_warnings_json(cli);

	cli->answered = true;
	printf("{\n\"version\":%d,\n\"warnings\":%s,\n\"entries\":", CLI_JSON_VERSION,
	       json_object_to_json_string(warnings));
	json_object_put(warnings);
	if (rows_stream(rows))
		return view_no_memory(cli);
	puts("}");
	return STATUS_DONE;
}

static int show_rows(struct cli *cli, const struct list *list, const struct selection *selection)
{
	const struct view *view = list->view;
	struct field space[FIELDS + RATE_FIELDS];
	struct rows rows = { fields_of(list, space), view->settings.count, row_at, list };
	char nothing[256];

	if (cli->json)
		return stream(cli, &rows);
	if (rows.count)
		return view_answer(cli, "entries", &rows, view);
	text_print(stdout, "%s", selection_nothing(selection, nothing, sizeof(nothing)));
	return STATUS_DONE;
}

/* The rules are those of before: an entry that goes meanwhile has met nothing more. */
static int measure(struct cli *cli, struct list *list, __u32 seconds)
{
	if (!seconds || !list_rates_measure(&list->view->settings, seconds, &list->rates))
		return STATUS_DONE;
	return view_no_memory(cli);
}

static int show_list(struct cli *cli, struct view *view, const struct wanted *wanted)
{
	struct list_row row = { .settings = &view->settings,
				.monotonic_epoch = clocks_monotonic_epoch() };
	struct list list = { .view = view, .row = &row };
	int status = view_states(cli, view);

	if (status)
		return status;
	if (selection_apply(&wanted->selection, &view->settings, view->clocks.utc, last_met, &list,
			    &cli->why))
		return cli->why.status;
	status = measure(cli, &list, wanted->seconds);
	if (!status)
		status = show_rows(cli, &list, &wanted->selection);
	list_rates_free(&list.rates);
	return status;
}

int verb_list(struct cli *cli)
{
	struct wanted wanted;
	struct view view;
	int status = read_words(cli, &wanted);

	if (!status)
		status = view_open(cli, view_all, NULL, &view);
	if (status)
		return status;
	status = show_list(cli, &view, &wanted);
	view_close(&view);
	return status;
}
