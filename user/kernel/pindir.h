/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pin directory: root's alone, on a bpffs that outlives the caller, one writer at a time. */
#ifndef PINDIR_H
#define PINDIR_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>

#include "complaint.h"

#define PINDIR_MAPS        "maps"
#define PINDIR_ATTACHMENTS "attachments"
#define PIN_PATH_MAX       512 /* of a pin... */
#define PINDIR_PATH_MAX    256 /* ... and of the directory, with their NULs */

/*
 * The one name of a directory, however it was written: absolute, without
 * links, "..", or slashes too many.  Only its last part may be missing, or a
 * link, which pindir_check() refuses.  Returns 0 or a negative errno with
 * *ret_why filled.
 */
int pindir_resolve(const char *given, char ret_dir[static PIN_PATH_MAX], struct complaint *ret_why);

/*
 * Makes the directory, and mounts a bpffs for it where there is none and the
 * mount would last; *ret_made: it was not there.  Returns 0 or a negative errno
 * with *ret_why filled, and then nothing is left behind.
 */
int pindir_make(const char *dir, bool *ret_made, struct complaint *ret_why);

/* Removes what pindir_make() made, if nothing is in it. */
void pindir_remove(const char *dir);

/*
 * Returns 0 if dir is on bpffs, holds an instance or nothing, and only root
 * can change it or what leads to it; -ENOENT without a complaint if there is
 * none; else a negative errno with *ret_why filled: also where none can be
 * seen because the mounts are private ones, as under `ip netns exec`.
 */
int pindir_check(const char *dir, struct complaint *ret_why);

enum pindir_lock {
	PINDIR_SHARED, /* nobody changes it meanwhile */
	PINDIR_ALONE,
};

/*
 * Locks, waiting in turn for at most patience seconds.  Returns an fd that
 * holds the lock; -ESTALE without a complaint if the directory was removed
 * meanwhile, or is not there; else a negative errno with *ret_why filled.
 */
int pindir_lock(const char *dir, enum pindir_lock kind, unsigned int patience,
		struct complaint *ret_why);

/*
 * The next pin or directory; NULL at the end, or with *ret_err if it cannot
 * be read.  Names with dots are left out: bpffs has none but the kernel's own
 * (progs.debug), which cannot be removed.
 */
struct dirent *pindir_next(DIR *dir, int *ret_err);

/* Removes all pins and directories below dir, not dir itself. Returns 0 or -errno. */
int pindir_empty(const char *dir);

/* Pins an fd in place of what may be pinned there, in one step. Returns 0 or -errno. */
int pindir_replace(int fd, const char *path);

/* Removes what replacements that were killed left in dir. Returns 0 or -errno. */
int pindir_sweep(const char *dir);

#endif
