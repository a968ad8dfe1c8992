/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Interned texts: one number per text, for as long as the table lives. */
#include "unit.h"

#include "settings.h"

static void one_number_per_text(void **state)
{
	struct strings *strings = strings_new();
	char copy[] = "carrier";
	__u32 first, second;

	(void)state;
	first = strings_intern(strings, "carrier");
	second = strings_intern(strings, "eth0");
	assert_int_not_equal(first, 0);
	assert_int_not_equal(second, first);
	assert_int_equal(strings_intern(strings, copy), first);
	copy[0] = 'X'; /* the table keeps its own */
	assert_string_equal(strings_text(strings, first), "carrier");
	assert_int_equal(strings_find(strings, "eth0"), second);
	assert_int_equal(strings_find(strings, "eth1"), 0);
	assert_int_equal(strings_find(strings, NULL), 0);
	assert_int_equal(strings_count(strings), 2);
	assert_false(strings_failed(strings));
	strings_free(strings);
}

static void nothing_is_zero(void **state)
{
	struct strings *strings = strings_new();

	(void)state;
	assert_int_equal(strings_intern(strings, ""), 0);
	assert_int_equal(strings_intern(strings, NULL), 0);
	assert_int_equal(strings_count(strings), 0);
	assert_string_equal(strings_text(strings, 0), "");
	strings_free(strings);
	strings_free(NULL);
}

static void many(void **state)
{
	struct strings *strings = strings_new();
	char text[16];

	(void)state;
	for (__u32 i = 1; i <= 100000; i++) {
		sprintf(text, "text %u", i);
		assert_int_equal(strings_intern(strings, text), i);
	}
	for (__u32 i = 1; i <= 100000; i++) {
		sprintf(text, "text %u", i);
		assert_int_equal(strings_find(strings, text), i);
		assert_string_equal(strings_text(strings, i), text);
	}
	strings_free(strings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_number_per_text),
		cmocka_unit_test(nothing_is_zero),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
