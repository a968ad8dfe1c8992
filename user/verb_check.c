/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* check: asks the program that is loaded, with the rules that are live, and moves nothing. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clocks.h"
#include "coverage.h"
#include "grammar.h"
#include "policy_file.h"
#include "netns.h"
#include "probe.h"
#include "scope.h"
#include "show.h"
#include "text.h"

#define TTL_USUAL 64
#define TTL_MAX   255
#define VLAN_MAX  4094

struct question {
	struct probe probe;
	const char *dev; /* NULL: whatever is attached */
	bool has_dest;
	bool has_port;
};

static int parse_host(struct cli *cli, const char *word, struct prefix *ret_host)
{
	if (prefix_parse(word, ret_host, &cli->why))
		return STATUS_USAGE;
	if (!prefix_is_host(ret_host))
		return cli_usage(cli, word, "not one address");
	return STATUS_DONE;
}

static int parse_number(struct cli *cli, const char *word, __u32 min, __u32 max,
			unsigned int *ret_number)
{
	char what[64];
	__u32 number;

	snprintf(what, sizeof(what), "not a number from %u to %u", min, max);
	if (grammar_number(word, min, max, &number))
		return cli_usage(cli, word, what);
	*ret_number = number;
	return STATUS_DONE;
}

static int parse_dest(struct cli *cli, const char *word, struct question *question)
{
	question->has_dest = true;
	return parse_host(cli, word, &question->probe.dest);
}

static int parse_port(struct cli *cli, const char *word, struct question *question)
{
	question->has_port = true;
	return parse_number(cli, word, 0, 65535, &question->probe.port);
}

static int parse_dev(struct cli *cli, const char *word, struct question *question)
{
	question->dev = word;
	return grammar_ifname(word, &cli->why) ? STATUS_USAGE : STATUS_DONE;
}

static int parse_proto(struct cli *cli, const char *word, struct question *question)
{
	if (strcmp(word, "tcp") && strcmp(word, "udp"))
		return cli_usage(cli, word, "not a protocol: udp or tcp");
	question->probe.proto = strcmp(word, "tcp") ? CX_UDP : CX_TCP;
	return STATUS_DONE;
}

static int parse_ttl(struct cli *cli, const char *word, struct question *question)
{
	return parse_number(cli, word, 0, TTL_MAX, &question->probe.ttl);
}

static int parse_vlan(struct cli *cli, const char *word, struct question *question)
{
	unsigned int vlan = 0;
	int status = parse_number(cli, word, 0, VLAN_MAX, &vlan);

	question->probe.vlan = vlan;
	return status;
}

static int parse_fragment(struct cli *cli, const char *word, struct question *question)
{
	if (strcmp(word, "first") && strcmp(word, "later"))
		return cli_usage(cli, word, "not a fragment: first or later");
	question->probe.fragment = strcmp(word, "first") ? PROBE_LATER : PROBE_FIRST;
	return STATUS_DONE;
}

static const struct {
	const char *keyword;
	int (*parse)(struct cli *cli, const char *word, struct question *question);
} keywords[] = {
	{ "port", parse_port },         { "to", parse_dest }, { "dev", parse_dev },
	{ "proto", parse_proto },       { "ttl", parse_ttl }, { "vlan", parse_vlan },
	{ "fragment", parse_fragment },
};

static int parse_keyword(struct cli *cli, const char *keyword, const char *value,
			 struct question *question)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strcmp(keywords[i].keyword, keyword))
			continue;
		if (!value)
			return cli_usage(cli, keyword, "needs a value");
		return keywords[i].parse(cli, value, question);
	}
	return cli_misplaced(cli, keyword);
}

static int parse(struct cli *cli, struct question *question)
{
	int status;

	if (!cli->count)
		return cli_usage(cli, NULL, "a source address is missing");
	status = parse_host(cli, cli->words[0], &question->probe.source);
	for (int at = 1; at < cli->count && !status; at += 2)
		status = parse_keyword(cli, cli->words[at],
				       at + 1 < cli->count ? cli->words[at + 1] : NULL, question);
	if (status)
		return status;
	if (!question->has_port)
		return cli_usage(cli, NULL, "port N is missing");
	if (question->has_dest && question->probe.dest.family != question->probe.source.family)
		return cli_usage(cli, NULL, "source and destination are of different families");
	return STATUS_DONE;
}

/* Without `to`: a destination that the policy of that port names, or any. */
static void choose_dest(const struct settings *settings, struct probe *probe)
{
	unsigned int policy = settings->port[probe->proto][probe->port];
	size_t count = 0;
	const struct entry *entry =
		policy ? settings_list(settings, policy, CX_DEST, &count) : NULL;

	probe->dest = probe->source;
	for (size_t i = 0; i < count; i++) {
		if (entry[i].prefix.family == probe->source.family)
			probe->dest = entry[i].prefix;
	}
	probe->dest.len = probe->source.len;
}

/* The attachment that is asked: the one named, or the first of this namespace. */
static int choose_attachment(struct cli *cli, const struct view *view,
			     const struct question *question, struct attachment *ret_attachment)
{
	scoped(memory) list = NULL;
	__u64 here = netns_cookie();
	size_t count;
	int status = view_attachments(cli, view, (struct attachment **)&list, &count);

	for (size_t i = 0; i < count && !status; i++) {
		const struct attachment *one = (struct attachment *)list + i;

		if (one->netns != here || !one->ifindex ||
		    (question->dev && !attachment_is_called(one, question->dev)))
			continue;
		*ret_attachment = *one;
		if (attachment_judges(one, clocks_now().boottime))
			return STATUS_DONE;
		complain_failed(&cli->why, attachment_name(one),
				"passes everything while its attach or detach is not confirmed");
		complain_hint(&cli->why, "see: clarent-xdp status");
		return STATUS_FAILED;
	}
	if (status)
		return status;
	complain_failed(
		&cli->why, question->dev,
		question->dev
			? "is not attached in this network namespace"
			: "nothing is attached in this network namespace, so nothing is dropped");
	complain_hint(&cli->why, "see: clarent-xdp status");
	return STATUS_FAILED;
}

/* Runs the check program. Returns 0 or -errno. */
static int ask(const struct attachment *attachment, const struct probe *probe, __u32 *ret_answer)
{
	scoped(fd) fd = attachment_check_fd(attachment);
	__u8 frame[PROBE_FRAME_MAX];
	size_t len = probe_build(probe, frame);
	struct xdp_md ctx = { .data_end = len, .ingress_ifindex = attachment->ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));

	if (fd < 0)
		return fd;
	if (bpf_prog_test_run_opts(fd, &opts))
		return -errno;
	*ret_answer = opts.retval;
	return 0;
}

/* The line that decided, as the policy file has it. NULL if no entry did. */
static char *deciding_line(const struct settings *settings, const struct probe *probe, __u32 answer)
{
	const struct entry *entry;
	struct prefix prefix;
	char *text = NULL;
	size_t size;
	FILE *to;

	if (CX_ANSWER_LEN(answer) > probe->source.len)
		return NULL;
	prefix = prefix_shorten(&probe->source, CX_ANSWER_LEN(answer));
	entry = settings_find(settings, CX_ANSWER_POLICY(answer), CX_SOURCE, &prefix);
	to = entry ? open_memstream(&text, &size) : NULL;
	if (!to)
		return NULL;
	policy_file_write_entry(to, settings, entry);
	fclose(to);
	return text;
}

static void print_answer(struct cli *cli, const struct view *view,
			 const struct attachment *attachment, const struct probe *probe,
			 __u32 answer)
{
	scoped(memory) line = deciding_line(&view->settings, probe, answer);
	const char *policy = view->settings.policy[CX_ANSWER_POLICY(answer)].name;
	const char *verdict = CX_ANSWER_PASS(answer) ? "pass" : "drop";
	const char *reason = reason_name(CX_ANSWER_REASON(answer));

	if (!cli->json) {
		text_print("%s: %s%s%s on %s%s%s", verdict, reason, *policy ? " by " : "", policy,
			   attachment_name(attachment), line ? ": " : "", line ? (char *)line : "");
		return;
	}
	cli->answer = json_object_new_object();
	json_object_object_add(cli->answer, "verdict", json_object_new_string(verdict));
	json_object_object_add(cli->answer, "reason", json_object_new_string(reason));
	if (*policy)
		json_object_object_add(cli->answer, "policy", json_object_new_string(policy));
	if (line)
		json_object_object_add(cli->answer, "entry", json_object_new_string(line));
	json_object_object_add(cli->answer, "interface",
			       json_object_new_string(attachment_name(attachment)));
}

static int answer(struct cli *cli, struct view *view, struct question *question)
{
	struct attachment attachment;
	__u32 answer = 0;
	int err, status = choose_attachment(cli, view, question, &attachment);

	if (status)
		return status;
	if (!question->has_dest)
		choose_dest(&view->settings, &question->probe);
	question->probe.link_type = attachment.self.link_type;
	err = ask(&attachment, &question->probe, &answer);
	if (err)
		return complain_failed(&cli->why, attachment_name(&attachment),
				       "its program cannot be asked: %s", strerror(-err))
			       ? STATUS_FAILED
			       : STATUS_DONE;
	print_answer(cli, view, &attachment, &question->probe, answer);
	return CX_ANSWER_PASS(answer) ? STATUS_DONE : STATUS_DROP;
}

int verb_check(struct cli *cli)
{
	struct question question = { .probe = { .vlan = -1, .ttl = TTL_USUAL } };
	struct view view;
	int status = parse(cli, &question);

	if (!status)
		status = view_open(cli, &view);
	if (status)
		return status;
	status = answer(cli, &view, &question);
	view_close(&view);
	return status;
}
