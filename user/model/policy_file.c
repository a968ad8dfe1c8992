/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the policy file: text to model. */
#include "policy_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grammar.h"
#include "memory.h"
#include "progress.h"
#include "text.h"

#define FIRST_SPACE     65536 /* for a pipe, whose length nobody knows */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct reading {
	char *bytes;
	size_t length;
	struct settings *settings;
	bool plain; /* a list of prefixes, not of settings */
	struct grammar_lines lines;
	struct grammar_context context;
	struct file_errors *errors;
};

static void add_error(struct file_errors *errors, __u32 line, const struct complaint *why)
{
	size_t index = errors->count++;

	if (index >= FILE_ERRORS_MAX)
		return;
	errors->kept[index].line = line;
	errors->kept[index].why = *why;
}

static void add_file_error(struct file_errors *errors, __u32 line, const char *what,
			   const char *hint)
{
	struct complaint why;

	complain_failed(&why, NULL, "%s", what);
	if (hint)
		complain_hint(&why, "%s", hint);
	add_error(errors, line, &why);
}

/* --- bytes --- */

/* Half as much again. */
static int grow(struct reading *reading, size_t *space)
{
	size_t more = *space + *space / 2;
	char *grown = memory_grow(reading->bytes, reading->length, more, 1);

	if (!grown)
		return -ENOMEM;
	reading->bytes = grown;
	*space = more;
	return 0;
}

static int read_bytes(FILE *from, size_t expected, struct reading *reading)
{
	size_t space = expected + 2; /* one more than expected shows the end */
	int err = 0;

	reading->bytes = memory_new(space, 1);
	if (!reading->bytes)
		return -ENOMEM;
	while (!feof(from) && reading->length <= FILE_BYTES_MAX) {
		if (reading->length == space)
			err = grow(reading, &space);
		if (err)
			return err;
		errno = 0;
		reading->length +=
			fread(reading->bytes + reading->length, 1, space - reading->length, from);
		if (ferror(from))
			return errno ? -errno : -EIO;
	}
	return 0;
}

static bool same_file_state(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The whole file, and unless it is a pipe, one state of it. */
static int read_file(FILE *from, struct reading *reading)
{
	struct stat before = { 0 }, after = { 0 };
	int fd = fileno(from), err;
	bool regular;

	regular = fd >= 0 && !fstat(fd, &before) && S_ISREG(before.st_mode) &&
		  before.st_size <= (off_t)FILE_BYTES_MAX;
	err = read_bytes(from, regular ? (size_t)before.st_size : FIRST_SPACE, reading);
	if (err)
		return err;
	if (reading->length > FILE_BYTES_MAX)
		add_file_error(reading->errors, 0, "longer than 1 GiB", NULL);
	else if (regular && fstat(fd, &after))
		return -errno;
	else if (regular && !same_file_state(&before, &after))
		add_file_error(reading->errors, 0, "changed while it was read", "try again");
	else if (!reading->length)
		add_file_error(reading->errors, 0, "empty: it may have been cut off",
			       "a file without settings holds a comment line");
	return reading->errors->count ? -EINVAL : 0;
}

/* --- lines --- */

static int check_line(const char *start, size_t len, __u32 line, struct complaint *ret_why)
{
	char buf[TEXT_FAULT_MAX];
	const char *fault;

	if (len > FILE_LINE_MAX)
		return complain_failed(ret_why, NULL, "longer than %d bytes", FILE_LINE_MAX);
	if (len && start[len - 1] == '\r') {
		complain_failed(ret_why, NULL, "ends in a carriage return");
		complain_hint(ret_why, "save the file with Unix line ends");
		return -EINVAL;
	}
	if (line == 1 && len >= strlen(BYTE_ORDER_MARK) &&
	    !memcmp(start, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)))
		return complain_failed(ret_why, NULL, "begins with a byte order mark");
	fault = text_fault(start, len, buf);
	return fault ? complain_failed(ret_why, NULL, "%s", fault) : 0;
}

/* A prefix is short for the setting that it stands for. */
static int run_prefix(struct reading *reading, int count, char **words, struct complaint *ret_why)
{
	char *setting[] = { "allow", words[0], reading->settings->policy[PREFIX_LIST_POLICY].name };

	if (count > 1) {
		complain_usage(ret_why, words[1], "wanted: one address or prefix a line");
		complain_hint(ret_why, "a file of settings is applied without `policy`");
		return -EINVAL;
	}
	return grammar_run(reading->settings, 3, setting, &reading->context, ret_why);
}

static int run_line(struct reading *reading, const char *start, size_t len,
		    struct complaint *ret_why)
{
	char *words[GRAMMAR_WORDS_MAX], line[FILE_LINE_MAX + 1];
	int count;

	memcpy(line, start, len);
	line[len] = '\0';
	count = grammar_split(line, words, GRAMMAR_WORDS_MAX, ret_why);
	if (count <= 0)
		return count;
	if (reading->plain)
		return run_prefix(reading, count, words, ret_why);
	return grammar_run(reading->settings, count, words, &reading->context, ret_why);
}

static int read_line(struct reading *reading, const char *start, size_t len)
{
	struct complaint why;
	int err = check_line(start, len, reading->context.line, &why);

	if (!err)
		err = run_line(reading, start, len, &why);
	if (err && err != -ENOMEM)
		add_error(reading->errors, reading->context.line, &why);
	return err == -ENOMEM ? err : 0;
}

static bool is_policy_line(const char *start, const char *end)
{
	static const char word[] = "policy";
	size_t len = strlen(word);

	while (start < end && (*start == ' ' || *start == '\t'))
		start++;
	if ((size_t)(end - start) < len || memcmp(start, word, len))
		return false;
	return start + len == end || start[len] == ' ' || start[len] == '\t';
}

/* Room for as many entries as there may be lines, a hint only. */
static void make_room(struct reading *reading)
{
	const char *end = reading->bytes + reading->length, *at = reading->bytes;
	size_t lines = 0;

	for (; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		lines++;
	(void)settings_reserve(reading->settings, lines < CX_MAX_ENTRIES ? lines : CX_MAX_ENTRIES);
}

/* All lines that define policies, or all others. */
static int read_lines(struct reading *reading, bool policies)
{
	const char *end = reading->bytes + reading->length, *newline;
	int err = 0;

	reading->context.line = 0;
	for (const char *at = reading->bytes; at < end && !err; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		reading->context.line++;
		progress_tell("reading the file", (size_t)(at - reading->bytes), reading->length);
		if (!newline)
			break;
		if (is_policy_line(at, newline) == policies)
			err = read_line(reading, at, (size_t)(newline - at));
	}
	return err;
}

static void check_end(struct reading *reading)
{
	if (reading->bytes[reading->length - 1] != '\n')
		add_file_error(reading->errors, reading->context.line,
			       "no newline at the end: the file may be cut off", NULL);
}

/* --- the whole --- */

static void complain_twice(struct reading *reading, const struct entry *entry,
			   const struct entry *first)
{
	char text[PREFIX_TEXT_MAX];
	struct complaint why;

	prefix_format(&entry->prefix, text);
	if (entry->line == first->line)
		complain_failed(&why, text, "twice in one line");
	else
		complain_failed(&why, text, "line %u has it already", first->line);
	add_error(reading->errors, entry->line, &why);
}

static void check_twice(struct reading *reading)
{
	const struct settings *settings = reading->settings;
	size_t first = 0;

	for (size_t i = 1; i < settings->count; i++) {
		if (!entry_compare(&settings->entry[first], &settings->entry[i]))
			complain_twice(reading, &settings->entry[i], &settings->entry[first]);
		else
			first = i;
	}
}

static void check_protect_any(struct reading *reading)
{
	const struct settings *settings = reading->settings;
	struct complaint why;

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		size_t count;
		const struct entry *list = settings_list(settings, i, CX_DEST, &count);

		if (!list || !reading->lines.protect_any[i])
			continue;
		complain_failed(&why, settings->policy[i].name, "line %u says protect any",
				reading->lines.protect_any[i]);
		add_error(reading->errors, list->line, &why);
	}
}

static int compare_lines(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

static int finish(struct reading *reading)
{
	struct file_errors *errors = reading->errors;
	size_t kept;
	int err = settings_sort(reading->settings);

	if (err)
		return err;
	check_twice(reading);
	check_protect_any(reading);
	kept = errors->count < FILE_ERRORS_MAX ? errors->count : FILE_ERRORS_MAX;
	qsort(errors->kept, kept, sizeof(errors->kept[0]), compare_lines);
	return errors->count ? -EINVAL : 0;
}

static int read_settings(FILE *from, struct reading *reading)
{
	int err = read_file(from, reading);

	if (err)
		return err;
	make_room(reading);
	err = read_lines(reading, true);
	if (!err)
		err = read_lines(reading, false);
	if (err)
		return err;
	check_end(reading);
	return finish(reading);
}

/* Lines may name what is there, and say nothing of it. */
static void know_policies(struct settings *settings, const struct settings *there)
{
	for (unsigned int i = POLICY_CUSTOM; i < CX_MAX_POLICIES; i++) {
		settings->policy[i] = there->policy[i];
		settings->policy[i].said = 0;
	}
	memcpy(settings->port, there->port, SETTINGS_PORTS_SIZE);
}

/* there: NULL if the file stands alone. */
static int read_model(FILE *from, bool plain, __u64 now, const struct settings *there,
		      struct settings *ret_settings, struct file_errors *ret_errors,
		      struct warnings *warnings)
{
	struct settings settings;
	struct reading reading = {
		.settings = &settings,
		.plain = plain,
		.errors = ret_errors,
		.context = { .source = GRAMMAR_FILE, .now = now, .warnings = warnings },
	};
	int err = settings_init(&settings);

	if (err)
		return err;
	if (there)
		know_policies(&settings, there);
	ret_errors->count = 0;
	reading.context.lines = &reading.lines;
	err = read_settings(from, &reading);
	free(reading.bytes);
	if (err)
		settings_free(&settings);
	else
		*ret_settings = settings;
	return err;
}

int policy_file_read_policies(FILE *from, struct settings *ret_settings,
			      struct file_errors *ret_errors)
{
	struct settings settings;
	struct warnings unheard = {};
	struct reading reading = {
		.settings = &settings,
		.errors = ret_errors,
		.context = { .source = GRAMMAR_FILE, .warnings = &unheard },
	};
	int err = settings_init(&settings);

	if (err)
		return err;
	ret_errors->count = 0;
	reading.context.lines = &reading.lines;
	err = read_file(from, &reading);
	if (!err || err == -EINVAL)
		err = read_lines(&reading, true);
	free(reading.bytes);
	warnings_free(&unheard);
	if (err)
		settings_free(&settings);
	else
		*ret_settings = settings;
	return err;
}

int policy_file_read(FILE *from, __u64 now, struct settings *ret_settings,
		     struct file_errors *ret_errors, struct warnings *warnings)
{
	return read_model(from, /* plain= */ false, now, NULL, ret_settings, ret_errors, warnings);
}

int policy_lines_read(FILE *from, __u64 now, const struct settings *there,
		      struct settings *ret_settings, struct file_errors *ret_errors,
		      struct warnings *warnings)
{
	return read_model(from, /* plain= */ false, now, there, ret_settings, ret_errors, warnings);
}

int prefix_list_read(FILE *from, __u64 now, struct settings *ret_settings,
		     struct file_errors *ret_errors, struct warnings *warnings)
{
	return read_model(from, /* plain= */ true, now, NULL, ret_settings, ret_errors, warnings);
}
