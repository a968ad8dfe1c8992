/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pin directory: root's alone, on a bpffs that outlives the caller, one writer at a time. */
#ifndef PINDIR_H
#define PINDIR_H

#include <dirent.h>
#include <stdbool.h>

#include "complaint.h"

/*
 * Makes the directory, and mounts a bpffs for it where there is none and the
 * mount would last.  Returns 0 or a negative errno with *ret_why filled.
 */
int pindir_make(const char *dir, struct complaint *ret_why);

/*
 * Returns 0 if dir is a directory on bpffs that only root can write, -ENOENT
 * without a complaint if there is none, else a negative errno with *ret_why filled.
 */
int pindir_check(const char *dir, struct complaint *ret_why);

/* Locks for writing: an fd, or a negative errno with *ret_why naming who holds it. */
int pindir_lock(const char *dir, struct complaint *ret_why);

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
