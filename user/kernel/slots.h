/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The slots of both generations: which map each list is in.  The id of a
 * slot's map is noted beside it, in the rules: unknown, then the slot, then the
 * id, so that a note is true whenever it can be read.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include "instance.h"

/* Every list there can be, and which one a loop stands at. */
struct list_at {
	unsigned int policy;
	enum cx_direction direction;
	enum cx_family family;
};

#define FOR_EACH_LIST(at)                                                           \
	for ((at) = (struct list_at){ .policy = 1 }; (at).policy < CX_MAX_POLICIES; \
	     list_next(&(at)))

void list_next(struct list_at *at);

/* Its rules in a generation. */
struct cx_list *list_of(const struct instance *instance, unsigned int generation,
			const struct list_at *at);

/* What it holds, counted; see counts.h. */
struct cx_counts *list_counts(const struct instance *instance, unsigned int generation,
			      const struct list_at *at);

/*
 * Id of the map in a slot, 0 if it is empty.  Noted beside the slot, because
 * Linux before 6.7 takes a grace period for every look into a map of maps.
 */
__u32 slot_map(const struct instance *instance, unsigned int generation, const struct list_at *at);

/* Opens it; *ret_fd is -1 if there is nothing in that list. Returns 0 or -errno. */
int slot_open(const struct instance *instance, unsigned int generation, const struct list_at *at,
	      int *ret_fd);

/* Puts a map there, -1: none. Returns 0 or -errno. */
int slot_set(const struct instance *instance, unsigned int generation, const struct list_at *at,
	     int map_fd);

/*
 * The same of its patch: 0 means that it says nothing.  SLOT_UNKNOWN: that it is about
 * to be filled, in an idle generation; or in the live one to be emptied, since the list
 * has all that it says.
 *
 * Its map stays in the slot, empty, for the next: the kernel takes a grace period to put
 * another there, or none.
 */
#define SLOT_UNKNOWN (~0U)
__u32 slot_patch(const struct instance *instance, unsigned int generation,
		 const struct list_at *at);
int slot_set_patch(const struct instance *instance, unsigned int generation,
		   const struct list_at *at, int map_fd);
void slot_note_patch(const struct instance *instance, unsigned int generation,
		     const struct list_at *at, __u32 id);

/* An fd of the map in that slot, whatever it says; -ENOENT: there never was one; or -errno. */
int slot_open_patch(const struct instance *instance, unsigned int generation,
		    const struct list_at *at);

/* Takes all out of it that it says. Returns 0 or -errno; then it is to be done again. */
int slot_empty_patch(const struct instance *instance, unsigned int generation,
		     const struct list_at *at);

/*
 * Do the slots of both hold the same, and no patch?  And: makes the idle ones hold
 * what the live ones do, whose patches are gone.
 */
bool slots_agree(const struct instance *instance, unsigned int live);
int sync_slots(const struct instance *instance, unsigned int live);

/* Id of a map, 0 if there is none. Returns 0 or -errno. */
int map_id_of(int map_fd, __u32 *ret_id);

#endif
