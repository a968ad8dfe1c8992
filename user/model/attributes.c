/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What may stand behind a verb and its objects: each with its value, where it has one. */
#include <errno.h>
#include <string.h>

#include "ports.h"
#include "reader.h"
#include "when.h"

#define FOR(verb)    (1U << CHANGE_##verb)
#define FOR_ANY_VERB (~0U)

#define MIN_TTL_MAX 255

struct attribute {
	const char *word;
	unsigned int verbs;
	unsigned int named; /* enum change_named */
	/* Reads its value; NULL if it has none. */
	int (*read)(struct reader *reader, const char *value, struct change *change);
};

static const char *const elsewhere_names[] = { "drop", "pass" };
static const char *const tunnel_names[] = { "optional", "required" };

static int read_peer(struct reader *reader, const char *value, struct change *change)
{
	return read_text(reader, value, &change->entry.peer);
}

static int read_comment(struct reader *reader, const char *value, struct change *change)
{
	return read_text(reader, value, &change->entry.comment);
}

static int read_dev(struct reader *reader, const char *value, struct change *change)
{
	if (is(value, "any"))
		return 0;
	change->entry.dev = value;
	return grammar_ifname(value, reader->why);
}

/* A burst is part of its rate: without one, the rate has the default. */
static int read_rate(struct reader *reader, const char *value, struct change *change)
{
	const char *next;
	int err;

	if (is(value, "off"))
		return 0;
	err = read_number(reader, value, GRAMMAR_RATE_MAX, &change->rate);
	next = peek(reader);
	if (err || !next || !is(next, "burst"))
		return err;
	take(reader);
	if (!reader->left)
		return complain_missing(reader, "N of burst", NULL);
	return read_number(reader, take(reader), GRAMMAR_RATE_MAX, &change->burst);
}

static int read_min_ttl(struct reader *reader, const char *value, struct change *change)
{
	if (is(value, "off") || is(value, "0"))
		return 0;
	return read_number(reader, value, MIN_TTL_MAX, &change->entry.min_ttl);
}

static int read_expires(struct reader *reader, const char *value, struct change *change)
{
	const struct grammar_context *context = reader->context;
	int err;

	if (is(value, "never"))
		return 0;
	err = when_parse(value, change_is_live(context) ? context->now : 0, &change->entry.expires,
			 reader->why);
	if (!err && change_is_live(context) && change->entry.expires <= context->now)
		return complain_usage(reader->why, value, "is in the past");
	return err;
}

static int read_ports(struct reader *reader, const char *value, struct change *change,
		      enum cx_proto proto)
{
	static __u8 set[PORTS_COUNT]; /* too large for a small stack */

	change->attributes.ports[proto] = value;
	return ports_parse(value, set, reader->why);
}

static int read_udp(struct reader *reader, const char *value, struct change *change)
{
	return read_ports(reader, value, change, CX_UDP);
}

static int read_tcp(struct reader *reader, const char *value, struct change *change)
{
	return read_ports(reader, value, change, CX_TCP);
}

static int read_mode(struct reader *reader, const char *value, struct change *change)
{
	return read_choice(reader, value, mode_names, CX_MODE_CLOSED + 1, &change->attributes.mode);
}

static int read_elsewhere(struct reader *reader, const char *value, struct change *change)
{
	return read_choice(reader, value, elsewhere_names, COUNT(elsewhere_names),
			   &change->attributes.elsewhere_pass);
}

static int read_needs_tunnel(struct reader *reader, const char *value, struct change *change)
{
	return read_choice(reader, value, tunnel_names, COUNT(tunnel_names),
			   &change->attributes.tunnel_required);
}

static int read_rpf(struct reader *reader, const char *value, struct change *change)
{
	return read_choice(reader, value, rpf_names, RPF_STRICT + 1, &change->attributes.rpf);
}

static int read_confirm(struct reader *reader, const char *value, struct change *change)
{
	(void)change;
	return grammar_confirm(value, &reader->context->confirm, reader->why);
}

static const struct attribute attributes[] = {
	{ "peer", FOR(ALLOW), NAMED_PEER, read_peer },
	{ "dev", FOR(ALLOW), NAMED_DEV, read_dev },
	{ "rate", FOR(ALLOW) | FOR(PROTECT) | FOR(POLICY), NAMED_RATE, read_rate },
	{ "min-ttl", FOR(ALLOW), NAMED_MIN_TTL, read_min_ttl },
	{ "expires", FOR(ALLOW) | FOR(DENY), NAMED_EXPIRES, read_expires },
	{ "wide", FOR(ALLOW), NAMED_WIDE, NULL },
	{ "comment", FOR(ALLOW) | FOR(DENY), NAMED_COMMENT, read_comment },
	{ "udp", FOR(POLICY), NAMED_UDP, read_udp },
	{ "tcp", FOR(POLICY), NAMED_TCP, read_tcp },
	{ "mode", FOR(POLICY), NAMED_MODE, read_mode },
	{ "elsewhere", FOR(POLICY), NAMED_ELSEWHERE, read_elsewhere },
	{ "tunnel", FOR(POLICY), NAMED_TUNNEL, read_needs_tunnel },
	{ "rpf", FOR(POLICY), NAMED_RPF, read_rpf },
	{ "delete", FOR(POLICY), NAMED_DELETE, NULL },
	{ "off", FOR(TUNNEL), NAMED_OFF, NULL },
	{ "force", FOR_ANY_VERB, NAMED_FORCE, NULL },
	{ "confirm", FOR_ANY_VERB, NAMED_CONFIRM, read_confirm },
};

static const struct attribute *find_attribute(const char *word)
{
	for (size_t i = 0; i < COUNT(attributes); i++)
		if (is(word, attributes[i].word))
			return &attributes[i];
	return NULL;
}

bool is_attribute(const char *word)
{
	return find_attribute(word);
}

bool is_ending(const char *word)
{
	const struct attribute *attribute = find_attribute(word);

	return attribute && attribute->verbs == FOR_ANY_VERB;
}

static bool is_for(const struct attribute *attribute, const struct change *change)
{
	return attribute->verbs & 1U << change->verb;
}

/* Neither an attribute nor what stands before them. */
static int complain_unknown(struct reader *reader, const struct change *change, const char *word)
{
	if (takes_several(change->verb) && change->name &&
	    settings_policy(reader->settings, word)) {
		complain_usage(reader->why, word, "one policy more");
		complain_hint(reader->why,
			      "policies are separated by commas, without blanks: %s,%s",
			      change->name, word);
		return -EINVAL;
	}
	complain_usage(reader->why, word, "unknown word");
	return hint_near(reader, word);
}

static int complain_attribute(struct reader *reader, const struct change *change, const char *word,
			      const struct attribute *attribute)
{
	if (is(word, "burst"))
		complain_usage(reader->why, word, "goes with rate PPS, right behind it");
	else if (attribute)
		complain_usage(reader->why, word, "not for %s", reader->verb->word);
	else
		return complain_unknown(reader, change, word);
	return hint_usage(reader);
}

/* What only the command line may say. */
static int check_place(struct reader *reader, const struct attribute *attribute)
{
	if (change_is_live(reader->context))
		return 0;
	if (attribute->named & (NAMED_FORCE | NAMED_CONFIRM))
		return complain_usage(reader->why, attribute->word, "only on the command line");
	if (attribute->named & (NAMED_DELETE | NAMED_OFF))
		return complain_usage(reader->why, attribute->word,
				      "takes back, and a file holds settings only");
	return 0;
}

static int read_attribute(struct reader *reader, struct change *change)
{
	const char *word = take(reader);
	const struct attribute *attribute = find_attribute(word);
	int err;

	if (!attribute || !is_for(attribute, change))
		return complain_attribute(reader, change, word, attribute);
	if (change->named & attribute->named)
		return complain_usage(reader->why, word, "said twice");
	err = check_place(reader, attribute);
	if (err)
		return err;
	change->named |= attribute->named;
	if (!attribute->read)
		return 0;
	if (!reader->left) {
		complain_usage(reader->why, word, "needs a value");
		return hint_usage(reader);
	}
	return attribute->read(reader, take(reader), change);
}

int read_attributes(struct reader *reader, struct change *change)
{
	int err = 0;

	while (reader->left && !err)
		err = read_attribute(reader, change);
	if (!err)
		reader->context->force = change->named & NAMED_FORCE;
	return err;
}
