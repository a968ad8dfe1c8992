/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a new model inherits: an expiry keeps its time, and a file may bring it nearer. */
#include "unit.h"

#include "inherit.h"

#define NOW   1800000000ULL /* the wall clock when the entry was listed */
#define UP    1000          /* s that the machine was up then */
#define HOUR  3600
#define OTHER (NOW + HOUR)

static struct clocks clocks_at(__u64 utc, __u64 up)
{
	return (struct clocks){ .utc = utc, .boottime = up * NSEC_PER_SEC };
}

static void list(struct settings *settings, __u64 expires, __u32 line)
{
	struct entry entry = {
		.policy = POLICY_GATEWAY,
		.direction = CX_SOURCE,
		.action = CX_ALLOW,
		.line = line,
		.expires = expires,
	};
	struct complaint why;

	assert_int_equal(settings_init(settings), 0);
	assert_int_equal(prefix_parse("10.0.0.1", &entry.prefix, &why), 0);
	assert_int_equal(settings_insert(settings, &entry), 0);
}

/* When an entry that is listed at NOW ends, by the boot clock. */
static void expiries(void **state)
{
	static const struct {
		__u64 first;  /* the date that it is listed with */
		__u64 second; /* the date that it is said with later */
		__u32 line;   /* of the file that says it then, 0: none does */
		int step;     /* s that the wall clock has been set by meanwhile */
		__u64 up;     /* s that the machine is up then */
		__u64 ends;   /* s in the boot clock, a second early; 0: is over */
	} cases[] = {
		/* no file: it stays, wherever the wall clock goes */
		{ NOW + 2 * HOUR, NOW + 2 * HOUR, 0, 0, UP + 60, UP + 2 * HOUR - 1 },
		{ NOW + 2 * HOUR, NOW + 2 * HOUR, 0, HOUR, UP + 60, UP + 2 * HOUR - 1 },
		{ NOW + 2 * HOUR, NOW + 2 * HOUR, 0, 3 * HOUR, UP + 60, UP + 2 * HOUR - 1 },
		{ NOW + 2 * HOUR, NOW + 2 * HOUR, 0, -HOUR, UP + 60, UP + 2 * HOUR - 1 },
		/* a file: the earlier of both */
		{ NOW + 2 * HOUR, NOW + 2 * HOUR, 7, 0, UP + 60, UP + 2 * HOUR - 1 },
		{ NOW + 2 * HOUR, NOW + 2 * HOUR, 7, HOUR, UP + 60, UP + HOUR - 1 },
		{ NOW + 2 * HOUR, NOW + 2 * HOUR, 7, 3 * HOUR, UP + 60, 0 },
		{ NOW + 2 * HOUR, NOW + 2 * HOUR, 7, -HOUR, UP + 60, UP + 2 * HOUR - 1 },
		/* another date is counted anew, file or not */
		{ NOW + 2 * HOUR, OTHER, 0, 0, UP + 60, UP + HOUR - 1 },
		{ NOW + 2 * HOUR, OTHER, 7, -HOUR, UP + 60, UP + 2 * HOUR - 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		__u64 utc = NOW + cases[i].up - UP + cases[i].step;
		const struct clocks then = clocks_at(NOW, UP);
		const struct clocks now = clocks_at(utc, cases[i].up);
		struct settings nothing = {}, have, want;
		__u64 ends = cases[i].ends ? cases[i].ends * NSEC_PER_SEC : 1;

		list(&have, cases[i].first, 1);
		list(&want, cases[i].second, cases[i].line);
		assert_int_equal(inherit(&nothing, &have, &then), 0);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(inherit(&have, &want, &now), 0);
			assert_int_equal(want.entry[0].boottime_expires, ends);
		}
		assert_int_equal(want.entry[0].id, have.entry[0].id);
		assert_int_equal(want.entry[0].listed, NOW);
		settings_free(&have);
		settings_free(&want);
	}
}

static void never_stays_never(void **state)
{
	const struct clocks then = clocks_at(NOW, UP), now = clocks_at(NOW + HOUR, UP + 60);
	struct settings nothing = {}, have, want;

	(void)state;
	list(&have, 0, 1);
	list(&want, 0, 7);
	assert_int_equal(inherit(&nothing, &have, &then), 0);
	assert_int_equal(inherit(&have, &want, &now), 0);
	assert_int_equal(want.entry[0].boottime_expires, 0);
	settings_free(&have);
	settings_free(&want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expiries),
		cmocka_unit_test(never_stays_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
