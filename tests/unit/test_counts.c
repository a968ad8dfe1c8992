/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The counts beside a list: what counting the list one by one comes to, for as long as they say. */
#include "counts.h"

#include "unit.h"

#define SEEDS   400
#define ENTRIES 40
#define STEPS   120
#define TIMES   30 /* what happens, happens within so many seconds */

static __u64 drawn;

static unsigned int draw(unsigned int below)
{
	drawn = drawn * 6364136223846793005ULL + 1442695040888963407ULL;
	return (drawn >> 33) % below;
}

static struct entry draw_entry(void)
{
	return (struct entry){
		.action = draw(4) ? CX_ALLOW : CX_DENY,
		.expires = draw(2) ? 1 + draw(TIMES) : 0,
		.dev = !draw(3),
		.min_ttl = draw(3) ? 0 : 64,
		.rate = draw(3) ? 0 : 100,
	};
}

/* All of it, at a time that they hold at. */
static void are_true(const struct cx_counts *counts, const struct entry *entry, size_t count,
		     __u64 now)
{
	size_t forever = 0, timed = 0, denied = 0, bare = 0, limited = 0, conditional = 0;

	for (size_t i = 0; i < count; i++) {
		bool admits = entry_admits(&entry[i], now);

		forever += admits && !entry[i].expires;
		timed += admits && entry[i].expires;
		denied += entry[i].action == CX_DENY;
		bare += admits && !entry[i].dev && !entry[i].min_ttl;
		limited += entry[i].rate != 0;
		conditional += entry[i].dev || entry[i].min_ttl || entry[i].expires;
	}
	assert_int_equal(counts->forever, forever);
	assert_int_equal(counts->timed, timed);
	assert_int_equal(counts->denied, denied);
	assert_int_equal(counts->expired, count - forever - timed - denied);
	assert_int_equal(counts->bare, bare);
	assert_int_equal(counts->limited, limited);
	assert_int_equal(counts->conditional, conditional);
}

static void hold_as_long_as_they_say(const struct cx_counts *counts, const struct entry *entry,
				     size_t count)
{
	for (__u64 now = 0; now < TIMES + 2; now++) {
		if (counts_hold(counts, now))
			are_true(counts, entry, count, now);
	}
}

/* Counted at once they hold from then until the next end of an allow, and not one second less. */
static void hold_until_the_next_end(void **state)
{
	(void)state;
	for (drawn = 1; drawn < SEEDS; drawn++) {
		__u64 seed = drawn, now = draw(TIMES + 2), next = TIMES + 2;
		size_t count = draw(ENTRIES);
		struct entry entry[ENTRIES];
		struct cx_counts counts;

		for (size_t i = 0; i < count; i++) {
			entry[i] = draw_entry();
			if (entry[i].action == CX_ALLOW && entry[i].expires > now &&
			    entry[i].expires < next)
				next = entry[i].expires;
		}
		counts_of(entry, count, now, &counts);
		for (__u64 t = now; t < next; t++)
			assert_true(counts_hold(&counts, t));
		assert_false(next < TIMES + 2 && counts_hold(&counts, next));
		hold_as_long_as_they_say(&counts, entry, count);
		drawn = seed;
	}
}

/* Entries come and go while time passes, and now and then the clock is set back. */
static void hold_while_entries_come_and_go(void **state)
{
	(void)state;
	for (drawn = 1; drawn < SEEDS; drawn++) {
		struct entry entry[ENTRIES];
		struct cx_counts counts = {};
		__u64 seed = drawn, now = 0;
		size_t count = 0;

		for (int step = 0; step < STEPS; step++) {
			now = draw(20) ? now + !draw(4) : draw(TIMES);
			if (count && (count == ENTRIES || draw(2))) {
				size_t gone = draw(count);

				counts_remove(&counts, &entry[gone]);
				entry[gone] = entry[--count];
			} else {
				entry[count] = draw_entry();
				counts_add(&counts, &entry[count++], now);
			}
			hold_as_long_as_they_say(&counts, entry, count);
		}
		drawn = seed;
	}
}

/* What never ends is known for good. */
static void hold_for_ever_without_ends(void **state)
{
	const struct entry entry[] = {
		{ .action = CX_ALLOW },
		{ .action = CX_DENY, .expires = 5 },
		{ .action = CX_ALLOW, .direction = CX_DEST },
	};
	struct cx_counts counts;

	(void)state;
	counts_of(entry, COUNT(entry), 3, &counts);
	assert_true(counts_hold(&counts, 0) && counts_hold(&counts, ~0ULL));
	assert_int_equal(counts.forever, 2);
	assert_int_equal(counts.denied, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hold_until_the_next_end),
		cmocka_unit_test(hold_while_entries_come_and_go),
		cmocka_unit_test(hold_for_ever_without_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
