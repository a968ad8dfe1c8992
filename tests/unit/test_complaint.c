/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Complaints and warnings, fit for a terminal. */
#include "unit.h"

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
			    "'x': cannot pin: No space left on device: the kernel\\x1b[1m's");
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
	assert_string_equal(why.object, "a\\x1b[31m\\x09b\\xff\\x7f");
	complain_usage(&why, "\xe2\x80\xae\xc2\x9b", "bad");
	assert_string_equal(why.object, "\\xe2\\x80\\xae\\xc2\\x9b");
	complain_usage(&why, "gr\xc3\xbc\xc3\x9f", "bad");
	assert_string_equal(why.object, "gr\xc3\xbc\xc3\x9f");
}

static void whatever_is_said_is_made_printable(void **state)
{
	struct warnings warnings = { 0 };
	struct complaint why;

	(void)state;
	complain_failed(&why, NULL, "%s has it", "a\033[31m");
	assert_string_equal(why.what, "a\\x1b[31m has it");
	complain_hint(&why, "see %s", "\xe2\x81\xa0");
	assert_string_equal(why.hint, "see \\xe2\\x81\\xa0");
	warn_add(&warnings, "%s lists nobody", "\r\n");
	assert_string_equal(warnings.text[0], "\\x0d\\x0a lists nobody");
	warnings_free(&warnings);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses_and_errnos),
		cmocka_unit_test(an_errno_is_said_and_returned),
		cmocka_unit_test(new_complaint_has_no_old_hint),
		cmocka_unit_test(object_is_made_printable),
		cmocka_unit_test(whatever_is_said_is_made_printable),
		cmocka_unit_test(long_object_is_cut_between_characters),
		cmocka_unit_test(object_that_just_fits_is_whole),
		cmocka_unit_test(warnings_keep_order_and_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
