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

#include "settings.h"

enum grammar_source {
	GRAMMAR_COMMAND, /* live: relative times, taking back */
	GRAMMAR_FILE,	 /* settings only, absolute times, no line for one thing twice */
};

/* What the words ask for beside the settings themselves. */
struct grammar_context {
	enum grammar_source source;
	__u64 now;	/* seconds since the epoch */
	__u32 line;	/* of the file, 0 on the command line */
	bool force;	/* out: the words ended in `force` (command line only) */
	__u32 confirm;	/* out: seconds of `confirm`, 0: none (command line only) */
	struct warnings *warnings; /* borrowed */
};

/*
 * Cuts a line into words in place; "..." quotes, with \" and \\ inside; # at
 * the start of a word begins a comment.  Returns the number of words or
 * -EINVAL with *ret_why filled.
 */
int grammar_split(char *line, char **ret_words, int max, struct complaint *ret_why);

/*
 * Carries out words (verb first) on the model.  Returns 0, or a negative
 * errno with *ret_why filled; the model is then unchanged.
 */
int grammar_run(struct settings *settings, int count, char **words,
		struct grammar_context *context, struct complaint *ret_why);

/* True if the word is a verb of the grammar (allow, deny, ... unprotect). */
bool grammar_is_setting(const char *verb);

/* True if the word is a keyword and so no name for a policy. */
bool grammar_is_keyword(const char *word);

/* Shared readers of words, for the verbs that read. */
int grammar_number(const char *word, __u32 min, __u32 max, __u32 *ret_number);
int grammar_policy(const struct settings *settings, const char *word,
		   unsigned int *ret_policy, struct complaint *ret_why);
int grammar_ifname(const char *word, struct complaint *ret_why);

#endif
