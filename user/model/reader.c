/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading words one by one, and saying what is wrong with one. */
#include "reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "near.h"
#include "text.h"
#include "words.h"

bool is(const char *word, const char *keyword)
{
	return word[0] == keyword[0] && !strcmp(word, keyword);
}

const char *take(struct reader *reader)
{
	if (!reader->left)
		return NULL;
	reader->left--;
	return *reader->words++;
}

const char *peek(const struct reader *reader)
{
	return reader->left ? *reader->words : NULL;
}

/* Makes a usage error of a complaint about words: adds how they should be. */
int hint_usage(struct reader *reader)
{
	const struct verb_words *words = words_of(reader->verb->word);

	complain_hint(reader->why, "usage: %s %s", words->verb, words->usage);
	return -EINVAL;
}

/* The same for a word that is none of those which may stand there. */
int hint_near(struct reader *reader, const char *word)
{
	struct near near = { .word = word };
	char question[64];

	words_offer(reader->verb->word, &near);
	if (!*near.best)
		return hint_usage(reader);
	complain_hint(reader->why, "%ssee: clarent-xdp help %s",
		      near_question(&near, question, sizeof(question)), reader->verb->word);
	return -EINVAL;
}

int complain_missing(struct reader *reader, const char *what, const char *found)
{
	if (found)
		complain_usage(reader->why, found, "%s is missing before it", what);
	else
		complain_usage(reader->why, NULL, "%s is missing", what);
	return hint_usage(reader);
}

int read_number(struct reader *reader, const char *word, __u32 max, __u32 *ret_number)
{
	if (!grammar_number(word, 1, max, ret_number))
		return 0;
	return complain_usage(reader->why, word, "not a number from 1 to %u", max);
}

int read_text(struct reader *reader, const char *word, const char **ret_text)
{
	size_t len = strlen(word);
	char buf[TEXT_FAULT_MAX];
	const char *fault = text_fault(word, len, buf);

	if (!fault && strchr(word, '\t'))
		fault = "holds a tab";
	if (fault)
		return complain_usage(reader->why, word, "%s", fault);
	if (len >= CX_TEXT_MAX)
		return complain_usage(reader->why, word, "longer than %d bytes", CX_TEXT_MAX - 1);
	*ret_text = word;
	return 0;
}

int read_choice(struct reader *reader, const char *word, const char *const *names, int count,
		int *ret_choice)
{
	const char *between = "";
	char list[80];
	int used = 0;

	for (int i = 0; i < count; i++) {
		if (is(word, names[i])) {
			*ret_choice = i;
			return 0;
		}
		if (i)
			between = i < count - 1 ? ", " : " or ";
		used += snprintf(list + used, sizeof(list) - (size_t)used, "%s%s", between,
				 names[i]);
	}
	return complain_usage(reader->why, word, "not %s", list);
}

int complain_empty(const char *list, struct complaint *ret_why)
{
	complain_usage(ret_why, list, "an empty place in the list");
	complain_hint(ret_why, "write it without blanks around the commas");
	return -EINVAL;
}
