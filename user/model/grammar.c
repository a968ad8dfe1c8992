/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one grammar: words to a change of the policy model. */
#include "grammar.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "ports.h"
#include "reader.h"
#include "text.h"
#include "words.h"

#define PREFIX_WORD_MAX 64 /* no prefix is as long */
#define POLICY_WORD_MAX 64 /* no policy's name either */

/* --- words --- */

static int read_new_name(struct reader *reader, struct change *change)
{
	const char *word = take(reader);

	if (!word || is_attribute(word))
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

	if (!word || !*word || is_attribute(word))
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
	int err;

	take(reader);
	change->entry.peer = take(reader);
	if (!change->entry.peer || !*change->entry.peer)
		return complain_missing(reader, "NAME of the peer", NULL);
	err = read_text(reader, change->entry.peer, &change->entry.peer);
	if (err)
		return err;
	change->named |= NAMED_PEER;
	if (!reader->left || is_ending(peek(reader)))
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
		return complain_missing(reader, "pass, listed or drop", NULL);
	return read_choice(reader, word, fragments_names, FRAGMENTS_MODES, &change->fragments);
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
	[CHANGE_ALLOW] = { "allow", false, read_sources, change_entries },
	[CHANGE_DENY] = { "deny", false, read_sources, change_entries },
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
	if (!takes_several(change->verb) && strchr(change->name, ','))
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
