/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `metrics` measures of the filter. */
#include "metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "saved.h"
#include "scope.h"
#include "show.h"
#include "version.h"
#include "watch.h"

#define SAID(value)    #value
#define TEXT_OF(macro) SAID(macro)

/* So long is an entry that has expired still told. */
#define EXPIRED_SECONDS (7 * 24 * 3600ULL)

struct measured {
	struct cli *cli;
	const struct view *view;
	struct metrics_text *to;
	struct saved saved;
	struct attachment *list; /* owned, like what follows, of each */
	size_t count;
	struct judging_facts *facts;
	struct cx_counter *counters; /* CX_COUNTERS */
	unsigned int wait;           /* seconds until a trial is due, 0: none waits */
};

/* --- what is attached --- */

static const char *netns_of(const struct measured *measured, size_t at)
{
	return attachment_netns(&measured->list[at], measured->view->here);
}

/*
 * An earlier attachment whose interface is called the same, or itself: of what
 * is gone, or in namespaces without a name, there may be several.
 */
static size_t namesake(const struct measured *measured, size_t at)
{
	size_t i = 0;

	while (i < at &&
	       (strcmp(attachment_name(&measured->list[i]), attachment_name(&measured->list[at])) ||
		strcmp(netns_of(measured, i), netns_of(measured, at))))
		i++;
	return i;
}

static void add_up(struct measured *measured, size_t from, size_t to)
{
	for (unsigned int i = 0; i < CX_COUNTERS; i++) {
		const struct cx_counter *one = &measured->counters[from * CX_COUNTERS + i];
		struct cx_counter *sum = &measured->counters[to * CX_COUNTERS + i];

		sum->packets += one->packets;
		sum->bytes += one->bytes;
	}
}

/* Returns an exit status. */
static int read_counters(struct measured *measured)
{
	for (size_t i = 0; i < measured->count; i++) {
		const struct attachment *attachment = &measured->list[i];
		int err = attachment_counters(attachment, &measured->counters[i * CX_COUNTERS]);

		if (err)
			return complain_errno(&measured->cli->why, attachment_name(attachment), err,
					      "its counters cannot be read"),
			       STATUS_FAILED;
		if (namesake(measured, i) != i)
			add_up(measured, i, namesake(measured, i));
	}
	return STATUS_DONE;
}

static int gather_attached(struct measured *measured)
{
	const struct view *view = measured->view;
	int err, status = view_attachments(measured->cli, view, &measured->list, &measured->count);

	if (status)
		return status;
	measured->facts = calloc(measured->count + 1, sizeof(struct judging_facts));
	measured->counters = calloc(measured->count + 1, CX_COUNTERS * sizeof(struct cx_counter));
	if (!measured->facts || !measured->counters)
		return view_no_memory(measured->cli);
	err = watch_attachments(measured->list, measured->count, view->here, view->clocks.boottime,
				measured->facts);
	if (err)
		warn_add(&measured->cli->warnings, "cannot count what each interface receives: %s",
			 strerror(-err));
	return read_counters(measured);
}

#define INTERFACE_LABELS(measured, at)                           \
	{ "interface", attachment_name(&(measured)->list[at]) }, \
	{                                                        \
		"namespace", netns_of(measured, at)              \
	}

static void add_attached(const struct measured *measured)
{
	metrics_family(measured->to, "attached", "gauge",
		       "Whether the filter judges what the interface receives: 0 if its interface "
		       "is gone, or packets pass it by.");
	for (size_t i = 0; i < measured->count; i++) {
		const struct label labels[] = {
			INTERFACE_LABELS(measured, i),
			{ "mode", attachment_mode(&measured->list[i].self) },
			{},
		};

		if (namesake(measured, i) == i)
			metrics_count(measured->to, labels,
				      judging_filters(judging_of(&measured->facts[i])));
	}
}

static void add_judged(const struct measured *measured)
{
	metrics_family(measured->to, "judged_ratio", "gauge",
		       "Packets judged since the attach, of those that the interface received.");
	for (size_t i = 0; i < measured->count; i++) {
		const struct label labels[] = { INTERFACE_LABELS(measured, i), {} };
		const struct judging_facts *facts = &measured->facts[i];

		if (namesake(measured, i) == i && facts->counted && facts->since.received)
			metrics_ratio(measured->to, labels,
				      (double)facts->since.judged / (double)facts->since.received);
	}
}

/* --- what was counted --- */

/* A policy that is gone has left its counts behind. */
static const char *policy_name(const struct settings *settings, unsigned int policy)
{
	return policy && !*settings->policy[policy].name ? "(deleted)"
							 : settings->policy[policy].name;
}

/* Of all policies that are gone, the counts are one. */
static struct cx_counter counter_of(const struct measured *measured, size_t at, unsigned int policy,
				    unsigned int would, unsigned int reason)
{
	const struct cx_counter *counters = &measured->counters[at * CX_COUNTERS];
	const struct settings *settings = &measured->view->settings;
	struct cx_counter sum = counters[CX_COUNTER(policy, would, reason)];

	if (!policy || *settings->policy[policy].name)
		return sum;
	for (policy++; policy < CX_MAX_POLICIES; policy++) {
		if (*settings->policy[policy].name)
			continue;
		sum.packets += counters[CX_COUNTER(policy, would, reason)].packets;
		sum.bytes += counters[CX_COUNTER(policy, would, reason)].bytes;
	}
	return sum;
}

/* What is not counted now begins with the first packet; all else with zero, for rate(). */
static bool is_usual(const struct policy *policy, unsigned int would, unsigned int reason)
{
	return would == (policy->mode == CX_MODE_MONITOR && !reason_passes(policy, reason));
}

struct series {
	size_t at; /* which attachment */
	unsigned int policy, reason, would;
};

static void add_series(const struct measured *measured, const struct series *series, bool bytes)
{
	const struct settings *settings = &measured->view->settings;
	const struct policy *policy = &settings->policy[series->policy];
	struct cx_counter counter =
		counter_of(measured, series->at, series->policy, series->would, series->reason);
	bool exists = !series->policy || *policy->name;
	const struct label labels[] = {
		INTERFACE_LABELS(measured, series->at),
		{ "policy", policy_name(settings, series->policy) },
		{ "reason", reason_name(series->reason) },
		{ "verdict", series->would                           ? "monitor"
			     : reason_passes(policy, series->reason) ? "pass"
								     : "drop" },
		{},
	};

	if (counter.packets || (exists && is_usual(policy, series->would, series->reason)))
		metrics_count(measured->to, labels, bytes ? counter.bytes : counter.packets);
}

/* All that are gone are told with the first of them. */
static bool is_told(const struct settings *settings, unsigned int policy)
{
	if (!policy || *settings->policy[policy].name)
		return true;
	while (--policy && *settings->policy[policy].name)
		;
	return !policy;
}

static void add_policy_series(const struct measured *measured, size_t at, unsigned int policy,
			      bool bytes)
{
	for (unsigned int i = 0; i < 2 * CX_REASON_COUNT; i++) {
		const struct series series = {
			.at = at,
			.policy = policy,
			.reason = i / 2,
			.would = i % 2,
		};

		/* up to not-guarded, it is not yet known whose business it is */
		if (!policy == (series.reason <= CX_NOT_GUARDED))
			add_series(measured, &series, bytes);
	}
}

static void add_counters(const struct measured *measured, bool bytes)
{
	for (size_t i = 0; i < measured->count; i++) {
		for (unsigned int policy = 0; policy < CX_MAX_POLICIES; policy++) {
			if (namesake(measured, i) == i &&
			    is_told(&measured->view->settings, policy))
				add_policy_series(measured, i, policy, bytes);
		}
	}
}

static void add_counted(const struct measured *measured)
{
	metrics_family(measured->to, "packets_total", "counter",
		       "Packets by interface, policy (none: nobody's business), reason and verdict "
		       "(monitor: passed, and dropped were it enforced).");
	add_counters(measured, /* bytes= */ false);
	metrics_family(measured->to, "bytes_total", "counter",
		       "Bytes of those packets, link headers included.");
	add_counters(measured, /* bytes= */ true);
}

/* --- the rules --- */

static void add_modes(const struct measured *measured)
{
	metrics_family(measured->to, "policy_mode", "gauge",
		       "1 for the mode that the policy is in.");
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct policy *policy = &measured->view->settings.policy[i];

		for (int mode = CX_MODE_OPEN; *policy->name && mode <= CX_MODE_CLOSED; mode++) {
			const struct label labels[] = {
				{ "policy", policy->name },
				{ "mode", mode_names[mode] },
				{},
			};

			metrics_count(measured->to, labels, (int)policy->mode == mode);
		}
	}
}

static void add_entries_of(const struct measured *measured, const char *policy, const char *kind,
			   const size_t count[static 2])
{
	for (int family = CX_IPV4; family <= CX_IPV6; family++) {
		const struct label labels[] = {
			{ "policy", policy },
			{ "kind", kind },
			{ "family", family == CX_IPV4 ? "ipv4" : "ipv6" },
			{},
		};

		metrics_count(measured->to, labels, count[family]);
	}
}

static void add_entries(const struct measured *measured)
{
	metrics_family(measured->to, "policy_entries", "gauge",
		       "Entries of the policy: sources that it admits, that it denies, and "
		       "destinations that it protects.");
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct policy_counts *counts = &measured->view->counts[i];
		const char *name = measured->view->settings.policy[i].name;

		if (!*name)
			continue;
		add_entries_of(measured, name, "source", counts->sources);
		add_entries_of(measured, name, "denied", counts->denied);
		add_entries_of(measured, name, "destination", counts->destinations);
	}
}

/* --- what ends --- */

struct ending {
	__u64 expires;
	__u32 policy, peer;
};

static int by_owner(const void *a, const void *b)
{
	const struct ending *one = a, *two = b;

	if (one->policy != two->policy)
		return one->policy < two->policy ? -1 : 1;
	if (one->peer != two->peer)
		return one->peer < two->peer ? -1 : 1;
	return one->expires < two->expires ? -1 : one->expires > two->expires;
}

static int by_time(const void *a, const void *b)
{
	const struct ending *one = a, *two = b;

	return one->expires < two->expires ? -1 : one->expires > two->expires;
}

/* A peer's name may be an address, and then says nothing. */
static __u32 peer_of(const struct settings *settings, const struct entry *entry)
{
	return grammar_is_address(strings_text(settings->strings, entry->peer)) ? 0 : entry->peer;
}

/* Every allow that ends, or has ended lately. */
static size_t collect_endings(const struct measured *measured, struct ending *ret_ending)
{
	const struct settings *settings = &measured->view->settings;
	__u64 now = measured->view->clocks.utc;
	size_t count = 0;

	for (size_t i = 0; i < settings->count; i++) {
		const struct entry *entry = &settings->entry[i];

		if (entry->expires && entry->action == CX_ALLOW &&
		    entry->expires + EXPIRED_SECONDS > now)
			ret_ending[count++] = (struct ending){ entry->expires, entry->policy,
							       peer_of(settings, entry) };
	}
	return count;
}

/* The first of each policy and peer. */
static size_t keep_first(struct ending *ending, size_t count)
{
	size_t kept = 0;

	qsort(ending, count, sizeof(*ending), by_owner);
	for (size_t i = 0; i < count; i++) {
		if (!kept || ending[kept - 1].policy != ending[i].policy ||
		    ending[kept - 1].peer != ending[i].peer)
			ending[kept++] = ending[i];
	}
	qsort(ending, kept, sizeof(*ending), by_time);
	return kept < METRICS_PEERS_MAX ? kept : METRICS_PEERS_MAX;
}

static int add_endings(const struct measured *measured)
{
	const struct settings *settings = &measured->view->settings;
	scoped(memory) space = calloc(settings->count + 1, sizeof(struct ending));
	struct ending *ending = space;
	size_t count;

	if (!ending)
		return view_no_memory(measured->cli);
	count = keep_first(ending, collect_endings(measured, ending));
	metrics_family(measured->to, "entry_expires_timestamp_seconds", "gauge",
		       "When the first entry of a policy and peer ends, or did within a week; of "
		       "the " TEXT_OF(METRICS_PEERS_MAX) " that end first.");
	for (size_t i = 0; i < count; i++) {
		const struct label labels[] = {
			{ "policy", settings->policy[ending[i].policy].name },
			{ "peer", strings_text(settings->strings, ending[i].peer) },
			{},
		};

		metrics_count(measured->to, labels, ending[i].expires);
	}
	return STATUS_DONE;
}

/* --- the instance --- */

static const struct label no_labels[] = { {} };

static void add_build(const struct measured *measured)
{
	static const struct label labels[] = { { "version", VERSION },
					       { "abi", TEXT_OF(CX_ABI) },
					       {} };

	metrics_family(measured->to, "build_info", "gauge", "1, with the program's version.");
	metrics_count(measured->to, labels, 1);
}

static void add_saved(const struct measured *measured)
{
	metrics_family(measured->to, "saved_differs_lines", "gauge",
		       "Lines in which the policy file differs from what is in force; none if "
		       "there is no such file.");
	if (!measured->saved.err)
		metrics_count(measured->to, no_labels, measured->saved.lines);
}

static void add_wait(const struct measured *measured)
{
	metrics_family(measured->to, "confirm_deadline_timestamp_seconds", "gauge",
		       "When the change that waits for its confirmation is undone; none if none "
		       "waits.");
	if (measured->wait)
		metrics_count(measured->to, no_labels, measured->view->clocks.utc + measured->wait);
}

static int gather(struct measured *measured)
{
	int status = gather_attached(measured);

	if (!status)
		measured->wait = view_waiting(measured->view, measured->list, measured->count);
	if (!status && !measured->saved.known)
		saved_compare(measured->view->exists ? &measured->view->instance : NULL,
			      measured->cli->bpffs, &measured->view->settings, &measured->saved);
	return status;
}

static int add_all(const struct measured *measured)
{
	add_build(measured);
	add_attached(measured);
	add_judged(measured);
	add_counted(measured);
	add_modes(measured);
	add_entries(measured);
	add_saved(measured);
	add_wait(measured);
	return add_endings(measured);
}

struct wanted {
	const char *bpffs;
	struct saved *saved; /* filled in */
};

static bool any_ends(const struct view *view)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (view->counts[i].ending)
			return true;
	}
	return false;
}

/* Entries only if they have to be compared with those of the policy file, or any ends. */
static int read_view(struct view *view, const void *wanted)
{
	const struct wanted *these = wanted;
	int err;

	saved_look(&view->instance, these->bpffs, these->saved);
	err = view_counts(view, NULL);
	if (err || (these->saved->known && !any_ends(view)))
		return err;
	settings_free(&view->settings);
	return view_all(view, NULL);
}

int metrics_measure(struct cli *cli, struct metrics_text *to)
{
	struct view view;
	struct measured measured = { .cli = cli, .view = &view, .to = to };
	int status =
		view_open(cli, read_view, &(struct wanted){ cli->bpffs, &measured.saved }, &view);

	if (status)
		return status;
	status = gather(&measured);
	if (!status)
		status = add_all(&measured);
	if (!status && to->text.failed)
		status = view_no_memory(cli);
	free(measured.list);
	free(measured.facts);
	free(measured.counters);
	view_close(&view);
	return status;
}
