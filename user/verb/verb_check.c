/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* check: asks the program that is loaded, with the rules that are live, and moves nothing. */
#include <errno.h>
#include <string.h>

#include "capture.h"
#include "check_file.h"
#include "finding.h"
#include "grammar.h"
#include "probe.h"
#include "scope.h"
#include "show.h"
#include "states.h"
#include "text.h"
#include "witness.h"

#define TTL_MAX  255
#define VLAN_MAX 4094

struct question {
	struct probe probe;
	unsigned int said; /* enum premises_said */
	const char *dev;   /* NULL: whatever is attached */
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
	question->said |= SAID_DEST;
	return parse_host(cli, word, &question->probe.dest);
}

static int parse_port(struct cli *cli, const char *word, struct question *question)
{
	question->said |= SAID_PORT;
	return parse_number(cli, word, 0, 65535, &question->probe.port);
}

static int parse_dev(struct cli *cli, const char *word, struct question *question)
{
	question->said |= SAID_DEV;
	question->dev = word;
	return grammar_ifname(word, &cli->why) ? STATUS_USAGE : STATUS_DONE;
}

static int parse_proto(struct cli *cli, const char *word, struct question *question)
{
	if (strcmp(word, "tcp") && strcmp(word, "udp"))
		return cli_usage(cli, word, "not a protocol: udp or tcp");
	question->said |= SAID_PROTO;
	question->probe.proto = strcmp(word, "tcp") ? CX_UDP : CX_TCP;
	return STATUS_DONE;
}

static int parse_ttl(struct cli *cli, const char *word, struct question *question)
{
	question->said |= SAID_TTL;
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
		return cli_usage(cli, NULL, "a source address, or a capture file, is missing");
	status = parse_host(cli, cli->words[0], &question->probe.source);
	for (int at = 1; at < cli->count && !status; at += 2)
		status = parse_keyword(cli, cli->words[at],
				       at + 1 < cli->count ? cli->words[at + 1] : NULL, question);
	if (status)
		return status;
	if (question->said & SAID_DEST &&
	    question->probe.dest.family != question->probe.source.family)
		return cli_usage(cli, NULL, "source and destination are of different families");
	return STATUS_DONE;
}

/* Runs the check program. Returns 0 or -errno. */
static int ask(const struct attachment *attachment, const struct probe *probe, __u32 *ret_answer)
{
	scoped(fd) fd = attachment_check_fd(attachment);
	__u8 frame[PROBE_FRAME_MAX];
	size_t len = probe_build(probe, frame);

	return fd < 0 ? fd : witness_ask(fd, attachment->ifindex, frame, len, ret_answer);
}

/* Fills in what nobody said, for a packet to that port. */
static void assume(const struct question *question, unsigned int port, struct finding *finding)
{
	const struct view *view = finding->witness->view;
	struct probe *probe = &finding->probe;
	const struct entry *entry;
	unsigned int policy;
	struct cx_state state;

	probe->port = port;
	if (!(question->said & SAID_PROTO) && question->said & SAID_PORT)
		probe->proto = premises_proto(&view->settings, port);
	policy = view->settings.port[probe->proto][port];
	if (!(question->said & SAID_DEST))
		probe->dest = premises_dest(&view->settings, policy, &finding->witness->place,
					    &probe->source);
	if (question->said & SAID_TTL)
		return;
	entry = premises_entry(&view->settings, policy, &probe->source, view->clocks.utc);
	probe->ttl = premises_ttl(entry);
	state = entry ? states_of(entry->id) : (struct cx_state){};
	finding->ttl_seen = entry && state.ttl_seen;
	if (finding->ttl_seen)
		probe->ttl = state.lowest_ttl;
}

/* Returns an exit status: of the packet, or of the asking. */
static int find(struct cli *cli, const struct witness *witness, const struct question *question,
		enum cx_proto proto, unsigned int port)
{
	struct finding finding = { .witness = witness,
				   .probe = question->probe,
				   .said = question->said };
	int err;

	finding.probe.proto = proto;
	finding.probe.link_type = witness->attachment.self.link_type;
	assume(question, port, &finding);
	err = ask(&witness->attachment, &finding.probe, &finding.answer);
	if (err)
		return complain_errno(&cli->why, attachment_name(&witness->attachment), err,
				      "its program cannot be asked"),
		       STATUS_FAILED;
	if (!cli->json)
		finding_print(&finding);
	else if (question->said & SAID_PORT)
		cli->answer = finding_json(&finding);
	else
		json_object_array_add(json_object_object_get(cli->answer, "answers"),
				      finding_json(&finding));
	return CX_ANSWER_PASS(finding.answer) ? STATUS_DONE : STATUS_DROP;
}

/* The first port of that protocol which a policy guards, 0: none. */
static unsigned int first_port(const struct settings *settings, unsigned int policy,
			       enum cx_proto proto)
{
	const __u8 *owners = settings->port[proto], *found;

	found = settings->policy[policy].mode == CX_MODE_OPEN ? NULL
							      : memchr(owners, (int)policy, 65536);
	return found ? (unsigned int)(found - owners) : 0;
}

/* One packet for each policy and protocol; dropped if any of them is. */
static int find_all(struct cli *cli, const struct witness *witness, const struct question *question)
{
	const struct settings *settings = &witness->view->settings;
	bool asked = false;
	int status = STATUS_DONE;

	if (cli->json) {
		cli->answer = json_object_new_object();
		json_object_object_add(cli->answer, "answers", json_object_new_array());
	}
	for (unsigned int i = 2; i < 2 * CX_MAX_POLICIES && status != STATUS_FAILED; i++) {
		enum cx_proto proto = i % 2 ? CX_TCP : CX_UDP;
		unsigned int port = first_port(settings, i / 2, proto);
		int one;

		if (!port || (question->said & SAID_PROTO && question->probe.proto != proto))
			continue;
		one = find(cli, witness, question, proto, port);
		status = one ? one : status;
		asked = true;
	}
	if (!asked && !cli->json)
		puts("no policy guards a port");
	return status;
}

static int look_around(struct cli *cli, struct witness *witness)
{
	scoped(memory) list = NULL;
	const struct interface *self;
	size_t count = 0;
	int err = interfaces_read((struct interface **)&list, &count);

	if (err)
		return complain_errno(&cli->why, NULL, err, "cannot read this host's interfaces");
	witness->place.ifindex = witness->attachment.ifindex;
	self = interfaces_find(list, count, witness->attachment.ifindex);
	witness->place.master = self ? self->master : 0;
	return 0;
}

static int answer(struct cli *cli, const struct view *view, const struct question *question,
		  const struct premises_place *place)
{
	struct witness witness = { .view = view, .place = *place };
	int status = witness_choose(cli, view, question->dev, &witness.attachment);

	if (!status)
		status = view_states(cli, view);
	if (status)
		return status;
	if (look_around(cli, &witness))
		return STATUS_FAILED;
	if (question->said & SAID_PORT)
		return find(cli, &witness, question, question->probe.proto, question->probe.port);
	return find_all(cli, &witness, question);
}

static int read_view(struct view *view, const void *wanted)
{
	return generation_read_asked(&view->instance, wanted, &view->settings);
}

/* Nothing else of the lists is read, and there may be a million others. */
static int open_view(struct cli *cli, const struct question *question,
		     const struct premises_place *place, struct view *ret_view)
{
	const struct asked asked = {
		.source = &question->probe.source,
		.dest = place->address,
		.dests = question->said & SAID_DEST ? 0 : place->count,
		.any_dest = !(question->said & SAID_DEST) &&
			    !premises_here(place, question->probe.source.family),
	};

	return view_open(cli, read_view, &asked, ret_view);
}

int verb_check(struct cli *cli)
{
	struct question question = { .probe = { .vlan = -1 } };
	struct premises_place place = {};
	scoped(memory) address = NULL;
	struct view view;
	int status, err;

	if (cli->count && capture_is_named(cli->words[0]))
		return check_file(cli);
	status = parse(cli, &question);
	if (status)
		return status;
	err = addresses_read((struct address **)&address, &place.count);
	if (err)
		return complain_errno(&cli->why, NULL, err, "cannot read this host's addresses"),
		       STATUS_FAILED;
	place.address = address;
	status = open_view(cli, &question, &place, &view);
	if (status)
		return status;
	status = answer(cli, &view, &question, &place);
	view_close(&view);
	return status;
}
