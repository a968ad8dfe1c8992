/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words of the grammar that stand for themselves, whatever the verb. */
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "grammar.h"
#include "near.h"
#include "text.h"
#include "when.h"

/* Takes a quoted word apart in place.  *cursor is behind its opening quote. */
static int split_quoted(char **cursor, struct complaint *ret_why)
{
	char *from = *cursor, *to = *cursor;

	while (*from != '"') {
		if (*from == '\\' && from[1] != '"' && from[1] != '\\')
			return complain_usage(ret_why, NULL,
					      "in quotes, a backslash stands before \" or \\ only");
		if (*from == '\\')
			from++;
		if (!*from)
			return complain_usage(ret_why, NULL, "a quote is not closed");
		*to++ = *from++;
	}
	from++;
	if (*from && *from != ' ' && *from != '\t')
		return complain_usage(ret_why, NULL, "no blank behind a closing quote");
	*cursor = *from ? from + 1 : from;
	*to = '\0';
	return 0;
}

static int split_plain(char **cursor, struct complaint *ret_why)
{
	char *end = *cursor;

	while (*end && *end != ' ' && *end != '\t' && *end != '"')
		end++;
	if (*end == '"') {
		complain_usage(ret_why, NULL, "a quote inside a word");
		complain_hint(ret_why, "quote all of it, with \\\" for the quote");
		return -EINVAL;
	}
	*cursor = *end ? end + 1 : end;
	*end = '\0';
	return 0;
}

int grammar_split(char *line, char **ret_words, int max, struct complaint *ret_why)
{
	char *cursor = line;
	int count = 0;

	for (;;) {
		int err;

		while (*cursor == ' ' || *cursor == '\t')
			cursor++;
		if (!*cursor || *cursor == '#')
			return count;
		if (count == max)
			return complain_usage(ret_why, NULL, "more than %d words", max);
		if (*cursor == '"') {
			ret_words[count++] = ++cursor;
			err = split_quoted(&cursor, ret_why);
		} else {
			ret_words[count++] = cursor;
			err = split_plain(&cursor, ret_why);
		}
		if (err)
			return err;
	}
}

int grammar_number(const char *word, __u32 min, __u32 max, __u32 *ret_number)
{
	__u64 number = 0;

	if (!*word || (word[0] == '0' && word[1]))
		return -EINVAL;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return -EINVAL;
		number = number * 10 + (__u64)(*word - '0');
		if (number > max)
			return -EINVAL;
	}
	if (number < min)
		return -EINVAL;
	*ret_number = (__u32)number;
	return 0;
}

int grammar_confirm(const char *word, __u32 *ret_seconds, struct complaint *ret_why)
{
	return when_span(word, 1, GRAMMAR_CONFIRM_MAX, ret_seconds, ret_why);
}

/* The one that this word is, if the verb takes it; 0: none. */
static unsigned int find_ending(const char *word, unsigned int takes)
{
	static const char *const words[] = { "dry-run", "force", "confirm" }; /* by bit */

	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i]))
			return takes & 1U << i;
	return 0;
}

static bool said_before(const struct grammar_ending *ending, unsigned int found)
{
	return (found == TAKES_DRY_RUN && ending->dry_run) ||
	       (found == TAKES_FORCE && ending->force) ||
	       (found == TAKES_CONFIRM && ending->confirm);
}

int grammar_ending(int count, char **words, unsigned int takes, struct grammar_ending *ending,
		   struct complaint *ret_why)
{
	unsigned int found = count ? find_ending(words[0], takes) : 0;

	if (said_before(ending, found))
		return complain_usage(ret_why, words[0], "said twice");
	ending->dry_run |= found == TAKES_DRY_RUN;
	ending->force |= found == TAKES_FORCE;
	if (found != TAKES_CONFIRM)
		return found != 0;
	if (count < 2)
		return complain_usage(ret_why, words[0], "needs a number of seconds");
	return grammar_confirm(words[1], &ending->confirm, ret_why) ? -EINVAL : 2;
}

int grammar_ifname(const char *word, struct complaint *ret_why)
{
	size_t len = strlen(word);
	char buf[TEXT_FAULT_MAX];
	const char *fault = text_fault(word, len, buf);

	if (fault)
		return complain_usage(ret_why, word, "%s", fault);
	if (len && len < IFNAMSIZ && strcmp(word, ".") && strcmp(word, "..") &&
	    !strpbrk(word, "/: \t"))
		return 0;
	complain_usage(ret_why, word, "not a name for an interface");
	complain_hint(ret_why, "1 to %d characters, no blank, '/' or ':'", IFNAMSIZ - 1);
	return -EINVAL;
}

bool grammar_is_address(const char *word)
{
	return isdigit((unsigned char)*word) || strpbrk(word, ".:/");
}

int grammar_policy(const struct settings *settings, const char *word, unsigned int *ret_policy,
		   struct complaint *ret_why)
{
	unsigned int policy = settings_policy(settings, word);
	char list[sizeof(ret_why->hint)] = "", question[64];
	struct near near = { .word = word };
	size_t used = 0;

	if (policy) {
		*ret_policy = policy;
		return 0;
	}
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const char *name = settings->policy[i].name;

		near_offer(&near, name, strlen(name));
		if (*name && used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? ", " : "", name);
	}
	complain_failed(ret_why, word, "no such policy");
	complain_hint(ret_why, "%sthere are: %.160s%s",
		      near_question(&near, question, sizeof(question)), list,
		      used > 160 ? "..." : "");
	return -EPERM;
}

void grammar_write_word(FILE *to, const char *word)
{
	if (*word && *word != '#' && !strpbrk(word, " \t\"")) {
		fputs(word, to);
		return;
	}
	fputc('"', to);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			fputc('\\', to);
		fputc(*word, to);
	}
	fputc('"', to);
}
