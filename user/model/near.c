/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The known word that is nearest to one that is not. */
#include "near.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LETTERS_PER_SLIP 3
#define SLIPS_MAX        2

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Slips that make b of a: a letter more, less, another one, or two of them
 * swapped (optimal string alignment).  Both are shorter than NEAR_WORD_MAX.
 */
static unsigned int slips(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int cost[NEAR_WORD_MAX][NEAR_WORD_MAX];

	for (size_t i = 0; i <= a_len; i++) {
		for (size_t j = 0; j <= b_len; j++) {
			if (!i || !j) {
				cost[i][j] = (unsigned int)(i + j);
				continue;
			}
			cost[i][j] = least(cost[i - 1][j] + 1, cost[i][j - 1] + 1);
			cost[i][j] =
				least(cost[i][j], cost[i - 1][j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
		}
	}
	return cost[a_len][b_len];
}

void near_offer(struct near *near, const char *known, size_t len)
{
	size_t typed = strlen(near->word);
	unsigned int cost, most;

	if (typed < 2 || typed >= NEAR_WORD_MAX || !len || len >= NEAR_WORD_MAX)
		return;
	cost = slips(near->word, typed, known, len);
	most = least(SLIPS_MAX, (unsigned int)(typed + 1) / LETTERS_PER_SLIP);
	if (typed < len && !strncasecmp(near->word, known, typed))
		cost = most = 1;
	if (cost > most || (*near->best && cost >= near->cost))
		return;
	near->cost = cost;
	snprintf(near->best, sizeof(near->best), "%.*s", (int)len, known);
}

const char *near_question(const struct near *near, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", *near->best ? "did you mean " : "", near->best,
		 *near->best ? "? " : "");
	return buf;
}
