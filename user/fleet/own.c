/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* This host's own clarent-xdp: it alone reads and changes the filter, and is asked in words. */
#include "own.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "etcd.h"
#include "policy.h"

#define WORDS_MAX     16
#define ASK_SECONDS   60
#define APPLY_SECONDS 600 /* a million entries on a slow host */
#define CHECK_DROP    3   /* exit status of check */

struct question {
	const char *word[WORDS_MAX];
	const char *input;
	size_t input_len;
	unsigned int seconds;
	const char *ssh;
};

static int ask(const struct fleet *fleet, const struct question *question, struct said *ret_said)
{
	const char *argv[WORDS_MAX + 8] = { fleet->program, "-q" };
	const struct child child = {
		.argv = argv,
		.input = question->input ? question->input : "",
		.input_len = question->input_len,
		.seconds = question->seconds ? question->seconds : ASK_SECONDS,
		.ssh = question->ssh,
	};
	int count = 2;

	if (fleet->bpffs) {
		argv[count++] = "--bpffs";
		argv[count++] = fleet->bpffs;
	}
	for (int i = 0; i < WORDS_MAX && question->word[i]; i++)
		argv[count++] = question->word[i];
	return child_run(&child, ret_said);
}

/* What it complains of, as it says it. */
static int refused(const struct fleet *fleet, const struct said *said, int err,
		   struct complaint *why)
{
	const char *text = said->err.data, *line = text ? strstr(text, ": ") : NULL;

	if (err)
		return complain_errno(why, fleet->program, err, "cannot be run");
	if (said->status < 0)
		return complain_failed(why, fleet->program, "was killed"), -ETIMEDOUT;
	line = line ? line + 2 : "";
	complain_failed(why, NULL, "%.*s", (int)strcspn(line, "\n"), line);
	return -EPERM;
}

/* For questions that are answered by more than a status. */
static int ask_json(const struct fleet *fleet, const struct question *question, int also,
		    struct json_object **ret_json, struct complaint *why)
{
	struct said said = {};
	int err = ask(fleet, question, &said);

	*ret_json = NULL;
	if (err || (said.status && said.status != also))
		err = refused(fleet, &said, err, why);
	else
		*ret_json = json_tokener_parse(said.out.data);
	said_free(&said);
	if (!err && !*ret_json)
		err = complain_errno(why, fleet->program, -EPROTO, "an answer that is none");
	return err;
}

static int ask_plain(const struct fleet *fleet, const struct question *question,
		     struct complaint *why)
{
	struct said said = {};
	int err = ask(fleet, question, &said);

	if (err || said.status)
		err = refused(fleet, &said, err, why);
	said_free(&said);
	return err;
}

int own_settings(const struct fleet *fleet, struct buffer *ret_text, struct complaint *ret_why)
{
	const struct question question = { .word = { "save", "-" } };
	struct said said = {};
	int err = ask(fleet, &question, &said);

	if (err || said.status)
		err = refused(fleet, &said, err, ret_why);
	else
		policy_strip(said.out.data, said.out.len, ret_text);
	said_free(&said);
	return err ? err : ret_text->failed ? complain_memory(ret_why) : 0;
}

int own_change(const struct fleet *fleet, __u64 *ret_change, bool *ret_waits,
	       struct complaint *ret_why)
{
	const struct question question = { .word = { "-j", "history" } };
	struct json_object *json, *changes, *last;
	int err = ask_json(fleet, &question, 0, &json, ret_why);

	if (err)
		return err;
	changes = json_member(json, "changes");
	last = json_count(changes) ? json_object_array_get_idx(changes, json_count(changes) - 1)
				   : NULL;
	*ret_change = (__u64)json_number(last, "change");
	*ret_waits = !strcmp(json_text(last, "state"), "trial");
	json_object_put(json);
	return 0;
}

int own_apply(const struct fleet *fleet, const char *text, size_t len, bool *ret_changed,
	      struct complaint *ret_why)
{
	char seconds[16], ssh[64];
	const struct question question = {
		.word = { "-j", "apply", "-", "confirm", seconds },
		.input = text,
		.input_len = len,
		.seconds = APPLY_SECONDS,
		.ssh = fleet->config.ssh_port ? ssh : NULL,
	};
	struct json_object *json;
	int err;

	snprintf(seconds, sizeof(seconds), "%u", fleet->config.confirm);
	/* the guard of who types over SSH serves who may have to, later */
	snprintf(ssh, sizeof(ssh), "127.0.0.1 1 127.0.0.1 %u", fleet->config.ssh_port);
	err = ask_json(fleet, &question, 0, &json, ret_why);
	if (err)
		return err;
	*ret_changed = json_object_get_boolean(json_member(json, "changed"));
	json_object_put(json);
	return 0;
}

int own_confirm(const struct fleet *fleet, struct complaint *ret_why)
{
	const struct question question = { .word = { "confirm" } };

	return ask_plain(fleet, &question, ret_why);
}

int own_save(const struct fleet *fleet, struct complaint *ret_why)
{
	const struct question question = { .word = { "save" } };

	return ask_plain(fleet, &question, ret_why);
}

static int judge(struct json_object *json, const struct config_test *test, struct complaint *why)
{
	struct json_object *answers = json_member(json, "answers");
	const struct config_test wanted = *test;

	for (size_t i = 0; i < json_count(answers); i++) {
		struct json_object *answer = json_object_array_get_idx(answers, i);

		if (!strcmp(json_text(answer, "policy"), wanted.policy) &&
		    strcmp(json_text(answer, "verdict"), "pass"))
			return complain_failed(why, test->source, "%s would drop it: %s",
					       test->policy, json_text(answer, "reason"));
	}
	return 0;
}

int own_check(const struct fleet *fleet, const struct config_test *test, struct complaint *ret_why)
{
	const struct question question = { .word = { "-j", "check", test->source } };
	struct json_object *json;
	int err = ask_json(fleet, &question, CHECK_DROP, &json, ret_why);

	if (err == -EPERM && strstr(ret_why->what, "nothing is attached"))
		return 0;
	if (err)
		return err;
	err = judge(json, test, ret_why);
	json_object_put(json);
	return err;
}

static bool is_drop(const char *reason)
{
	return strcmp(reason, "allowed") && strcmp(reason, "not-guarded") &&
	       strcmp(reason, "elsewhere");
}

void own_drops(const struct fleet *fleet, __u64 *ret_packets)
{
	const struct question question = { .word = { "-j", "stats" } };
	struct complaint why;
	struct json_object *json, *counters;
	__u64 packets = 0;

	if (ask_json(fleet, &question, 0, &json, &why))
		return;
	counters = json_member(json, "counters");
	for (size_t i = 0; i < json_count(counters); i++) {
		struct json_object *counter = json_object_array_get_idx(counters, i);

		if (is_drop(json_text(counter, "reason")))
			packets += (__u64)json_number(counter, "packets") +
				   (__u64)json_number(counter, "would_drop_packets");
	}
	json_object_put(json);
	*ret_packets = packets;
}
