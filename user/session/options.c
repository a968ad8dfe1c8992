/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The global options, which may stand anywhere among the words. */
#include "options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "when.h"

/* What the options say; two of them are verbs in disguise. */
struct asked {
	struct cli *cli;
	bool help;
	bool version;
};

static int set_json(struct asked *asked, const char *value)
{
	(void)value;
	asked->cli->json = true;
	return STATUS_DONE;
}

static int set_quiet(struct asked *asked, const char *value)
{
	(void)value;
	asked->cli->quiet = true;
	return STATUS_DONE;
}

static int set_verbose(struct asked *asked, const char *value)
{
	(void)value;
	asked->cli->verbose = true;
	return STATUS_DONE;
}

static int set_netns(struct asked *asked, const char *value)
{
	asked->cli->netns = value;
	return STATUS_DONE;
}

static int set_bpffs(struct asked *asked, const char *value)
{
	asked->cli->bpffs = value;
	return STATUS_DONE;
}

static int set_wait(struct asked *asked, const char *value)
{
	struct cli *cli = asked->cli;

	return when_span(value, 0, OPTIONS_WAIT_MAX, &cli->wait, &cli->why) ? STATUS_USAGE
									    : STATUS_DONE;
}

static int set_help(struct asked *asked, const char *value)
{
	(void)value;
	asked->help = true;
	return STATUS_DONE;
}

static int set_version(struct asked *asked, const char *value)
{
	(void)value;
	asked->version = true;
	return STATUS_DONE;
}

#define NEXT_LINE "\n                  " /* as help.c prints them */

const struct option options[] = {
	{ "json", 'j', NULL, "answer in JSON, errors and warnings too", set_json },
	{ "quiet", 'q', NULL, "no warnings", set_quiet },
	{ "verbose", 'v', NULL,
	  "more: what a change did, zero counters, what the kernel says of a program",
	  set_verbose },
	{ "netns", 0, "NAME", "in this network namespace (see: ip netns)", set_netns },
	{ "bpffs", 0, "DIR",
	  "another instance (default " INSTANCE_DIR ";" NEXT_LINE "environment: CLARENT_XDP_BPFFS)",
	  set_bpffs },
	{ "wait", 0, "SECONDS",
	  "how long to wait for another change to end" NEXT_LINE "(environment: " OPTIONS_WAIT ")",
	  set_wait },
	{ "help", 'h', NULL, "as the verb help", set_help },
	{ "version", 'V', NULL, "as the verb version", set_version },
	{},
};

static int complain_option(struct cli *cli, const char *word, const char *what)
{
	complain_usage(&cli->why, word, "%s", what);
	complain_hint(&cli->why, "see: clarent-xdp help");
	return STATUS_USAGE;
}

static const struct option *find_long(const char *name, size_t len)
{
	for (const struct option *option = options; option->name; option++)
		if (strlen(option->name) == len && !memcmp(option->name, name, len))
			return option;
	return NULL;
}

static const struct option *find_letter(char letter)
{
	for (const struct option *option = options; option->name; option++)
		if (option->letter == letter)
			return option;
	return NULL;
}

/* --name, --name=VALUE, --name VALUE; moves *at over a value that is a word of its own. */
static int read_long(struct asked *asked, char **argv, int *at)
{
	char *word = argv[*at], *name = word + strlen("--"), *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option *option = find_long(name, len);

	if (!option)
		return complain_option(asked->cli, word, "unknown option");
	if (!option->value && equals)
		return complain_option(asked->cli, word, "takes no value");
	if (!option->value)
		return option->set(asked, NULL);
	if (equals)
		return option->set(asked, equals + 1);
	if (!argv[*at + 1])
		return complain_option(asked->cli, word, "needs a value");
	return option->set(asked, argv[++*at]);
}

/* -jq: one letter each, none of which takes a value. */
static int read_letters(struct asked *asked, const char *word)
{
	int status = STATUS_DONE;

	for (const char *letter = word + 1; *letter && !status; letter++) {
		const struct option *option = find_letter(*letter);

		status = option ? option->set(asked, NULL)
				: complain_option(asked->cli, word, "unknown option");
	}
	return status;
}

/* A lone - is a file, and -5 a number that the grammar refuses in better words. */
static bool looks_like_option(const char *word)
{
	return word[0] == '-' && word[1] && !isdigit((unsigned char)word[1]);
}

static bool takes_text(const char *word)
{
	return !strcmp(word, "comment") || !strcmp(word, "peer");
}

static bool is_option(const char *word, char *const *words, int count)
{
	if (!looks_like_option(word))
		return false;
	return count < 2 || !takes_text(words[count - 1]) || !strcmp(word, "--help");
}

/* Leaves the words in argv from 1 on. Returns how many; *ret_status: of the first bad option. */
static int take_options(struct asked *asked, int argc, char **argv, int *ret_status)
{
	char **words = argv + 1;
	int count = 0, at = 1;

	*ret_status = STATUS_DONE;
	for (; at < argc && strcmp(argv[at], "--"); at++) {
		struct complaint first = asked->cli->why;
		char *word = argv[at];
		int status;

		if (!is_option(word, words, count)) {
			words[count++] = word;
			continue;
		}
		status = word[1] == '-' ? read_long(asked, argv, &at) : read_letters(asked, word);
		if (*ret_status)
			asked->cli->why = first;
		else
			*ret_status = status;
	}
	while (++at < argc)
		words[count++] = argv[at];
	return count;
}

/* What the environment says of --wait. */
static int read_environment(struct asked *asked)
{
	const char *value = getenv(OPTIONS_WAIT);
	int status = value && *value ? set_wait(asked, value) : STATUS_DONE;

	if (status)
		complain_option(asked->cli, OPTIONS_WAIT, "not a time from 0 to 86400 seconds");
	return status;
}

/* --help asks about the verb that it stands with. */
static void use_help(struct cli *cli)
{
	if (cli->verb && strcmp(cli->verb, "help")) {
		cli->words--;
		cli->count = 1;
	}
	cli->verb = "help";
}

static int choose_verb(struct asked *asked, char **words, int count)
{
	struct cli *cli = asked->cli;

	if (count) {
		cli->verb = words[0];
		cli->words = words + 1;
		cli->count = count - 1;
	}
	if (asked->help)
		return use_help(cli), STATUS_DONE;
	if (asked->version) {
		cli->verb = "version";
		cli->count = 0;
		return STATUS_DONE;
	}
	if (!count)
		return complain_option(cli, NULL, "a verb is missing");
	return cli->wait == CLI_WAIT_USUAL ? read_environment(asked) : STATUS_DONE;
}

int options_parse(struct cli *cli, int argc, char **argv)
{
	struct asked asked = { .cli = cli };
	int status, count;

	cli->wait = CLI_WAIT_USUAL;
	count = take_options(&asked, argc, argv, &status);
	return status ? status : choose_verb(&asked, argv + 1, count);
}
