/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing a file beside the one it replaces: the old or the new one is there, whole, at every moment. */
#ifndef BESIDE_H
#define BESIDE_H

#include <limits.h>
#include <sys/types.h>

#include "copies.h"
#include "difference.h"

#define SERIAL_LINE "# clarent-xdp policy, generation %llu\n"
#define STATE_LINE  "# clarent-xdp policy, generation %llu after %llu\n"
#define NO_FORMER   (~0ULL)

/* A file in its directory, so that what is done to it is done to no other. */
struct place {
	int dir_fd;
	char name[NAME_MAX + 1];
};

/* *ret_place's dir_fd is the caller's. Returns 0 or -errno. */
int place_open(const char *path, struct place *ret_place);

/* Removes what killed writers of it left beside it. */
void sweep_beside(const struct place *place);

/* A text that others may read, as far as the mode says. */
struct plain_text {
	const char *data;
	size_t len;
	mode_t mode;
};

/* Settings as a policy file, or as what differs from another. */
struct copy_text {
	const struct settings *settings;
	__u64 serial, former;                     /* NO_FORMER: it does not say */
	const struct difference_head *difference; /* NULL: whole */
	const char *edits;                        /* of that */
	const struct plain_text *plain;           /* in place of all that; or NULL */
};

/*
 * Writes it beside, synced, and then in place.  keep: the one it replaces stays, as PATH~.
 * Returns 0 or -errno.
 */
int write_to(const char *path, const struct copy_text *text, bool keep);

/* The same of a text that is no settings. */
int write_plain_to(const char *path, const struct plain_text *plain);

/* Another name for a file, in place of what has that name. Returns 0 or -errno. */
int link_in_place(const char *from, const char *path);

#endif
