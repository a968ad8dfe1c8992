/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `suspects`: refused sources that come again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar.h"
#include "nearest.h"
#include "scope.h"
#include "seen.h"
#include "show.h"
#include "text.h"
#include "when.h"
#include "words.h"

/* With fewer bits in common an entry is no neighbour. */
static const unsigned int nearest_bits[] = { [CX_IPV4] = 16, [CX_IPV6] = 32 };

struct wanted {
	const char *policy; /* NULL: any */
	bool under;
	struct prefix prefix;
	bool as_policy;
};

struct suspects {
	const struct view *view;
	unsigned int policy; /* 0: any */
	__u64 monotonic_epoch;
	struct seen *seen;
	size_t count;
	struct suspect *row; /* the one that at() has filled last */
};

/* One of them, and what its columns say in other words than its numbers. */
struct suspect {
	const struct suspects *of;
	const struct seen *seen;
	const struct entry *nearest; /* NULL: nobody is near */
	char packets[32], ttl[16];
};

static const struct suspect *suspect_of(const void *row)
{
	return row;
}

static const struct seen *seen_of(const void *row)
{
	return suspect_of(row)->seen;
}

static struct value get_source(const void *row)
{
	return value_prefix(&seen_of(row)->source);
}

static struct value get_policy(const void *row)
{
	const char *name = suspect_of(row)->of->view->settings.policy[seen_of(row)->policy].name;

	return value_text(*name ? name : "(deleted)");
}

static struct value get_port(const void *row)
{
	return value_number(seen_of(row)->port);
}

static struct value get_protocol(const void *row)
{
	return value_text(seen_of(row)->proto == CX_TCP ? "tcp" : "udp");
}

static struct value get_reason(const void *row)
{
	return value_text(reason_name(seen_of(row)->reason));
}

static struct value get_packets_text(const void *row)
{
	return value_text(suspect_of(row)->packets);
}

static struct value get_packets(const void *row)
{
	return value_number(seen_of(row)->packets);
}

static struct value get_exact(const void *row)
{
	return value_flag(seen_of(row)->exact);
}

static struct value get_rate(const void *row)
{
	const struct clocks *clocks = &suspect_of(row)->of->view->clocks;

	__u64 tenths = seen_rate(seen_of(row), clocks->coarse_tick);

	return tenths ? value_tenths(tenths) : value_none();
}

static __u64 utc_of(const void *row, __u64 monotonic)
{
	return (suspect_of(row)->of->monotonic_epoch + monotonic) / NSEC_PER_SEC;
}

static struct value get_first(const void *row)
{
	return value_ago(utc_of(row, seen_of(row)->first));
}

static struct value get_last(const void *row)
{
	return value_ago(utc_of(row, seen_of(row)->last));
}

static struct value get_interface(const void *row)
{
	return value_text(suspect_of(row)->of->view->instance.devices[seen_of(row)->dev]);
}

static struct value get_ttl_text(const void *row)
{
	return value_text(suspect_of(row)->ttl);
}

static struct value get_lowest_ttl(const void *row)
{
	return value_number(seen_of(row)->lowest_ttl);
}

static struct value get_highest_ttl(const void *row)
{
	return value_number(seen_of(row)->highest_ttl);
}

static struct value get_nearest(const void *row)
{
	const struct entry *nearest = suspect_of(row)->nearest;

	return nearest ? value_prefix(&nearest->prefix) : value_none();
}

static struct value get_nearest_peer(const void *row)
{
	const struct suspect *suspect = row;

	if (!suspect->nearest)
		return value_none();
	return value_text(
		strings_text(suspect->of->view->settings.strings, suspect->nearest->peer));
}

static const struct field text_fields[] = {
	{ "SOURCE", "source", get_source },
	{ "POLICY", "policy", get_policy },
	{ "PROTO", "protocol", get_protocol },
	{ "PORT", "port", get_port },
	{ "REASON", "reason", get_reason },
	{ "PACKETS", NULL, get_packets_text },
	{ "PER SECOND", "packets_per_second", get_rate },
	{ "FIRST", "first_seen", get_first },
	{ "LAST", "last_seen", get_last },
	{ "INTERFACE", "interface", get_interface },
	{ "TTL", NULL, get_ttl_text },
	{ "NEAREST", "nearest", get_nearest },
	{ "PEER", "nearest_peer", get_nearest_peer },
	{},
};

static const struct field json_fields[] = {
	{ "SOURCE", "source", get_source },
	{ "POLICY", "policy", get_policy },
	{ "PROTO", "protocol", get_protocol },
	{ "PORT", "port", get_port },
	{ "REASON", "reason", get_reason },
	{ "PACKETS", "packets", get_packets },
	{ "EXACT", "exact", get_exact },
	{ "PER SECOND", "packets_per_second", get_rate },
	{ "FIRST", "first_seen", get_first },
	{ "LAST", "last_seen", get_last },
	{ "INTERFACE", "interface", get_interface },
	{ "TTL", "lowest_ttl", get_lowest_ttl },
	{ "TTL", "highest_ttl", get_highest_ttl },
	{ "NEAREST", "nearest", get_nearest },
	{ "PEER", "nearest_peer", get_nearest_peer },
	{},
};

static void fill_row(const struct suspects *suspects, const struct seen *seen,
		     struct suspect *ret_row)
{
	unsigned int bits;

	*ret_row = (struct suspect){ .of = suspects, .seen = seen };
	ret_row->nearest =
		nearest_source(&suspects->view->settings, seen->policy, &seen->source, &bits);
	if (bits < nearest_bits[seen->source.family])
		ret_row->nearest = NULL;
	snprintf(ret_row->packets, sizeof(ret_row->packets), "%s%llu",
		 seen->exact ? "" : ">=", seen->packets);
	snprintf(ret_row->ttl, sizeof(ret_row->ttl),
		 seen->lowest_ttl == seen->highest_ttl ? "%u" : "%u-%u", seen->lowest_ttl,
		 seen->highest_ttl);
}

static const void *row_at(const struct rows *rows, size_t index)
{
	const struct suspects *suspects = rows->context;

	fill_row(suspects, &suspects->seen[index], suspects->row);
	return suspects->row;
}

/* --- which of them --- */

/* Its entry came after its packets. */
static bool is_listed_by_now(const struct view *view, const struct seen *seen)
{
	const struct entry *entry;

	if (seen->reason != CX_UNLISTED && seen->reason != CX_DENIED)
		return false;
	entry = settings_find(&view->settings, seen->policy, CX_SOURCE, &seen->source);
	if (!entry)
		entry = settings_decider(&view->settings, seen->policy, &seen->source,
					 view->clocks.utc);
	return entry && entry_admits(entry, view->clocks.utc);
}

static bool is_wanted(const struct suspects *suspects, const struct wanted *wanted,
		      const struct seen *seen)
{
	if (suspects->policy && seen->policy != suspects->policy)
		return false;
	if (wanted->under && !prefix_covers(&wanted->prefix, &seen->source))
		return false;
	return !is_listed_by_now(suspects->view, seen);
}

/* Who came most often stands first. */
static int compare_packets(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets < y->packets ? 1 : -1;
	if (x->policy != y->policy)
		return x->policy - y->policy;
	return prefix_compare(&x->source, &y->source);
}

static void choose(struct suspects *suspects, const struct wanted *wanted)
{
	size_t count = 0;

	for (size_t i = 0; i < suspects->count; i++) {
		if (is_wanted(suspects, wanted, &suspects->seen[i]))
			suspects->seen[count++] = suspects->seen[i];
	}
	suspects->count = count;
	if (count)
		qsort(suspects->seen, count, sizeof(*suspects->seen), compare_packets);
}

/* --- the answer --- */

static void print_fact(const struct suspect *suspect)
{
	__u64 tenths = seen_rate(suspect->seen, suspect->of->view->clocks.coarse_tick);
	char source[PREFIX_TEXT_MAX], first[WHEN_TEXT_MAX], last[WHEN_TEXT_MAX];

	text_print(stdout, "# %s %s %u, %s: %s packet%s, %llu.%llu/s, %s to %s, %s, ttl %s",
		   prefix_format(&suspect->seen->source, source),
		   suspect->seen->proto == CX_TCP ? "tcp" : "udp", suspect->seen->port,
		   reason_name(suspect->seen->reason), suspect->packets,
		   suspect->seen->packets == 1 ? "" : "s", tenths / 10, tenths % 10,
		   when_format(utc_of(suspect, suspect->seen->first), first),
		   when_format(utc_of(suspect, suspect->seen->last), last),
		   get_interface(suspect).text ?: "-", suspect->ttl);
}

/* What an entry would mend; of other reasons there is one already. */
static void print_as_policy(const struct suspects *suspects)
{
	char source[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < suspects->count; i++) {
		const struct seen *seen = &suspects->seen[i];

		fill_row(suspects, seen, suspects->row);
		print_fact(suspects->row);
		if (seen->reason == CX_UNLISTED && *get_policy(suspects->row).text != '(')
			text_print(stdout, "#allow %s %s", prefix_format(&seen->source, source),
				   get_policy(suspects->row).text);
	}
}

/* To add nothing leaves the answer as it is. */
static int answer(struct cli *cli, const struct suspects *suspects)
{
	const struct field *fields = cli->json ? json_fields : text_fields;
	struct rows rows = { fields, suspects->count, row_at, suspects };
	__u64 one_in = suspects->view->exists ? seen_one_in(&suspects->view->instance) : 1;
	int status;

	if (one_in > 1)
		warn_add(&cli->warnings,
			 "so much is refused that a source is looked at for one second in %llu",
			 one_in);
	if (!rows.count && !cli->json) {
		puts("nobody was refused who is not listed by now");
		return STATUS_DONE;
	}
	status = view_answer(cli, "suspects", &rows, suspects->view);
	if (!status && cli->answer)
		json_object_object_add(cli->answer, "one_in", json_object_new_int64((long)one_in));
	return status;
}

static int find_policy(struct cli *cli, struct suspects *suspects, const char *name)
{
	if (!name)
		return STATUS_DONE;
	suspects->policy = settings_policy(&suspects->view->settings, name);
	if (suspects->policy)
		return STATUS_DONE;
	complain_failed(&cli->why, name, "no such policy");
	return STATUS_FAILED;
}

static int show_seen(struct cli *cli, struct suspects *suspects, const struct wanted *wanted)
{
	int err = 0;

	if (suspects->view->exists)
		err = seen_read(&suspects->view->instance, &suspects->seen, &suspects->count);
	if (err)
		return complain_errno(&cli->why, NULL, err, "cannot read who was refused"),
		       STATUS_FAILED;
	choose(suspects, wanted);
	if (!wanted->as_policy)
		return answer(cli, suspects);
	print_as_policy(suspects);
	return STATUS_DONE;
}

static int show_suspects(struct cli *cli, const struct view *view, const struct wanted *wanted)
{
	struct suspect row;
	struct suspects suspects = { .view = view,
				     .monotonic_epoch = clocks_monotonic_epoch(),
				     .row = &row };
	int status = find_policy(cli, &suspects, wanted->policy);

	if (!status)
		status = show_seen(cli, &suspects, wanted);
	free(suspects.seen);
	return status;
}

/* --- its words --- */

static int read_under(struct cli *cli, int at, struct wanted *wanted)
{
	if (at + 1 >= cli->count)
		return cli_usage(cli, "under", "needs a prefix");
	wanted->under = true;
	return prefix_parse(cli->words[at + 1], &wanted->prefix, &cli->why) ? STATUS_USAGE
									    : STATUS_DONE;
}

static int read_words(struct cli *cli, struct wanted *ret_wanted)
{
	struct wanted *wanted = ret_wanted;

	*wanted = (struct wanted){};
	for (int at = 0; at < cli->count; at++) {
		const char *word = cli->words[at];

		if (!strcmp(word, "under") && !wanted->under) {
			if (read_under(cli, at++, wanted))
				return STATUS_USAGE;
		} else if (!strcmp(word, "as-policy") && !wanted->as_policy) {
			wanted->as_policy = true;
		} else if (!wanted->policy && !words_reserved(word) && !grammar_is_address(word)) {
			wanted->policy = word;
		} else {
			return cli_misplaced(cli, word);
		}
	}
	if (wanted->as_policy && cli->json)
		return cli_usage(cli, "as-policy", "prints lines of a policy file, not JSON");
	return STATUS_DONE;
}

int verb_suspects(struct cli *cli)
{
	struct wanted wanted;
	struct view view;
	int status = read_words(cli, &wanted);

	if (!status)
		status = view_open(cli, view_all, NULL, &view);
	if (status)
		return status;
	status = show_suspects(cli, &view, &wanted);
	view_close(&view);
	return status;
}
