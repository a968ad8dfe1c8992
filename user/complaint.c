/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is wrong, said by the layer that knows, printed by the one that prints. */
#include "complaint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/*
 * The user's own words, made fit for a terminal: what is no printable
 * character becomes '?', what is too long ends in "...".
 */
static void quote(const char *object, char *ret_text, size_t size)
{
	static const char more[] = "...";
	size_t used = 0, left = object ? strlen(object) : 0;

	while (left) {
		size_t bytes = text_char(object, left);
		size_t step = bytes ? bytes : 1;

		if (used + step > size - sizeof(more)) {
			memcpy(ret_text + used, more, sizeof(more) - 1);
			used += sizeof(more) - 1;
			break;
		}
		if (bytes)
			memcpy(ret_text + used, object, bytes);
		else
			ret_text[used] = '?';
		used += step;
		object += step;
		left -= step;
	}
	ret_text[used] = '\0';
}

static void complain(struct complaint *ret_why, int status, const char *object, const char *what,
		     va_list arguments)
{
	ret_why->status = status;
	ret_why->hint[0] = '\0';
	quote(object, ret_why->object, sizeof(ret_why->object));
	vsnprintf(ret_why->what, sizeof(ret_why->what), what, arguments);
}

int complain_usage(struct complaint *ret_why, const char *object, const char *what, ...)
{
	va_list arguments;

	va_start(arguments, what);
	complain(ret_why, STATUS_USAGE, object, what, arguments);
	va_end(arguments);
	return -EINVAL;
}

int complain_failed(struct complaint *ret_why, const char *object, const char *what, ...)
{
	va_list arguments;

	va_start(arguments, what);
	complain(ret_why, STATUS_FAILED, object, what, arguments);
	va_end(arguments);
	return -EPERM;
}

int complain_errno(struct complaint *ret_why, const char *object, int err, const char *what, ...)
{
	va_list arguments;

	va_start(arguments, what);
	complain(ret_why, STATUS_FAILED, object, what, arguments);
	va_end(arguments);
	complain_said(ret_why, strerror(-err));
	return err;
}

int complain_memory(struct complaint *ret_why)
{
	complain_failed(ret_why, NULL, "out of memory");
	return -ENOMEM;
}

void complain_said(struct complaint *why, const char *said)
{
	char printable[sizeof(why->what)];
	size_t used = strlen(why->what);

	if (!*said)
		return;
	quote(said, printable, sizeof(printable));
	snprintf(why->what + used, sizeof(why->what) - used, ": %s", printable);
}

void complain_hint(struct complaint *why, const char *hint, ...)
{
	va_list arguments;

	va_start(arguments, hint);
	vsnprintf(why->hint, sizeof(why->hint), hint, arguments);
	va_end(arguments);
}

void warn_add(struct warnings *warnings, const char *text, ...)
{
	char *line = NULL, **grown;
	va_list arguments;
	int length;

	if (!warnings || warnings->count > WARNINGS_MAX)
		return;
	if (warnings->count == WARNINGS_MAX)
		text = "more warnings follow, not shown";
	va_start(arguments, text);
	length = vasprintf(&line, text, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	grown = reallocarray(warnings->text, warnings->count + 1, sizeof(*grown));
	if (!grown) {
		free(line);
		return;
	}
	grown[warnings->count++] = line;
	warnings->text = grown;
}

void warnings_free(struct warnings *warnings)
{
	for (size_t i = 0; i < warnings->count; i++)
		free(warnings->text[i]);
	free(warnings->text);
	warnings->text = NULL;
	warnings->count = 0;
}
