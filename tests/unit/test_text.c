/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which texts are taken, and how those are shown that others thought up. */
#include "unit.h"

#include "text.h"

#define ENCODED_MAX 5

static char *encode(__u32 point, char buf[static ENCODED_MAX])
{
	size_t bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	buf[bytes] = '\0';
	for (size_t i = bytes - 1; i; i--, point >>= 6)
		buf[i] = (char)(0x80 | (point & 0x3f));
	buf[0] = (char)(lead[bytes] | point);
	return buf;
}

static const char *fault_of(__u32 point)
{
	static char buf[TEXT_FAULT_MAX];
	char text[ENCODED_MAX];

	encode(point, text);
	return text_fault(text, point ? strlen(text) : 1, buf) ?: "fine";
}

static void refuses_what_is_no_utf8(void **state)
{
	static const char *const cases[] = {
		"\xc0\x80",         /* overlong NUL */
		"\xe0\x80\xaf",     /* overlong slash */
		"\xf0\x80\x80\xaf", /* the same */
		"\xed\xa0\x80",     /* surrogate */
		"\xf4\x90\x80\x80", /* beyond U+10FFFF */
		"\xf8\x88\x80\x80\x80",
		"\xe2\x82", /* cut off */
		"\xe2\x82 a",
		"\x80",
		"caf\xe9", /* Latin-1 */
	};
	char buf[TEXT_FAULT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(text_fault(cases[i], strlen(cases[i]), buf) ?: "fine",
				    "is not UTF-8");
}

static void takes_what_can_be_read(void **state)
{
	static const char *const cases[] = {
		"plain ascii\twith a tab",
		"",
		"\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80",
		"\xef\xbf\xbd", /* what others put for what they could not read */
		"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", /* written from the right, by itself */
	};
	char buf[TEXT_FAULT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_null(text_fault(cases[i], strlen(cases[i]), buf));
}

static void names_the_character(void **state)
{
	static const struct {
		__u32 point;
		const char *fault;
	} cases[] = {
		{ 0, "holds U+0000, a control character" },
		{ 0x1b, "holds U+001B, a control character" },
		{ 0x7f, "holds U+007F, a control character" },
		{ 0x9b, "holds U+009B, a control character" }, /* CSI in one character */
		{ 0xa0, "holds U+00A0, a blank that is not the plain one" },
		{ 0x202e, "holds U+202E, which turns the direction of writing" },
		{ 0x2066, "holds U+2066, which turns the direction of writing" },
		{ 0x200b, "holds U+200B, which cannot be seen" },
		{ 0xfeff, "holds U+FEFF, which cannot be seen" },
		{ 0x2028, "holds U+2028, which ends a line" },
		{ 0xe0041, "holds U+E0041, which cannot be seen" }, /* a tag */
		{ 0x10fffd, "holds U+10FFFD, which has no meaning that all agree on" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(fault_of(cases[i].point), cases[i].fault);
}

/* First and last of what hides, turns or steers; beside each stands what does not. */
static void knows_the_ends_of_each_kind(void **state)
{
	static const __u32 refused[] = {
		0x1f,   0x80,   0x9f,   0xad,    0x34f,   0x61c,   0x115f,  0x180e,  0x2000, 0x200a,
		0x200d, 0x200e, 0x200f, 0x2029,  0x202a,  0x202f,  0x205f,  0x2060,  0x2064, 0x2069,
		0x206f, 0x2800, 0x3000, 0x3164,  0xe000,  0xf8ff,  0xfdd0,  0xfe0f,  0xffa0, 0xfff9,
		0xfffb, 0xfffe, 0xffff, 0x1d173, 0x1ffff, 0x40000, 0xe0001, 0xe007f,
	};
	static const __u32 taken[] = {
		0x20,   0x7e,   0xa1,   0xac,   0xae,   0x34e,  0x350,   0x61b,   0x1fff,  0x2010,
		0x2027, 0x2030, 0x205e, 0x2070, 0x2801, 0x3001, 0x3163,  0x3165,  0xd7ff,  0xf900,
		0xfdcf, 0xfe10, 0xfefe, 0xff01, 0xfffc, 0xfffd, 0x10000, 0x1f600, 0x20000,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		char wanted[20];

		sprintf(wanted, "holds U+%04X, ", refused[i]);
		assert_memory_equal(fault_of(refused[i]), wanted, strlen(wanted));
	}
	for (size_t i = 0; i < COUNT(taken); i++)
		assert_string_equal(fault_of(taken[i]), "fine");
}

static void shows_what_it_would_refuse_byte_by_byte(void **state)
{
	char shown[80];

	(void)state;
	text_printable("a\033[31m\xc3\xbc\xe2\x80\xae\xff\xe2\x80", shown, sizeof(shown));
	assert_string_equal(shown, "a\\x1b[31m\xc3\xbc\\xe2\\x80\\xae\\xff\\xe2\\x80");
}

/* Whatever there is room for, it is never overrun, and no character or escape is cut. */
static void cuts_between_characters(void **state)
{
	(void)state;
	for (size_t size = 4; size < 20; size++) {
		char shown[24];

		memset(shown, '#', sizeof(shown));
		text_printable("a\xc3\xbc\033b\xf0\x9f\x98\x80z\xffyyyyyyyyy", shown, size);
		assert_true(strlen(shown) < size);
		assert_int_equal(shown[size], '#');
		assert_string_equal(shown + strlen(shown) - 3, "...");
		assert_null(text_fault(shown, strlen(shown), (char[TEXT_FAULT_MAX]){ 0 }));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_utf8),
		cmocka_unit_test(takes_what_can_be_read),
		cmocka_unit_test(names_the_character),
		cmocka_unit_test(knows_the_ends_of_each_kind),
		cmocka_unit_test(shows_what_it_would_refuse_byte_by_byte),
		cmocka_unit_test(cuts_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
