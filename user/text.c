/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is a text fit to be kept and printed: UTF-8 without control characters. */
#include "text.h"

#include <stdbool.h>
#include <stdint.h>

#define DELETE       0x7f
#define LAST_CONTROL 0x9f /* of the second block, U+0080 to U+009F */

static bool is_control(uint32_t point)
{
	return point < ' ' || (point >= DELETE && point <= LAST_CONTROL);
}

/* Bytes of a sequence by its first one, and the least that needs so many. */
static size_t sequence_bytes(unsigned char first, uint32_t *ret_point, uint32_t *ret_least)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
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

size_t text_char(const char *text, size_t len)
{
	uint32_t point = 0, least = 0;
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
	return is_control(point) ? 0 : bytes;
}

const char *text_fault(const char *text, size_t len)
{
	size_t bytes;

	for (size_t pos = 0; pos < len; pos += bytes) {
		unsigned char byte = (unsigned char)text[pos];

		bytes = 1;
		if ((byte >= ' ' && byte < DELETE) || byte == '\t')
			continue;
		if (!byte)
			return "holds a NUL byte";
		bytes = text_char(text + pos, len - pos);
		if (bytes)
			continue;
		if (byte < ' ' || byte == DELETE || byte == 0xc2)
			return "holds a control character";
		return "is not UTF-8";
	}
	return NULL;
}
