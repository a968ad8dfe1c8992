/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What was changed, by whom, and what became of it: a log that is only added to.
 *
 * A change of settings is entered before its flip and marked after it, so that
 * one that was killed in between is known: history_settle() tells by the
 * kernel's state what became of it.  Attaching and detaching are changes too,
 * without a state of their own.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "clarent_xdp.h"

/* X(symbol, name in the log and in JSON) */
#define HISTORY_STATES(X)                                            \
	X(BEGUN, "begun") /* entered, and not heard of since */      \
	X(TRIAL, "trial") /* in force, waits for its confirmation */ \
	X(DONE, "done")                                              \
	X(LAPSED, "lapsed") /* nobody confirmed it */                \
	X(UNDONE, "undone") /* given up while it waited */           \
	X(CUT, "cut")       /* killed before it was in force */

enum history_state {
#define X(symbol, name) HISTORY_##symbol,
	HISTORY_STATES(X)
#undef X
};

#define HISTORY_BOOT_MAX 40

struct history_record {
	__u64 change;         /* its number */
	__u64 time;           /* seconds since the epoch, of its last mark */
	__s64 login_uid, uid; /* -1: unknown */
	enum history_state state;
	bool attaches;               /* attach or detach: there is no state of settings to it */
	bool unknown;                /* found in force, but never entered */
	char boot[HISTORY_BOOT_MAX]; /* random/boot_id of proc(5), "": unknown */
	char words[512];             /* as typed, with the verb */
	char did[256];               /* "gateway +1 -0 ~0" */
};

struct history {
	struct history_record *record; /* owned; by number */
	size_t count;
	/* the file that it was read from, as it was then; 0: there was none */
	ino_t file;
	off_t size;
};

/* Returns 0, also if there is no log, or -errno. */
int history_read(const char *bpffs, struct history *ret_history);
/* Was nothing written since it was read? */
bool history_stands(const char *bpffs, const struct history *history);
void history_free(struct history *history);

/* Enters a change, synced; or what became of it. Both in the file and in *history. */
int history_enter(const char *bpffs, struct history *history, const struct history_record *record);
int history_mark(const char *bpffs, struct history *history, __u64 change, enum history_state state,
		 __u64 utc);

/* The last one that happened or waits, NULL if there is none. */
const struct history_record *history_last(const struct history *history);

/* The boot that this is, "" if nobody says. */
void history_this_boot(char ret_boot[HISTORY_BOOT_MAX]);

/* When the latest change before this boot was made, in seconds since the epoch; 0: there is none. */
__u64 history_before_boot(const struct history *history);

/* What the kernel says, to tell by what became of the last change. */
struct history_facts {
	__u64 serial;                      /* of the rules in force, 0: those of a fresh instance */
	__u64 former;                      /* of those that they were built over */
	bool waits;                        /* they are on trial */
	bool gate_waits;                   /* an attach or detach is */
	__u64 confirmed;                   /* change of the confirmed copy */
	__u64 utc;                         /* now, or when a trial lapsed, if that is known */
	__u64 last_lapsed, last_attaching; /* as in struct cx_meta */
	bool attaching_kept, attaching_ended;
	__u64 purge; /* one that left no line, 0: none */
};

/*
 * Settles what became of a change that was not marked, in memory alone.  Returns
 * the record that it changed or added, for the caller to mark in the file, and
 * to ask again; NULL once none is left.
 */
const struct history_record *history_settle(struct history *history,
					    const struct history_facts *facts);

/*
 * Something that came after the rules in force, and that a full disk left no line
 * of: false if there is nothing.  Who enters *ret_record may ask again.
 */
bool history_missing(const struct history *history, const struct history_facts *facts,
		     struct history_record *ret_record);

/* Number for the next change, while the rules in force are of this one. */
__u64 history_next(const struct history *history, __u64 serial);

/*
 * The last change of settings that is done, if it came after that of the
 * confirmed state; NULL if not.  Where nothing is in force, it is a purge, or one
 * of which a full disk kept no copy for the boot.
 */
const struct history_record *history_done_after(const struct history *history, __u64 confirmed);
bool history_is_purge(const struct history_record *record);

/* The record of a change, NULL if there is none. */
const struct history_record *history_find(const struct history *history, __u64 change);

/*
 * What came after a change and is no change of settings, an attach or a trial
 * that lapsed: whoever undoes "the last change" may mean that.  NULL: nothing.
 */
const struct history_record *history_obstacle(const struct history *history, __u64 change);

extern const char *const history_state_names[];

#endif
