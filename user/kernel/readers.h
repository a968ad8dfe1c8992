/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who reads what is dropped: each reader's ring, and that programs tell them.
 *
 * Off is free: programs that tell are others, and are in force while somebody
 * reads.  The rings are in one map, which no pin but those programs hold, so
 * that it goes with them.  A reader holds a lock on a byte of the instance's
 * directory of maps, the number of its place: it ends however the reader does,
 * and what it leaves the next change makes slim (attach_slim()).
 */
#ifndef READERS_H
#define READERS_H

#include "instance.h"

struct ring_buffer;

/* CX_FEATURE_LOG if somebody reads, and where from is known; else 0. */
__u32 readers_feature(const struct instance *instance);

/*
 * The map of rings, for programs with what self says: an fd, the caller's.  If
 * there is none, -1, and they are not to tell.
 */
int readers_open(const struct instance *instance, struct cx_attachment *self);

/* Id of that map, 0: none; and of the one that a program tells through. */
__u32 readers_map_id(int fd);
__u32 readers_map_of(__u32 prog_id);

struct reader {
	const char *dir; /* the instance's */
	int lock_fd, ring_fd, map_fd;
	__u32 map_id;
	unsigned int place;
};

/*
 * Takes a place; *ret_reader is to be closed, then.  Returns 0; -ENOENT without
 * a complaint if there is no instance; else a negative errno with *ret_why filled.
 */
int reader_open(const char *dir, struct reader *ret_reader, struct complaint *ret_why);

/* Sees to it that every attached program tells it. Returns 0, or as above: -ESTALE if it was purged. */
int reader_attend(struct reader *reader, struct complaint *ret_why);

/*
 * Gives the place back, and takes out what nobody needs then.  Returns 0 or -errno:
 * then the next change does.
 */
int reader_close(struct reader *reader);

#endif
