/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Facts about things, said once: as text for people, as JSON for programs.
 *
 * A thing (an entry, a policy, an interface) is a row; a field names one fact
 * of it and knows how to get it as a value; table.h shows many rows.
 */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "prefix.h"

enum value_kind {
	VALUE_NONE, /* "" (a table says "-"), null */
	VALUE_NUMBER,
	VALUE_TENTHS, /* a number, in tenths: 12.5 in both */
	VALUE_TEXT,
	VALUE_FLAG, /* "yes" or "no" (among fields, its title or nothing); true or false */
	VALUE_AGO,  /* "3m ago", "never"; RFC 3339, null */
	VALUE_DATE, /* RFC 3339 in both */
	VALUE_SET,  /* names of bits: "a,b"; ["a","b"] */
	VALUE_PREFIX,
	VALUE_COUNT,  /* "12 IPv4, 3 IPv6"; {"ipv4":12,"ipv6":3} */
	VALUE_PORTS,  /* in the grammar's words; [{"first":5010,"last":5012}] */
	VALUE_FIELDS, /* more facts of the same row: "peer acme rate 100"; merged, or left out */
	VALUE_ROWS,   /* "a 1; b 2"; an array of objects */
};

struct value {
	enum value_kind kind;
	bool usual; /* among fields, text need not say it */
	union {
		__u64 number;
		__u64 utc; /* seconds since the epoch */
		const char *text;
		const struct prefix *prefix;
		const struct rows *rows;
		struct {
			__u64 bits;
			const char *const *names; /* by bit, ends with NULL */
		} set;
		struct {
			size_t family[2];
			const char *none; /* what to say instead of zero */
		} count;
		struct {
			const __u8 *owners; /* by port, see ports.h */
			__u8 owner;
		} ports;
		struct {
			const struct field *field;
			const void *row;
		} fields;
	};
};

struct field {
	const char *title; /* column head, or the grammar's word */
	const char *key;   /* in JSON; NULL for fields that are merged */
	struct value (*get)(const void *row);
};

/* Things of one kind. */
struct rows {
	const struct field *field; /* ends with one without get */
	size_t count;
	const void *(*at)(const struct rows *rows, size_t index); /* good until the next call */
	const void *context;
};

static inline struct value value_none(void)
{
	return (struct value){ .kind = VALUE_NONE };
}

static inline struct value value_number(__u64 number)
{
	return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

/* A number of which 0 means that there is none. */
static inline struct value value_some(__u64 number)
{
	return number ? value_number(number) : value_none();
}

static inline struct value value_tenths(__u64 tenths)
{
	return (struct value){ .kind = VALUE_TENTHS, .number = tenths };
}

static inline struct value value_text(const char *text)
{
	return text && *text ? (struct value){ .kind = VALUE_TEXT, .text = text } : value_none();
}

/* One of the grammar's words for it. */
static inline struct value value_word(const char *word, bool usual)
{
	return (struct value){ .kind = VALUE_TEXT, .usual = usual, .text = word };
}

static inline struct value value_flag(bool flag)
{
	return (struct value){ .kind = VALUE_FLAG, .usual = !flag, .number = flag };
}

/* 0: never */
static inline struct value value_ago(__u64 utc)
{
	return (struct value){ .kind = VALUE_AGO, .utc = utc };
}

static inline struct value value_date(__u64 utc)
{
	return utc ? (struct value){ .kind = VALUE_DATE, .utc = utc } : value_none();
}

static inline struct value value_prefix(const struct prefix *prefix)
{
	return (struct value){ .kind = VALUE_PREFIX, .prefix = prefix };
}

static inline struct value value_count(const size_t count[static 2], const char *none)
{
	return (struct value){ .kind = VALUE_COUNT,
			       .count = { { count[CX_IPV4], count[CX_IPV6] }, none } };
}

static inline struct value value_fields(const struct field *field, const void *row)
{
	return (struct value){ .kind = VALUE_FIELDS, .fields = { field, row } };
}

static inline struct value value_rows(const struct rows *rows)
{
	return (struct value){ .kind = VALUE_ROWS, .rows = rows };
}

static inline struct value value_set(__u64 bits, const char *const *names)
{
	return (struct value){ .kind = VALUE_SET, .set = { bits, names } };
}

/* A value as text; now: seconds since the epoch. */
void value_print(struct buffer *to, const struct value *value, __u64 now);

/* The facts of one row as a JSON object, and of all rows as an array of them. */
void fields_json_add(struct buffer *to, const struct field *field, const void *row);
void rows_json_add(struct buffer *to, const struct rows *rows);

/* A whole JSON text, as json-c writes it, with what is not to be shown as it is escaped. */
void json_text_add(struct buffer *to, const char *json);

#endif
