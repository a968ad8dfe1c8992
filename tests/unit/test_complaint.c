/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Complaints, warnings, and texts fit for a terminal. */
#include "unit.h"

#include "text.h"

static void statuses_and_errnos(void **state)
{
	struct complaint why;

	(void)state;
	assert_int_equal(complain_usage(&why, "x", "is %d", 3), -EINVAL);
	assert_int_equal(why.status, 2);
	assert_string_equal(complaint_text(&why), "'x': is 3");
	assert_int_equal(complain_failed(&why, NULL, "no"), -EPERM);
	assert_int_equal(why.status, 1);
	assert_string_equal(complaint_text(&why), "no");
	assert_int_equal(complain_memory(&why), -ENOMEM);
	assert_int_equal(why.status, 1);
}

static void an_errno_is_said_and_returned(void **state)
{
	struct complaint why;

	(void)state;
	assert_int_equal(complain_errno(&why, "x", -ENOSPC, "cannot %s", "pin"), -ENOSPC);
	assert_int_equal(why.status, 1);
	assert_string_equal(complaint_text(&why), "'x': cannot pin: No space left on device");
	complain_said(&why, "");
	complain_said(&why, "the kernel\033[1m's");
	assert_string_equal(complaint_text(&why),
			    "'x': cannot pin: No space left on device: the kernel?[1m's");
}

static void new_complaint_has_no_old_hint(void **state)
{
	struct complaint why;

	(void)state;
	complain_usage(&why, "x", "bad");
	complain_hint(&why, "say %s", "y");
	assert_string_equal(complaint_text(&why), "'x': bad; say y");
	complain_usage(&why, "x", "bad");
	assert_string_equal(why.hint, "");
}

static void object_is_made_printable(void **state)
{
	struct complaint why;

	(void)state;
	complain_usage(&why, "a\033[31m\tb\xff\x7f", "bad");
	assert_string_equal(why.object, "a?[31m?b??");
	complain_usage(&why, "gr\xc3\xbc\xc3\x9f", "bad");
	assert_string_equal(why.object, "gr\xc3\xbc\xc3\x9f");
}

static void long_object_is_cut_between_characters(void **state)
{
	char text[200], expected[80];
	struct complaint why;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	memcpy(text + 75, "\xc3\xbc", 2); /* would end beyond the 76 bytes there is room for */
	complain_usage(&why, text, "bad");
	memset(expected, 'a', 75);
	strcpy(expected + 75, "...");
	assert_string_equal(why.object, expected);
}

static void object_that_just_fits_is_whole(void **state)
{
	char text[77];
	struct complaint why;

	(void)state;
	memset(text, 'a', 76);
	text[76] = '\0';
	complain_usage(&why, text, "bad");
	assert_string_equal(why.object, text);
}

static void warnings_keep_order_and_end(void **state)
{
	struct warnings warnings = { 0 };

	(void)state;
	for (int i = 0; i < WARNINGS_MAX + 50; i++)
		warn_add(&warnings, "number %d", i);
	assert_int_equal(warnings.count, WARNINGS_MAX + 1);
	assert_string_equal(warnings.text[0], "number 0");
	assert_string_equal(warnings.text[WARNINGS_MAX - 1], "number 99");
	assert_string_equal(warnings.text[WARNINGS_MAX], "more warnings follow, not shown");
	warnings_free(&warnings);
	assert_int_equal(warnings.count, 0);
	warn_add(NULL, "nobody listens");
}

static void text_faults(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *fault;
	} cases[] = {
		{ "plain ascii\twith a tab", 22, NULL },
		{ "", 0, NULL },
		{ "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80", 11, NULL },
		{ "\xf4\x8f\xbf\xbf", 4, NULL },
		{ "a\0b", 3, "holds a NUL byte" },
		{ "a\x1b[2J", 5, "holds a control character" },
		{ "\x7f", 1, "holds a control character" },
		{ "\xc2\x9b", 2, "holds a control character" }, /* CSI in one character */
		{ "\xc0\x80", 2, "is not UTF-8" },              /* overlong NUL */
		{ "\xe0\x80\xaf", 3, "is not UTF-8" },          /* overlong slash */
		{ "\xf0\x80\x80\xaf", 4, "is not UTF-8" },
		{ "\xed\xa0\x80", 3, "is not UTF-8" },     /* surrogate */
		{ "\xf4\x90\x80\x80", 4, "is not UTF-8" }, /* beyond U+10FFFF */
		{ "\xf8\x88\x80\x80\x80", 5, "is not UTF-8" },
		{ "\xe2\x82", 2, "is not UTF-8" }, /* cut off */
		{ "\xe2\x82"
		  "a",
		  3, "is not UTF-8" },
		{ "\x80", 1, "is not UTF-8" },
		{ "caf\xe9", 4, "is not UTF-8" }, /* Latin-1 */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *fault = text_fault(cases[i].text, cases[i].len);

		if (cases[i].fault)
			assert_string_equal(fault ? fault : "fine", cases[i].fault);
		else
			assert_null(fault);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses_and_errnos),
		cmocka_unit_test(an_errno_is_said_and_returned),
		cmocka_unit_test(new_complaint_has_no_old_hint),
		cmocka_unit_test(object_is_made_printable),
		cmocka_unit_test(long_object_is_cut_between_characters),
		cmocka_unit_test(object_that_just_fits_is_whole),
		cmocka_unit_test(warnings_keep_order_and_end),
		cmocka_unit_test(text_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
