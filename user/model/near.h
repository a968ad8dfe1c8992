/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The known word that is nearest to one that is not. */
#ifndef NEAR_H
#define NEAR_H

#include <stddef.h>

#define NEAR_WORD_MAX 32 /* with its NUL: nobody mistypes a longer word for a known one */

/* Begins as { .word = WORD }. */
struct near {
	const char *word;         /* borrowed */
	char best[NEAR_WORD_MAX]; /* of what was offered; "": none is near enough */
	unsigned int cost;        /* of the best */
};

/*
 * Offers a known word of that length.  Near is what it begins with, and what
 * a slip or two of the fingers make of it; case does not matter.  Of equals
 * the first one stays.
 */
void near_offer(struct near *near, const char *known, size_t len);

/* "did you mean list? ", or "": how a hint begins. */
const char *near_question(const struct near *near, char *buf, size_t size);

#endif
