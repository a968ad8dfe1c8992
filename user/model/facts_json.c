/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts as JSON, for programs: written straight, as a list may have a million rows. */
#include <stdio.h>
#include <string.h>

#include "facts.h"
#include "ports.h"
#include "text.h"
#include "when.h"

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

/* A character above U+FFFF takes two (RFC 8259 7). */
static void add_unit(struct buffer *to, __u16 unit)
{
	char escape[8];

	snprintf(escape, sizeof(escape), "\\u%04x", unit);
	buffer_text(to, escape);
}

static void add_point(struct buffer *to, __u32 point)
{
	if (point > 0xffff) {
		add_unit(to, (__u16)(0xd800 + ((point - 0x10000) >> 10)));
		point = 0xdc00 + (point & 0x3ff);
	}
	add_unit(to, (__u16)point);
}

/*
 * What is not plain ASCII: as it is, or as what it is to whoever parses it,
 * lest it steer a terminal.  Bytes that are no character at all, which JSON
 * cannot hold, are as on a screen: "\\x80".
 */
static size_t add_character(struct buffer *to, const char *text, size_t left)
{
	size_t bytes = text_char(text, left);
	char shown[TEXT_SHOWN_MAX];
	__u32 point;

	if (*text == '"' || *text == '\\')
		buffer_text(to, "\\");
	if (bytes) {
		buffer_add(to, text, bytes);
		return bytes;
	}
	bytes = text_decode(text, left, &point);
	if (bytes) {
		add_point(to, point);
		return bytes;
	}
	buffer_text(to, "\\");
	bytes = text_show(text, left, shown);
	buffer_text(to, shown);
	return bytes;
}

static void add_string(struct buffer *to, const char *text)
{
	size_t left = strlen(text), step;

	buffer_text(to, "\"");
	for (; left; left -= step, text += step) {
		for (step = 0; is_plain(text[step]);)
			step++;
		if (step)
			buffer_add(to, text, step);
		else
			step = add_character(to, text, left);
	}
	buffer_text(to, "\"");
}

/* Outside of its strings JSON is plain, but for the ends of lines. */
void json_text_add(struct buffer *to, const char *json)
{
	size_t left = strlen(json), step;

	for (; left; left -= step, json += step) {
		for (step = 0; json[step] == '\n' || (json[step] >= ' ' && json[step] <= '~');)
			step++;
		if (step)
			buffer_add(to, json, step);
		else
			step = add_character(to, json, left);
	}
}

static void add_set(struct buffer *to, const struct value *value)
{
	const char *comma = "";

	buffer_text(to, "[");
	for (int bit = 0; value->set.names[bit]; bit++) {
		if (!(value->set.bits >> bit & 1))
			continue;
		buffer_text(to, comma);
		add_string(to, value->set.names[bit]);
		comma = ",";
	}
	buffer_text(to, "]");
}

static void add_ports(struct buffer *to, const struct value *value)
{
	unsigned int first, last = 0;
	const char *between = "[";

	while (ports_run(value->ports.owners, value->ports.owner, &first, &last)) {
		buffer_text(to, between);
		buffer_text(to, "{\"first\":");
		buffer_number(to, first);
		buffer_text(to, ",\"last\":");
		buffer_number(to, last);
		buffer_text(to, "}");
		between = ",";
	}
	buffer_text(to, *between == ',' ? "]" : "[]");
}

static void add_count(struct buffer *to, const struct value *value)
{
	buffer_text(to, "{\"ipv4\":");
	buffer_number(to, value->count.family[CX_IPV4]);
	buffer_text(to, ",\"ipv6\":");
	buffer_number(to, value->count.family[CX_IPV6]);
	buffer_text(to, "}");
}

static void add_time(struct buffer *to, __u64 utc)
{
	char when[WHEN_TEXT_MAX];

	if (utc)
		add_string(to, when_format(utc, when));
	else
		buffer_text(to, "null");
}

static void add_value(struct buffer *to, const struct value *value)
{
	char prefix[PREFIX_TEXT_MAX];

	switch (value->kind) {
	case VALUE_NONE:
	case VALUE_FIELDS: /* add_members() merges them */
		buffer_text(to, "null");
		break;
	case VALUE_NUMBER:
		buffer_number(to, value->number);
		break;
	case VALUE_TENTHS:
		buffer_tenths(to, value->number);
		break;
	case VALUE_TEXT:
		add_string(to, value->text);
		break;
	case VALUE_FLAG:
		buffer_text(to, value->number ? "true" : "false");
		break;
	case VALUE_AGO:
	case VALUE_DATE:
		add_time(to, value->utc);
		break;
	case VALUE_SET:
		add_set(to, value);
		break;
	case VALUE_PREFIX:
		add_string(to, prefix_format(value->prefix, prefix));
		break;
	case VALUE_COUNT:
		add_count(to, value);
		break;
	case VALUE_PORTS:
		add_ports(to, value);
		break;
	case VALUE_ROWS:
		rows_json_add(to, value->rows);
		break;
	}
}

/* Merged fields that are absent are left out: in most rows, most of them are. */
static void add_members(struct buffer *to, const struct field *field, const void *row, bool merged)
{
	for (; field->get; field++) {
		struct value value = field->get(row);

		if (value.kind == VALUE_FIELDS) {
			add_members(to, value.fields.field, value.fields.row, true);
			continue;
		}
		if (merged && value.kind == VALUE_NONE)
			continue;
		if (to->len && to->data[to->len - 1] != '{')
			buffer_text(to, ",");
		add_string(to, field->key);
		buffer_text(to, ":");
		add_value(to, &value);
	}
}

void fields_json_add(struct buffer *to, const struct field *field, const void *row)
{
	buffer_text(to, "{");
	add_members(to, field, row, false);
	buffer_text(to, "}");
}

void rows_json_add(struct buffer *to, const struct rows *rows)
{
	buffer_text(to, "[");
	for (size_t i = 0; i < rows->count; i++) {
		if (i)
			buffer_text(to, ",");
		fields_json_add(to, rows->field, rows->at(rows, i));
	}
	buffer_text(to, "]");
}
