/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A usage, read as the grammar that it is: what may stand behind the words so far. */
#include "usage.h"

#include <ctype.h>
#include <linux/types.h>
#include <string.h>

#include "grammar.h"
#include "words.h"

#define ROW_MAX 16 /* more [ ] than stand in a row in any usage */

/* A part of a usage, from at up to end. */
struct part {
	const char *at, *end;
};

struct reading {
	const char *usage;
	int count;
	char *const *words;
	usage_offer_fn *offer;
	void *context;
};

/*
 * Each part is read from a set of places at once, and leads to another set:
 * in both, bit I means that I words are behind.
 */
static __u64 read_alternatives(const struct reading *reading, struct part part, __u64 from);

/* --- cutting --- */

/* Up to the separator, which may stand in brackets as well; part goes on behind it. */
static struct part cut(struct part *part, const char *separator)
{
	size_t len = strlen(separator);
	const char *at = part->at;
	struct part first;

	for (int depth = 0; at < part->end; at++) {
		if (!depth && !strncmp(at, separator, len))
			break;
		depth += (*at == '[' || *at == '(') - (*at == ']' || *at == ')');
	}
	first = (struct part){ part->at, at };
	part->at = at < part->end ? at + len : at;
	return first;
}

static bool is_empty(struct part part)
{
	return part.at == part.end;
}

/* Without its brackets, and the blanks in them. */
static struct part inside(struct part part)
{
	part.at++;
	part.end--;
	while (*part.at == ' ')
		part.at++;
	while (part.end[-1] == ' ')
		part.end--;
	return part;
}

/* --- a word --- */

static bool is_literal(struct part part)
{
	return islower((unsigned char)*part.at) || *part.at == '-';
}

static bool is_word(struct part part, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(part.end - part.at) == len && !memcmp(part.at, word, len);
}

static bool is_one_of(struct part part, const char *const *words)
{
	while (*words && !is_word(part, *words))
		words++;
	return *words;
}

/* May that word be what the capitals stand for? Behind a word of its own, any name may. */
static bool stands_for(const struct reading *reading, struct part capitals, struct part behind,
		       const char *word)
{
	static const char *const addresses[] = { "SOURCE", "DEST", "ADDRESS", "PREFIX", NULL };
	static const char *const numbers[] = { "N", "PPS", "PORTS", "SECONDS", NULL };

	if (is_one_of(capitals, addresses))
		return grammar_is_address(word);
	if (is_one_of(capitals, numbers))
		return isdigit((unsigned char)*word);
	if (!is_empty(behind) && is_literal(behind))
		return true;
	return !words_in(reading->usage, word) &&
	       !(is_word(capitals, "POLICY") && grammar_is_address(word));
}

static __u64 read_word(const struct reading *reading, struct part part, struct part behind,
		       __u64 from)
{
	struct part list = part, word = cut(&list, "[,");
	struct usage_offer offer = { word.at, (size_t)(word.end - word.at), behind.at,
				     word.end < part.end };
	__u64 to = 0;

	if (from >> reading->count & 1)
		reading->offer(reading->context, &offer);
	for (int i = 0; i < reading->count; i++) {
		const char *typed = reading->words[i];

		if (from >> i & 1 && (is_literal(word) ? is_word(word, typed)
						       : stands_for(reading, word, behind, typed)))
			to |= 2ULL << i;
	}
	return to;
}

/* WORD... */
static __u64 read_words(const struct reading *reading, struct part part, struct part behind,
			__u64 from)
{
	struct part one = cut(&part, "...");
	__u64 to = 0;

	for (int i = 0; i <= reading->count; i++)
		to |= read_word(reading, one, behind, from | to);
	return to;
}

/* --- words --- */

/* A word, one of several, or what stands in brackets. */
static __u64 read_item(const struct reading *reading, struct part item, struct part behind,
		       __u64 from)
{
	__u64 to = 0;

	if (*item.at == '(')
		return read_alternatives(reading, inside(item), from);
	while (!is_empty(item)) {
		struct part word = cut(&item, "|");

		if (word.end[-1] == '.')
			to |= read_words(reading, word, behind, from);
		else
			to |= read_word(reading, word, behind, from);
	}
	return to;
}

/* What may be left out, and stands in a row. */
struct row {
	struct part part[ROW_MAX];
	int count;
};

/* used: bits of those that were there already. */
static __u64 read_row(const struct reading *reading, const struct row *row, unsigned int used,
		      __u64 from)
{
	__u64 to = from;

	for (int i = 0; i < row->count; i++) {
		__u64 behind = 0;

		if (!(used & 1U << i))
			behind = read_alternatives(reading, inside(row->part[i]), from);
		if (behind)
			to |= read_row(reading, row, used | 1U << i, behind);
	}
	return to;
}

static struct row cut_row(struct part *part)
{
	struct row row = {};

	while (!is_empty(*part) && *part->at == '[' && row.count < ROW_MAX)
		row.part[row.count++] = cut(part, " ");
	return row;
}

static __u64 read_sequence(const struct reading *reading, struct part part, __u64 from)
{
	struct part item = {};

	while (!is_empty(part) && from) {
		struct row row = cut_row(&part);
		struct part behind = item;

		if (row.count)
			behind = (struct part){};
		from = read_row(reading, &row, 0, from);
		if (is_empty(part))
			break;
		item = cut(&part, " ");
		from = read_item(reading, item, behind, from);
	}
	return from;
}

static __u64 read_alternatives(const struct reading *reading, struct part part, __u64 from)
{
	__u64 to = 0;

	while (!is_empty(part))
		to |= read_sequence(reading, cut(&part, " | "), from);
	return to;
}

void usage_follow(const char *usage, int count, char *const *words, usage_offer_fn *offer,
		  void *context)
{
	struct reading reading = { usage, count, words, offer, context };

	if (count <= USAGE_WORDS_MAX)
		read_alternatives(&reading, (struct part){ usage, usage + strlen(usage) }, 1);
}
