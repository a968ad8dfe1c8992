/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Global options: anywhere among the words, and nothing that is a word's is taken for one. */
#include "unit.h"

#include "options.h"

#define WORDS_MAX 16

static struct cli cli;
static char *argv[WORDS_MAX], line_copy[256];

/* Cuts at blanks; "''" is an empty word. */
static int parse(const char *line)
{
	int argc = 0;

	strcpy(line_copy, line);
	argv[argc++] = "clarent-xdp";
	for (char *word = strtok(line_copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "''") ? word : "";
	argv[argc] = NULL;
	cli = (struct cli){};
	return options_parse(&cli, argc, argv);
}

/* The verb and its words that are left, in one string. */
static const char *left(void)
{
	static char text[256];

	strcpy(text, cli.verb);
	for (int i = 0; i < cli.count; i++)
		strcat(strcat(text, " "), cli.words[i]);
	return text;
}

static void leaves(const char *line, const char *expected)
{
	if (parse(line))
		fail_msg("%s: %s", line, complaint_text(&cli.why));
	assert_string_equal(left(), expected);
}

static void refused(const char *line, const char *complaint)
{
	assert_int_equal(parse(line), STATUS_USAGE);
	assert_int_equal(cli.why.status, STATUS_USAGE);
	assert_string_equal(complaint_text(&cli.why), complaint);
}

static void stand_anywhere(void **state)
{
	static const char *const places[] = { "-j -q -v list gateway", "list -jqv gateway",
					      "list gateway --json -qv",
					      "--verbose list --quiet gateway -j" };

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		leaves(places[i], "list gateway");
		assert_true(cli.json && cli.quiet && cli.verbose);
	}
	leaves("list", "list");
	assert_false(cli.json || cli.quiet || cli.verbose);
	assert_null(cli.netns);
	assert_null(cli.bpffs);
}

static void take_values(void **state)
{
	(void)state;
	leaves("--netns list list --bpffs /x", "list");
	assert_string_equal(cli.netns, "list");
	assert_string_equal(cli.bpffs, "/x");
	leaves("list --netns=-j --bpffs=", "list");
	assert_string_equal(cli.netns, "-j");
	assert_string_equal(cli.bpffs, "");
	assert_false(cli.json);
	leaves("--netns --json status", "status");
	assert_string_equal(cli.netns, "--json");
	leaves("--netns -- status", "status");
	assert_string_equal(cli.netns, "--");
}

static void end(void **state)
{
	(void)state;
	leaves("-j -- -q x", "-q x");
	assert_true(cli.json);
	assert_false(cli.quiet);
	leaves("apply -- --json", "apply --json");
	leaves("apply -- -- -j", "apply -- -j");
	leaves("apply - -j", "apply -");
	leaves("allow 1 gateway rate -5", "allow 1 gateway rate -5");
}

/* A text is a text: none of it turns into an option behind its author's back. */
static void texts_are_no_options(void **state)
{
	(void)state;
	leaves("allow 1 gateway comment -j peer --quiet -v",
	       "allow 1 gateway comment -j peer --quiet");
	assert_false(cli.json || cli.quiet);
	assert_true(cli.verbose);
	leaves("list peer acme --json", "list peer acme");
	assert_true(cli.json);
	leaves("allow 1 gateway comment -- -x", "allow 1 gateway comment -x");
	leaves("comment -j", "comment"); /* as a verb it has no text */
	leaves("allow 1 gateway comment --help", "help allow");
}

static void help_and_version(void **state)
{
	(void)state;
	leaves("--help", "help");
	leaves("-h", "help");
	leaves("list --help", "help list");
	leaves("-h list gateway", "help list");
	leaves("help --help", "help");
	leaves("help list -h", "help list");
	leaves("-jh list", "help list");
	assert_true(cli.json);
	leaves("-V", "version");
	leaves("list --version gateway", "version");
	leaves("version extra", "version extra");
	assert_int_equal(setenv(OPTIONS_WAIT, "x", 1), 0);
	leaves("--help", "help");
	leaves("--version", "version");
	assert_int_equal(unsetenv(OPTIONS_WAIT), 0);
}

static void refuse(void **state)
{
	(void)state;
	refused("", "a verb is missing; see: clarent-xdp help");
	refused("-j", "a verb is missing; see: clarent-xdp help");
	refused("--", "a verb is missing; see: clarent-xdp help");
	refused("--nope status", "'--nope': unknown option; see: clarent-xdp help");
	refused("status --jso", "'--jso': unknown option; see: clarent-xdp help");
	refused("status --jsonx", "'--jsonx': unknown option; see: clarent-xdp help");
	refused("-x", "'-x': unknown option; see: clarent-xdp help");
	refused("-jx", "'-jx': unknown option; see: clarent-xdp help");
	refused("status --json=yes", "'--json=yes': takes no value; see: clarent-xdp help");
	refused("status --netns", "'--netns': needs a value; see: clarent-xdp help");
	refused("status --wait", "'--wait': needs a value; see: clarent-xdp help");
	refused("-x --wait y -j", "'-x': unknown option; see: clarent-xdp help");
	assert_true(cli.json); /* the error is answered as was asked for */
	refused("-x --help", "'-x': unknown option; see: clarent-xdp help");
}

static void waits(void **state)
{
	(void)state;
	leaves("list", "list");
	assert_int_equal(cli.wait, CLI_WAIT_USUAL);
	leaves("list --wait 0", "list");
	assert_int_equal(cli.wait, 0);
	leaves("--wait=5m list", "list");
	assert_int_equal(cli.wait, 300);
	refused("list --wait 2d",
		"'2d': not a time from 0 to 86400 seconds; write 90, 90s, 5m or 1h");
	refused("list --wait ''", "not a time from 0 to 86400 seconds; write 90, 90s, 5m or 1h");
}

static void waits_as_the_environment_says(void **state)
{
	(void)state;
	assert_int_equal(setenv(OPTIONS_WAIT, "2m", 1), 0);
	leaves("list", "list");
	assert_int_equal(cli.wait, 120);
	leaves("list --wait 3", "list");
	assert_int_equal(cli.wait, 3);
	assert_int_equal(setenv(OPTIONS_WAIT, "", 1), 0);
	leaves("list", "list");
	assert_int_equal(cli.wait, CLI_WAIT_USUAL);
	assert_int_equal(setenv(OPTIONS_WAIT, "soon", 1), 0);
	refused("list",
		"'CLARENT_XDP_WAIT': not a time from 0 to 86400 seconds; see: clarent-xdp help");
	assert_int_equal(unsetenv(OPTIONS_WAIT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stand_anywhere),
		cmocka_unit_test(take_values),
		cmocka_unit_test(end),
		cmocka_unit_test(texts_are_no_options),
		cmocka_unit_test(help_and_version),
		cmocka_unit_test(refuse),
		cmocka_unit_test(waits),
		cmocka_unit_test(waits_as_the_environment_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
