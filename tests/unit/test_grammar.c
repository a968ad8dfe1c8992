/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The grammar, typed live: lines in, and the model, the complaint or the
 * warning out.  The model is compared as the policy file would print it.
 */
#include "unit.h"

#include "change.h"
#include "effects.h"
#include "policy_file.h"
#include "words.h"

#define NOW  1800000000ULL /* 2027-01-15T08:00:00Z */
#define HEAD "# clarent-xdp policy\n"

static struct settings settings;
static struct warnings warnings;
static struct grammar_context context;
static struct grammar_lines lines;
static struct complaint why;

static int setup(void **state)
{
	(void)state;
	context = (struct grammar_context){ .now = NOW, .warnings = &warnings };
	memset(&lines, 0, sizeof(lines));
	return settings_init(&settings);
}

static int teardown(void **state)
{
	(void)state;
	settings_free(&settings);
	warnings_free(&warnings);
	return 0;
}

/* Each line is a command of its own. */
static void forget_said(void)
{
	for (size_t i = 0; i < settings.count && context.source == GRAMMAR_COMMAND; i++)
		settings.entry[i].said = false;
	for (unsigned int i = 0; i < CX_MAX_POLICIES; i++)
		settings.policy[i].said = 0;
}

static int run(const char *line)
{
	char copy[8192], *words[GRAMMAR_WORDS_MAX];
	struct settings before = {};
	int count, err;

	warnings_free(&warnings);
	strcpy(copy, line);
	count = grammar_split(copy, words, GRAMMAR_WORDS_MAX, &why);
	assert_true(count >= 0);
	forget_said();
	if (context.source == GRAMMAR_COMMAND)
		assert_int_equal(settings_copy(&settings, &before), 0);
	err = grammar_run(&settings, count, words, &context, &why);
	if (!err && context.source == GRAMMAR_COMMAND)
		effects_warn(&before, &settings, context.now, &warnings);
	settings_free(&before);
	return err;
}

static void ok(const char *line)
{
	if (run(line))
		fail_msg("%s: %s", line, complaint_text(&why));
}

static void quiet(const char *line)
{
	ok(line);
	if (warnings.count)
		fail_msg("%s: warned: %s", line, warnings.text[0]);
}

static void warned(const char *line, const char *warning)
{
	ok(line);
	if (warnings.count != 1 || strcmp(warnings.text[0], warning))
		fail_msg("%s: %zu warnings: %s", line, warnings.count,
			 warnings.count ? warnings.text[0] : "");
}

static char *print(void)
{
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_int_equal(policy_file_write(to, &settings), 0);
	fclose(to);
	return text;
}

static void now_says(const char *expected)
{
	char *text = print();

	assert_int_equal(strncmp(text, HEAD, strlen(HEAD)), 0);
	assert_string_equal(text + strlen(HEAD), expected);
	free(text);
}

/* What is refused changes nothing. */
static void refused(const char *line, int status, const char *complaint)
{
	char *before = print(), *after;

	if (!run(line))
		fail_msg("%s: was taken", line);
	assert_string_equal(complaint_text(&why), complaint);
	if (why.status != status)
		fail_msg("%s: status %d", line, why.status);
	after = print();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void usage(const char *line, const char *complaint)
{
	refused(line, STATUS_USAGE, complaint);
}

static void failed(const char *line, const char *complaint)
{
	refused(line, STATUS_FAILED, complaint);
}

/* --- words --- */

static int split(const char *line, char **ret_words, int max)
{
	static char copy[256];

	strcpy(copy, line);
	return grammar_split(copy, ret_words, max, &why);
}

static void splits(void **state)
{
	char *words[8];

	(void)state;
	assert_int_equal(split("", words, 8), 0);
	assert_int_equal(split(" \t ", words, 8), 0);
	assert_int_equal(split("# allow all", words, 8), 0);
	assert_int_equal(split("  allow\t10.0.0.1  gateway # office", words, 8), 3);
	assert_string_equal(words[0], "allow");
	assert_string_equal(words[1], "10.0.0.1");
	assert_string_equal(words[2], "gateway");
	assert_int_equal(split("a b#c #d", words, 8), 2);
	assert_string_equal(words[1], "b#c");
	assert_int_equal(split("a \"b c\" \"\" \"#d\"", words, 8), 4);
	assert_string_equal(words[1], "b c");
	assert_string_equal(words[2], "");
	assert_string_equal(words[3], "#d");
	assert_int_equal(split("\"say \\\"yes\\\" \\\\\"", words, 8), 1);
	assert_string_equal(words[0], "say \"yes\" \\");
	assert_int_equal(split("back\\slash", words, 8), 1);
	assert_string_equal(words[0], "back\\slash");
	assert_int_equal(split("1 2 3", words, 3), 3);
}

static void refuses_to_split(void **state)
{
	static const char *const cases[][2] = {
		{ "a \"b", "a quote is not closed" },
		{ "\"", "a quote is not closed" },
		{ "\"a\\\"", "a quote is not closed" },
		{ "\"a\\", "in quotes, a backslash stands before \" or \\ only" },
		{ "\"a\\n\"", "in quotes, a backslash stands before \" or \\ only" },
		{ "\"a\"b", "no blank behind a closing quote" },
		{ "\"a\"\"b\"", "no blank behind a closing quote" },
		{ "5\"disk", "a quote inside a word; quote all of it, with \\\" for the quote" },
		{ "1 2 3 4", "more than 3 words" },
	};
	char *words[3];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(split(cases[i][0], words, 3), -EINVAL);
		assert_string_equal(complaint_text(&why), cases[i][1]);
		assert_int_equal(why.status, STATUS_USAGE);
	}
}

static void numbers(void **state)
{
	static const char *const bad[] = { "",
					   "0",
					   "11",
					   "10abc",
					   "abc",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "01",
					   "1.0",
					   "0x1",
					   "18446744073709551617",
					   "4294967297" };
	__u32 number = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(grammar_number(bad[i], 1, 10, &number), -EINVAL);
	assert_int_equal(number, 77);
	assert_int_equal(grammar_number("10", 1, 10, &number), 0);
	assert_int_equal(number, 10);
	assert_int_equal(grammar_number("0", 0, 10, &number), 0);
	assert_int_equal(number, 0);
	assert_int_equal(grammar_number("4294967295", 0, 4294967295, &number), 0);
	assert_int_equal(number, 4294967295);
}

static void interface_names(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", "a/b", "a:1", "a b", "sixteen-letters!", "a\tb"
	};
	static const char *const unfit[] = { "a\033b", "\xff", "a\xe2\x80\xae" };
	static const char *const good[] = { "eth0", "eth0.100", "br-1234", "fifteen-letters", "x" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(grammar_ifname(bad[i], &why), -EINVAL);
		assert_string_equal(why.what, "not a name for an interface");
	}
	for (size_t i = 0; i < COUNT(unfit); i++)
		assert_int_equal(grammar_ifname(unfit[i], &why), -EINVAL);
	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(grammar_ifname(good[i], &why), 0);
}

/* --- allow, deny --- */

static void allow_lists(void **state)
{
	(void)state;
	quiet("allow 203.0.113.5 gateway");
	quiet("allow 2001:db8::/32,192.0.2.0/24 Clarent-Command");
	now_says("allow 192.0.2.0/24 command\n"
		 "allow 2001:db8::/32 command\n"
		 "allow 203.0.113.5 gateway\n");
}

static void allow_takes_every_attribute(void **state)
{
	(void)state;
	quiet("allow 203.0.113.5 gateway comment \"the office\" expires 7d min-ttl 60 wide "
	      "rate 50 burst 20 dev eth0 peer \"Carrier 7\"");
	now_says("allow 203.0.113.5 gateway peer \"Carrier 7\" dev eth0 rate 50 burst 20 "
		 "min-ttl 60 expires 2027-01-22T08:00:00Z comment \"the office\"\n");
	quiet("allow 203.0.113.6 gateway rate 10000000 burst 10000000 min-ttl 255");
	quiet("allow 203.0.113.7 gateway rate 1");
	assert_int_equal(settings.entry[2].rate, 1);
}

static void repeating_sets_what_is_named(void **state)
{
	(void)state;
	ok("allow 203.0.113.5 gateway peer a dev eth0 rate 50 burst 20 min-ttl 60 expires 7d "
	   "comment b");
	settings.entry[0].id = 42;
	settings.entry[0].listed = 43;
	settings.entry[0].boottime_expires = 44;
	quiet("allow 203.0.113.5 gateway");
	quiet("allow 203.0.113.5 gateway comment c");
	now_says("allow 203.0.113.5 gateway peer a dev eth0 rate 50 burst 20 min-ttl 60 "
		 "expires 2027-01-22T08:00:00Z comment c\n");
	assert_int_equal(settings.entry[0].id, 42);
	assert_int_equal(settings.entry[0].listed, 43);
	assert_int_equal(settings.entry[0].boottime_expires, 44);
	quiet("allow 203.0.113.5 gateway rate 60"); /* the burst belongs to its rate */
	quiet("allow 203.0.113.5 gateway expires 8d");
	assert_int_equal(settings.entry[0].boottime_expires, 0);
	now_says("allow 203.0.113.5 gateway peer a dev eth0 rate 60 min-ttl 60 "
		 "expires 2027-01-23T08:00:00Z comment c\n");
}

static void attributes_are_taken_back(void **state)
{
	(void)state;
	ok("allow 203.0.113.5 gateway peer a dev eth0 rate 50 min-ttl 60 expires 7d comment b");
	quiet("allow 203.0.113.5 gateway rate off dev any expires never min-ttl off "
	      "peer \"\" comment \"\"");
	now_says("allow 203.0.113.5 gateway\n");
	ok("allow 203.0.113.5 gateway min-ttl 5");
	quiet("allow 203.0.113.5 gateway min-ttl 0");
	now_says("allow 203.0.113.5 gateway\n");
}

static void allow_and_deny_replace_each_other(void **state)
{
	(void)state;
	ok("allow 203.0.113.5,203.0.113.6 gateway");
	ok("allow 203.0.113.5 gateway peer a dev eth0 rate 50 min-ttl 60 expires 7d comment b");
	settings.entry[0].id = 42;
	quiet("deny 203.0.113.5 gateway");
	now_says("deny 203.0.113.5 gateway comment b\n"
		 "allow 203.0.113.6 gateway\n");
	assert_int_equal(settings.entry[0].id, 42);
	ok("deny 203.0.113.5 gateway expires 1h");
	quiet("deny 203.0.113.5 gateway comment c"); /* a deny again: its expiry stays */
	now_says("deny 203.0.113.5 gateway expires 2027-01-15T09:00:00Z comment c\n"
		 "allow 203.0.113.6 gateway\n");
	warned("allow 203.0.113.5 gateway",
	       "203.0.113.5: gateway denied it (c): it is admitted now");
	now_says("allow 203.0.113.5 gateway\n"
		 "allow 203.0.113.6 gateway\n");
	ok("deny 203.0.113.5 gateway comment d");
	warned("allow 203.0.113.5 gateway comment e",
	       "203.0.113.5: gateway denied it (d): it is admitted now");
	now_says("allow 203.0.113.5 gateway comment e\n"
		 "allow 203.0.113.6 gateway\n");
}

static void lists_are_all_or_nothing(void **state)
{
	(void)state;
	usage("allow 203.0.113.5,203.0.113.6/8 gateway",
	      "'203.0.113.6/8': host bits are set; did you mean 203.0.0.0/8 or 203.0.113.6?");
	usage("allow 203.0.113.5, gateway", "'203.0.113.5,': an empty place in the list; "
					    "write it without blanks around the commas");
	usage("allow ,203.0.113.5 gateway", "',203.0.113.5': an empty place in the list; "
					    "write it without blanks around the commas");
	usage("allow 203.0.113.5,,203.0.113.6 gateway",
	      "'203.0.113.5,,203.0.113.6': an empty place in the list; "
	      "write it without blanks around the commas");
	usage("allow 203.0.113.5,127.0.0.1 gateway",
	      "'127.0.0.1': a loopback address is no source");
	ok("allow 203.0.113.5,203.0.113.5 gateway");
	now_says("allow 203.0.113.5 gateway\n");
	failed("revoke 203.0.113.5,203.0.113.6 gateway", "'203.0.113.6': not listed in gateway");
	assert_false(settings.entry[0].doomed);
}

static void several_policies(void **state)
{
	(void)state;
	ok("policy voice udp 7000 mode monitor");
	quiet("allow 203.0.113.5,2001:db8::1 gateway,Clarent-Command,gateway peer a rate 5");
	now_says("policy voice udp 7000 mode monitor\n"
		 "allow 203.0.113.5 command peer a rate 5\n"
		 "allow 2001:db8::1 command peer a rate 5\n"
		 "allow 203.0.113.5 gateway peer a rate 5\n"
		 "allow 2001:db8::1 gateway peer a rate 5\n");
	failed("allow 203.0.113.6 command,gatway",
	       "'gatway': no such policy; did you mean gateway? "
	       "there are: command, gateway, pcanywhere, voice");
	failed("revoke 203.0.113.5 command,voice", "'203.0.113.5': not listed in voice");
	for (size_t i = 0; i < settings.count; i++)
		assert_false(settings.entry[i].doomed);
	ok("allow 203.0.113.6 gateway,command");
	quiet("revoke 2001:db8::1,203.0.113.5 gateway,command");
	quiet("deny 198.51.100.0/24 all comment lab");
	now_says("policy voice udp 7000 mode monitor\n"
		 "deny 198.51.100.0/24 command comment lab\n"
		 "allow 203.0.113.6 command\n"
		 "deny 198.51.100.0/24 gateway comment lab\n"
		 "allow 203.0.113.6 gateway\n"
		 "deny 198.51.100.0/24 pcanywhere comment lab\n"
		 "deny 198.51.100.0/24 voice comment lab\n");
	usage("allow 203.0.113.5 all", "'all': stands for a policy alone, and in deny only; "
				       "name them: gateway,command");
	usage("deny 203.0.113.5 all,gateway", "'all': stands for a policy alone, and in deny only; "
					      "name them: gateway,command");
	usage("deny 203.0.113.5 gateway,all", "'all': stands for a policy alone, and in deny only; "
					      "name them: gateway,command");
	usage("protect 203.0.113.5 gateway,command", "'gateway,command': one policy at a time");
	usage("unprotect 203.0.113.5 gateway,command", "'gateway,command': one policy at a time");
	usage("policy gateway,voice delete", "'gateway,voice': one policy at a time");
}

static void long_lists(void **state)
{
	char line[8192] = "allow 1::";

	(void)state;
	for (int i = 1; i < CHANGE_PREFIXES_MAX; i++)
		strcat(line, ",2::");
	strcat(line, " gateway");
	ok(line);
	now_says("allow 1:: gateway\nallow 2:: gateway\n");
	line[strlen(line) - strlen(" gateway")] = '\0';
	strcat(line, ",3:: gateway");
	assert_int_equal(run(line), -EINVAL);
	assert_string_equal(why.what, "more than 1024 in one list");
}

static void refuses_impossible_sources(void **state)
{
	static const char *const cases[][2] = {
		{ "0.0.0.0", "'0.0.0.0': an unspecified address is no source" },
		{ "0.1.2.3", "'0.1.2.3': an unspecified address is no source" },
		{ "127.0.0.0/8", "'127.0.0.0/8': a loopback address is no source" },
		{ "127.1.2.3", "'127.1.2.3': a loopback address is no source" },
		{ "224.0.0.1", "'224.0.0.1': a multicast address is no source" },
		{ "239.255.255.255", "'239.255.255.255': a multicast address is no source" },
		{ "240.0.0.1", "'240.0.0.1': a reserved address is no source" },
		{ "255.255.255.255", "'255.255.255.255': a reserved address is no source" },
		{ "::", "'::': an unspecified address is no source" },
		{ "::1", "'::1': a loopback address is no source" },
		{ "ff02::1", "'ff02::1': a multicast address is no source" },
		{ "ff00::/8", "'ff00::/8': a multicast address is no source" },
		{ "300.1.1.1", "'300.1.1.1': a number is over 255" },
		{ "::ffff:10.0.0.1", "'::ffff:10.0.0.1': IPv4-mapped IPv6 address; say 10.0.0.1" },
		{ "10.0.0.1/33", "'10.0.0.1/33': prefix length is over 32" },
	};
	char line[100];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(line, sizeof(line), "allow %s gateway wide", cases[i][0]);
		usage(line, cases[i][1]);
		snprintf(line, sizeof(line), "deny %s gateway", cases[i][0]);
		usage(line, cases[i][1]);
	}
	quiet("allow 126.255.255.255,128.0.0.1,223.255.255.255,::2,feff:: gateway");
}

static void short_prefixes_need_a_word(void **state)
{
	(void)state;
	usage("allow 0.0.0.0/0 gateway", "'0.0.0.0/0': so many sources need a word; "
					 "if all of them are meant: allow 0.0.0.0/0 gateway wide");
	usage("allow 10.0.0.0/7 gateway",
	      "'10.0.0.0/7': so many sources need a word; "
	      "if all of them are meant: allow 10.0.0.0/7 gateway wide");
	usage("allow 2000::/18 gateway", "'2000::/18': so many sources need a word; "
					 "if all of them are meant: allow 2000::/18 gateway wide");
	quiet("allow 10.0.0.0/8,2000::/19 gateway");
	quiet("allow 0.0.0.0/0,::/0,12.0.0.0/8 gateway wide");
	usage("allow 0.0.0.0/0 gateway comment x", /* a guard needs its word every time */
	      "'0.0.0.0/0': so many sources need a word; "
	      "if all of them are meant: allow 0.0.0.0/0 gateway wide");
	quiet("deny 128.0.0.0/1 gateway");
	now_says("allow 0.0.0.0/0 gateway wide\n"
		 "allow 10.0.0.0/8 gateway\n"
		 "allow 12.0.0.0/8 gateway\n"
		 "deny 128.0.0.0/1 gateway\n"
		 "allow ::/0 gateway wide\n"
		 "allow 2000::/19 gateway\n");
}

static void link_local_needs_dev(void **state)
{
	(void)state;
	usage("allow fe80::1 gateway",
	      "'fe80::1': a link-local source needs dev; "
	      "name the interface that leads to it: allow fe80::1 gateway dev IFACE");
	usage("allow fe80::/64 gateway dev any",
	      "'fe80::/64': a link-local source needs dev; "
	      "name the interface that leads to it: allow fe80::/64 gateway dev IFACE");
	quiet("allow fe80::1 gateway dev eth0");
	quiet("deny fe80::2 gateway");
}

static void values_out_of_range(void **state)
{
	static const char *const cases[][2] = {
		{ "rate 0", "'0': not a number from 1 to 10000000" },
		{ "rate 10000001", "'10000001': not a number from 1 to 10000000" },
		{ "rate 10abc", "'10abc': not a number from 1 to 10000000" },
		{ "rate -1", "'-1': not a number from 1 to 10000000" },
		{ "rate 5 burst 0", "'0': not a number from 1 to 10000000" },
		{ "rate 5 burst 10000001", "'10000001': not a number from 1 to 10000000" },
		{ "min-ttl 256", "'256': not a number from 1 to 255" },
		{ "confirm 0", "'0': not a time from 1 to 86400 seconds; "
			       "write 90, 90s, 5m or 1h" },
		{ "confirm 25h", "'25h': not a time from 1 to 86400 seconds; "
				 "write 90, 90s, 5m or 1h" },
		{ "dev waytoolongforaname", "'waytoolongforaname': not a name for an interface; "
					    "1 to 15 characters, no blank, '/' or ':'" },
		{ "expires 2027-01-15T07:59:59Z", "'2027-01-15T07:59:59Z': is in the past" },
		{ "expires 2027-01-15T08:00:00Z", "'2027-01-15T08:00:00Z': is in the past" },
		{ "expires later", "'later': not a time; write 30s, 30m, 2h, 7d or "
				   "2026-12-31T23:59:59Z, with its zone" },
		{ "comment \"a\tb\"", "'a\\x09b': holds a tab" },
		{ "comment a\033b", "'a\\x1bb': holds U+001B, a control character" },
		{ "peer \xff", "'\\xff': is not UTF-8" },
		{ "peer ac\xef\xbb\xbfme",
		  "'ac\\xef\\xbb\\xbfme': holds U+FEFF, which cannot be seen" },
		{ "comment \xe2\x81\xa6x",
		  "'\\xe2\\x81\\xa6x': holds U+2066, which turns the direction of writing" },
	};
	char line[200];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(line, sizeof(line), "allow 203.0.113.5 gateway %s", cases[i][0]);
		usage(line, cases[i][1]);
	}
	quiet("allow 203.0.113.5 gateway expires 2027-01-15T08:00:01Z");
}

static void texts_have_a_limit(void **state)
{
	char line[256] = "allow 203.0.113.5 gateway comment ", *text = line + strlen(line);

	(void)state;
	memset(text, 'x', 127);
	ok(line);
	memset(text, 'x', 128);
	assert_int_equal(run(line), -EINVAL);
	assert_string_equal(why.what, "longer than 127 bytes");
}

/* A complaint whose hint is how the verb is typed. */
static void usage_of(const char *line, const char *complaint)
{
	char verb[16], text[600];

	snprintf(verb, sizeof(verb), "%.*s", (int)strcspn(line, " "), line);
	snprintf(text, sizeof(text), "%s; usage: %s %s", complaint, verb, words_of(verb)->usage);
	usage(line, text);
}

static void words_that_do_not_belong(void **state)
{
	static const char *const cases[][2] = {
		{ "allow", "SOURCE is missing" },
		{ "allow gateway 203.0.113.5", "'gateway': wanted: SOURCE, and then the policy" },
		{ "allow 203.0.113.5 gateway rate", "'rate': needs a value" },
		{ "allow 203.0.113.5 gateway rate 5 burst", "N of burst is missing" },
		{ "allow 203.0.113.5 gateway burst 5",
		  "'burst': goes with rate PPS, right behind it" },
		{ "allow 203.0.113.5 gateway rate 5 wide burst 5",
		  "'burst': goes with rate PPS, right behind it" },
		{ "allow 203.0.113.5 gateway udp 5", "'udp': not for allow" },
		{ "allow 203.0.113.5 gateway xyzzy", "'xyzzy': unknown word" },
		{ "deny 203.0.113.5 gateway rate 5", "'rate': not for deny" },
		{ "deny 203.0.113.5 gateway wide", "'wide': not for deny" },
		{ "protect 203.0.113.5 gateway comment x", "'comment': not for protect" },
		{ "revoke 203.0.113.5 gateway wide", "'wide': not for revoke" },
		{ "fragments", "pass, listed or drop is missing" },
		{ "tunnel", "IFACE is missing" },
		{ "tunnel off", "'off': IFACE is missing before it" },
		{ "policy gateway wide", "'wide': not for policy" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		usage_of(cases[i][0], cases[i][1]);
	usage("allow 203.0.113.5 gateway rate 5 rate 6", "'rate': said twice");
	usage("allow 203.0.113.5 gateway force force", "'force': said twice");
	usage("fragments open", "'open': not pass, listed or drop");
	usage("tunnel a/b", "'a/b': not a name for an interface; "
			    "1 to 15 characters, no blank, '/' or ':'");
}

/* What may stand there is said, and the nearest of it named. */
static void words_that_are_nearly_right(void **state)
{
	static const char wanted[] =
		"wanted: a policy: command, gateway, pcanywhere or one of your own";
	static const char *const near[][2] = {
		{ "allow 203.0.113.5 gateway com x", "'com': unknown word; did you mean comment? "
						     "see: clarent-xdp help allow" },
		{ "allow 203.0.113.5 gateway Wide", "'Wide': unknown word; did you mean wide? "
						    "see: clarent-xdp help allow" },
		{ "allow 203.0.113.5 gateway min_ttl 5", "'min_ttl': unknown word; did you mean "
							 "min-ttl? see: clarent-xdp help allow" },
		{ "policy gateway mdoe open", "'mdoe': unknown word; did you mean mode? "
					      "see: clarent-xdp help policy" },
		{ "allow 203.0.113.5 203.0.113.6 gateway",
		  "'203.0.113.6': wanted: a policy; addresses are separated by commas, "
		  "without blanks: 203.0.113.5,203.0.113.6" },
		{ "allow 203.0.113.5 gateway command",
		  "'command': one policy more; policies are separated by commas, "
		  "without blanks: gateway,command" },
		{ "allow 203.0.113.5 gateway, command",
		  "'gateway,': an empty place in the list; "
		  "write it without blanks around the commas" },
		{ "allow 203.0.113.5 gateway,", "'gateway,': an empty place in the list; "
						"write it without blanks around the commas" },
		{ "protect 203.0.113.5 2001:db8::1 gateway",
		  "'2001:db8::1': wanted: a policy; addresses are separated by commas, "
		  "without blanks: 203.0.113.5,2001:db8::1" },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < COUNT(near); i++)
		usage(near[i][0], near[i][1]);
	snprintf(text, sizeof(text), "POLICY is missing; %s", wanted);
	usage("allow 203.0.113.5", text);
	usage("protect any", text);
	snprintf(text, sizeof(text), "POLICY is missing before it; %s", wanted);
	usage("allow 203.0.113.5 \"\"", text);
	snprintf(text, sizeof(text), "'rate': POLICY is missing before it; %s", wanted);
	usage("allow 203.0.113.5 rate 5", text);
}

static void unknown_verbs(void **state)
{
	static const char *const cases[][2] = {
		{ "xyzzy 203.0.113.5 gateway", "'xyzzy': not a setting; " },
		{ "all 203.0.113.5 gateway", "'all': not a setting; did you mean allow? " },
		{ "ALLOW 203.0.113.5 gateway", "'ALLOW': not a setting; did you mean allow? " },
		{ "alow 203.0.113.5 gateway", "'alow': not a setting; did you mean allow? " },
		{ "policies", "'policies': not a setting; " }, /* it is a verb */
		{ "", "not a setting; " },
	};
	char complaint[200];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(complaint, sizeof(complaint),
			 "%ssettings are allow, deny, protect, policy, fragments, tunnel",
			 cases[i][1]);
		usage(cases[i][0], complaint);
	}
}

/* Wrong words are wrong words, also about a policy that is not there. */
static void unknown_policy(void **state)
{
	(void)state;
	failed("allow 203.0.113.5 gatway", "'gatway': no such policy; did you mean gateway? there "
					   "are: command, gateway, pcanywhere");
	ok("policy voice udp 7000 mode monitor");
	failed("allow 203.0.113.5 xyzzy",
	       "'xyzzy': no such policy; there are: command, gateway, pcanywhere, voice");
	failed("allow 203.0.113.5 clarent-pcanywhere",
	       "'clarent-pcanywhere': no such policy; "
	       "there are: command, gateway, pcanywhere, voice");
	usage("allow 300.1.1.1 gatway", "'300.1.1.1': a number is over 255");
	usage("allow 203.0.113.5 gatway rate 0", "'0': not a number from 1 to 10000000");
	failed("protect any gatway", "'gatway': no such policy; did you mean gateway? there are: "
				     "command, gateway, pcanywhere, voice");
}

static void endings(void **state)
{
	(void)state;
	ok("allow 203.0.113.5 gateway confirm 60 force");
	assert_true(context.force);
	assert_int_equal(context.confirm, 60);
	context.confirm = 0;
	ok("allow 203.0.113.5 gateway comment force");
	assert_false(context.force);
	ok("fragments pass confirm 86400");
	assert_int_equal(context.confirm, 86400);
	ok("fragments pass confirm 5m");
	assert_int_equal(context.confirm, 300);
	ok("tunnel wg0 force");
	assert_true(context.force);
	ok("allow 203.0.113.6 gateway peer a");
	ok("revoke peer a confirm 5");
	assert_int_equal(context.confirm, 5);
	ok("allow 203.0.113.6 gateway peer a");
	ok("revoke peer a gateway confirm 6");
	assert_int_equal(context.confirm, 6);
}

/* How many of the words were read. */
static int ending(int count, char **words, unsigned int takes, struct grammar_ending *ret_ending)
{
	int at = 0, took = 1;

	*ret_ending = (struct grammar_ending){};
	for (; at < count && took > 0; at += took > 0 ? took : 0)
		took = grammar_ending(count - at, words + at, takes, ret_ending, &why);
	return took < 0 ? took : at;
}

static void endings_alone(void **state)
{
	char *all[] = { "confirm", "5m", "force", "dry-run" }, *wrong[] = { "force", "wide" };
	char *cut[] = { "confirm" }, *bad[] = { "confirm", "2d" }, *twice[] = { "force", "force" };
	unsigned int takes = TAKES_DRY_RUN | TAKES_FORCE | TAKES_CONFIRM;
	struct grammar_ending end;

	(void)state;
	assert_int_equal(ending(0, NULL, takes, &end), 0);
	assert_int_equal(ending(4, all, takes, &end), 4);
	assert_true(end.force && end.dry_run);
	assert_int_equal(end.confirm, 300);
	assert_int_equal(ending(4, all, TAKES_CONFIRM, &end), 2); /* that verb has no force */
	assert_int_equal(ending(2, wrong, takes, &end), 1);
	assert_int_equal(ending(1, cut, takes, &end), -EINVAL);
	assert_string_equal(complaint_text(&why), "'confirm': needs a number of seconds");
	assert_int_equal(ending(2, bad, takes, &end), -EINVAL);
	assert_string_equal(complaint_text(&why), "'2d': not a time from 1 to 86400 seconds; "
						  "write 90, 90s, 5m or 1h");
	assert_int_equal(ending(2, twice, takes, &end), -EINVAL);
	assert_string_equal(complaint_text(&why), "'force': said twice");
}

static void warns_of_expiry_under_a_listed_prefix(void **state)
{
	(void)state;
	ok("allow 203.0.113.0/24 gateway");
	ok("deny 198.51.100.0/24 gateway");
	warned("allow 203.0.113.5 gateway expires 1h",
	       "203.0.113.5: once it expires it is refused, although 203.0.113.0/24 is listed");
	quiet("allow 203.0.113.6 gateway");
	quiet("allow 203.0.113.5 command expires 1h");
	warned("allow 198.51.100.1 gateway expires 1h",
	       "198.51.100.1: admitted, although gateway denies 198.51.100.0/24");
	quiet("deny 203.0.113.7 gateway expires 1h");
	quiet("allow 192.0.2.1 gateway expires 1h");
}

static void deny_of_the_last_source_warns(void **state)
{
	(void)state;
	ok("allow 203.0.113.5,203.0.113.6 gateway");
	quiet("deny 203.0.113.5 gateway");
	warned("deny 203.0.113.6 gateway",
	       "gateway: lists nobody now: its ports are closed to all");
	quiet("deny 203.0.113.7 gateway");
}

/* --- revoke --- */

static void revokes(void **state)
{
	(void)state;
	ok("allow 203.0.113.5,203.0.113.6,203.0.113.7,2001:db8::1 gateway");
	ok("allow 203.0.113.5 command");
	quiet("revoke 203.0.113.5 gateway");
	quiet("revoke 203.0.113.7,2001:db8::1,203.0.113.7 clarent-gateway");
	now_says("allow 203.0.113.5 command\n"
		 "allow 203.0.113.6 gateway\n");
	failed("revoke 203.0.113.5 gateway", "'203.0.113.5': not listed in gateway");
	failed("revoke 203.0.113.0/24 gateway", "'203.0.113.0/24': not listed in gateway");
	failed("revoke 203.0.113.6 gatway", "'gatway': no such policy; did you mean gateway? there "
					    "are: command, gateway, pcanywhere");
	usage("revoke 203.0.113.6", "POLICY is missing; wanted: a policy: command, gateway, "
				    "pcanywhere or one of your own");
	usage_of("revoke", "SOURCE is missing");
}

static void revoke_under_a_prefix(void **state)
{
	(void)state;
	ok("allow 203.0.0.0/16,203.0.113.0/24,203.0.113.5 gateway");
	warned("revoke 203.0.113.5 gateway", "203.0.113.5: 203.0.113.0/24 still admits it; "
					     "to refuse it: deny 203.0.113.5 gateway");
	failed("revoke 203.0.113.5 gateway",
	       "'203.0.113.5': not listed in gateway; "
	       "203.0.113.0/24 admits it; to refuse it: deny 203.0.113.5 gateway");
	ok("deny 203.0.113.0/24 gateway");
	ok("allow 203.0.113.5 gateway");
	quiet("revoke 203.0.113.5 gateway"); /* the deny refuses it */
	failed("revoke 203.0.113.5 gateway", "'203.0.113.5': not listed in gateway");
	warned("revoke 203.0.113.0/24 gateway", "203.0.113.0/24: 203.0.0.0/16 still admits it; "
						"to refuse it: deny 203.0.113.0/24 gateway");
}

static void revoke_of_a_prefix_and_its_host_at_once(void **state)
{
	(void)state;
	ok("allow 203.0.0.0/16,203.0.113.0/24,203.0.113.5 gateway");
	ok("revoke 203.0.113.0/24,203.0.113.5 gateway");
	assert_int_equal(warnings.count, 2);
	assert_string_equal(warnings.text[0], "203.0.113.0/24: 203.0.0.0/16 still admits it; "
					      "to refuse it: deny 203.0.113.0/24 gateway");
	assert_string_equal(warnings.text[1], "203.0.113.5: 203.0.0.0/16 still admits it; "
					      "to refuse it: deny 203.0.113.5 gateway");
}

static void revoke_of_the_last_source_warns(void **state)
{
	(void)state;
	ok("allow 203.0.113.5 gateway");
	ok("deny 203.0.113.6 gateway");
	warned("revoke 203.0.113.5 gateway",
	       "gateway: lists nobody now: its ports are closed to all");
	quiet("revoke 203.0.113.6 gateway");
	ok("allow 203.0.113.5 pcanywhere");
	warned("revoke 203.0.113.5 pcanywhere", "pcanywhere: lists nobody now");
}

static void revokes_a_peer(void **state)
{
	(void)state;
	ok("allow 203.0.113.0/24,192.0.2.1 gateway peer \"Carrier 7\"");
	ok("allow 203.0.113.5 command peer \"Carrier 7\"");
	ok("allow 203.0.113.6,203.0.113.7 command peer other");
	ok("allow 192.0.2.2 gateway");
	quiet("revoke peer \"Carrier 7\" command");
	quiet("revoke peer \"Carrier 7\"");
	now_says("allow 203.0.113.6 command peer other\n"
		 "allow 203.0.113.7 command peer other\n"
		 "allow 192.0.2.2 gateway\n");
	failed("revoke peer \"Carrier 7\"", "'Carrier 7': no such peer in any policy");
	failed("revoke peer other gateway", "'other': no such peer in gateway");
	failed("revoke peer nobody", "'nobody': no such peer in any policy");
	failed("revoke peer other gatway", "'gatway': no such policy; did you mean gateway? there "
					   "are: command, gateway, pcanywhere");
	usage_of("revoke peer", "NAME of the peer is missing");
	usage_of("revoke peer \"\"", "NAME of the peer is missing");
	warned("revoke peer other", "command: lists nobody now: its ports are closed to all");
}

/* What has expired admits nobody, and an expired deny keeps nobody out. */
static void expired_entries_are_no_sources(void **state)
{
	(void)state;
	ok("allow 203.0.113.5 gateway expires 1h");
	ok("allow 203.0.113.6 gateway");
	ok("deny 203.0.113.0/24 command expires 1h");
	ok("allow 203.0.0.0/16 command expires 2h");
	ok("allow 203.0.113.7 command");
	context.now = NOW + 3600;
	warned("revoke 203.0.113.6 gateway",
	       "gateway: lists nobody now: its ports are closed to all");
	quiet("revoke 203.0.113.5 gateway"); /* nobody before, nobody now */
	warned("revoke 203.0.113.7 command", "203.0.113.7: 203.0.0.0/16 still admits it; "
					     "to refuse it: deny 203.0.113.7 command");
	ok("allow 203.0.113.7 command");
	context.now = NOW + 7200;
	warned("revoke 203.0.113.7 command",
	       "command: lists nobody now: its ports are closed to all");
}

/* --- protect --- */

static void protects(void **state)
{
	(void)state;
	warned("protect 192.0.2.1 gateway",
	       "gateway: to all other destinations, everything for its ports now stops");
	quiet("protect 192.0.2.0/24,ff02::1,224.0.0.5 gateway rate 500");
	quiet("protect 192.0.2.1 gateway rate 5 burst 2");
	quiet("protect 192.0.2.1 gateway");
	ok("protect 0.0.0.0/0 command");       /* needs no wide: it admits nobody */
	quiet("protect 192.0.2.1 pcanywhere"); /* open: nothing stops */
	now_says("protect 0.0.0.0/0 command\n"
		 "protect 192.0.2.0/24 gateway rate 500\n"
		 "protect 192.0.2.1 gateway rate 5 burst 2\n"
		 "protect 224.0.0.5 gateway rate 500\n"
		 "protect ff02::1 gateway rate 500\n"
		 "protect 192.0.2.1 pcanywhere\n");
	usage("protect 127.0.0.1 gateway", "'127.0.0.1': a loopback address is no destination");
	usage("protect ::1 gateway", "'::1': a loopback address is no destination");
	usage("protect :: gateway", "'::': an unspecified address is no destination");
	usage_of("protect", "DEST is missing");
	quiet("protect 192.0.2.1 gateway rate off");
}

static void first_protect_says_what_stops(void **state)
{
	(void)state;
	ok("policy gateway elsewhere pass");
	warned("protect 192.0.2.1 gateway",
	       "gateway: all other destinations are no longer guarded");
	ok("policy command mode monitor");
	warned("protect 192.0.2.1 command",
	       "command: to all other destinations, everything for its ports "
	       "now counts as elsewhere");
}

static void protects_any(void **state)
{
	(void)state;
	ok("protect 192.0.2.1,192.0.2.2 gateway");
	ok("protect 192.0.2.1 command");
	quiet("protect any gateway");
	now_says("protect 192.0.2.1 command\n");
	quiet("protect any gateway");
	usage("protect any gateway rate 5", "'rate': needs a destination, not any");
	usage("protect any", "POLICY is missing; wanted: a policy: command, gateway, pcanywhere or "
			     "one of your own");
}

static void unprotects(void **state)
{
	(void)state;
	ok("protect 192.0.2.1,192.0.2.2,2001:db8::1 gateway");
	quiet("unprotect 192.0.2.1 gateway");
	failed("unprotect 192.0.2.1 gateway", "'192.0.2.1': no destination of gateway");
	failed("unprotect 192.0.2.2 command", "'192.0.2.2': no destination of command");
	failed("unprotect 192.0.2.2,2001:db8::1 gateway",
	       "'192.0.2.2': the last destination of gateway: without it, gateway would guard "
	       "all; if that is meant: protect any gateway");
	quiet("unprotect 2001:db8::1 gateway");
	failed("unprotect 192.0.2.2 gateway",
	       "'192.0.2.2': the last destination of gateway: without it, gateway would guard "
	       "all; if that is meant: protect any gateway");
	now_says("protect 192.0.2.2 gateway\n");
	assert_false(settings.entry[0].doomed);
}

/* --- policy --- */

static void policy_attributes(void **state)
{
	(void)state;
	quiet("policy gateway elsewhere pass rate 5000 burst 100 tunnel optional rpf strict");
	now_says("policy gateway elsewhere pass rate 5000 burst 100 rpf strict\n");
	quiet("policy Clarent-Gateway rpf loose mode closed");
	now_says("policy gateway mode closed elsewhere pass rate 5000 burst 100 rpf loose\n");
	ok("allow 203.0.113.5 gateway");
	quiet("policy gateway rate off rpf off elsewhere drop mode enforce confirm 5");
	now_says("allow 203.0.113.5 gateway\n");
}

static void policy_words(void **state)
{
	(void)state;
	usage_of("policy", "NAME is missing");
	usage_of("policy gateway", "'gateway': nothing to set");
	usage_of("policy gateway force", "'gateway': nothing to set");
	usage_of("policy mode open", "'mode': NAME is missing before it");
	usage("policy gateway mode off", "'off': not open, monitor, enforce or closed");
	usage("policy gateway mode Open", "'Open': not open, monitor, enforce or closed");
	usage("policy gateway elsewhere yes", "'yes': not drop or pass");
	usage("policy gateway tunnel yes", "'yes': not optional or required");
	usage("policy gateway rpf on", "'on': not off, loose or strict");
	usage_of("policy gateway wide", "'wide': not for policy");
	usage("policy voice udp 0", "'0': not a list of ports; "
				    "ports are 1 to 65535, written as 4040,5010-5012");
	usage("policy voice udp 7000 delete", "'delete': stands alone");
}

static void builtin_policies_keep_their_ports(void **state)
{
	(void)state;
	quiet("policy gateway udp 4040,4045,5010");
	quiet("policy gateway tcp none rpf off");
	quiet("policy pcanywhere tcp 5631,65301 udp 22,5632");
	usage("policy gateway udp 4040", "'4040': the ports of gateway cannot be changed; "
					 "they are udp 4040,4045,5010 tcp none");
	usage("policy gateway tcp 4040", "'4040': the ports of gateway cannot be changed; "
					 "they are udp 4040,4045,5010 tcp none");
	usage("policy command udp none", "'none': the ports of command cannot be changed; "
					 "they are udp 5001,5002 tcp none");
	usage("policy command delete", "'command': built in, cannot be deleted; "
				       "to stop guarding its ports: policy command mode open");
	now_says("");
}

static void custom_policies(void **state)
{
	(void)state;
	quiet("policy voice udp 16384-16389,7000 tcp 7000 mode monitor");
	quiet("policy Voice rpf strict");
	quiet("policy a_b2 tcp 1-21 mode closed");
	now_says("policy a_b2 tcp 1-21 mode closed\n"
		 "policy voice udp 7000,16384-16389 tcp 7000 mode monitor rpf strict\n");
	quiet("policy voice udp 7001"); /* replaces */
	quiet("policy voice tcp none");
	now_says("policy a_b2 tcp 1-21 mode closed\n"
		 "policy voice udp 7001 mode monitor rpf strict\n");
	quiet("policy other udp 7000 tcp 7001 mode open"); /* free again; protocols are apart */
	failed("policy voice udp none",
	       "'voice': a policy needs ports; to be rid of it: policy voice delete");
	failed("policy empty udp none tcp none", "'empty': a policy needs ports");
	failed("policy newer mode open",
	       "'newer': no such policy, and a new one needs ports; policy newer udp PORTS");
}

static void ports_have_one_owner(void **state)
{
	(void)state;
	ok("policy voice udp 7000-7010 mode monitor");
	failed("policy other udp 7010-7020", "'7010-7020': udp port 7010 belongs to voice");
	failed("policy voice udp 4000-4050", "'4000-4050': udp port 4040 belongs to gateway");
	failed("policy other tcp 5631", "'5631': tcp port 5631 belongs to pcanywhere");
	quiet("policy voice udp 7005-7020");
	quiet("policy other udp 7000-7004 mode monitor");
}

static void policy_names(void **state)
{
	static const char *const bad[] = {
		"1voice", "_voice",  "voice-1", "voice.1",  "v\xc3\xb6",     "elevenchars",
		"allow",  "monitor", "udp",     "suspects", "none",          "x_acl",
		"x_acl6", "x_dst",   "x_dst6",  "_acl",     "clarent-voice", ""
	};
	char line[100];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(line, sizeof(line), "policy \"%s\" udp 7000 mode monitor", bad[i]);
		assert_int_equal(run(line), -EINVAL);
		assert_int_equal(why.status, STATUS_USAGE);
	}
	usage("policy 1voice udp 7000",
	      "'1voice': no name for a policy; names are a letter, then up to 9 of a-z 0-9 _, "
	      "no keyword, not ending as a list's map does");
	quiet("policy tencharss1 udp 7000 mode monitor");
	quiet("policy x_acl_ udp 7001 mode monitor");
	quiet("policy x udp 7002 mode monitor");
}

static void room_for_many_policies(void **state)
{
	char line[100];

	(void)state;
	for (int i = POLICY_CUSTOM; i < CX_MAX_POLICIES; i++) {
		snprintf(line, sizeof(line), "policy p%d udp %d mode monitor", i, 7000 + i);
		quiet(line);
	}
	failed("policy more udp 8000 mode monitor",
	       "'more': no room: 60 custom policies are the most");
	ok("policy p17 delete");
	quiet("policy more udp 7017 mode monitor");
}

static void deletes_policies(void **state)
{
	(void)state;
	ok("policy voice udp 7000 mode monitor");
	ok("allow 203.0.113.5 voice");
	ok("protect 192.0.2.1 voice");
	warned("policy voice delete", "voice: its ports are no longer guarded");
	now_says("");
	failed("policy voice delete",
	       "'voice': no such policy; there are: command, gateway, pcanywhere");
	ok("policy voice udp 7000 mode open");
	quiet("policy voice delete confirm 30");
}

/* With something attached, the gate wants force for it. */
static void enforcing_nobody_warns(void **state)
{
	(void)state;
	warned("policy voice udp 7000", "voice: lists nobody: its ports are closed to all");
	quiet("policy voice rpf strict"); /* it does already */
	ok("policy voice mode monitor");
	ok("deny 203.0.113.5 voice");
	warned("policy voice mode enforce", "voice: lists nobody: its ports are closed to all");
	ok("policy voice mode monitor");
	ok("allow 203.0.113.6 voice");
	quiet("policy voice mode enforce");
	quiet("policy gateway mode enforce");
}

static void loosening_warns(void **state)
{
	(void)state;
	warned("policy gateway mode monitor",
	       "gateway: monitor: what it would drop passes, and is counted");
	assert_int_equal(settings.policy[POLICY_GATEWAY].mode_since, NOW);
	context.now = NOW + 100;
	quiet("policy gateway mode monitor");
	assert_int_equal(settings.policy[POLICY_GATEWAY].mode_since, NOW);
	warned("policy gateway mode open", "gateway: open: its ports are no longer guarded");
	assert_int_equal(settings.policy[POLICY_GATEWAY].mode_since, NOW + 100);
	quiet("policy gateway mode closed");
	quiet("policy pcanywhere mode open");
}

static void local_ports_warn(void **state)
{
	(void)state;
	warned("policy voice tcp 30000-32768 mode monitor",
	       "voice: this host calls from tcp ports 32768 to 60999 by default: "
	       "replies to those that voice guards are judged as calls");
	warned("policy voice udp 60999",
	       "voice: this host calls from udp ports 32768 to 60999 by default: "
	       "replies to those that voice guards are judged as calls");
	quiet("policy voice tcp 32767,61000 udp none");
}

/* --- fragments, tunnel --- */

static void fragments(void **state)
{
	(void)state;
	warned("fragments drop",
	       "fragments drop: costs every fragmented UDP datagram, DNS and IKE too");
	quiet("fragments drop");
	now_says("fragments drop\n");
	warned("fragments listed",
	       "fragments listed: costs fragmented DNS and IKE from all that no policy lists");
	quiet("fragments listed");
	now_says("fragments listed\n");
	quiet("fragments pass");
	now_says("");
}

static void tunnels(void **state)
{
	(void)state;
	warned("policy gateway tunnel required",
	       "gateway: demands a tunnel, and no interface is named as one");
	quiet("tunnel wg1");
	quiet("tunnel wg0");
	quiet("tunnel wg1");
	now_says("policy gateway tunnel required\ntunnel wg0\ntunnel wg1\n");
	quiet("policy command tunnel required");
	quiet("policy command tunnel optional");
	quiet("tunnel wg1 off");
	failed("tunnel wg1 off", "'wg1': not named as a tunnel");
	failed("tunnel wg2 off", "'wg2': not named as a tunnel");
	warned("tunnel wg0 off", "gateway: demands a tunnel, and no interface is named as one");
	quiet("policy gateway tunnel optional");
	now_says("");
}

static void room_for_many_tunnels(void **state)
{
	char line[100];

	(void)state;
	for (int i = 1; i < CX_MAX_NAMES; i++) {
		snprintf(line, sizeof(line), "tunnel wg%d", i);
		quiet(line);
	}
	quiet("tunnel wg7");
	failed("tunnel more", "'more': no room: 255 tunnels are the most");
}

/* --- in a file --- */

static void a_file_holds_settings_only(void **state)
{
	(void)state;
	context.source = GRAMMAR_FILE;
	context.lines = &lines;
	context.line = 1;
	usage("revoke 203.0.113.5 gateway", "'revoke': takes back, and a file holds settings only");
	usage("unprotect 203.0.113.5 gateway",
	      "'unprotect': takes back, and a file holds settings only");
	usage("policy voice delete", "'delete': takes back, and a file holds settings only");
	usage("tunnel wg0 off", "'off': takes back, and a file holds settings only");
	usage("attach eth0", "'attach': not a setting; "
			     "settings are allow, deny, protect, policy, fragments, tunnel");
	usage("allow 203.0.113.5 gateway force", "'force': only on the command line");
	usage("allow 203.0.113.5 gateway confirm 5", "'confirm': only on the command line");
	usage("allow 203.0.113.5 gateway expires 7d",
	      "'7d': counts from now, and a file is read at any time; "
	      "write the date, such as 2026-12-31T23:59:59Z");
}

static void a_file_has_a_limit(void **state)
{
	(void)state;
	context.source = GRAMMAR_FILE;
	context.lines = &lines;
	settings.count = CX_MAX_ENTRIES - 1;
	assert_int_equal(run("allow 203.0.113.5,203.0.113.6 gateway"), -EPERM);
	assert_string_equal(complaint_text(&why), "more than 4194240 entries in all");
	settings.count = 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(splits),
		TEST(refuses_to_split),
		TEST(numbers),
		TEST(interface_names),
		TEST(allow_lists),
		TEST(allow_takes_every_attribute),
		TEST(repeating_sets_what_is_named),
		TEST(attributes_are_taken_back),
		TEST(allow_and_deny_replace_each_other),
		TEST(lists_are_all_or_nothing),
		TEST(several_policies),
		TEST(long_lists),
		TEST(refuses_impossible_sources),
		TEST(short_prefixes_need_a_word),
		TEST(link_local_needs_dev),
		TEST(values_out_of_range),
		TEST(texts_have_a_limit),
		TEST(words_that_do_not_belong),
		TEST(words_that_are_nearly_right),
		TEST(unknown_verbs),
		TEST(unknown_policy),
		TEST(endings),
		TEST(endings_alone),
		TEST(warns_of_expiry_under_a_listed_prefix),
		TEST(deny_of_the_last_source_warns),
		TEST(revokes),
		TEST(revoke_under_a_prefix),
		TEST(revoke_of_a_prefix_and_its_host_at_once),
		TEST(revoke_of_the_last_source_warns),
		TEST(revokes_a_peer),
		TEST(expired_entries_are_no_sources),
		TEST(protects),
		TEST(first_protect_says_what_stops),
		TEST(protects_any),
		TEST(unprotects),
		TEST(policy_attributes),
		TEST(policy_words),
		TEST(builtin_policies_keep_their_ports),
		TEST(custom_policies),
		TEST(ports_have_one_owner),
		TEST(policy_names),
		TEST(room_for_many_policies),
		TEST(deletes_policies),
		TEST(enforcing_nobody_warns),
		TEST(loosening_warns),
		TEST(local_ports_warn),
		TEST(fragments),
		TEST(tunnels),
		TEST(room_for_many_tunnels),
		TEST(a_file_holds_settings_only),
		TEST(a_file_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
