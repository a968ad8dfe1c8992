/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The README's verdict table, held against the cases. */
#include "readme.h"

#include <ctype.h>
#include <string.h>

#include "rig.h"

#define README    SOURCE_DIR "/README.md"
#define NAME      "cases/reasons, README"
#define LINE_SIZE 2048

/* The table begins with a row of these words. */
#define HEAD_REASON  "reason"
#define HEAD_VERDICT "verdict"

static const char *const reason_names[] = {
#define X(symbol, name) [CX_##symbol] = name,
	CX_REASONS(X)
#undef X
};

/* Cuts the next cell off a row, without blanks and marks of emphasis. NULL: there is none. */
static char *next_cell(char **row)
{
	char *cell = *row, *end = cell ? strchr(cell, '|') : NULL;
	size_t len;

	if (!end)
		return NULL;
	*end = '\0';
	*row = end + 1;
	cell += strspn(cell, " `*");
	len = strlen(cell);
	while (len && strchr(" `*", cell[len - 1]))
		cell[--len] = '\0';
	return cell;
}

/* First and second cell of a table's row. */
static bool split_row(char *line, char **ret_first, char **ret_second)
{
	if (*line != '|')
		return false;
	line++;
	*ret_first = next_cell(&line);
	*ret_second = next_cell(&line);
	return *ret_first && *ret_second;
}

static bool is_head(const char *first, const char *second)
{
	return !strcasecmp(first, HEAD_REASON) && !strcasecmp(second, HEAD_VERDICT);
}

/* Does the verdict's cell say pass if a case passes, and drop if one drops? */
static bool says(const char *verdict, const unsigned int times[3])
{
	return !!strstr(verdict, "pass") == !!times[PASS] &&
	       !!strstr(verdict, "drop") == !!times[DROP];
}

/* Returns whether it is as it must be. */
static bool check_row(const char *reason, const char *verdict, int *at,
		      const struct reasons_seen *seen)
{
	int i = 0, expected = *at;

	while (i < CX_REASON_COUNT && strcmp(reason, reason_names[i]))
		i++;
	*at = i + 1;
	if (i == CX_REASON_COUNT)
		rig_fail(NAME, "a row for '%s', which is no reason", reason);
	else if (i != expected)
		rig_fail(NAME, "'%s' stands where '%s' belongs", reason,
			 expected < CX_REASON_COUNT ? reason_names[expected] : "nothing");
	else if (!says(verdict, seen->times[i]))
		rig_fail(NAME, "'%s' is said to '%s', the cases say otherwise", reason, verdict);
	else
		return true;
	return false;
}

void readme_check(const struct reasons_seen *seen)
{
	FILE *file = fopen(README, "re");
	char line[LINE_SIZE], *reason, *verdict;
	bool inside = false, good = true;
	int at = 0;

	if (!file) {
		rig_fail(NAME, "there is none");
		return;
	}
	while (fgets(line, sizeof(line), file)) {
		bool row = split_row(line, &reason, &verdict);

		if (inside && !row)
			break;
		if (inside && *reason != '-' && *reason != ':')
			good &= check_row(reason, verdict, &at, seen);
		inside = inside || (row && is_head(reason, verdict));
	}
	fclose(file);
	if (!inside)
		rig_fail(NAME, "no table headed | " HEAD_REASON " | " HEAD_VERDICT " |");
	else if (at != CX_REASON_COUNT)
		rig_fail(NAME, "no row for '%s'", reason_names[at]);
	else if (good)
		rig_pass(NAME, "%d rows", CX_REASON_COUNT);
}
