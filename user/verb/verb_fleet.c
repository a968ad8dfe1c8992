/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The verbs `follow` and `fleet`: a program of its own does them.
 *
 * It speaks to a network and links what that needs; this one, which changes
 * the filter, does not.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define PROGRAM "clarent-xdp-fleet"

/* Words that go before the verb's own: program, instance, options, the verb; and the end. */
#define FIRST_WORDS 8

/* Where it is looked for, from where this program is. */
static const char *const places[] = { "/" PROGRAM, "/../lib/clarent-xdp/" PROGRAM };

static int self(char ret_path[static PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", ret_path, PATH_MAX - 1);

	if (len < 0)
		return -errno;
	ret_path[len] = '\0';
	return 0;
}

static char **words_for(struct cli *cli, char *path)
{
	char **words = calloc((size_t)cli->count + FIRST_WORDS, sizeof(*words));
	int count = 0;

	if (!words)
		return NULL;
	words[count++] = PROGRAM;
	words[count++] = path;
	words[count++] = (char *)cli->bpffs;
	if (cli->json)
		words[count++] = "-j";
	if (cli->quiet)
		words[count++] = "-q";
	words[count++] = (char *)cli->verb;
	memcpy(words + count, cli->words, (size_t)cli->count * sizeof(*words));
	return words;
}

/* Comes back only if there is none. */
static void become(const char *path, char **words)
{
	char program[PATH_MAX + 64];
	const char *end = strrchr(path, '/');

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(program, sizeof(program), "%.*s%s", (int)(end - path), path, places[i]);
		execv(program, words);
	}
}

int verb_other(struct cli *cli)
{
	char path[PATH_MAX];
	char **words;
	int err = self(path);

	if (err)
		return complain_errno(&cli->why, "/proc/self/exe", err, "cannot be read"),
		       STATUS_FAILED;
	words = words_for(cli, path);
	if (!words)
		return complain_memory(&cli->why), STATUS_FAILED;
	fflush(stdout);
	become(path, words);
	free(words);
	complain_failed(&cli->why, PROGRAM, "not installed");
	complain_hint(&cli->why, "on Debian: apt-get install clarent-xdp-fleet; or: make install");
	return STATUS_FAILED;
}
