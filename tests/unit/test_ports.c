/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sets of ports: read, refused, and printed in one canonical way. */
#include "unit.h"

#include "ports.h"

static __u8 set[PORTS_COUNT];

static void reads_and_prints(void **state)
{
	static const char *const cases[][2] = {
		{ "4040", "4040" },
		{ "1-65535", "1-65535" },
		{ "5002,5001", "5001,5002" },
		{ "4040,5010-5012", "4040,5010-5012" },
		{ "1,2,3", "1-3" },
		{ "1-2", "1,2" },
		{ "7-7", "7" },
		{ "1-5,4-9,3", "1-9" },
		{ "65534,65535", "65534,65535" },
		{ "none", "none" },
	};
	char text[PORTS_TEXT_MAX];
	struct complaint why;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(ports_parse(cases[i][0], set, &why), 0);
		assert_string_equal(ports_format(set, 1, text), cases[i][1]);
	}
}

static void prints_one_owner(void **state)
{
	char text[PORTS_TEXT_MAX];

	(void)state;
	memset(set, 0, sizeof(set));
	set[22] = 3;
	set[23] = 4;
	set[24] = set[25] = set[26] = 3;
	assert_string_equal(ports_format(set, 3, text), "22,24-26");
	assert_string_equal(ports_format(set, 4, text), "23");
	assert_string_equal(ports_format(set, 5, text), "none");
}

static void refuses(void **state)
{
	static const char *const bad[] = { "",      ",",       "0",
					   "65536", "4040,",   ",4040",
					   "1,,2",  "a",       "1-",
					   "-1",    "1-2-3",   "1 2",
					   "0-5",   "1-65536", "99999999999999999999",
					   "+1",    "010",     "NONE" };
	struct complaint why;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(ports_parse(bad[i], set, &why), -EINVAL);
		assert_int_equal(why.status, STATUS_USAGE);
		assert_string_equal(why.what, "not a list of ports");
		assert_string_equal(why.hint, "ports are 1 to 65535, written as 4040,5010-5012");
	}
	assert_int_equal(ports_parse("5012-5010", set, &why), -EINVAL);
	assert_string_equal(complaint_text(&why), "'5012-5010': 5012-5010 runs backwards");
}

/* However many words a set takes, its canonical text must fit a line. */
static void refuses_what_would_not_fit(void **state)
{
	char text[PORTS_TEXT_MAX] = "1", canonical[PORTS_TEXT_MAX];
	struct complaint why;
	size_t used = 1;
	int port = 1;

	(void)state;
	while (used + 6 < PORTS_WORD_MAX)
		used += (size_t)sprintf(text + used, ",%d", port += 2);
	assert_int_equal(ports_parse(text, set, &why), 0);
	assert_string_equal(ports_format(set, 1, canonical), text);
	while (used < PORTS_WORD_MAX)
		used += (size_t)sprintf(text + used, ",%d", port += 2);
	assert_int_equal(ports_parse(text, set, &why), -EINVAL);
	assert_string_equal(why.what, "longer than 1499 characters");
}

/* A set that no word made. */
static void prints_no_more_than_there_is_room_for(void **state)
{
	char text[PORTS_TEXT_MAX];

	(void)state;
	for (int port = 0; port < PORTS_COUNT; port++)
		set[port] = port % 4 != 0;
	assert_true(strlen(ports_format(set, 1, text)) >= PORTS_WORD_MAX);
	assert_true(strlen(text) < PORTS_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_prints),
		cmocka_unit_test(prints_one_owner),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_what_would_not_fit),
		cmocka_unit_test(prints_no_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
