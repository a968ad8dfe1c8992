/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `suspects` of those who are refused: sources that come again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar.h"
#include "show.h"
#include "suspects.h"
#include "text.h"
#include "when.h"
#include "words.h"

struct wanted {
	const char *policy; /* NULL: any */
	bool under;
	struct prefix prefix;
	bool as_policy;
};

/* --- the answer --- */

static void print_fact(const struct suspect *suspect)
{
	__u64 tenths = seen_rate(suspect->seen, suspect->of->clocks.coarse_tick);
	char source[PREFIX_TEXT_MAX], first[WHEN_TEXT_MAX], last[WHEN_TEXT_MAX];

	text_print(stdout, "# %s %s %u, %s: %s packet%s, %llu.%llu/s, %s to %s, %s, ttl %s",
		   prefix_format(&suspect->seen->source, source),
		   suspect->seen->proto == CX_TCP ? "tcp" : "udp", suspect->seen->port,
		   reason_name(suspect->seen->reason), suspect->packets,
		   suspect->seen->packets == 1 ? "" : "s", tenths / 10, tenths % 10,
		   when_format(suspect_utc(suspect, suspect->seen->first), first),
		   when_format(suspect_utc(suspect, suspect->seen->last), last),
		   suspect_interface(suspect).text ?: "-", suspect->ttl);
}

/* What an entry would mend; of other reasons there is one already. */
static void print_as_policy(const struct suspects *suspects)
{
	char source[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < suspects->count; i++) {
		const struct seen *seen = &suspects->seen[i];

		suspect_fill(suspects, seen, suspects->row);
		print_fact(suspects->row);
		if (seen->reason == CX_UNLISTED && *suspect_policy(suspects->row).text != '(')
			text_print(stdout, "#allow %s %s", prefix_format(&seen->source, source),
				   suspect_policy(suspects->row).text);
	}
}

/* To add nothing leaves the answer as it is. */
static int answer(struct cli *cli, const struct suspects *suspects, const struct view *view)
{
	struct rows rows = { cli->json ? suspect_json_fields : suspect_text_fields, suspects->count,
			     suspect_at, suspects };
	__u64 one_in = view->exists ? seen_one_in(&view->instance) : 1;
	int status;

	if (one_in > 1)
		warn_add(&cli->warnings,
			 "so much is refused that a source is looked at for one second in %llu",
			 one_in);
	if (!rows.count && !cli->json) {
		puts("nobody was refused who is not listed by now");
		return STATUS_DONE;
	}
	status = view_answer(cli, "suspects", &rows, view);
	if (!status && cli->answer)
		json_object_object_add(cli->answer, "one_in", json_object_new_int64((long)one_in));
	return status;
}

static int find_policy(struct cli *cli, const struct view *view, const char *name,
		       unsigned int *ret_policy)
{
	*ret_policy = name ? settings_policy(&view->settings, name) : 0;
	if (!name || *ret_policy)
		return STATUS_DONE;
	complain_failed(&cli->why, name, "no such policy");
	return STATUS_FAILED;
}

static int show_suspects(struct cli *cli, const struct view *view, const struct wanted *wanted)
{
	struct suspects_wanted these = { .under = wanted->under ? &wanted->prefix : NULL };
	struct suspect row;
	struct suspects suspects = { .row = &row };
	int err, status = find_policy(cli, view, wanted->policy, &these.policy);

	if (status)
		return status;
	err = suspects_read(&these, view->exists ? &view->instance : NULL, &view->settings,
			    &suspects);
	if (err) {
		complain_errno(&cli->why, NULL, err, "cannot read who was refused");
		return STATUS_FAILED;
	}
	if (wanted->as_policy)
		print_as_policy(&suspects);
	else
		status = answer(cli, &suspects, view);
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

int suspects_show(struct cli *cli)
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
