/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For `top`: the busiest of the allowed sources, and who is refused and comes again. */
#include "top_sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "slots.h"
#include "states.h"

#define REST_FACTOR 200                /* of the time that something took */
#define BASE_NS     (5 * NSEC_PER_SEC) /* so long one base is the newer, then the older one */
#define UNKNOWN     (~0ULL)            /* hits of a base that an entry is not in */

/* --- what takes long --- */

static __u64 now_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return clocks_ns(&now);
}

static bool may(__u64 again)
{
	return now_of(CLOCK_MONOTONIC) >= again;
}

/* From when on that may be done again which began then, CLOCK_THREAD_CPUTIME_ID ns. */
static __u64 rest(__u64 began)
{
	return now_of(CLOCK_MONOTONIC) + REST_FACTOR * (now_of(CLOCK_THREAD_CPUTIME_ID) - began);
}

/* --- the lists --- */

static bool is_known(const struct top_sources *sources, const struct view *view, __u32 instance)
{
	return sources->known && sources->instance == instance &&
	       sources->serial == view->instance.moment.serial &&
	       sources->generation == instance_generation(&view->instance);
}

/* Room for what the entries of these settings have seen; what is not known yet is said to be. */
static int make_room(struct top_sources *sources, const struct settings *settings)
{
	size_t ids = sources->ids;

	for (size_t i = 0; i < settings->count; i++) {
		if (settings->entry[i].id >= ids)
			ids = settings->entry[i].id + 1;
	}
	for (int i = 0; i < 2; i++) {
		struct top_seen *grown =
			reallocarray(sources->base[i].seen, ids + 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + sources->ids, 0xff, (ids - sources->ids) * sizeof(*grown));
		sources->base[i].seen = grown;
	}
	sources->ids = ids;
	return 0;
}

/* What was found by other lists; of another instance, what its entries had seen, too. */
static void forget(struct top_sources *sources, bool all)
{
	for (int i = 0; i < 2 && all; i++) {
		sources->base[i].when = 0;
		memset(sources->base[i].seen, 0xff, sources->ids * sizeof(struct top_seen));
	}
	sources->count = sources->active = 0;
	sources->suspects.count = 0;
	sources->scan_again = sources->seek_again = 0;
}

/* Nobody waits for this: a change that comes in between has it done later. */
static int read_lists(struct top_sources *sources, const struct view *view, __u32 instance)
{
	struct settings settings;
	int err = generation_read(&view->instance, &settings);

	if (!instance_stands(&view->instance)) {
		if (!err)
			settings_free(&settings);
		return -EAGAIN;
	}
	if (err)
		return err;
	err = make_room(sources, &settings);
	if (!err)
		err = states_open(&view->instance, &settings);
	if (err) {
		settings_free(&settings);
		return err;
	}
	if (sources->known)
		settings_free(&sources->settings);
	forget(sources, sources->instance != instance);
	sources->settings = settings;
	sources->known = true;
	sources->instance = instance;
	sources->serial = view->instance.moment.serial;
	sources->generation = instance_generation(&view->instance);
	return 0;
}

/* After it sources->old says whether they are those in force. Returns 0 or -errno. */
static int look_at_lists(struct top_sources *sources, const struct view *view)
{
	__u64 began = now_of(CLOCK_THREAD_CPUTIME_ID);
	__u32 instance;
	int err = map_id_of(view->instance.fd[MAP_META], &instance);

	if (err)
		return err;
	sources->old = !is_known(sources, view, instance);
	if (!sources->old || !may(sources->read_again))
		return 0;
	err = read_lists(sources, view, instance);
	sources->read_again = rest(began);
	sources->old = err;
	return err == -EAGAIN ? 0 : err;
}

/* --- the busiest --- */

static __u64 since(__u64 now, __u64 before)
{
	return now < before ? now : now - before;
}

/* What an entry has seen since the older base; nothing, if it is not in there. */
static struct top_seen seen_since(const struct top_sources *sources, __u32 id)
{
	struct top_seen *older = &sources->base[0].seen[id], *newer = &sources->base[1].seen[id];
	const struct cx_state state = states_of(id);
	const struct top_seen now = { cx_state_hits(&state), state.drops };

	if (older->hits == UNKNOWN)
		*older = now;
	if (newer->hits == UNKNOWN)
		*newer = now;
	return (struct top_seen){ since(now.hits, older->hits), since(now.drops, older->drops) };
}

static bool is_before(const struct top_seen *a, const struct top_seen *b)
{
	return a->hits != b->hits ? a->hits > b->hits : a->drops > b->drops;
}

/* Among the busiest, in its place; the last of too many falls out. */
static void enter(struct top_sources *sources, const struct entry *entry,
		  const struct top_seen *since)
{
	struct top_source *list = sources->busiest;
	size_t at = sources->count;

	if (at == TOP_BUSIEST && !is_before(since, &list[--at].since))
		return;
	if (sources->count < TOP_BUSIEST)
		sources->count++;
	for (; at && is_before(since, &list[at - 1].since); at--)
		list[at] = list[at - 1];
	list[at] = (struct top_source){ sources, *entry, *since };
}

static bool is_allowed(const struct entry *entry)
{
	return entry->direction == CX_SOURCE && entry->action == CX_ALLOW;
}

static void choose(struct top_sources *sources)
{
	sources->count = sources->active = 0;
	for (size_t i = 0; i < sources->settings.count; i++) {
		const struct entry *entry = &sources->settings.entry[i];
		struct top_seen since;

		if (!is_allowed(entry))
			continue;
		since = seen_since(sources, entry->id);
		if (!since.hits && !since.drops)
			continue;
		sources->active++;
		enter(sources, entry, &since);
	}
}

/* The newer base becomes the older one, and what is seen now the newer. */
static void turn_bases(struct top_sources *sources, __u64 now)
{
	struct top_base older = sources->base[0];

	sources->base[0] = sources->base[1];
	sources->base[1] = older;
	sources->base[1].when = now;
	for (size_t i = 0; i < sources->settings.count; i++) {
		__u32 id = sources->settings.entry[i].id;
		const struct cx_state state = states_of(id);

		sources->base[1].seen[id] = (struct top_seen){ cx_state_hits(&state), state.drops };
	}
}

static void scan(struct top_sources *sources)
{
	__u64 began = now_of(CLOCK_THREAD_CPUTIME_ID), now = now_of(CLOCK_MONOTONIC);

	if (!may(sources->scan_again))
		return;
	if (!sources->base[0].when)
		sources->base[0].when = sources->base[1].when = now;
	choose(sources);
	sources->scanned = now;
	sources->span = now - sources->base[0].when;
	if (now - sources->base[1].when >= BASE_NS)
		turn_bases(sources, now);
	sources->scan_again = rest(began);
}

/* --- suspects --- */

static int seek(struct top_sources *sources, const struct view *view)
{
	__u64 began = now_of(CLOCK_THREAD_CPUTIME_ID);
	int err;

	sources->suspects.row = &sources->suspect_row;
	sources->suspects.devices = view->instance.devices;
	if (!may(sources->seek_again))
		return 0;
	free(sources->suspects.seen);
	err = suspects_read(&(struct suspects_wanted){}, &view->instance, &sources->settings,
			    &sources->suspects);
	sources->sought = now_of(CLOCK_MONOTONIC);
	sources->seek_again = rest(began);
	return err;
}

/* --- all of it --- */

static void free_lists(struct top_sources *sources)
{
	if (sources->known)
		settings_free(&sources->settings);
	free(sources->suspects.seen);
	free(sources->base[0].seen);
	free(sources->base[1].seen);
}

void top_sources_free(struct top_sources *sources)
{
	free_lists(sources);
	*sources = (struct top_sources){};
}

int top_sources_look(struct top_sources *sources, struct cli *cli, const struct view *view)
{
	int err;

	if (!view->exists) {
		top_sources_free(sources);
		return STATUS_DONE;
	}
	err = look_at_lists(sources, view);
	if (!err && sources->known) {
		scan(sources);
		err = seek(sources, view);
	}
	if (!err)
		return STATUS_DONE;
	complain_errno(&cli->why, NULL, err, "cannot read what the entries have seen");
	return STATUS_FAILED;
}

/* --- what is said of a source --- */

static const struct top_source *source_of(const void *row)
{
	return row;
}

static const struct entry *entry_of(const void *row)
{
	return &source_of(row)->entry;
}

static const struct policy *policy_of(const void *row)
{
	return &source_of(row)->of->settings.policy[entry_of(row)->policy];
}

static struct value get_source(const void *row)
{
	return value_prefix(&entry_of(row)->prefix);
}

static struct value get_policy(const void *row)
{
	return value_text(policy_of(row)->name);
}

static struct value get_rate(const void *row, __u64 count)
{
	double seconds = (double)source_of(row)->of->span / NSEC_PER_SEC;

	return value_tenths((__u64)((double)count * 10 / seconds + 0.5));
}

static struct value get_passed(const void *row)
{
	return get_rate(row, source_of(row)->since.hits);
}

static struct value get_refused(const void *row)
{
	return get_rate(row, source_of(row)->since.drops);
}

static struct value get_limit(const void *row)
{
	return value_some(entry_of(row)->rate);
}

static struct value get_policy_limit(const void *row)
{
	return value_some(policy_of(row)->rate);
}

static struct value get_peer(const void *row)
{
	return value_text(strings_text(source_of(row)->of->settings.strings, entry_of(row)->peer));
}

static const struct field source_fields[] = {
	{ "SOURCE", "source", get_source },
	{ "POLICY", "policy", get_policy },
	{ "PASSED", "passed_per_second", get_passed },
	{ "REFUSED", "refused_per_second", get_refused },
	{ "LIMIT", "rate", get_limit },
	{ "POLICY'S", "policy_rate", get_policy_limit },
	{ "PEER", "peer", get_peer },
	{},
};

static const void *source_at(const struct rows *rows, size_t index)
{
	return &((const struct top_sources *)rows->context)->busiest[index];
}

/* Before there was any time between two looks, nothing can be said. */
struct rows top_busiest_rows(const struct top_sources *sources)
{
	return (struct rows){ source_fields, sources->span ? sources->count : 0, source_at,
			      sources };
}

struct rows top_suspects_rows(const struct top_sources *sources, bool json)
{
	size_t count = sources->suspects.count;

	return (struct rows){ json ? suspect_json_fields : suspect_text_fields,
			      count < TOP_SUSPECTS_MAX ? count : TOP_SUSPECTS_MAX, suspect_at,
			      &sources->suspects };
}
