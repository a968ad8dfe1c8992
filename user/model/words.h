/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every verb in words: how it is typed, and what help says of it. */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>

#include "near.h"

/* Words in capitals stand for something, all others for themselves. */
struct verb_words {
	const char *verb;
	const char *usage;   /* the words behind the verb */
	const char *summary; /* one line */
	const char *help;    /* paragraphs for `help VERB` */
};

/* In the order of help; ends with a NULL verb. */
extern const struct verb_words verb_words[];

/* NULL: no such verb. */
const struct verb_words *words_of(const char *verb);

/* Does the word stand for itself in that usage? */
bool words_in(const char *usage, const char *word);

/* True if the word stands for itself in the line of some verb, or will in one to come. */
bool words_reserved(const char *word);

/* Offers all words that may stand behind this verb. */
void words_offer(const char *verb, struct near *near);
/* Offers all verbs, also by what other programs call them. */
void words_offer_verbs(struct near *near);

#endif
