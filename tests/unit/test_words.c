/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words of all verbs: which name a policy cannot have, and which is nearest to a slip. */
#include "unit.h"

#include "words.h"

static const char *nearest(const char *word, const char *const *known, size_t count)
{
	static struct near near;

	near = (struct near){ .word = word };
	for (size_t i = 0; i < count; i++)
		near_offer(&near, known[i], strlen(known[i]));
	return near.best;
}

static void slips(void **state)
{
	static const char *const known[] = { "allow", "gateway", "command", "list", "min-ttl" };
	static const struct {
		const char *word, *best;
	} cases[] = {
		{ "alow", "allow" },
		{ "alllow", "allow" },
		{ "lalow", "allow" },
		{ "ALLOW", "allow" },
		{ "al", "allow" },
		{ "allow", "allow" },
		{ "gatway", "gateway" },
		{ "gateawy", "gateway" },
		{ "getevay", "gateway" },
		{ "gate", "gateway" },
		{ "lst", "list" },
		{ "min_ttl", "min-ttl" },
		{ "comandd", "command" },
		/* too far, or too short to tell */
		{ "", "" },
		{ "a", "" },
		{ "xyzzy", "" },
		{ "last night", "" },
		{ "getting", "" },
		{ "show", "" },
		{ "al2", "" },
		{ "a-word-of-more-than-thirty-letters", "" },
	};
	char question[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (strcmp(nearest(cases[i].word, known, COUNT(known)), cases[i].best))
			fail_msg("'%s' is near '%s'", cases[i].word,
				 nearest(cases[i].word, known, COUNT(known)));
	assert_string_equal(near_question(&(struct near){ .best = "list" }, question, 64),
			    "did you mean list? ");
	assert_string_equal(near_question(&(struct near){ .word = "x" }, question, 64), "");
}

static void the_nearest_of_several(void **state)
{
	static const char *const known[] = { "stats", "status", "state" };

	(void)state;
	assert_string_equal(nearest("statu", known, 3), "stats"); /* of equals the first */
	assert_string_equal(nearest("statsu", known, 3), "stats");
	assert_string_equal(nearest("statis", known, 3), "stats");
	assert_string_equal(nearest("statuss", known, 3), "status");
	assert_string_equal(nearest("state", known, 3), "state");
}

static void verbs(void **state)
{
	static const char *const cases[][2] = {
		{ "alow", "allow" }, { "show", "list" },   { "del", "revoke" },
		{ "add", "allow" },  { "pol", "policy" },  { "undo", "rollback" },
		{ "ls", "list" },    { "frobnicate", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct near near = { .word = cases[i][0] };

		words_offer_verbs(&near);
		assert_string_equal(near.best, cases[i][1]);
	}
	assert_string_equal(words_of("list")->verb, "list");
	assert_null(words_of("lis"));
	assert_null(words_of(""));
}

/* Whatever the grammar knows as a word of its own, by the usages themselves. */
static void reserved(void **state)
{
	static const char *const words[] = {
		"allow", "unprotect", "help",   "peer",   "min-ttl", "expires",  "mode",
		"open",  "required",  "strict", "delete", "dry-run", "force",    "confirm",
		"all",   "add",       "native", "port",   "vlan",    "fragment", "later",
		"any",   "never",     "none",   "off",    "doctor",  "suspects",
	};
	static const char *const free[] = { "gateway", "command", "voice", "allo", "allows", "name",
					    "policy_", "iface", "", "SOURCE",
					    /* of list, log, stats watch, suspects and top alone */
					    "batch", "count", "for", "inside", "json", "rates",
					    "watch", "write",
					    /* of follow and fleet */
					    "config", "drops", "follow", "forget", "host",
					    "promote", "publish", "refused", "within" };

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		if (!words_reserved(words[i]))
			fail_msg("'%s' is free", words[i]);
	for (size_t i = 0; i < COUNT(free); i++)
		if (words_reserved(free[i]))
			fail_msg("'%s' is reserved", free[i]);
}

/* A hint shows a usage whole. */
static void usages_fit_a_hint(void **state)
{
	struct complaint why;

	(void)state;
	for (const struct verb_words *words = verb_words; words->verb; words++) {
		size_t len = strlen("usage:  ") + strlen(words->verb) + strlen(words->usage);

		if (len >= sizeof(why.hint))
			fail_msg("%s: %zu", words->verb, len);
		assert_true(*words->summary && *words->help);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slips),
		cmocka_unit_test(the_nearest_of_several),
		cmocka_unit_test(verbs),
		cmocka_unit_test(reserved),
		cmocka_unit_test(usages_fit_a_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
