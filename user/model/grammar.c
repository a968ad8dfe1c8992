/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one grammar: words to a change of the policy model. */
#include "grammar.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "ports.h"
#include "text.h"
#include "when.h"
#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FOR(verb)    (1U << CHANGE_##verb)
#define FOR_ANY_VERB (~0U)
#define FOR_LISTS    (FOR(ALLOW) | FOR(DENY) | FOR(REVOKE)) /* take several policies */

#define MIN_TTL_MAX     255
#define PREFIX_WORD_MAX 64 /* no prefix is as long */
#define POLICY_WORD_MAX 64 /* no policy's name either */

/* Words not yet read, and whom to tell. */
struct reader {
	const struct verb *verb;
	const struct settings *settings; /* what there is, for better words */
	char **words;
	int left;
	struct grammar_context *context;
	struct complaint *why;
};

struct verb {
	const char *word;
	bool takes_back; /* no business in a file */
	/* Reads what stands before the attributes. */
	int (*read)(struct reader *reader, struct change *change);
	int (*carry)(struct settings *settings, const struct change *change,
		     const struct grammar_context *context, struct complaint *ret_why);
};

struct attribute {
	const char *word;
	unsigned int verbs;
	unsigned int named; /* enum change_named */
	/* Reads its value; NULL if it has none. */
	int (*read)(struct reader *reader, const char *value, struct change *change);
};

static const char *const elsewhere_names[] = { "drop", "pass" };
static const char *const tunnel_names[] = { "optional", "required" };
static const char *const fragments_names[] = { "pass", "drop" };

static const struct attribute *find_attribute(const char *word);

/* --- words --- */

static bool is(const char *word, const char *keyword)
{
	return word[0] == keyword[0] && !strcmp(word, keyword);
}

static const char *take(struct reader *reader)
{
	if (!reader->left)
		return NULL;
	reader->left--;
	return *reader->words++;
}

static const char *peek(const struct reader *reader)
{
	return reader->left ? *reader->words : NULL;
}

/* Makes a usage error of a complaint about words: adds how they should be. */
static int hint_usage(struct reader *reader)
{
	const struct verb_words *words = words_of(reader->verb->word);

	complain_hint(reader->why, "usage: %s %s", words->verb, words->usage);
	return -EINVAL;
}

/* The same for a word that is none of those which may stand there. */
static int hint_near(struct reader *reader, const char *word)
{
	struct near near = { .word = word };
	char question[64];

	words_offer(reader->verb->word, &near);
	if (!*near.best)
		return hint_usage(reader);
	complain_hint(reader->why, "%ssee: clarent-xdp help %s",
		      near_question(&near, question, sizeof(question)), reader->verb->word);
	return -EINVAL;
}

static int complain_missing(struct reader *reader, const char *what, const char *found)
{
	if (found)
		complain_usage(reader->why, found, "%s is missing before it", what);
	else
		complain_usage(reader->why, NULL, "%s is missing", what);
	return hint_usage(reader);
}

static int read_number(struct reader *reader, const char *word, __u32 max, __u32 *ret_number)
{
	if (!grammar_number(word, 1, max, ret_number))
		return 0;
	return complain_usage(reader->why, word, "not a number from 1 to %u", max);
}

static int read_text(struct reader *reader, const char *word, const char **ret_text)
{
	size_t len = strlen(word);
	char buf[TEXT_FAULT_MAX];
	const char *fault = text_fault(word, len, buf);

	if (!fault && strchr(word, '\t'))
		fault = "holds a tab";
	if (fault)
		return complain_usage(reader->why, word, "%s", fault);
	if (len >= CX_TEXT_MAX)
		return complain_usage(reader->why, word, "longer than %d bytes", CX_TEXT_MAX - 1);
	*ret_text = word;
	return 0;
}

static int read_choice(struct reader *reader, const char *word, const char *const *names, int count,
		       int *ret_choice)
{
	const char *between = "";
	char list[80];
	int used = 0;

	for (int i = 0; i < count; i++) {
		if (is(word, names[i])) {
			*ret_choice = i;
			return 0;
		}
		if (i)
			between = i < count - 1 ? ", " : " or ";
		used += snprintf(list + used, sizeof(list) - (size_t)used, "%s%s", between,
				 names[i]);
	}
	return complain_usage(reader->why, word, "not %s", list);
}

static int complain_empty(const char *list, struct complaint *ret_why)
{
	complain_usage(ret_why, list, "an empty place in the list");
	complain_hint(ret_why, "write it without blanks around the commas");
	return -EINVAL;
}

static int read_new_name(struct reader *reader, struct change *change)
{
	const char *word = take(reader);

	if (!word || find_attribute(word))
		return complain_missing(reader, "NAME", word);
	change->name = word;
	return 0;
}

static int complain_no_policy(struct reader *reader, const char *found)
{
	complain_missing(reader, "POLICY", found);
	complain_hint(reader->why,
		      "wanted: a policy: command, gateway, pcanywhere or one of your own");
	return -EINVAL;
}

/* Where a policy was wanted, one more address stands, behind a blank. */
static int complain_blank(struct reader *reader, const char *word)
{
	complain_usage(reader->why, word, "wanted: a policy");
	complain_hint(reader->why, "addresses are separated by commas, without blanks: %s,%s",
		      reader->words[-2], word);
	return -EINVAL;
}

/* A word for a policy; whether there is one of that name depends on the model. */
static int read_policy_word(struct reader *reader, struct change *change)
{
	const char *word = take(reader);

	if (!word || !*word || find_attribute(word))
		return complain_no_policy(reader, word);
	if (change->count && grammar_is_address(word))
		return complain_blank(reader, word);
	if (*word == ',' || word[strlen(word) - 1] == ',' || strstr(word, ",,"))
		return complain_empty(word, reader->why);
	change->name = word;
	return 0;
}

/* --- what stands before the attributes --- */

static int read_prefix(struct reader *reader, const char *word, const char *list,
		       struct change *change)
{
	if (change->count == CHANGE_PREFIXES_MAX)
		return complain_usage(reader->why, list, "more than %d in one list",
				      CHANGE_PREFIXES_MAX);
	if (!*word)
		return complain_empty(list, reader->why);
	return prefix_parse(word, &change->prefix[change->count++], reader->why);
}

static int read_prefixes(struct reader *reader, const char *list, struct change *change)
{
	char word[PREFIX_WORD_MAX];
	const char *at = list, *comma;
	int err = 0;

	for (; (comma = strchr(at, ',')) && !err; at = comma + 1) {
		snprintf(word, sizeof(word), "%.*s", (int)(comma - at), at);
		err = read_prefix(reader, word, list, change);
	}
	return err ? err : read_prefix(reader, at, list, change);
}

static int read_prefixes_policy(struct reader *reader, const char *what, struct change *change)
{
	const char *list = take(reader);
	int err;

	if (!list)
		return complain_missing(reader, what, NULL);
	if (settings_policy(reader->settings, list)) {
		complain_usage(reader->why, list, "wanted: %s, and then the policy", what);
		return hint_usage(reader);
	}
	err = read_prefixes(reader, list, change);
	return err ? err : read_policy_word(reader, change);
}

static int read_sources(struct reader *reader, struct change *change)
{
	return read_prefixes_policy(reader, "SOURCE", change);
}

static int read_destinations(struct reader *reader, struct change *change)
{
	return read_prefixes_policy(reader, "DEST", change);
}

static int read_protect(struct reader *reader, struct change *change)
{
	const char *word = peek(reader);

	if (!word || !is(word, "any"))
		return read_destinations(reader, change);
	take(reader);
	change->named |= NAMED_ANY;
	return read_policy_word(reader, change);
}

static int read_revoke_peer(struct reader *reader, struct change *change)
{
	const struct attribute *ending;
	int err;

	take(reader);
	change->entry.peer = take(reader);
	if (!change->entry.peer || !*change->entry.peer)
		return complain_missing(reader, "NAME of the peer", NULL);
	err = read_text(reader, change->entry.peer, &change->entry.peer);
	if (err)
		return err;
	change->named |= NAMED_PEER;
	ending = reader->left ? find_attribute(peek(reader)) : NULL;
	if (!reader->left || (ending && ending->verbs == FOR_ANY_VERB))
		return 0;
	return read_policy_word(reader, change);
}

static int read_revoke(struct reader *reader, struct change *change)
{
	const char *word = peek(reader);

	if (word && is(word, "peer"))
		return read_revoke_peer(reader, change);
	return read_sources(reader, change);
}

static int read_fragments(struct reader *reader, struct change *change)
{
	const char *word = take(reader);

	if (!word)
		return complain_missing(reader, "pass or drop", NULL);
	return read_choice(reader, word, fragments_names, COUNT(fragments_names),
			   &change->fragments_drop);
}

static int read_tunnel(struct reader *reader, struct change *change)
{
	const char *word = take(reader);

	if (!word || is(word, "off"))
		return complain_missing(reader, "IFACE", word);
	change->ifname = word;
	return grammar_ifname(word, reader->why);
}

static const struct verb verbs[] = {
	[CHANGE_ALLOW] = { "allow", false, read_sources, change_list },
	[CHANGE_DENY] = { "deny", false, read_sources, change_list },
	[CHANGE_PROTECT] = { "protect", false, read_protect, change_protect },
	[CHANGE_POLICY] = { "policy", false, read_new_name, change_policy },
	[CHANGE_FRAGMENTS] = { "fragments", false, read_fragments, change_fragments },
	[CHANGE_TUNNEL] = { "tunnel", false, read_tunnel, change_tunnel },
	[CHANGE_REVOKE] = { "revoke", true, read_revoke, change_revoke },
	[CHANGE_UNPROTECT] = { "unprotect", true, read_destinations, change_unprotect },
};

static const struct verb *find_verb(const char *word)
{
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (is(word, verbs[i].word))
			return &verbs[i];
	return NULL;
}

/* --- attributes --- */

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

static bool is_for(const struct attribute *attribute, const struct reader *reader)
{
	return attribute->verbs & 1U << (reader->verb - verbs);
}

/* Neither an attribute nor what stands before them. */
static int complain_unknown(struct reader *reader, const struct change *change, const char *word)
{
	if (FOR_LISTS & 1U << change->verb && change->name &&
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

	if (!attribute || !is_for(attribute, reader))
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

static int read_attributes(struct reader *reader, struct change *change)
{
	int err = 0;

	while (reader->left && !err)
		err = read_attribute(reader, change);
	if (!err)
		reader->context->force = change->named & NAMED_FORCE;
	return err;
}

/* --- what the words alone decide --- */

/* Addresses that no packet from outside has, or that none is sent to. */
static const struct {
	struct prefix prefix;
	bool as_destination;
	const char *what;
} impossible[] = {
	{ { CX_IPV4, 8, { 0 } }, true, "an unspecified address" },
	{ { CX_IPV4, 8, { 127 } }, true, "a loopback address" },
	{ { CX_IPV4, 4, { 224 } }, false, "a multicast address" },
	{ { CX_IPV4, 4, { 240 } }, false, "a reserved address" },
	{ { CX_IPV6, 128, { 0 } }, true, "an unspecified address" },
	{ { CX_IPV6, 128, { [15] = 1 } }, true, "a loopback address" },
	{ { CX_IPV6, 8, { 0xff } }, false, "a multicast address" },
};

static int check_possible(struct reader *reader, const struct prefix *prefix, bool destination)
{
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < COUNT(impossible); i++) {
		if (!prefix_covers(&impossible[i].prefix, prefix) ||
		    (destination && !impossible[i].as_destination))
			continue;
		return complain_usage(reader->why, prefix_format(prefix, text), "%s is no %s",
				      impossible[i].what, destination ? "destination" : "source");
	}
	return 0;
}

static int check_wide(struct reader *reader, const struct prefix *prefix,
		      const struct change *change)
{
	char text[PREFIX_TEXT_MAX];

	if (!change_is_wide(prefix) || change->named & NAMED_WIDE)
		return 0;
	complain_usage(reader->why, prefix_format(prefix, text), "so many sources need a word");
	complain_hint(reader->why, "if all of them are meant: allow %s %s wide", text,
		      change->name);
	return -EINVAL;
}

/* Link-local addresses are the same on every link. */
static int check_link(struct reader *reader, const struct prefix *prefix,
		      const struct change *change)
{
	static const struct prefix link_local = { CX_IPV6, 10, { 0xfe, 0x80 } };
	char text[PREFIX_TEXT_MAX];

	if (change->entry.dev || !prefix_covers(&link_local, prefix))
		return 0;
	complain_usage(reader->why, prefix_format(prefix, text), "a link-local source needs dev");
	complain_hint(reader->why, "name the interface that leads to it: allow %s %s dev IFACE",
		      text, change->name);
	return -EINVAL;
}

static int check_prefixes(struct reader *reader, const struct change *change)
{
	int err = 0;

	for (size_t i = 0; i < change->count && !err; i++) {
		const struct prefix *prefix = &change->prefix[i];

		if (change->verb == CHANGE_PROTECT)
			err = check_possible(reader, prefix, true);
		if (change->verb == CHANGE_ALLOW || change->verb == CHANGE_DENY)
			err = check_possible(reader, prefix, false);
		if (change->verb == CHANGE_ALLOW && !err)
			err = check_wide(reader, prefix, change);
		if (change->verb == CHANGE_ALLOW && !err)
			err = check_link(reader, prefix, change);
	}
	return err;
}

static int check_words(struct reader *reader, const struct change *change)
{
	unsigned int settings = change->named & ~(unsigned int)(NAMED_FORCE | NAMED_CONFIRM);

	if (change->verb == CHANGE_POLICY && !settings) {
		complain_usage(reader->why, change->name, "nothing to set");
		return hint_usage(reader);
	}
	if (settings & NAMED_DELETE && settings != NAMED_DELETE)
		return complain_usage(reader->why, "delete", "stands alone");
	if (settings & NAMED_ANY && settings != NAMED_ANY)
		return complain_usage(reader->why, "rate", "needs a destination, not any");
	return check_prefixes(reader, change);
}

/* --- lines --- */

static void add_policy(struct change *change, unsigned int policy)
{
	if (!memchr(change->policy, (int)policy, change->policies))
		change->policy[change->policies++] = (__u8)policy;
}

static void add_all_policies(const struct settings *settings, struct change *change)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++)
		if (settings->policy[i].name[0])
			add_policy(change, i);
}

static int complain_all(struct complaint *ret_why)
{
	complain_usage(ret_why, "all", "stands for a policy alone, and in deny only");
	complain_hint(ret_why, "name them: gateway,command");
	return -EINVAL;
}

/* One of POLICY[,POLICY...], which goes on to the comma or the end. */
static int find_one(const struct settings *settings, const char *word, size_t len,
		    struct change *change, struct complaint *ret_why)
{
	char name[POLICY_WORD_MAX];
	unsigned int policy;
	int err;

	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	if (is(name, "all"))
		return complain_all(ret_why);
	err = grammar_policy(settings, name, &policy, ret_why);
	if (!err)
		add_policy(change, policy);
	return err;
}

static int find_several(const struct settings *settings, struct change *change,
			struct complaint *ret_why)
{
	const char *word = change->name;
	int err = 0;

	if (change->verb == CHANGE_DENY && is(word, "all")) {
		add_all_policies(settings, change);
		return 0;
	}
	for (;;) {
		size_t len = strcspn(word, ",");

		err = find_one(settings, word, len, change, ret_why);
		if (err || !word[len])
			return err;
		word += len + 1;
	}
}

/* Fills in the policies that the words mean, as far as there are any. */
static int find_policies(const struct settings *settings, struct change *change,
			 struct complaint *ret_why)
{
	if (!change->name)
		return 0;
	if (change->verb == CHANGE_POLICY && !(change->named & NAMED_DELETE)) {
		change->policy[0] = (__u8)settings_policy(settings, change->name);
		change->policies = change->policy[0] != 0;
		return 0;
	}
	if (!(FOR_LISTS & 1U << change->verb) && strchr(change->name, ','))
		return complain_usage(ret_why, change->name, "one policy at a time");
	return find_several(settings, change, ret_why);
}

static int complain_verb(const char *word, struct complaint *ret_why)
{
	struct near near = { .word = word };
	char question[64];

	for (size_t i = 0; i < COUNT(verbs) && !words_of(word); i++)
		if (!verbs[i].takes_back)
			near_offer(&near, verbs[i].word, strlen(verbs[i].word));
	complain_usage(ret_why, word, "not a setting");
	complain_hint(ret_why, "%ssettings are allow, deny, protect, policy, fragments, tunnel",
		      near_question(&near, question, sizeof(question)));
	return -EINVAL;
}

static int check_verb(const struct verb *verb, const char *word,
		      const struct grammar_context *context, struct complaint *ret_why)
{
	if (verb && verb->takes_back && !change_is_live(context))
		return complain_usage(ret_why, word, "takes back, and a file holds settings only");
	if (verb)
		return 0;
	return complain_verb(word, ret_why);
}

int grammar_run(struct settings *settings, int count, char **words, struct grammar_context *context,
		struct complaint *ret_why)
{
	const char *word = count ? words[0] : "";
	const struct verb *verb = find_verb(word);
	struct reader reader = { verb, settings, words + 1, count - 1, context, ret_why };
	static struct change change; /* too large for a small stack */
	int err = check_verb(verb, word, context, ret_why);

	if (err)
		return err;
	memset(&change, 0, offsetof(struct change, prefix));
	change.verb = (enum change_verb)(verb - verbs);
	err = verb->read(&reader, &change);
	if (!err)
		err = read_attributes(&reader, &change);
	if (!err)
		err = check_words(&reader, &change);
	if (!err)
		err = find_policies(settings, &change, ret_why);
	return err ? err : verb->carry(settings, &change, context, ret_why);
}

bool grammar_is_setting(const char *verb)
{
	return find_verb(verb) != NULL;
}
