/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a change would do, said before it is done. */
#include "dry_run.h"

#include <stdlib.h>

#include "clocks.h"
#include "diff.h"
#include "facts.h"
#include "grammar.h"
#include "policy_file.h"
#include "scope.h"
#include "states.h"
#include "text.h"

struct dry_run {
	const struct settings *have;
	const struct settings *want;
	struct clocks now;
	struct json_object *json; /* array, NULL: text */
	bool failed;              /* memory was out, and something is not said */
};

/* One line of the policy file, as it is and as it would be. */
static void line_text(const struct dry_run *run, const struct diff_line *line, bool before,
		      FILE *to)
{
	const struct settings *settings = before ? run->have : run->want;
	const struct entry *entry = before ? line->before : line->after;

	if (line->kind == DIFF_GLOBAL)
		fputs(line->text, to);
	else if (line->kind == DIFF_MODE)
		fputs(mode_names[settings->policy[line->policy].mode], to);
	else if (line->kind != DIFF_POLICY)
		policy_file_write_entry(to, settings, entry);
	else if (settings->policy[line->policy].name[0])
		policy_file_write_policy(to, settings, line->policy);
}

/* The same in memory; the caller frees it. NULL without memory. */
static char *line_string(const struct dry_run *run, const struct diff_line *line, bool before)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	line_text(run, line, before, to);
	fclose(to);
	return text;
}

/* Seconds since the epoch of a time that the fast path noted. */
static __u64 seen_utc(const struct dry_run *run, __u64 monotonic)
{
	return monotonic ? run->now.utc - (run->now.monotonic - monotonic) / NSEC_PER_SEC : 0;
}

static void print_removed(const struct dry_run *run, const struct diff_line *line,
			  const char *before)
{
	const struct cx_state state = states_of(line->before->id);
	struct buffer text = {};
	struct value seen;

	seen = value_ago(seen_utc(run, state.last_seen));
	value_print(&text, &seen, run->now.utc);
	text_print(stdout, "- %s  # hits %llu, last seen %.*s", before,
		   (unsigned long long)cx_state_hits(&state), (int)text.len, text.data);
	buffer_free(&text);
}

static void print_lines(const struct dry_run *run, const struct diff_line *line, const char *before,
			const char *after)
{
	switch (line->kind) {
	case DIFF_GLOBAL:
		text_print(stdout, "%s", after);
		return;
	case DIFF_MODE:
		printf("%s: %s -> %s\n", run->want->policy[line->policy].name, before, after);
		return;
	case DIFF_CHANGE:
		text_print(stdout, "~ %s", after);
		return;
	default:
		break;
	}
	if (line->kind == DIFF_REMOVE && *before)
		print_removed(run, line, before);
	else if (*before)
		text_print(stdout, "- %s", before);
	if (*after)
		text_print(stdout, "+ %s", after);
}

static void add_json(const struct dry_run *run, const struct diff_line *line, const char *before,
		     const char *after)
{
	static const char *const kind[] = { "mode", "policy", "global", "add", "remove", "change" };
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "kind", json_object_new_string(kind[line->kind]));
	if (line->policy)
		json_object_object_add(
			object, "policy",
			json_object_new_string(run->have->policy[line->policy].name[0]
						       ? run->have->policy[line->policy].name
						       : run->want->policy[line->policy].name));
	if (*before && line->kind != DIFF_GLOBAL)
		json_object_object_add(object, "before", json_object_new_string(before));
	if (*after)
		json_object_object_add(object, "after", json_object_new_string(after));
	if (line->kind == DIFF_REMOVE && line->before) {
		const struct cx_state state = states_of(line->before->id);

		json_object_object_add(object, "hits",
				       json_object_new_int64(cx_state_hits(&state)));
	}
	json_object_array_add(run->json, object);
}

static void tell(void *context, const struct diff_line *line)
{
	struct dry_run *run = context;
	bool has_before = line->before || line->kind < DIFF_ADD;
	bool has_after = line->after || line->kind < DIFF_ADD;
	scoped(memory) before = has_before ? line_string(run, line, true) : NULL;
	scoped(memory) after = has_after ? line_string(run, line, false) : NULL;

	run->failed |= (has_before && !before) || (has_after && !after);
	if (run->json)
		add_json(run, line, before ? before : "", after ? after : "");
	else
		print_lines(run, line, before ? before : "", after ? after : "");
}

/* "gateway would lose all its 2 sources" */
static const char *reason_text(const struct complaint *why, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", why->object, *why->object ? " " : "", why->what);
	return buf;
}

static void print_refusals(const struct raised *raised)
{
	char text[300];

	for (size_t i = 0; i < raised->count && i < RAISED_KEPT; i++)
		text_print(stdout, "would refuse without force: %s",
			   reason_text(&raised->why[i], text, sizeof(text)));
	if (raised->count > RAISED_KEPT)
		printf("would refuse without force: %zu more\n", raised->count - RAISED_KEPT);
}

static struct json_object *refusals_json(const struct raised *raised)
{
	struct json_object *array = json_object_new_array();
	char text[300];

	for (size_t i = 0; i < raised->count && i < RAISED_KEPT; i++)
		json_object_array_add(array, json_object_new_string(reason_text(
						     &raised->why[i], text, sizeof(text))));
	return array;
}

int dry_run(struct cli *cli, const struct instance *instance, const struct settings *have,
	    const struct settings *want, const struct raised *raised)
{
	struct dry_run run = {
		.have = have,
		.want = want,
		.now = clocks_now(),
	};
	int err = states_open(instance, have);
	char would[256];

	if (err) {
		complain_errno(&cli->why, NULL, err, "cannot read what the entries have seen");
		return STATUS_FAILED;
	}
	if (cli->json)
		run.json = json_object_new_array();
	diff(have, want, tell, &run);
	diff_summary(have, want, would, sizeof(would));
	if (cli->json) {
		cli->answer = json_object_new_object();
		json_object_object_add(cli->answer, "changes", run.json);
		json_object_object_add(cli->answer, "would", json_object_new_string(would));
		json_object_object_add(cli->answer, "would_refuse", refusals_json(raised));
		return STATUS_DONE;
	}
	if (*would)
		printf("in all: %s\n", would);
	else
		puts("nothing would change");
	print_refusals(raised);
	if (run.failed)
		complain_memory(&cli->why);
	return run.failed ? STATUS_FAILED : STATUS_DONE;
}
