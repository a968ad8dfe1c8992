/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is wrong, said by the layer that knows, printed by the one that prints. */
#include "complaint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define FORMAT_MAX 512 /* of which a complaint shows less */

/* Whatever names are among the arguments, what is printed steers no terminal. */
static void format(char *ret_text, size_t size, const char *format, va_list arguments)
{
	char raw[FORMAT_MAX];

	vsnprintf(raw, sizeof(raw), format, arguments);
	text_printable(raw, ret_text, size);
}

static void complain(struct complaint *ret_why, int status, const char *object, const char *what,
		     va_list arguments)
{
	ret_why->status = status;
	ret_why->err = 0;
	ret_why->hint[0] = '\0';
	text_printable(object ? object : "", ret_why->object, sizeof(ret_why->object));
	format(ret_why->what, sizeof(ret_why->what), what, arguments);
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
	ret_why->err = err;
	return err;
}

int complain_memory(struct complaint *ret_why)
{
	complain_failed(ret_why, NULL, "out of memory");
	return -ENOMEM;
}

void complain_said(struct complaint *why, const char *said)
{
	size_t used = strlen(why->what);
	char shown[sizeof(why->what)];

	if (!*said)
		return;
	text_printable(said, shown, sizeof(shown));
	snprintf(why->what + used, sizeof(why->what) - used, ": %s", shown);
}

void complain_hint(struct complaint *why, const char *hint, ...)
{
	va_list arguments;

	va_start(arguments, hint);
	format(why->hint, sizeof(why->hint), hint, arguments);
	va_end(arguments);
}

void warn_add(struct warnings *warnings, const char *text, ...)
{
	char *line, **grown;
	va_list arguments;

	if (!warnings || warnings->count > WARNINGS_MAX)
		return;
	if (warnings->count == WARNINGS_MAX)
		text = "more warnings follow, not shown";
	va_start(arguments, text);
	line = text_format(text, arguments);
	va_end(arguments);
	grown = line ? reallocarray(warnings->text, warnings->count + 1, sizeof(*grown)) : NULL;
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
