/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every verb is given, and how complaints and warnings are printed. */
#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"
#include "text.h"
#include "words.h"

#define WAIT_USUAL  10 /* seconds for which one and the same other change is waited for */
#define WAIT_ATTACH 60
#define ALTNAME_MAX 128 /* as the kernel has it (ALTIFNAMSIZ) */

unsigned int cli_wait(const struct cli *cli)
{
	if (cli->wait != CLI_WAIT_USUAL)
		return cli->wait;
	/* what fails to attach, as many do at once at boot, is left open */
	return strcmp(cli->verb, "attach") ? WAIT_USUAL : WAIT_ATTACH;
}

int cli_usage(struct cli *cli, const char *object, const char *what)
{
	complain_usage(&cli->why, object, "%s", what);
	complain_hint(&cli->why, "see: clarent-xdp help %s", cli->verb);
	return STATUS_USAGE;
}

int cli_misplaced(struct cli *cli, const char *word)
{
	struct near near = { .word = word };
	char question[64];

	words_offer(cli->verb, &near);
	complain_usage(&cli->why, word, "not a word that can stand here");
	complain_hint(&cli->why, "%ssee: clarent-xdp help %s",
		      near_question(&near, question, sizeof(question)), cli->verb);
	return STATUS_USAGE;
}

int cli_no_verb(struct cli *cli, const char *word)
{
	struct near near = { .word = word };
	char question[64];

	words_offer_verbs(&near);
	complain_usage(&cli->why, word, "unknown verb");
	complain_hint(&cli->why, "%ssee: clarent-xdp help",
		      near_question(&near, question, sizeof(question)));
	return STATUS_USAGE;
}

int cli_own(struct cli *cli)
{
	if (!geteuid())
		return STATUS_DONE;
	complain_failed(&cli->why, NULL, "what it writes must be root's, and would be of uid %u",
			geteuid());
	complain_hint(&cli->why, "run it as root");
	return STATUS_FAILED;
}

/* The kernel finds an interface by its alternative names too, and those may be longer. */
int cli_ifname(struct cli *cli, const char *name)
{
	if (strlen(name) < CX_NAME_MAX)
		return grammar_ifname(name, &cli->why) ? STATUS_USAGE : STATUS_DONE;
	if (strlen(name) >= ALTNAME_MAX || strchr(name, '/'))
		return cli_usage(cli, name, "no name of an interface");
	return STATUS_DONE;
}

int cli_unattached(struct cli *cli, const char *ifname, int err)
{
	const char *where = cli->netns ? "" : " in this network namespace";

	if (err == -ENODEV)
		complain_failed(&cli->why, ifname, "no such interface%s", where);
	else if (err == -ENOENT)
		complain_failed(&cli->why, ifname, "is not attached%s", where);
	else
		return complain_errno(&cli->why, ifname, err, "cannot tell what is attached");
	complain_hint(&cli->why, "see: clarent-xdp status");
	return err;
}

int cli_ending(struct cli *cli, int at, unsigned int takes, struct grammar_ending *ending)
{
	while (at < cli->count) {
		int took =
			grammar_ending(cli->count - at, cli->words + at, takes, ending, &cli->why);

		if (took < 0)
			return STATUS_USAGE;
		if (!took)
			return cli_misplaced(cli, cli->words[at]);
		at += took;
	}
	return STATUS_DONE;
}

/* "clarent-xdp: apply: FILE:17: 'x': what is wrong", as one string. */
static void message(const struct cli *cli, const char *where, const struct complaint *why,
		    char *buf, size_t size)
{
	char raw[1024];

	snprintf(raw, sizeof(raw), "clarent-xdp: %s%s%s%s%s%s%s%s", cli->verb ? cli->verb : "",
		 cli->verb ? ": " : "", where ? where : "", where ? ": " : "",
		 *why->object ? "'" : "", why->object, *why->object ? "': " : "", why->what);
	text_printable(raw, buf, size); /* where: a file may be called anything */
}

void cli_complain(const struct cli *cli, const char *where, const struct complaint *why)
{
	char buf[1024];

	progress_wipe();
	message(cli, where, why, buf, sizeof(buf));
	fprintf(stderr, "%s\n", buf);
	if (*why->hint)
		fprintf(stderr, "  %s\n", why->hint);
}

struct json_object *cli_warnings_json(const struct cli *cli)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < cli->warnings.count; i++)
		json_object_array_add(array, json_object_new_string(cli->warnings.text[i]));
	return array;
}

struct json_object *cli_complaint_json(const struct cli *cli, const char *where,
				       const struct complaint *why)
{
	struct json_object *error = json_object_new_object();

	if (cli->verb)
		json_object_object_add(error, "verb", json_object_new_string(cli->verb));
	if (where)
		json_object_object_add(error, "where", json_object_new_string(where));
	if (*why->object)
		json_object_object_add(error, "object", json_object_new_string(why->object));
	json_object_object_add(error, "message", json_object_new_string(why->what));
	if (*why->hint)
		json_object_object_add(error, "hint", json_object_new_string(why->hint));
	json_object_object_add(error, "status", json_object_new_int(why->status));
	return error;
}
