/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs on hooks that no link of ours leads to: put there, replaced, taken off.
 *
 * Such an attachment is its program, pinned as "program" in its directory.  One
 * that is about to be put on the hook, or to be taken off, is pinned as "next"
 * first: whatever is killed, what runs is pinned, and what is pinned as "next"
 * and does not run is nothing (hold_sweep()).
 */
#ifndef HOLD_H
#define HOLD_H

#include "attachments.h"

/* How such a hook is worked, in the interface's namespace. */
struct hold {
	/*
	 * Puts a program on an interface that has none of ours; whatever must be
	 * known to take it off again is left in dir.  Undone if it fails.
	 */
	int (*put)(const struct interface *interface, int prog_fd, const char *dir,
		   struct complaint *ret_why);

	/* Puts one in the place of another, in one step. */
	int (*replace)(__u32 ifindex, __u32 prog_id, int prog_fd);

	/*
	 * Takes the program off, and what else is left of put(); nothing need be
	 * there any more, not the interface either.
	 */
	int (*take_off)(__u32 ifindex, __u32 prog_id, const char *dir);
};

/* For what is attached so from now on; NULL: a link holds it. */
const struct hold *hold_of(const struct cx_attachment *self);

/* The caller is in the interface's namespace. dir: the attachment's, as struct attachment.pin. */
int hold_put(const struct interface *interface, const struct cx_attachment *self, int prog_fd,
	     const char *dir, struct complaint *ret_why);

/* Without a gap; of one that is off, only the pin. Returns 0 or -errno. */
int hold_replace(const struct attachment *attachment, int prog_fd);

/* Its pins are the caller's to remove. Returns 0 or -errno. */
int hold_take_off(const struct attachment *attachment);

/*
 * Ends what a killed command left half done in a directory.  list: of
 * attachments_read().  Returns 1 if what is in dir is nothing any more, 0 or -errno.
 */
int hold_sweep(const struct attachment *list, size_t count, const char *dir);

#endif
