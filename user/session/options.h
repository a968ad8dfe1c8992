/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The global options, which may stand anywhere among the words. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "cli.h"

#define OPTIONS_WAIT     "CLARENT_XDP_WAIT" /* in the environment, where --wait is not said */
#define OPTIONS_WAIT_MAX 86400              /* seconds */

struct asked;

struct option {
	const char *name;
	char letter;       /* 0: it has none */
	const char *value; /* what it takes; NULL: nothing */
	const char *help;
	int (*set)(struct asked *asked, const char *value);
};

/* All of them, for parsing and help; ends with a NULL name. */
extern const struct option options[];

/*
 * Takes the options out of argv, up to `--`, and fills in cli.  The words stay
 * in argv, in one row: cli->verb, then cli->words.  What stands behind `peer`
 * or `comment` is their text, whatever it looks like, but for --help.
 * Returns an exit status, with cli->why filled.
 */
int options_parse(struct cli *cli, int argc, char **argv);

#endif
