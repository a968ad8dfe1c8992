/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text that grows, fast enough for a million lines. */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#define SPACE_MIN  256
#define DIGITS_MAX 20 /* of 2^64 */

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){};
}

static bool reserve(struct buffer *buffer, size_t more)
{
	size_t space = buffer->space ? buffer->space : SPACE_MIN;
	char *data;

	if (buffer->failed)
		return false;
	if (buffer->space - buffer->len >= more)
		return true;
	while (space - buffer->len < more)
		space *= 2;
	data = realloc(buffer->data, space);
	if (!data) {
		buffer->failed = true;
		return false;
	}
	buffer->data = data;
	buffer->space = space;
	return true;
}

void buffer_add(struct buffer *buffer, const char *data, size_t len)
{
	if (!len || !reserve(buffer, len))
		return;
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
}

void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_number(struct buffer *buffer, __u64 number)
{
	char digits[DIGITS_MAX], *end = digits + sizeof(digits), *at = end;

	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	buffer_add(buffer, at, (size_t)(end - at));
}

void buffer_tenths(struct buffer *buffer, __u64 tenths)
{
	buffer_number(buffer, tenths / 10);
	buffer_text(buffer, ".");
	buffer_number(buffer, tenths % 10);
}

void buffer_insert(struct buffer *buffer, size_t at, char c, size_t count)
{
	if (!count || !reserve(buffer, count))
		return;
	memmove(buffer->data + at + count, buffer->data + at, buffer->len - at);
	memset(buffer->data + at, c, count);
	buffer->len += count;
}
