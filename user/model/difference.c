/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A long state as what differs from another one, which is kept whole. */
#include "difference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "grammar.h"
#include "policy_file.h"
#include "prefix.h"
#include "scope.h"

#define HEAD_LINE "difference from %llu, %llu bytes, to %llu entries"
#define HEAD_BOTH ", as they were and are\n"

#define EDITS_MAX 4096 /* of one change */
#define EDITS_ROOM \
	0x10000 /* more than there can be in all: who reads them appends them to the base */

static bool expires_any(const struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		if (settings->entry[i].expires)
			return true;
	}
	return false;
}

/* What differs beside entries. */
static void count_rules(void *context, const struct diff_line *line)
{
	*(size_t *)context += !line->before && !line->after;
}

bool difference_fits(const struct settings *settings)
{
	size_t total = settings_total(settings);

	return total >= LIST_LONG && total <= CX_MAX_ENTRIES - EDITS_ROOM && !expires_any(settings);
}

bool difference_suits(const struct settings *have, const struct settings *want)
{
	size_t rules = 0, edits = diff(have, want, count_rules, &rules);

	if (rules || edits > EDITS_MAX)
		return false;
	/* a window fitted before, and can be said in no other way */
	return want->beyond.count ||
	       (difference_fits(have) && difference_fits(want) && edits <= want->count / 2);
}

bool difference_read_head(FILE *from, struct difference_head *ret_head)
{
	unsigned long long base, size, count;
	char rest[sizeof(HEAD_BOTH)];

	if (fscanf(from, HEAD_LINE, &base, &size, &count) != 3 || !fgets(rest, sizeof(rest), from))
		return false;
	*ret_head = (struct difference_head){ base, size, count, !strcmp(rest, HEAD_BOTH) };
	return ret_head->both || !strcmp(rest, "\n");
}

void difference_write_head(FILE *to, const struct difference_head *head,
			   const struct settings *want)
{
	fprintf(to, HEAD_LINE "%s", (unsigned long long)head->base, (unsigned long long)head->size,
		(unsigned long long)head->count, head->both ? HEAD_BOTH : "\n");
	policy_file_write_rules(to, want);
}

struct edits {
	FILE *to;
	const struct settings *have, *want;
};

static void write_signed(FILE *to, char sign, const struct settings *settings,
			 const struct entry *entry)
{
	if (!entry)
		return;
	fputc(sign, to);
	policy_file_write_entry(to, settings, entry);
	fputc('\n', to);
}

static void write_edit(void *context, const struct diff_line *line)
{
	const struct edits *edits = context;

	if (line->kind != DIFF_ADD && line->kind != DIFF_CHANGE && line->kind != DIFF_REMOVE)
		return;
	write_signed(edits->to, '-', edits->have, line->before);
	write_signed(edits->to, '+', edits->want, line->after);
}

void difference_write_edits(FILE *to, const struct settings *have, const struct settings *want)
{
	struct edits edits = { to, have, want };

	diff(have, want, write_edit, &edits);
}

static bool is_edit(const char *line)
{
	return *line == '+' || *line == '-';
}

int difference_copy_edits(FILE *from, FILE *to)
{
	char *line = NULL;
	size_t space = 0, size = 0;
	ssize_t len;

	while ((len = getline(&line, &space, from)) > 0 && size <= DIFFERENCE_SIZE_MAX) {
		if (!is_edit(line))
			continue;
		size += (size_t)len;
		fputs(line, to);
	}
	free(line);
	if (ferror(from))
		return -EIO;
	return size > DIFFERENCE_SIZE_MAX ? -E2BIG : 0;
}

/* One more entry behind those of the base; doomed, if it is gone. */
static int append_edit(struct settings *settings, char *line, struct grammar_context *context)
{
	bool gone = *line == '-';
	size_t count = settings->count;
	char *words[GRAMMAR_WORDS_MAX];
	struct complaint why;
	int words_count = grammar_split(line + 1, words, GRAMMAR_WORDS_MAX, &why);

	if (words_count <= 0 || grammar_run(settings, words_count, words, context, &why) ||
	    settings->count != count + 1)
		return -EINVAL;
	settings->entry[count].doomed = gone;
	return 0;
}

static int append_edits(FILE *from, struct settings *settings)
{
	struct warnings unheard = {};
	struct grammar_lines lines = {};
	struct grammar_context context = { .source = GRAMMAR_FILE,
					   .lines = &lines,
					   .warnings = &unheard };
	char *line = NULL;
	size_t space = 0;
	ssize_t len = 0;
	int err = 0;

	while (!err && (len = getline(&line, &space, from)) > 0) {
		if (line[len - 1] != '\n') /* cut off */
			err = -EINVAL;
		line[len - 1] = '\0';
		context.line++;
		if (!err && is_edit(line))
			err = append_edit(settings, line, &context);
	}
	free(line);
	warnings_free(&unheard);
	return err ? err : ferror(from) ? -EIO : 0;
}

/* Of several about one prefix, the last holds. */
static void keep_last(struct settings *settings)
{
	for (size_t i = 0; i + 1 < settings->count; i++) {
		if (!entry_compare(&settings->entry[i], &settings->entry[i + 1]))
			settings->entry[i].doomed = true;
	}
	settings_sweep(settings);
}

/* Taking back */

static bool add_prefix(const char *line, struct prefix *prefixes, size_t space, size_t *count)
{
	const char *word = line + strcspn(line, " ");
	char text[PREFIX_TEXT_MAX + 1];
	struct complaint why;
	struct prefix prefix;

	word += *word == ' ';
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(word, " \n"), word);
	if (!is_edit(line) || prefix_parse(text, &prefix, &why))
		return false;
	for (size_t i = 0; i < *count; i++) {
		if (!prefix_compare(&prefixes[i], &prefix))
			return true;
	}
	if (*count == space)
		return false;
	prefixes[(*count)++] = prefix;
	return true;
}

int difference_prefixes(const char *edits, struct prefix *ret_prefix, size_t space)
{
	size_t count = 0;

	while (*edits) {
		if (!add_prefix(edits, ret_prefix, space, &count))
			return -EINVAL;
		edits += strcspn(edits, "\n");
		edits += *edits == '\n';
	}
	return (int)count;
}

/* The last of so many bytes of lines, without its end; *len: what is before it. */
static char *last_line(char *text, size_t *len)
{
	size_t end = *len;

	end -= end && text[end - 1] == '\n';
	text[end] = '\0';
	while (end && text[end - 1] != '\n')
		end--;
	*len = end;
	return text + end;
}

/* What became of an entry goes, what it was comes: in reverse order, what was first is the last. */
static int append_reverse(char *edits, struct settings *settings)
{
	struct warnings unheard = {};
	struct grammar_lines lines = {};
	struct grammar_context context = { .source = GRAMMAR_FILE,
					   .lines = &lines,
					   .warnings = &unheard };
	size_t len = strlen(edits);
	int err = 0;

	while (len && !err) {
		char *line = last_line(edits, &len);

		context.line++;
		if (!is_edit(line))
			err = -EINVAL;
		*line = *line == '+' ? '-' : '+';
		if (!err)
			err = append_edit(settings, line, &context);
	}
	warnings_free(&unheard);
	return err;
}

int difference_take_back(const char *edits, struct settings *settings)
{
	scoped(memory) copy = strdup(edits);
	int err = copy ? append_reverse(copy, settings) : -ENOMEM;

	if (!err)
		err = settings_sort(settings);
	if (!err)
		keep_last(settings);
	return err;
}

int difference_apply(FILE *from, const struct difference_head *head, struct settings *settings)
{
	int err = append_edits(from, settings);

	if (!err)
		err = settings_sort(settings);
	if (err)
		return err;
	keep_last(settings);
	return settings->count == head->count ? 0 : -EINVAL;
}
