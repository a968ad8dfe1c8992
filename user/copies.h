/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The files of an instance: the operator's policy file, and two copies that
 * the program keeps, of the last confirmed state and of the one before it.
 *
 * The default instance has /etc/clarent-xdp/policy and /var/lib/clarent-xdp/;
 * another one has its own, in a directory there that is named after its pin
 * directory.
 */
#ifndef COPIES_H
#define COPIES_H

#include <limits.h>

#include "settings.h"

enum copy {
	COPY_POLICY,    /* /etc: what a boot restores */
	COPY_CONFIRMED, /* /var/lib: the last confirmed state */
	COPY_FORMER,    /* /var/lib: the state before the last change */
	COPY_WAITING,   /* /var/lib: the same while the change waits for its confirmation */
};

/* Path of a file of the instance in bpffs. */
const char *copies_path(const char *bpffs, enum copy copy, char ret_path[static PATH_MAX]);

/*
 * Writes a model to path: whole, synced, then renamed into place.  keep: the
 * former file stays as path~.  Returns 0 or -errno; the former file is then
 * as it was.
 */
int copies_write(const char *path, const struct settings *settings, __u64 serial, bool keep);

/* Makes the directories above a file that do not exist. Returns 0 or -errno. */
int copies_make_dir(const char *path);

/* Reads one back; ret_serial may be NULL. Returns 0, -ENOENT, or -errno. */
int copies_read(const char *path, struct settings *ret_settings, __u64 *ret_serial);

/* Writes one of the program's own copies, its directory too. Returns 0 or -errno. */
int copies_keep(const char *bpffs, enum copy copy, const struct settings *settings, __u64 serial);

/* Records a change that is in force for good: have becomes former, want the confirmed state. */
int copies_record(const char *bpffs, const struct settings *have, const struct settings *want,
		  __u64 serial);

/*
 * Gives the confirmed copy another serial, if it says just these settings.
 * Returns 0, -ENOENT, -ESTALE if it says something else, or -errno.
 */
int copies_renew(const char *bpffs, const struct settings *settings, __u64 serial);

#endif
