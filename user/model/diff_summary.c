/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a change did, in one line. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "diff.h"

#define MORE "..."

struct counts {
	size_t added, removed, changed;
};

struct summary {
	const struct settings *have;
	const struct settings *want;
	struct counts entries[CX_MAX_POLICIES][2]; /* by enum cx_direction */
	bool policy[CX_MAX_POLICIES];              /* something of it beside its entries differs */
	char *buf;
	size_t size, used;
	bool full;
};

/* Adds a piece whole, or says that there is more. */
static void put(struct summary *summary, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct summary *summary, const char *format, ...)
{
	size_t room = summary->size - summary->used;
	va_list arguments;
	int len;

	if (summary->full)
		return;
	va_start(arguments, format);
	len = vsnprintf(summary->buf + summary->used, room, format, arguments);
	va_end(arguments);
	if (len >= 0 && (size_t)len + sizeof(MORE) <= room) {
		summary->used += (size_t)len;
		return;
	}
	summary->full = true;
	snprintf(summary->buf + summary->used, room, MORE);
}

/* What separates two things that differ. */
static void begin(struct summary *summary)
{
	if (summary->used)
		put(summary, ", ");
}

static void count_line(void *context, const struct diff_line *line)
{
	struct summary *summary = context;
	const struct entry *either = line->before ? line->before : line->after;
	struct counts *counts;

	if (line->kind == DIFF_GLOBAL) {
		begin(summary);
		put(summary, "%s", line->text);
		return;
	}
	if (!either) {
		summary->policy[line->policy] = true;
		return;
	}
	counts = &summary->entries[line->policy][either->direction];
	counts->added += line->kind == DIFF_ADD;
	counts->removed += line->kind == DIFF_REMOVE;
	counts->changed += line->kind == DIFF_CHANGE;
}

static void put_counts(struct summary *summary, const char *what, const struct counts *counts)
{
	if (counts->added || counts->removed || counts->changed)
		put(summary, "%s +%zu -%zu ~%zu", what, counts->added, counts->removed,
		    counts->changed);
}

static void put_attributes(struct summary *summary, const struct policy *before,
			   const struct policy *after, bool ports)
{
	if (before->mode != after->mode)
		put(summary, " mode %s -> %s", mode_names[before->mode], mode_names[after->mode]);
	if (ports)
		put(summary, " ports");
	if (before->elsewhere_pass != after->elsewhere_pass)
		put(summary, " elsewhere");
	if (before->rate != after->rate || burst_or_default(before->rate, before->burst) !=
						   burst_or_default(after->rate, after->burst))
		put(summary, " rate");
	if (before->tunnel_required != after->tunnel_required)
		put(summary, " tunnel");
	if (before->rpf != after->rpf)
		put(summary, " rpf");
}

/* A number may have gone from one policy to another in one change. */
static void put_names(struct summary *summary, const char *before, const char *after)
{
	if (*before)
		put(summary, "%s deleted%s", before, *after ? ", " : "");
	if (*after)
		put(summary, "%s new", after);
}

static void put_policy(struct summary *summary, unsigned int i)
{
	const struct policy *before = &summary->have->policy[i];
	const struct policy *after = &summary->want->policy[i];

	begin(summary);
	if (strcmp(before->name, after->name)) {
		put_names(summary, before->name, after->name);
	} else {
		put(summary, "%s", after->name);
		put_attributes(summary, before, after, diff_ports(summary->have, summary->want, i));
	}
	put_counts(summary, "", &summary->entries[i][CX_SOURCE]);
	put_counts(summary, " protect", &summary->entries[i][CX_DEST]);
}

static bool is_touched(const struct summary *summary, unsigned int policy)
{
	static const struct counts none[2];

	return summary->policy[policy] || memcmp(summary->entries[policy], none, sizeof(none));
}

size_t diff_summary(const struct settings *have, const struct settings *want, char *buf,
		    size_t size)
{
	struct summary summary = { .have = have, .want = want, .buf = buf, .size = size };
	size_t count;

	*buf = '\0';
	count = diff(have, want, count_line, &summary);
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++)
		if (is_touched(&summary, i))
			put_policy(&summary, i);
	return count;
}
