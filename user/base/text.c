/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is a text fit to be kept and printed: UTF-8, and nothing in it that hides or misleads. */
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX 4096 /* of what is printed at once; the longest is a list of ports */

#define CONTROL   "a control character"
#define DIRECTION "which turns the direction of writing"
#define HIDDEN    "which cannot be seen"
#define BLANK     "a blank that is not the plain one"
#define LINE_END  "which ends a line"
#define FORMAT    "a format character"
#define NOBODYS   "which has no meaning that all agree on"

/*
 * What is not shown as it is, ascending.  Of Unicode 15: Cc, Cf, Zl, Zp, Co,
 * Zs but the space, Default_Ignorable_Code_Point, noncharacters, and the
 * planes in which nothing is assigned.
 */
static const struct range {
	__u32 first, last;
	const char *what;
} unfit[] = {
	{ 0x00, 0x1f, CONTROL },        { 0x7f, 0x9f, CONTROL },
	{ 0xa0, 0xa0, BLANK },          { 0xad, 0xad, HIDDEN },
	{ 0x34f, 0x34f, HIDDEN },       { 0x600, 0x605, FORMAT },
	{ 0x61c, 0x61c, DIRECTION },    { 0x6dd, 0x6dd, FORMAT },
	{ 0x70f, 0x70f, FORMAT },       { 0x890, 0x891, FORMAT },
	{ 0x8e2, 0x8e2, FORMAT },       { 0x115f, 0x1160, HIDDEN },
	{ 0x1680, 0x1680, BLANK },      { 0x17b4, 0x17b5, HIDDEN },
	{ 0x180b, 0x180f, HIDDEN },     { 0x2000, 0x200a, BLANK },
	{ 0x200b, 0x200d, HIDDEN },     { 0x200e, 0x200f, DIRECTION },
	{ 0x2028, 0x2029, LINE_END },   { 0x202a, 0x202e, DIRECTION },
	{ 0x202f, 0x202f, BLANK },      { 0x205f, 0x205f, BLANK },
	{ 0x2060, 0x2065, HIDDEN },     { 0x2066, 0x2069, DIRECTION },
	{ 0x206a, 0x206f, HIDDEN },     { 0x2800, 0x2800, BLANK },
	{ 0x3000, 0x3000, BLANK },      { 0x3164, 0x3164, HIDDEN },
	{ 0xe000, 0xf8ff, NOBODYS },    { 0xfdd0, 0xfdef, NOBODYS },
	{ 0xfe00, 0xfe0f, HIDDEN },     { 0xfeff, 0xfeff, HIDDEN },
	{ 0xffa0, 0xffa0, HIDDEN },     { 0xfff0, 0xfffb, HIDDEN },
	{ 0xfffe, 0xffff, NOBODYS },    { 0x110bd, 0x110bd, FORMAT },
	{ 0x110cd, 0x110cd, FORMAT },   { 0x13430, 0x1343f, FORMAT },
	{ 0x1bca0, 0x1bca3, HIDDEN },   { 0x1d173, 0x1d17a, HIDDEN },
	{ 0x1fffe, 0x1ffff, NOBODYS },  { 0x2fffe, 0x2ffff, NOBODYS },
	{ 0x3fffe, 0xdffff, NOBODYS },  { 0xe0000, 0xe0fff, HIDDEN },
	{ 0xe1000, 0x10ffff, NOBODYS },
};

/* Why it is not shown as it is; NULL if it is. */
static const char *unfit_for(__u32 point)
{
	for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
		if (point <= unfit[i].last)
			return point >= unfit[i].first ? unfit[i].what : NULL;
	}
	return NULL;
}

/* Bytes of a sequence by its first one, and the least that needs so many. */
static size_t sequence_bytes(unsigned char first, __u32 *ret_point, __u32 *ret_least)
{
	static const struct {
		unsigned char mask, lead;
		__u32 least;
	} shape[] = { { 0x80, 0x00, 0 },
		      { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };

	for (size_t i = 0; i < sizeof(shape) / sizeof(shape[0]); i++) {
		if ((first & shape[i].mask) != shape[i].lead)
			continue;
		*ret_point = first & ~shape[i].mask & 0xff;
		*ret_least = shape[i].least;
		return i + 1;
	}
	return 0;
}

size_t text_decode(const char *text, size_t len, __u32 *ret_point)
{
	__u32 point = 0, least = 0;
	size_t bytes;

	if (!len)
		return 0;
	bytes = sequence_bytes((unsigned char)text[0], &point, &least);
	if (!bytes || bytes > len)
		return 0;
	for (size_t i = 1; i < bytes; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return bytes;
}

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~';
}

size_t text_char(const char *text, size_t len)
{
	__u32 point;
	size_t bytes;

	if (len && is_plain(*text))
		return 1;
	bytes = text_decode(text, len, &point);
	return bytes && !unfit_for(point) ? bytes : 0;
}

static const char *describe(const char *text, size_t len, char buf[static TEXT_FAULT_MAX])
{
	__u32 point;

	if (!text_decode(text, len, &point))
		return "is not UTF-8";
	snprintf(buf, TEXT_FAULT_MAX, "holds U+%04X, %s", point, unfit_for(point));
	return buf;
}

const char *text_fault(const char *text, size_t len, char buf[static TEXT_FAULT_MAX])
{
	size_t bytes;

	for (size_t pos = 0; pos < len; pos += bytes) {
		bytes = text[pos] == '\t' ? 1 : text_char(text + pos, len - pos);
		if (!bytes)
			return describe(text + pos, len - pos, buf);
	}
	return NULL;
}

size_t text_show(const char *text, size_t len, char ret_shown[static TEXT_SHOWN_MAX])
{
	size_t bytes = text_char(text, len);

	if (bytes)
		snprintf(ret_shown, TEXT_SHOWN_MAX, "%.*s", (int)bytes, text);
	else
		snprintf(ret_shown, TEXT_SHOWN_MAX, "\\x%02x", (unsigned char)*text);
	return bytes ? bytes : 1;
}

void text_printable(const char *text, char *ret_text, size_t size)
{
	static const char more[] = "...";
	size_t used = 0, left = strlen(text), bytes;
	char shown[TEXT_SHOWN_MAX];

	for (; left; left -= bytes, text += bytes) {
		bytes = text_show(text, left, shown);
		if (used + strlen(shown) + sizeof(more) > size) {
			used += (size_t)sprintf(ret_text + used, "%s", more);
			break;
		}
		used += (size_t)sprintf(ret_text + used, "%s", shown);
	}
	ret_text[used] = '\0';
}

char *text_format(const char *format, va_list arguments)
{
	char *raw = NULL, *shown;
	size_t size;
	int length = vasprintf(&raw, format, arguments);

	if (length < 0)
		return NULL;
	size = (size_t)length * (TEXT_SHOWN_MAX - 1) + sizeof("...");
	shown = malloc(size);
	if (shown)
		text_printable(raw, shown, size);
	free(raw);
	return shown;
}

void text_print(FILE *to, const char *format, ...)
{
	char raw[LINE_MAX], shown[TEXT_SHOWN_MAX];
	const char *at = raw;
	va_list arguments;
	size_t left;

	va_start(arguments, format);
	vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	for (left = strlen(raw); left;) {
		size_t bytes = text_show(at, left, shown);

		fputs(shown, to);
		at += bytes;
		left -= bytes;
	}
	fputc('\n', to);
}
