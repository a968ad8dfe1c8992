/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Prefixes: what is read, what is refused and how, what is printed, how they compare. */
#include "unit.h"

#include "prefix.h"

static struct prefix parse(const char *text)
{
	struct prefix prefix;
	struct complaint why;

	if (prefix_parse(text, &prefix, &why))
		fail_msg("%s: %s", text, complaint_text(&why));
	return prefix;
}

static void reads_and_prints(void **state)
{
	static const char *const cases[][2] = {
		{ "203.0.113.5", "203.0.113.5" },
		{ "203.0.113.5/32", "203.0.113.5" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "10.128.0.0/9", "10.128.0.0/9" },
		{ "192.0.2.254/31", "192.0.2.254/31" },
		{ "1.20.0.100", "1.20.0.100" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "2001:db8::1/128", "2001:db8::1" },
		{ "::/0", "::/0" },
		{ "::", "::" },
		{ "::1", "::1" },
		/* RFC 5952: the longest run, the first of equals, never a single field */
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "fe80::/10", "fe80::/10" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127" },
	};
	char text[PREFIX_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct prefix prefix = parse(cases[i][0]);

		assert_string_equal(prefix_format(&prefix, text), cases[i][1]);
	}
}

static void keeps_written_order(void **state)
{
	static const __u8 four[16] = { 192, 0, 2, 1 };
	static const __u8 six[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x42 };
	struct prefix prefix = parse("192.0.2.1");

	(void)state;
	assert_int_equal(prefix.family, CX_IPV4);
	assert_int_equal(prefix.len, 32);
	assert_memory_equal(prefix.addr, four, 16);
	prefix = parse("2001:db8::42");
	assert_int_equal(prefix.family, CX_IPV6);
	assert_int_equal(prefix.len, 128);
	assert_memory_equal(prefix.addr, six, 16);
}

static void refuses(void **state)
{
	static const char *const cases[][2] = {
		{ "", "not an IP address or prefix" },
		{ "/8",
		  "'/8': not an IP address or prefix; names are not looked up: say the address" },
		{ "gw.example.com", "'gw.example.com': not an IP address or prefix; "
				    "names are not looked up: say the address" },
		{ "10abc", "'10abc': not an IP address or prefix" },
		{ "10.0.0.1x", "'10.0.0.1x': not an IP address or prefix" },
		{ " 10.0.0.1", "' 10.0.0.1': not an IP address or prefix; "
			       "names are not looked up: say the address" },
		{ "10.0.0.1 ", "'10.0.0.1 ': not an IP address or prefix" },
		{ "-1.0.0.1", "'-1.0.0.1': not an IP address or prefix; "
			      "names are not looked up: say the address" },
		{ "300.1.1.1", "'300.1.1.1': a number is over 255" },
		{ "1.2.3.256", "'1.2.3.256': a number is over 255" },
		{ "1.2.3.99999999999", "'1.2.3.99999999999': a number is over 255" },
		{ "1.2.3", "'1.2.3': an IPv4 address has four numbers" },
		{ "1", "'1': an IPv4 address has four numbers" },
		{ "1.2.3.4.5", "'1.2.3.4.5': an IPv4 address has four numbers" },
		{ "1.2.3.4.", "'1.2.3.4.': an IPv4 address has four numbers" },
		{ "1.2.3.", "'1.2.3.': not an IPv4 address" },
		{ "1..2.3", "'1..2.3': not an IPv4 address" },
		{ ".1.2.3", "'.1.2.3': not an IPv4 address" },
		{ "010.0.0.1", "'010.0.0.1': leading zero; "
			       "octal or decimal? write the number without it" },
		{ "10.0.0.00", "'10.0.0.00': leading zero; "
			       "octal or decimal? write the number without it" },
		{ "10.0.0.1/8", "'10.0.0.1/8': host bits are set; "
				"did you mean 10.0.0.0/8 or 10.0.0.1?" },
		{ "10.0.0.1/31", "'10.0.0.1/31': host bits are set; "
				 "did you mean 10.0.0.0/31 or 10.0.0.1?" },
		{ "128.0.0.0/0", "'128.0.0.0/0': host bits are set; "
				 "did you mean 0.0.0.0/0 or 128.0.0.0?" },
		{ "2001:db8::1/64", "'2001:db8::1/64': host bits are set; "
				    "did you mean 2001:db8::/64 or 2001:db8::1?" },
		{ "10.0.0.1/33", "'10.0.0.1/33': prefix length is over 32" },
		{ "10.0.0.1/4294967296", "'10.0.0.1/4294967296': prefix length is over 32" },
		{ "2001:db8::/129", "'2001:db8::/129': prefix length is over 128" },
		{ "10.0.0.0/", "'10.0.0.0/': prefix length is not a number; "
			       "write it in bits, 0 to 32, such as /24" },
		{ "10.0.0.0/08", "'10.0.0.0/08': prefix length is not a number; "
				 "write it in bits, 0 to 32, such as /24" },
		{ "10.0.0.0/+8", "'10.0.0.0/+8': prefix length is not a number; "
				 "write it in bits, 0 to 32, such as /24" },
		{ "10.0.0.0/255.0.0.0", "'10.0.0.0/255.0.0.0': prefix length is not a number; "
					"write it in bits, 0 to 32, such as /24" },
		{ "::/x", "'::/x': prefix length is not a number; "
			  "write it in bits, 0 to 128, such as /64" },
		{ "10.0.0.0/8/8", "'10.0.0.0/8/8': prefix length is not a number; "
				  "write it in bits, 0 to 32, such as /24" },
		{ "2001:db8::g", "'2001:db8::g': not an IPv6 address" },
		{ "2001:db8::1::2", "'2001:db8::1::2': not an IPv6 address" },
		{ "1:2:3:4:5:6:7", "'1:2:3:4:5:6:7': not an IPv6 address" },
		{ "1:2:3:4:5:6:7:8:9", "'1:2:3:4:5:6:7:8:9': not an IPv6 address" },
		{ ":", "':': not an IPv6 address" },
		{ "10.0.0.1:4040", "'10.0.0.1:4040': not an IPv6 address" },
		{ "fe80::1%eth0", "'fe80::1%eth0': an address is written without its zone; "
				  "name the interface with dev" },
		{ "::ffff:10.0.0.1", "'::ffff:10.0.0.1': IPv4-mapped IPv6 address; say 10.0.0.1" },
		{ "::ffff:a00:1", "'::ffff:a00:1': IPv4-mapped IPv6 address; say 10.0.0.1" },
		{ "::ffff:10.0.0.0/104",
		  "'::ffff:10.0.0.0/104': IPv4-mapped IPv6 address; say 10.0.0.0/8" },
		{ "::ffff:0:0/96", "'::ffff:0:0/96': IPv4-mapped IPv6 address; say 0.0.0.0/0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct prefix prefix = { .len = 77 };
		struct complaint why;

		assert_int_equal(prefix_parse(cases[i][0], &prefix, &why), -EINVAL);
		assert_string_equal(complaint_text(&why), cases[i][1]);
		assert_int_equal(why.status, STATUS_USAGE);
		assert_int_equal(prefix.len, 77); /* untouched */
	}
}

static void compares_as_a_tree_is_walked(void **state)
{
	static const char *const order[] = {
		"0.0.0.0/0",     "10.0.0.0/8",    "10.0.0.0/16", "10.0.0.0",    "10.0.0.1",
		"10.1.0.0/16",   "11.0.0.0/8",    "255.0.0.0",   "::/0",        "::1",
		"2001:db8::/32", "2001:db8::/64", "2001:db8::",  "2001:db8::1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(order); i++)
		for (size_t j = 0; j < COUNT(order); j++) {
			struct prefix a = parse(order[i]), b = parse(order[j]);
			int expected = i < j ? -1 : i > j;
			int got = prefix_compare(&a, &b);

			assert_int_equal(got < 0 ? -1 : got > 0, expected);
		}
}

static void covers(void **state)
{
	static const struct {
		const char *wide, *narrow;
		bool covers;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "10.0.0.0/8", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "10.0.0.0/16", "10.0.0.0/8", false },
		{ "10.0.0.0/9", "10.127.255.255", true },
		{ "10.0.0.0/9", "10.128.0.0", false },
		{ "192.0.2.2/31", "192.0.2.3", true },
		{ "192.0.2.2/31", "192.0.2.4", false },
		{ "192.0.2.2", "192.0.2.2", true },
		{ "192.0.2.2", "192.0.2.3", false },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::", false },
		{ "::/0", "0.0.0.0", false },
		{ "::/0", "ffff::", true },
		{ "2001:db8::/33", "2001:db8:7fff::", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct prefix wide = parse(cases[i].wide), narrow = parse(cases[i].narrow);

		assert_int_equal(prefix_covers(&wide, &narrow), cases[i].covers);
	}
}

static void shortens(void **state)
{
	struct prefix prefix = parse("255.255.255.255"), shorter;
	char text[PREFIX_TEXT_MAX];

	(void)state;
	shorter = prefix_shorten(&prefix, 9);
	assert_string_equal(prefix_format(&shorter, text), "255.128.0.0/9");
	shorter = prefix_shorten(&prefix, 0);
	assert_string_equal(prefix_format(&shorter, text), "0.0.0.0/0");
	prefix = parse("ffff:ffff::ffff");
	shorter = prefix_shorten(&prefix, 17);
	assert_string_equal(prefix_format(&shorter, text), "ffff:8000::/17");
}

static void splits_into_words(void **state)
{
	struct prefix prefix = parse("192.0.2.1");
	__u64 hi = 1, lo = 1;

	(void)state;
	prefix_words(&prefix, &hi, &lo);
	assert_int_equal(hi, 0);
	assert_int_equal(lo, 0xc0000201);
	prefix = parse("2001:db8::1:2");
	prefix_words(&prefix, &hi, &lo);
	assert_int_equal(hi, 0x20010db800000000);
	assert_int_equal(lo, 0x10002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_prints),
		cmocka_unit_test(keeps_written_order),
		cmocka_unit_test(refuses),
		cmocka_unit_test(compares_as_a_tree_is_walked),
		cmocka_unit_test(covers),
		cmocka_unit_test(shortens),
		cmocka_unit_test(splits_into_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
