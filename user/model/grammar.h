/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one grammar: words to a change of the policy model.
 *
 * The same words stand on the command line, in a line of the policy file and
 * on standard input.
 */
#ifndef GRAMMAR_H
#define GRAMMAR_H

#include <stdbool.h>

#include <stdio.h>

#include "settings.h"

#define GRAMMAR_RATE_MAX    10000000 /* packets/s, and packets of a burst */
#define GRAMMAR_CONFIRM_MAX 86400    /* seconds */
#define GRAMMAR_WORDS_MAX   64       /* in a line of a file: more than the grammar has use for */

enum grammar_source {
	GRAMMAR_COMMAND, /* live: relative times, taking back */
	GRAMMAR_FILE,    /* settings only, absolute times, no line for one thing twice */
};

/* Which line of a file said a thing first, 0: none did.  Entries carry theirs. */
struct grammar_lines {
	__u32 policy[CX_MAX_POLICIES];
	__u32 protect_any[CX_MAX_POLICIES];
	__u32 fragments;
	__u32 tunnel[CX_MAX_NAMES]; /* as settings.tunnel */
};

/* What the words ask for beside the settings themselves. */
struct grammar_context {
	enum grammar_source source;
	__u64 now;                   /* seconds since the epoch */
	__u32 line;                  /* of the file, 0 on the command line */
	struct grammar_lines *lines; /* borrowed; of the file, NULL on the command line */
	bool force;                  /* out: the words ended in `force` (command line only) */
	__u32 confirm;               /* out: seconds of `confirm`, 0: none (command line only) */
	struct warnings *warnings;   /* borrowed */
};

/*
 * Cuts a line into words in place; "..." quotes, with \" and \\ inside; # at
 * the start of a word begins a comment.  Returns the number of words or
 * -EINVAL with *ret_why filled.
 */
int grammar_split(char *line, char **ret_words, int max, struct complaint *ret_why);

/* One word as grammar_split() reads it: quoted where it would not be read as one. */
void grammar_write_word(FILE *to, const char *word);

/*
 * Carries out words (verb first) on the model.  Returns 0, or a negative
 * errno with *ret_why filled; the model is then unchanged.  From a file,
 * entries are appended, not sorted, and the same one twice is not noticed.
 */
int grammar_run(struct settings *settings, int count, char **words, struct grammar_context *context,
		struct complaint *ret_why);

/* What may end a changing line, in any order; bits of what a verb takes. */
enum grammar_takes {
	TAKES_DRY_RUN = 1 << 0,
	TAKES_FORCE = 1 << 1,
	TAKES_CONFIRM = 1 << 2,
};

struct grammar_ending {
	bool dry_run;
	bool force;
	__u32 confirm; /* seconds, 0: for good */
};

/*
 * Reads one of them, if the words begin with one that the verb takes.  Returns
 * how many words it took; 0 if it is something else that stands here; -EINVAL
 * with *ret_why filled.
 */
int grammar_ending(int count, char **words, unsigned int takes, struct grammar_ending *ending,
		   struct complaint *ret_why);
/* Seconds of `confirm`. Returns 0, or -EINVAL with *ret_why filled. */
int grammar_confirm(const char *word, __u32 *ret_seconds, struct complaint *ret_why);

/* Shared readers of words, for the verbs that read. */

/* Decimal digits only. Returns 0 or -EINVAL, *ret_number then untouched. */
int grammar_number(const char *word, __u32 min, __u32 max, __u32 *ret_number);
/* A policy by any of its names. Returns 0, or -EPERM with *ret_why naming those there are. */
int grammar_policy(const struct settings *settings, const char *word, unsigned int *ret_policy,
		   struct complaint *ret_why);
/* Can it only be meant for an address? No policy's name has a digit first, or such signs. */
bool grammar_is_address(const char *word);
/* What the kernel takes for a name, and a terminal too. Returns 0 or -EINVAL. */
int grammar_ifname(const char *word, struct complaint *ret_why);

#endif
