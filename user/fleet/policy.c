/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy's text: is it one, and what is left of it once a host's own lines are in. */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "merge.h"
#include "scope.h"

/* A text without settings says nothing, which for a host's own lines is something to say. */
#define NOTHING "# nothing\n"

static void tell(const struct file_errors *errors, struct policy_fault *fault)
{
	fault->count = errors->count;
	if (!errors->count)
		return;
	fault->line = errors->kept[0].line;
	fault->why = errors->kept[0].why;
}

static int parse(FILE *file, const struct settings *there, struct settings *ret_settings,
		 struct policy_fault *fault, struct file_errors *errors)
{
	__u64 now = (__u64)time(NULL);
	int err = there ? policy_lines_read(file, now, there, ret_settings, errors, NULL)
			: policy_file_read(file, now, ret_settings, errors, NULL);

	if (err)
		tell(errors, fault);
	return err;
}

static int parse_text(const char *text, size_t len, const struct settings *there,
		      struct settings *ret_settings, struct policy_fault *fault,
		      struct file_errors *errors)
{
	scoped(file) file = fmemopen((void *)text, len, "r");
	struct file_errors *own = errors ? NULL : calloc(1, sizeof(*own));
	int err = file && (errors || own) ? 0 : -ENOMEM;

	*fault = (struct policy_fault){};
	if (!err)
		err = parse(file, there, ret_settings, fault, errors ? errors : own);
	free(own);
	return err;
}

int policy_parse(const char *text, size_t len, struct settings *ret_settings,
		 struct policy_fault *ret_fault, struct file_errors *errors)
{
	if (!len)
		return parse_text(NOTHING, strlen(NOTHING), NULL, ret_settings, ret_fault, errors);
	return parse_text(text, len, NULL, ret_settings, ret_fault, errors);
}

/* The host's lines may name the group's policies. */
static int add_own(struct settings *settings, const char *own, size_t len,
		   struct policy_fault *fault)
{
	struct settings lines;
	int err = parse_text(own, len, settings, &lines, fault, NULL);

	if (err)
		return err;
	err = merge_add(settings, &lines, &fault->why);
	if (err && err != -ENOMEM) {
		fault->count = 1;
		err = -EINVAL;
	}
	settings_free(&lines);
	return err;
}

static int write_text(const struct settings *settings, struct buffer *ret_text)
{
	char *data = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&data, &len);
	int err = file ? policy_file_write(file, settings) : -ENOMEM;

	if (file && fclose(file) && !err)
		err = -ENOMEM;
	if (!err)
		policy_strip(data, len, ret_text);
	free(data);
	return err ? err : ret_text->failed ? -ENOMEM : 0;
}

int policy_join(const char *group, size_t group_len, const char *own, size_t own_len,
		struct buffer *ret_text, struct policy_fault *ret_fault, bool *ret_own)
{
	struct settings settings;
	int err = policy_parse(group, group_len, &settings, ret_fault, NULL);

	*ret_own = false;
	if (err)
		return err;
	if (own && own_len) {
		err = add_own(&settings, own, own_len, ret_fault);
		*ret_own = err != 0;
	}
	if (!err)
		err = write_text(&settings, ret_text);
	settings_free(&settings);
	return err;
}

void policy_strip(const char *text, size_t len, struct buffer *ret_text)
{
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line = end ? (size_t)(end + 1 - text) - at : len - at;

		if (text[at] != '#' && text[at] != '\n')
			buffer_add(ret_text, text + at, line);
		at += line;
	}
	buffer_add(ret_text, "", 1);
	if (!ret_text->failed)
		ret_text->len--;
}
