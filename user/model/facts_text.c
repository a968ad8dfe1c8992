/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts as text, for people. */
#include "facts.h"

#include <string.h>

#include "ports.h"
#include "text.h"
#include "when.h"

/* In the largest unit that it fills; what lies ahead is as good as now. */
static void add_ago(struct buffer *to, __u64 utc, __u64 now)
{
	static const struct {
		__u64 seconds;
		const char *text;
	} unit[] = {
		{ 24 * 60 * 60, "d ago" }, { 60 * 60, "h ago" }, { 60, "m ago" }, { 1, "s ago" }
	};
	__u64 age = now > utc ? now - utc : 0;

	if (!utc) {
		buffer_text(to, "never");
		return;
	}
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (age < unit[i].seconds)
			continue;
		buffer_number(to, age / unit[i].seconds);
		buffer_text(to, unit[i].text);
		return;
	}
	buffer_text(to, "now");
}

/* Names and comments may be anybody's. */
static void add_text(struct buffer *to, const char *text)
{
	size_t left = strlen(text), bytes;
	char shown[TEXT_SHOWN_MAX];

	for (; left; left -= bytes, text += bytes) {
		bytes = text_char(text, left);
		if (bytes) {
			buffer_add(to, text, bytes);
			continue;
		}
		bytes = text_show(text, left, shown);
		buffer_text(to, shown);
	}
}

static void add_set(struct buffer *to, const struct value *value)
{
	size_t start = to->len;

	for (int bit = 0; value->set.names[bit]; bit++) {
		if (!(value->set.bits >> bit & 1))
			continue;
		if (to->len > start)
			buffer_text(to, ",");
		buffer_text(to, value->set.names[bit]);
	}
}

static void add_count(struct buffer *to, const struct value *value)
{
	static const char *const family[] = { [CX_IPV4] = " IPv4", [CX_IPV6] = " IPv6" };
	size_t start = to->len;

	for (int i = CX_IPV4; i <= CX_IPV6; i++) {
		if (!value->count.family[i])
			continue;
		if (to->len > start)
			buffer_text(to, ", ");
		buffer_number(to, value->count.family[i]);
		buffer_text(to, family[i]);
	}
	if (to->len == start)
		buffer_text(to, value->count.none);
}

static void add_fields(struct buffer *to, const struct field *field, const void *row, __u64 now)
{
	size_t start = to->len;

	for (; field->get; field++) {
		struct value value = field->get(row);

		if (value.kind == VALUE_NONE || value.usual)
			continue;
		if (to->len > start)
			buffer_text(to, " ");
		buffer_text(to, field->title);
		if (value.kind == VALUE_FLAG)
			continue;
		if (*field->title)
			buffer_text(to, " ");
		value_print(to, &value, now);
	}
}

static void add_rows(struct buffer *to, const struct rows *rows, __u64 now)
{
	for (size_t i = 0; i < rows->count; i++) {
		if (i)
			buffer_text(to, "; ");
		add_fields(to, rows->field, rows->at(rows, i), now);
	}
}

void value_print(struct buffer *to, const struct value *value, __u64 now)
{
	char ports[PORTS_TEXT_MAX], prefix[PREFIX_TEXT_MAX], when[WHEN_TEXT_MAX];

	switch (value->kind) {
	case VALUE_NONE:
		break;
	case VALUE_FLAG:
		buffer_text(to, value->number ? "yes" : "no");
		break;
	case VALUE_NUMBER:
		buffer_number(to, value->number);
		break;
	case VALUE_TENTHS:
		buffer_tenths(to, value->number);
		break;
	case VALUE_TEXT:
		add_text(to, value->text);
		break;
	case VALUE_AGO:
		add_ago(to, value->utc, now);
		break;
	case VALUE_DATE:
		buffer_text(to, when_format(value->utc, when));
		break;
	case VALUE_SET:
		add_set(to, value);
		break;
	case VALUE_PREFIX:
		buffer_text(to, prefix_format(value->prefix, prefix));
		break;
	case VALUE_COUNT:
		add_count(to, value);
		break;
	case VALUE_PORTS:
		buffer_text(to, ports_format(value->ports.owners, value->ports.owner, ports));
		break;
	case VALUE_FIELDS:
		add_fields(to, value->fields.field, value->fields.row, now);
		break;
	case VALUE_ROWS:
		add_rows(to, value->rows, now);
		break;
	}
}
