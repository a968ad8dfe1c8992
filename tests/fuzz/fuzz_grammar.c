/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Any lines typed live, one after the other, on one model: what is refused
 * leaves it as it was, what is taken leaves one that can be saved.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar.h"
#include "policy_file.h"

#define NOW       1800000000ULL
#define LINES_MAX 16

static char *print(const struct settings *settings, size_t *ret_size)
{
	char *text;
	FILE *to = open_memstream(&text, ret_size);

	if (policy_file_write(to, settings))
		abort();
	fclose(to);
	return text;
}

static void check_model(const struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct entry *entry = &settings->entry[i];

		if (entry->doomed || !settings->policy[entry->policy].name[0])
			abort();
		if (i && entry_compare(entry - 1, entry) >= 0)
			abort();
	}
	if (strings_failed(settings->strings))
		abort();
}

static void check_saved(const char *text, size_t size)
{
	static struct file_errors errors;
	struct settings again;
	FILE *from = fmemopen((void *)text, size, "r");

	if (policy_file_read(from, NOW, &again, &errors, NULL))
		abort();
	fclose(from);
	settings_free(&again);
}

/* *text is the model as printed: before the line, and then behind it. */
static void run_line(struct settings *settings, char *line, char **text)
{
	struct warnings warnings = { 0 };
	struct grammar_context context = { .now = NOW, .warnings = &warnings };
	char *words[GRAMMAR_WORDS_MAX], *after;
	size_t size;
	struct complaint why = { 0 };
	int count = grammar_split(line, words, GRAMMAR_WORDS_MAX, &why), err = count;

	if (count > 0)
		err = grammar_run(settings, count, words, &context, &why);
	after = print(settings, &size);
	if (err < 0 && (!*why.what || strcmp(*text, after)))
		abort();
	if (err < 0 && why.status != STATUS_FAILED && why.status != STATUS_USAGE)
		abort();
	check_model(settings);
	if (strcmp(*text, after))
		check_saved(after, size);
	free(*text);
	*text = after;
	warnings_free(&warnings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *lines = calloc(size + 1, 1), *rest = lines, *line, *text;
	struct settings settings;
	size_t text_size;

	if (settings_init(&settings))
		abort();
	memcpy(lines, data, size);
	text = print(&settings, &text_size);
	for (int i = 0; i < LINES_MAX && (line = strsep(&rest, "\n")); i++)
		run_line(&settings, line, &text);
	settings_free(&settings);
	free(text);
	free(lines);
	return 0;
}
