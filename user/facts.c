/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts about things, said once: as text for people, as JSON for programs. */
#include "facts.h"

#include <stdlib.h>
#include <string.h>

#include "ports.h"
#include "table.h"
#include "when.h"

#define BUFFER_MIN 256

/* A list may have a million rows: nothing here goes through printf. */
static bool buffer_reserve(struct buffer *buffer, size_t more)
{
	size_t space = buffer->space ? buffer->space : BUFFER_MIN;
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

void buffer_add(struct buffer *buffer, const char *text, size_t len)
{
	if (!buffer_reserve(buffer, len))
		return;
	memcpy(buffer->data + buffer->len, text, len);
	buffer->len += len;
}

void buffer_insert(struct buffer *buffer, size_t at, char c, size_t count)
{
	if (!buffer_reserve(buffer, count))
		return;
	memmove(buffer->data + at + count, buffer->data + at, buffer->len - at);
	memset(buffer->data + at, c, count);
	buffer->len += count;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}

static void put(struct buffer *to, const char *text)
{
	buffer_add(to, text, strlen(text));
}

static void put_number(struct buffer *to, __u64 number)
{
	char digits[20]; /* of 2^64 */
	char *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	buffer_add(to, at, (size_t)(digits + sizeof(digits) - at));
}

/* In the largest unit that it fills; what lies ahead is as good as now. */
static void put_ago(struct buffer *to, __u64 utc, __u64 now)
{
	static const struct {
		__u64 seconds;
		const char *text;
	} unit[] = { { 24 * 60 * 60, "d ago" }, { 60 * 60, "h ago" }, { 60, "m ago" },
		     { 1, "s ago" } };
	__u64 age = now > utc ? now - utc : 0;

	if (!utc) {
		put(to, "never");
		return;
	}
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (age < unit[i].seconds)
			continue;
		put_number(to, age / unit[i].seconds);
		put(to, unit[i].text);
		return;
	}
	put(to, "now");
}

static void put_set(struct buffer *to, const struct value *value)
{
	size_t start = to->len;

	for (int bit = 0; value->set.names[bit]; bit++) {
		if (!(value->set.bits >> bit & 1))
			continue;
		if (to->len > start)
			put(to, ",");
		put(to, value->set.names[bit]);
	}
}

static void put_count(struct buffer *to, const struct value *value)
{
	static const char *const family[] = { [CX_IPV4] = " IPv4", [CX_IPV6] = " IPv6" };
	size_t start = to->len;

	for (int i = CX_IPV4; i <= CX_IPV6; i++) {
		if (!value->count.family[i])
			continue;
		if (to->len > start)
			put(to, ", ");
		put_number(to, value->count.family[i]);
		put(to, family[i]);
	}
	if (to->len == start)
		put(to, value->count.none);
}

static void put_fields(struct buffer *to, const struct field *field, const void *row, __u64 now)
{
	size_t start = to->len;

	for (; field->get; field++) {
		struct value value = field->get(row);

		if (value.kind == VALUE_NONE || value.usual)
			continue;
		if (to->len > start)
			put(to, " ");
		put(to, field->title);
		if (value.kind == VALUE_FLAG)
			continue;
		if (*field->title)
			put(to, " ");
		value_print(to, &value, now);
	}
}

static void put_rows(struct buffer *to, const struct rows *rows, __u64 now)
{
	for (size_t i = 0; i < rows->count; i++) {
		if (i)
			put(to, "; ");
		put_fields(to, rows->field, rows->at(rows, i), now);
	}
}

static const char *ports_text(const struct value *value, char buf[static PORTS_TEXT_MAX])
{
	return ports_format(value->ports.owners, value->ports.owner, buf);
}

void value_print(struct buffer *to, const struct value *value, __u64 now)
{
	char ports[PORTS_TEXT_MAX], prefix[PREFIX_TEXT_MAX], when[WHEN_TEXT_MAX];

	switch (value->kind) {
	case VALUE_NONE:
		return;
	case VALUE_FLAG:
		return put(to, value->number ? "yes" : "no");
	case VALUE_NUMBER:
		return put_number(to, value->number);
	case VALUE_TEXT:
		return put(to, value->text);
	case VALUE_AGO:
		return put_ago(to, value->utc, now);
	case VALUE_DATE:
		return put(to, when_format(value->utc, when));
	case VALUE_SET:
		return put_set(to, value);
	case VALUE_PREFIX:
		return put(to, prefix_format(value->prefix, prefix));
	case VALUE_COUNT:
		return put_count(to, value);
	case VALUE_PORTS:
		return put(to, ports_text(value, ports));
	case VALUE_FIELDS:
		return put_fields(to, value->fields.field, value->fields.row, now);
	case VALUE_ROWS:
		return put_rows(to, value->rows, now);
	}
}

static struct json_object *set_json(const struct value *value)
{
	struct json_object *names = json_object_new_array();

	for (int bit = 0; value->set.names[bit]; bit++) {
		if (value->set.bits >> bit & 1)
			json_object_array_add(names,
					      json_object_new_string(value->set.names[bit]));
	}
	return names;
}

static struct json_object *count_json(const struct value *value)
{
	struct json_object *count = json_object_new_object();

	json_object_object_add(count, "ipv4", json_object_new_uint64(value->count.family[CX_IPV4]));
	json_object_object_add(count, "ipv6", json_object_new_uint64(value->count.family[CX_IPV6]));
	return count;
}

/* NULL is JSON's null. */
static struct json_object *value_json(const struct value *value)
{
	char ports[PORTS_TEXT_MAX], prefix[PREFIX_TEXT_MAX], when[WHEN_TEXT_MAX];

	switch (value->kind) {
	case VALUE_NONE:
	case VALUE_FIELDS: /* add_field() merges them */
		return NULL;
	case VALUE_NUMBER:
		return json_object_new_uint64(value->number);
	case VALUE_TEXT:
		return json_object_new_string(value->text);
	case VALUE_FLAG:
		return json_object_new_boolean((json_bool)value->number);
	case VALUE_AGO:
	case VALUE_DATE:
		return value->utc ? json_object_new_string(when_format(value->utc, when)) : NULL;
	case VALUE_SET:
		return set_json(value);
	case VALUE_PREFIX:
		return json_object_new_string(prefix_format(value->prefix, prefix));
	case VALUE_COUNT:
		return count_json(value);
	case VALUE_PORTS:
		return json_object_new_string(ports_text(value, ports));
	case VALUE_ROWS:
		return rows_json(value->rows);
	}
	return NULL;
}

/* Merged fields that are absent are left out: in most rows, most of them are. */
static void add_fields(struct json_object *object, const struct field *field, const void *row,
		       bool merged)
{
	const unsigned int new_key = JSON_C_OBJECT_ADD_KEY_IS_NEW |
				     JSON_C_OBJECT_ADD_CONSTANT_KEY;

	for (; field->get; field++) {
		struct value value = field->get(row);

		if (value.kind == VALUE_FIELDS)
			add_fields(object, value.fields.field, value.fields.row, true);
		else if (!merged || value.kind != VALUE_NONE)
			json_object_object_add_ex(object, field->key, value_json(&value), new_key);
	}
}

struct json_object *fields_json(const struct field *field, const void *row)
{
	struct json_object *object = json_object_new_object();

	add_fields(object, field, row, false);
	return object;
}
