/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading words one by one, and saying what is wrong with one.  Of the grammar alone. */
#ifndef READER_H
#define READER_H

#include <stdbool.h>

#include "change.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Words not yet read, and whom to tell. */
struct reader {
	const struct verb *verb;
	const struct settings *settings; /* what there is, for better words */
	char **words;
	int left;
	struct grammar_context *context;
	struct complaint *why;
};

struct verb {
	const char *word;
	bool takes_back; /* no business in a file */
	/* Reads what stands before the attributes. */
	int (*read)(struct reader *reader, struct change *change);
	int (*carry)(struct settings *settings, const struct change *change,
		     const struct grammar_context *context, struct complaint *ret_why);
};

/* Is the word that keyword? */
bool is(const char *word, const char *keyword);

/* The next word, NULL if there is none; take() goes on behind it. */
const char *take(struct reader *reader);
const char *peek(const struct reader *reader);

/*
 * Each makes, or completes, a usage error, and returns -EINVAL: how the words
 * should be; what the word may have been meant to be; what is missing before
 * the word found (NULL: before the end); an empty place in a list.
 */
int hint_usage(struct reader *reader);
int hint_near(struct reader *reader, const char *word);
int complain_missing(struct reader *reader, const char *what, const char *found);
int complain_empty(const char *list, struct complaint *ret_why);

/* The value of a word. Return 0, or -EINVAL with reader->why filled. */
int read_number(struct reader *reader, const char *word, __u32 max, __u32 *ret_number);
int read_text(struct reader *reader, const char *word, const char **ret_text);
int read_choice(struct reader *reader, const char *word, const char *const *names, int count,
		int *ret_choice);

/* Does an attribute begin with that word, of whatever verb? */
bool is_attribute(const char *word);
/* One that any verb may end in? */
bool is_ending(const char *word);

/* Does the verb take several policies? */
static inline bool takes_several(enum change_verb verb)
{
	return verb == CHANGE_ALLOW || verb == CHANGE_DENY || verb == CHANGE_REVOKE;
}

/* Reads all that is left, attribute by attribute. Returns as above. */
int read_attributes(struct reader *reader, struct change *change);

#endif
