/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attached is not filtered: what is said of an attachment, by what is known of it. */
#include "unit.h"

#include "judging.h"

/* What is received, and judged: since the attach, and in the moment that was watched. */
static void says_what_the_numbers_say(void **state)
{
	static const struct {
		const char *what;
		struct judging_facts facts;
		bool doubt;
		enum judging judging;
	} cases[] = {
		{ "nothing came yet", {}, false, JUDGING },
		{ "few came", { .since = { 9, 0 } }, false, JUDGING },
		{ "nothing judged", { .since = { 10, 0 } }, true, JUDGING_NOTHING },
		{ "... until now", { .since = { 10, 0 }, .lately = { 1, 1 } }, true, JUDGING },
		{ "a few more", { .since = { 200, 101 } }, false, JUDGING },
		{ "as many", { .since = { 1000, 1000 } }, false, JUDGING },
		{ "drops are not counted", { .since = { 10, 1000 } }, false, JUDGING },
		{ "a card that counts no drops, and gets no others",
		  { .since = { 0, 1000 } },
		  false,
		  JUDGING },
		{ "put together before they are judged",
		  { .since = { 1000, 100 }, .lately = { 40, 1 } },
		  true,
		  JUDGING },
		{ "... and a quiet moment", { .since = { 1000, 100 } }, true, JUDGING },
		{ "... and too few to tell",
		  { .since = { 1000, 100 }, .lately = { 4, 0 } },
		  true,
		  JUDGING },
		{ "lost", { .since = { 1000, 100 }, .lately = { 5, 0 } }, true, JUDGING_NOTHING },
		{ "lost by a driver that is known for it, in a quiet moment",
		  { .loses = true, .reset = true, .since = { 9, 900 } },
		  true,
		  JUDGING_LOST },
		{ "... that has been reset and goes on judging",
		  { .loses = true, .reset = true, .since = { 9, 900 }, .lately = { 1, 1 } },
		  true,
		  JUDGING },
		{ "... and all is well", { .loses = true, .since = { 9, 9 } }, false, JUDGING },
		{ "handed over by tc",
		  { .around = true, .since = { 10, 0 } },
		  true,
		  JUDGING_AROUND },
		{ "... of many",
		  { .around = true, .exact = true, .since = { 1000, 900 }, .lately = { 9, 9 } },
		  true,
		  JUDGING_AROUND },
		{ "counters that began anew", { .since = { 0, 5 } }, false, JUDGING },
		{ "as many as there are", { .since = { ~0ULL, ~0ULL - 99 } }, false, JUDGING },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].what);
		assert_int_equal(judging_is_in_doubt(&cases[i].facts), cases[i].doubt);
		assert_int_equal(judging_of(&cases[i].facts), cases[i].judging);
	}
}

static void says_the_worst(void **state)
{
	struct judging_facts facts = {
		.gone = true,
		.gated = true,
		.detach = true,
		.never = true,
		.behind = true,
		.twice = true,
		.since = { 100, 0 },
	};

	(void)state;
	assert_int_equal(judging_of(&facts), JUDGING_GONE);
	facts.gone = false;
	assert_int_equal(judging_of(&facts), JUDGING_NEVER);
	facts.never = false;
	assert_int_equal(judging_of(&facts), JUDGING_DETACH_WAITS);
	facts.lapsed = true; /* it filters again, so what keeps packets from it is a fault */
	assert_int_equal(judging_of(&facts), JUDGING_BEHIND);
	facts.behind = false;
	assert_int_equal(judging_of(&facts), JUDGING_NOTHING);
	facts.since.judged = 100;
	assert_int_equal(judging_of(&facts), JUDGING_DETACH_LAPSED);
	facts.gated = false;
	assert_int_equal(judging_of(&facts), JUDGING_TWICE);
	facts.twice = false;
	assert_int_equal(judging_of(&facts), JUDGING);
}

/* Nothing is held to the lists without a word on what is wrong. */
static void notes_what_does_not_filter(void **state)
{
	(void)state;
	for (enum judging judging = 0; judging < JUDGING_STATES; judging++) {
		if (!judging_filters(judging))
			assert_non_null(judging_note(judging));
	}
	assert_null(judging_note(JUDGING));
	assert_true(judging_filters(JUDGING_TWICE));
	assert_true(judging_filters(JUDGING_ATTACH_WAITS));
	assert_false(judging_filters(JUDGING_ATTACH_LAPSED));
	assert_true(judging_filters(JUDGING_DETACH_LAPSED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_the_numbers_say),
		cmocka_unit_test(says_the_worst),
		cmocka_unit_test(notes_what_does_not_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
