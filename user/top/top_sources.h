/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For `top`: the busiest of the allowed sources, and who is refused and comes again.
 *
 * Both want to know every entry, of which there may be a million.  So the lists are
 * read only when they have changed, and whatever takes long is not done again before
 * two hundred times as long has passed: neither costs more of a processor than that.
 */
#ifndef TOP_SOURCES_H
#define TOP_SOURCES_H

#include "show.h"
#include "suspects.h"

#define TOP_BUSIEST      100 /* sources that are shown at most... */
#define TOP_SUSPECTS_MAX 100 /* ... of each kind */

/* What an entry had seen by then. */
struct top_seen {
	__u64 hits, drops;
};

/* What was seen at one time, by the ids of entries. */
struct top_base {
	struct top_seen *seen; /* owned */
	__u64 when;            /* CLOCK_MONOTONIC ns */
};

struct top_source {
	const struct top_sources *of;
	struct entry entry;
	struct top_seen since; /* the base */
};

struct top_sources {
	struct settings settings; /* with every entry, if they are known... */
	bool known;
	bool old;                /* ... but others are in force by now */
	__u32 instance;          /* whose they are, by the id of one of its maps... */
	__u64 serial;            /* ... and the change that made them */
	__u64 generation;        /* as word of struct moment, without a deadline */
	struct top_base base[2]; /* the older is compared with, and both grow old in turn */
	size_t ids;
	__u64 scanned; /* CLOCK_MONOTONIC ns */
	__u64 span;    /* that the busiest were counted over, ns; 0: not yet */
	struct top_source busiest[TOP_BUSIEST];
	size_t count, active; /* how many are there, and how many there were to choose from */
	struct suspects suspects;
	struct suspect suspect_row;
	__u64 sought;                             /* when suspects were, CLOCK_MONOTONIC ns */
	__u64 read_again, scan_again, seek_again; /* from when on, CLOCK_MONOTONIC ns */
};

void top_sources_free(struct top_sources *sources);

/* Looks again at what may be looked at. Returns an exit status. */
int top_sources_look(struct top_sources *sources, struct cli *cli, const struct view *view);

/* As rows, good until they are looked at again. */
struct rows top_busiest_rows(const struct top_sources *sources);
struct rows top_suspects_rows(const struct top_sources *sources, bool json);

#endif
