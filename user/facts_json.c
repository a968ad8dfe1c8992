/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts as JSON, for programs: written straight, as a list may have a million rows. */
#include "facts.h"
#include "ports.h"
#include "when.h"

/* What JSON wants escaped (RFC 8259 7), and DEL, which could steer a terminal. */
static bool is_special(unsigned char c)
{
	return c < ' ' || c == '"' || c == '\\' || c == 0x7f;
}

static void add_escaped(struct buffer *to, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	char escape[] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };

	if (c == '"' || c == '\\') {
		escape[1] = (char)c;
		buffer_add(to, escape, 2);
	} else {
		buffer_add(to, escape, sizeof(escape));
	}
}

static void add_string(struct buffer *to, const char *text)
{
	const char *plain = text;

	buffer_text(to, "\"");
	for (; *text; text++) {
		if (!is_special((unsigned char)*text))
			continue;
		buffer_add(to, plain, (size_t)(text - plain));
		add_escaped(to, (unsigned char)*text);
		plain = text + 1;
	}
	buffer_add(to, plain, (size_t)(text - plain));
	buffer_text(to, "\"");
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
	char ports[PORTS_TEXT_MAX], prefix[PREFIX_TEXT_MAX];

	switch (value->kind) {
	case VALUE_NONE:
	case VALUE_FIELDS: /* add_members() merges them */
		buffer_text(to, "null");
		break;
	case VALUE_NUMBER:
		buffer_number(to, value->number);
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
		add_string(to, ports_format(value->ports.owners, value->ports.owner, ports));
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
