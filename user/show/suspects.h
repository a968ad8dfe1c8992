/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refused sources that come again: which, and what is said of each. */
#ifndef SUSPECTS_H
#define SUSPECTS_H

#include "facts.h"
#include "instance.h"
#include "seen.h"
#include "settings.h"

struct suspects {
	const struct settings *settings;
	char (*devices)[CX_NAME_MAX]; /* names of interfaces, by number */
	struct clocks clocks;
	__u64 monotonic_epoch;
	struct seen *seen; /* owned */
	size_t count;
	struct suspect *row; /* the caller's: the one that at() has filled last */
};

/* One of them, and what its columns say in other words than its numbers. */
struct suspect {
	const struct suspects *of;
	const struct seen *seen;
	const struct entry *nearest; /* NULL: nobody is near */
	char packets[32], ttl[16];
};

struct suspects_wanted {
	unsigned int policy;        /* 0: of any */
	const struct prefix *under; /* NULL: from anywhere */
};

/*
 * Who is wanted, and not listed by these settings, who came most often first.  What it
 * points to, instance (NULL: there is none) and settings, is to stay.  Returns 0 or -errno.
 */
int suspects_read(const struct suspects_wanted *wanted, const struct instance *instance,
		  const struct settings *settings, struct suspects *ret_suspects);

/* Says of one what its fields show. */
void suspect_fill(const struct suspects *suspects, const struct seen *seen,
		  struct suspect *ret_row);

/* For struct rows, whose context are the suspects; as text, and as JSON. */
const void *suspect_at(const struct rows *rows, size_t index);
extern const struct field suspect_text_fields[];
extern const struct field suspect_json_fields[];

/* The verb, but for its word inside. Returns an exit status. */
struct cli;
int suspects_show(struct cli *cli);

struct value suspect_policy(const void *row);
struct value suspect_interface(const void *row);
/* Of a time that was noted, in seconds since the epoch. */
__u64 suspect_utc(const struct suspect *suspect, __u64 monotonic);

#endif
