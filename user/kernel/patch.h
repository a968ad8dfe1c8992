/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A small change of a long list: beside it, and then in it.
 *
 * Both generations have the list's map, and the new one has a patch beside it: what
 * is new or otherwise, and what is gone.  Packets ask that first.  Once none is judged
 * by the former rules any more, the list gets what the patch says, of which nobody
 * takes notice while the patch is there; then the patch goes.  A trial that ends leaves
 * the list as it was.
 */
#ifndef PATCH_H
#define PATCH_H

#include "build.h"

/*
 * Finds what differs in a list that have and want both know.  Returns 1; 0 if that is
 * more than a patch may hold, or the list is too short, or has no room; or -errno.
 * patch_free() is the caller's, after 1.
 */
int patch_find(const struct builder *builder, const struct list_at *at, struct patch *ret_patch);
void patch_free(struct patch *patch);

/* Returns 1 if a generation's list has room for so many more, 0 if not, or -errno. */
int patch_has_room(const struct instance *instance, unsigned int generation,
		   const struct list_at *at, size_t added);

/* Puts it beside the idle generation's list, which is the live one's. Returns 0 or -errno. */
int patch_put(struct builder *builder, const struct list_at *at, const struct patch *patch,
	      list_value_fn *value);

/*
 * Enters what the live generation's patches say into its lists, and takes them away.
 * Packets are judged by that generation alone by now.  wait: returns when all that are
 * being judged are.  Returns 0 or -errno; then it is to be done again.
 */
int patches_settle(const struct instance *instance, unsigned int live, void (*wait)(void));

/* What a patch says, sorted by prefix. */
struct patch_line {
	struct prefix prefix;
	struct cx_entry value; /* action CX_GONE: that prefix is not in the list */
};

struct patch_lines {
	struct patch_line *line; /* owned */
	size_t count;
};

/*
 * Reads one, none being an empty one; it may be settled meanwhile: the list read behind
 * it has the rest.  Returns 0 or -errno.
 */
int patch_read(const struct instance *instance, unsigned int generation, const struct list_at *at,
	       struct patch_lines *ret_lines);
void patch_free_lines(struct patch_lines *lines);
const struct patch_line *patch_line(const struct patch_lines *lines, const struct prefix *prefix);

/* Reads a list as its patch has it, from the fd of its map; see list_read(). */
int patched_read(const struct instance *instance, unsigned int generation, const struct list_at *at,
		 int map_fd, list_read_fn *take, void *context);

#endif
