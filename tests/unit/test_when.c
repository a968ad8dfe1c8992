/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Times: RFC 3339, from now, and how long; read strictly, printed in UTC. */
#include "unit.h"

#include "when.h"

#define NOW 1800000000ULL /* 2027-01-15T08:00:00Z */

static void reads_absolute(void **state)
{
	static const struct {
		const char *word;
		__u64 seconds;
	} cases[] = {
		{ "2027-01-15T08:00:00Z", NOW },
		{ "2027-01-15t08:00:00z", NOW },
		{ "2027-01-15T09:00:00+01:00", NOW },
		{ "2027-01-14T22:30:00-09:30", NOW },
		{ "2027-01-15T08:00:00-00:00", NOW },
		{ "2027-01-15T08:00:00.999Z", NOW },    /* early rather than late */
		{ "2016-12-31T23:59:60Z", 1483228799 }, /* a leap second */
		{ "2028-02-29T00:00:00Z", 1835395200 },
		{ "2000-02-29T00:00:00Z", 951782400 },
		{ "2199-12-31T23:59:59Z", 7258118399 },
		{ "1970-01-01T00:00:00Z", 1 }, /* 0 would mean never */
		{ "1960-01-01T00:00:00Z", 1 },
	};
	struct complaint why;
	__u64 seconds;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(when_parse(cases[i].word, 0, &seconds, &why), 0);
		assert_int_equal(seconds, cases[i].seconds);
	}
}

static void reads_from_now(void **state)
{
	struct complaint why;
	__u64 seconds;

	(void)state;
	assert_int_equal(when_parse("90s", NOW, &seconds, &why), 0);
	assert_int_equal(seconds, NOW + 90);
	assert_int_equal(when_parse("30m", NOW, &seconds, &why), 0);
	assert_int_equal(seconds, NOW + 30 * 60);
	assert_int_equal(when_parse("2h", NOW, &seconds, &why), 0);
	assert_int_equal(seconds, NOW + 2 * 60 * 60);
	assert_int_equal(when_parse("7d", NOW, &seconds, &why), 0);
	assert_int_equal(seconds, NOW + 7 * 24 * 60 * 60);
}

static void refuses(void **state)
{
	static const char *const cases[][2] = {
		{ "2027-02-29T00:00:00Z", "there is no such day" },
		{ "2027-04-31T00:00:00Z", "there is no such day" },
		{ "2100-02-29T00:00:00Z", "there is no such day" },
		{ "2027-01-15T08:00:00", "time without its zone" },
		{ "2200-01-01T00:00:00Z", "is after the year 2199" },
		{ "2199-12-31T23:59:59-00:01", "is after the year 2199" },
		{ "9999999d", "is after the year 2199" },
		{ "99999999999999999999999d", "is after the year 2199" },
		{ "", "not a time" },
		{ "0m", "not a time" },
		{ "30", "not a time" },
		{ "0s", "not a time" },
		{ "30ms", "not a time" },
		{ "1w", "not a time" },
		{ "m", "not a time" },
		{ "-30m", "not a time" },
		{ "1h30m", "not a time" },
		{ "tomorrow", "not a time" },
		{ "2027-01-15", "not a time" },
		{ "2027-01-15 08:00:00Z", "not a time" },
		{ "2027-13-15T08:00:00Z", "not a time" },
		{ "2027-00-15T08:00:00Z", "not a time" },
		{ "2027-01-32T08:00:00Z", "not a time" },
		{ "2027-01-15T24:00:00Z", "not a time" },
		{ "2027-01-15T08:60:00Z", "not a time" },
		{ "2027-01-15T08:00:61Z", "not a time" },
		{ "2027-01-15T08:00:00.Z", "not a time" },
		{ "2027-01-15T08:00:00+0100", "not a time" },
		{ "2027-01-15T08:00:00+24:00", "not a time" },
		{ "2027-01-15T08:00:00Zx", "not a time" },
		{ "2027-1-15T08:00:00Z", "not a time" },
		{ "1800000000", "not a time" },
	};
	struct complaint why;
	__u64 seconds = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(when_parse(cases[i][0], NOW, &seconds, &why), -EINVAL);
		assert_string_equal(why.what, cases[i][1]);
		assert_int_equal(why.status, STATUS_USAGE);
		assert_int_equal(seconds, 77);
	}
}

static void hints_are_true(void **state)
{
	struct complaint why;
	__u64 seconds;

	(void)state;
	when_parse("soon", NOW, &seconds, &why);
	assert_string_equal(why.hint,
			    "write 30s, 30m, 2h, 7d or 2026-12-31T23:59:59Z, with its zone");
	when_parse("soon", 0, &seconds, &why);
	assert_string_equal(why.hint, "write 2026-12-31T23:59:59Z, with its zone");
	when_parse("2027-01-15T08:00:00", NOW, &seconds, &why);
	assert_string_equal(why.hint, "for UTC say 2027-01-15T08:00:00Z");
	assert_int_equal(when_parse("30m", 0, &seconds, &why), -EINVAL);
	assert_string_equal(complaint_text(&why),
			    "'30m': counts from now, and a file is read at any time; "
			    "write the date, such as 2026-12-31T23:59:59Z");
}

static void prints_what_it_reads(void **state)
{
	char text[WHEN_TEXT_MAX];
	struct complaint why;
	__u64 seconds;

	(void)state;
	assert_string_equal(when_format(NOW, text), "2027-01-15T08:00:00Z");
	for (__u64 at = 1; at < 7258118400ULL; at += 86400 * 97 + 12345) {
		assert_int_equal(when_parse(when_format(at, text), 0, &seconds, &why), 0);
		assert_int_equal(seconds, at);
	}
}

static void reads_how_long(void **state)
{
	static const struct {
		const char *word;
		__u32 seconds;
	} cases[] = {
		{ "1", 1 },     { "90", 90 },     { "90s", 90 },   { "5m", 300 },
		{ "1h", 3600 }, { "24h", 86400 }, { "1d", 86400 }, { "86400", 86400 },
	};
	static const char *const bad[] = { "",
					   "0",
					   "0s",
					   "s",
					   "86401",
					   "1441m",
					   "2d",
					   "1w",
					   "-1",
					   "+1",
					   "1.5m",
					   "1m30s",
					   "060",
					   "05m",
					   " 60",
					   "60 ",
					   "1e3",
					   "0x10",
					   "never",
					   "60S",
					   "99999999999999999999",
					   "307445734561825861m",
					   "2027-01-15T08:00:00Z" };
	struct complaint why;
	__u32 seconds = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(when_span(bad[i], 1, 86400, &seconds, &why), -EINVAL);
		assert_string_equal(why.what, "not a time from 1 to 86400 seconds");
		assert_string_equal(why.hint, "write 90, 90s, 5m or 1h");
		assert_int_equal(why.status, STATUS_USAGE);
		assert_int_equal(seconds, 77);
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(when_span(cases[i].word, 1, 86400, &seconds, &why), 0);
		assert_int_equal(seconds, cases[i].seconds);
	}
	assert_int_equal(when_span("0", 0, 5, &seconds, &why), 0);
	assert_int_equal(seconds, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_absolute), cmocka_unit_test(reads_from_now),
		cmocka_unit_test(refuses),        cmocka_unit_test(reads_how_long),
		cmocka_unit_test(hints_are_true), cmocka_unit_test(prints_what_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
