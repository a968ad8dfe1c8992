/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A usage, read as the grammar that it is: what may stand behind the words so far.
 *
 * [a] may be left out, and of several in a row each may stand once, in any
 * order; a | b is one or the other, and so is a|b, which binds tighter than a
 * blank; ( ) holds together.  Words in capitals stand for something, WORD... for
 * several words and WORD[,WORD...] for several in one.
 */
#ifndef USAGE_H
#define USAGE_H

#include <stdbool.h>
#include <stddef.h>

#define USAGE_WORDS_MAX 62 /* behind more of them, nothing is offered */

/* What may stand next: a word of the usage, borrowed. */
struct usage_offer {
	const char *word;
	size_t len;
	const char
		*behind; /* the word of the usage before it, up to a blank, NULL: it is the first */
	bool several;    /* WORD[,WORD...] */
};

typedef void usage_offer_fn(void *context, const struct usage_offer *offer);

/* Offers each word that may follow these, some of them more than once. */
void usage_follow(const char *usage, int count, char *const *words, usage_offer_fn *offer,
		  void *context);

#endif
