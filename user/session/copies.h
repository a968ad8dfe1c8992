/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The files of an instance: the operator's policy file, and what the program
 * keeps of its changes.
 *
 *   /etc/clarent-xdp/policy           what a boot restores; written by `save`
 *   /var/lib/clarent-xdp/policy       the last confirmed state
 *   /var/lib/clarent-xdp/history/N    the state after change N
 *   /var/lib/clarent-xdp/history/log  who made which change; see history.h
 *
 * The two of a state may say only what differs from another state of the history; see kept.h.
 *
 * The default instance has these; another one has its own, in a directory
 * there that is named after its pin directory.
 */
#ifndef COPIES_H
#define COPIES_H

#include <limits.h>

#include "settings.h"

#define COPY_PATH_MAX 512 /* of a file of an instance, with its NUL */
#define HISTORY_DIR   "history"

enum copy {
	COPY_POLICY,    /* /etc: what a boot restores */
	COPY_CONFIRMED, /* /var/lib: the last confirmed state */
};

/* False if the files of that instance can have no name of their own: it is too long. */
bool copies_can_name(const char *bpffs);

/* Path of a file of the instance in bpffs. */
const char *copies_path(const char *bpffs, enum copy copy, char ret_path[static COPY_PATH_MAX]);

/* Path of a file of its history; "" for the directory. */
const char *copies_history_path(const char *bpffs, const char *name,
				char ret_path[static COPY_PATH_MAX]);

/*
 * Writes a model to path: whole, synced, then renamed into place.  keep: the
 * former file stays as path~.  Returns 0 or -errno; the former file is then
 * as it was.  What killed writers left beside it goes.
 */
int copies_write(const char *path, const struct settings *settings, __u64 serial, bool keep);

/* Makes the directories above a file that do not exist. Returns 0 or -errno. */
int copies_make_dir(const char *path);

/* Reads one back; ret_serial may be NULL. Returns 0, -ENOENT, or -errno. */
int copies_read(const char *path, struct settings *ret_settings, __u64 *ret_serial);

/* Number of the change that a copy is of, 0 if it does not say. */
__u64 copies_serial(const char *path);

/* Do two copies say the same settings? */
bool copies_same(const char *path, const char *other);

/*
 * Writes the state after a change into the history, with the number of the one
 * that it was built over: that is the way back.  Returns 0 or -errno.
 */
int copies_keep_state(const char *bpffs, __u64 change, __u64 former,
		      const struct settings *settings);

/*
 * The same for a change from the former state, which is kept: as what differs from that, where it
 * costs less.
 */
int copies_keep_change(const char *bpffs, __u64 change, __u64 former, const struct settings *have,
		       const struct settings *want);

/* Can it say the next one, too, with no more than differs? */
bool copies_can_go_on(const char *bpffs, __u64 change);

/* The number that the state after a change was built over. Returns 0 or -errno. */
int copies_former(const char *bpffs, __u64 change, __u64 *ret_former);

/* Of the states that are kept, the last one before a change. Returns 0 or -ENOENT. */
int copies_state_before(const char *bpffs, __u64 change, __u64 *ret_change);

/* Is the state after a change kept, with what it needs? Returns 0, -ENOENT if not, or another -errno. */
int copies_find_state(const char *bpffs, __u64 change);

/* Takes one out again; those of changes that are too old or too many in all. */
void copies_drop_state(const char *bpffs, __u64 change);
void copies_trim_states(const char *bpffs, __u64 last);

/* Reads one. Returns 0, -ENOENT, or -errno. */
int copies_read_state(const char *bpffs, __u64 change, struct settings *ret_settings);

/*
 * The edits of difference.h that made of the state after a change that after a later one: a text, the
 * caller's to free.  Returns 0; -EOPNOTSUPP if it takes both states to know; or another -errno.
 */
int copies_edits_between(const char *bpffs, __u64 change, __u64 later, char **ret_edits);

/* The state after a change is the confirmed one from now on. Returns 0 or -errno. */
int copies_confirm_state(const char *bpffs, __u64 change);

/*
 * A purge that a full disk has no room for: an empty link says its number, and
 * that of the state which it took away.  copies_former() knows of it, too.
 */
void copies_note_purge(const char *bpffs, __u64 change, __u64 former);
void copies_forget_purge(const char *bpffs);
/* Returns 0, or -errno: none is noted. */
int copies_noted_purge(const char *bpffs, __u64 *ret_change, __u64 *ret_former);

/*
 * Removes the instance's files and, if nothing else is in them, their
 * directories.  Returns 0, also if there are none, or -errno.
 */
int copies_purge(const char *bpffs);

/*
 * In how many lines running and saved settings differ.  Returns 0, -ENOENT
 * if nothing is saved, or another negative errno.
 */
int copies_differ(const char *bpffs, const struct settings *settings, size_t *ret_lines);

#endif
