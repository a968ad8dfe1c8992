/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verbs `help` and `version`. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli.h"
#include "options.h"
#include "version.h"
#include "words.h"

#define PROGRAM    "clarent-xdp"
#define PAGE_WIDTH 80

/* Each begins with a verb and goes on to the next one's. */
static const struct group {
	const char *first;
	const char *title;
} groups[] = {
	{ "allow", "settings" },     { "revoke", "taking back" }, { "attach", "interfaces" },
	{ "apply", "whole policy" }, { "list", "reading" },
};

static const char notes[] =
	"\nWords: SOURCE and DEST are addresses or prefixes; POLICY is command, gateway,\n"
	"pcanywhere or one of your own; PORTS as 4040,5010-5012; PPS packets a second.\n"
	"A change that ends in confirm SECONDS is undone unless you confirm it in time.\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 3 check: would be dropped.\n"
	"All about a verb: " PROGRAM " help VERB\n";

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The group that begins with this verb, or NULL. */
static const char *group_begins(const struct verb_words *verb)
{
	for (size_t i = 0; i < COUNT(groups); i++) {
		if (!strcmp(groups[i].first, verb->verb))
			return groups[i].title;
	}
	return NULL;
}

static void print_option(const struct option *option)
{
	char words[32];
	int used = option->letter ? snprintf(words, sizeof(words), "-%c, ", option->letter) : 0;

	snprintf(words + used, sizeof(words) - (size_t)used, "--%s%s%s", option->name,
		 option->value ? " " : "", option->value ? option->value : "");
	printf("  %-15s %s\n", words, option->help);
}

static void print_all(void)
{
	printf("usage: " PROGRAM " [OPTION...] VERB [WORD...]\n"
	       "Lets only listed sources reach guarded ports, in the network driver.\n");
	for (const struct verb_words *verb = verb_words; verb->verb; verb++) {
		const char *group = group_begins(verb);

		if (group)
			printf("\n%s\n", group);
		printf("  %-10s %s\n", verb->verb, verb->summary);
	}
	printf("\noptions, anywhere; -- ends them\n");
	for (const struct option *option = options; option->name; option++)
		print_option(option);
	fputs(notes, stdout);
}

/* End of the piece that must stay on one line: a word, or all of [ ... ]. */
static const char *piece_end(const char *text)
{
	int depth = 0;

	for (; *text && (depth || *text != ' '); text++)
		depth += (*text == '[') - (*text == ']');
	return text;
}

/* The verb's words, each alternative on a line of its own. */
static void print_usage(const struct verb_words *verb)
{
	int indent = printf("usage: " PROGRAM " %s", verb->verb), column = indent;
	const char *end;

	for (const char *at = verb->usage; *at; at = *end ? end + 1 : end) {
		end = piece_end(at);
		if (*at == '|' || column + 1 + (end - at) > PAGE_WIDTH)
			column = printf("\n%*s", indent, "") - 1;
		column += printf(" %.*s", (int)(end - at), at);
	}
	putchar('\n');
}

static void print_verb(const struct verb_words *verb)
{
	print_usage(verb);
	printf("\n%s\n\n%s", verb->summary, verb->help);
}

static struct json_object *verb_json(const struct verb_words *verb)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "verb", json_object_new_string(verb->verb));
	json_object_object_add(object, "usage", json_object_new_string(verb->usage));
	json_object_object_add(object, "summary", json_object_new_string(verb->summary));
	json_object_object_add(object, "help", json_object_new_string(verb->help));
	return object;
}

/* An object of all verbs by group. */
static struct json_object *all_json(void)
{
	struct json_object *all = json_object_new_object(), *group = NULL;

	for (const struct verb_words *verb = verb_words; verb->verb; verb++) {
		if (group_begins(verb)) {
			group = json_object_new_array();
			json_object_object_add(all, group_begins(verb), group);
		}
		json_object_array_add(group, verb_json(verb));
	}
	return all;
}

int verb_help(struct cli *cli)
{
	const struct verb_words *verb = cli->count ? words_of(cli->words[0]) : NULL;

	if (cli->count > 1)
		return cli_misplaced(cli, cli->words[1]);
	if (cli->count && !verb)
		return cli_no_verb(cli, cli->words[0]);
	if (cli->json)
		cli->answer = verb ? verb_json(verb) : all_json();
	else if (verb)
		print_verb(verb);
	else
		print_all();
	return STATUS_DONE;
}

static void print_version(const struct utsname *kernel)
{
	printf(PROGRAM " " VERSION "\nABI %d\nlibbpf %u.%u\nkernel %s\n", CX_ABI,
	       libbpf_major_version(), libbpf_minor_version(), kernel->release);
}

static struct json_object *version_json(const struct utsname *kernel)
{
	struct json_object *object = json_object_new_object();
	char libbpf[32];

	snprintf(libbpf, sizeof(libbpf), "%u.%u", libbpf_major_version(), libbpf_minor_version());
	json_object_object_add(object, "program", json_object_new_string(VERSION));
	json_object_object_add(object, "abi", json_object_new_int(CX_ABI));
	json_object_object_add(object, "libbpf", json_object_new_string(libbpf));
	json_object_object_add(object, "kernel", json_object_new_string(kernel->release));
	return object;
}

int verb_version(struct cli *cli)
{
	struct utsname kernel;

	if (cli->count)
		return cli_misplaced(cli, cli->words[0]);
	uname(&kernel);
	if (cli->json)
		cli->answer = version_json(&kernel);
	else
		print_version(&kernel);
	return STATUS_DONE;
}
