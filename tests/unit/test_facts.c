/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts with names that others thought up: fit for a terminal, and true in JSON. */
#include "unit.h"

#include <json-c/json.h>

#include "facts.h"
#include "text.h"

static struct value get_name(const void *row)
{
	return value_text(row);
}

static const struct field fields[] = { { "NAME", "name", get_name }, {} };

static const struct {
	const char *name, *shown, *json, *parsed;
} cases[] = {
	{ "eth0", "eth0", "\"eth0\"", "eth0" },
	{ "a\"\\b", "a\"\\b", "\"a\\\"\\\\b\"", "a\"\\b" },
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"",
	  "gr\xc3\xbc\xc3\x9f" },
	{ "a\033[31m", "a\\x1b[31m", "\"a\\u001b[31m\"", "a\033[31m" },
	{ "\177", "\\x7f", "\"\\u007f\"", "\177" },
	{ "\xe2\x80\xae", "\\xe2\\x80\\xae", "\"\\u202e\"", "\xe2\x80\xae" },
	{ "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81", "\"\\udb40\\udc41\"", "\xf3\xa0\x81\x81" },
	{ "caf\xe9!", "caf\\xe9!", "\"caf\\\\xe9!\"", "caf\\xe9!" },
	{ "\xe2\x80", "\\xe2\\x80", "\"\\\\xe2\\\\x80\"", "\\xe2\\x80" },
};

static const char *ended(struct buffer *buffer)
{
	buffer_add(buffer, "", 1);
	return buffer->data;
}

static void a_name_is_shown_printable(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct value value = value_text(cases[i].name);
		struct buffer text = { 0 };

		value_print(&text, &value, 0);
		assert_string_equal(ended(&text), cases[i].shown);
		buffer_free(&text);
	}
}

static void a_name_survives_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer text = { 0 };
		struct json_object *row, *name;
		char wanted[80];

		fields_json_add(&text, fields, cases[i].name);
		sprintf(wanted, "{\"name\":%s}", cases[i].json);
		assert_string_equal(ended(&text), wanted);
		row = json_tokener_parse(text.data);
		assert_true(json_object_object_get_ex(row, "name", &name));
		assert_string_equal(json_object_get_string(name), cases[i].parsed);
		json_object_put(row);
		buffer_free(&text);
	}
}

/* json-c escapes only what JSON demands. */
static void what_json_c_writes_is_made_fit_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_object *string = json_object_new_string(cases[i].name);
		struct buffer text = { 0 };

		json_text_add(&text, json_object_to_json_string(string));
		assert_string_equal(ended(&text), cases[i].json);
		json_object_put(string);
		buffer_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_shown_printable),
		cmocka_unit_test(a_name_survives_json),
		cmocka_unit_test(what_json_c_writes_is_made_fit_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
