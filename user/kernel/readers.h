/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who reads what is dropped: each reader's ring, and that programs tell them.
 *
 * Off is free: programs that tell are others, and are in force while somebody
 * reads.  The rings are in one map, which no pin but those programs hold, so
 * that it goes with them.  A reader holds a lock on a byte of the instance's
 * directory of maps, the number of its place: it ends however the reader does,
 * and what it leaves the next change makes slim (attach_slim()).
 *
 * A reader may wish for what is admitted from a prefix instead, struct cx_wish:
 * wishes stand in a map beside that of the rings, which comes and goes with it.
 */
#ifndef READERS_H
#define READERS_H

#include "instance.h"
#include "prefix.h"

struct ring_buffer;

/* CX_FEATURE_LOG if somebody reads, and where from is known; else 0. */
__u32 readers_feature(const struct instance *instance);

/*
 * The maps of rings and of wishes, for programs with what self says: fds, the
 * caller's.  If there are no rings, -1 and -1, and they are not to tell; if
 * programs of an earlier version tell, no wishes alone.
 */
int readers_open(const struct instance *instance, struct cx_attachment *self, int *ret_wishes_fd);

/* The ids of both in one number, 0: none. */
__u64 readers_ids(int rings_fd, int wishes_fd);

struct reader {
	const char *dir; /* the instance's */
	int lock_fd, ring_fd, map_fd, wishes_fd;
	__u64 ids; /* readers_ids() that programs are to tell it through, 0: not known yet */
	unsigned int place;
	bool wishes; /* for what is admitted from... */
	struct prefix inside;
	__u64 packets; /* datagrams that came from there, once it is closed */
};

/*
 * Takes a place; *ret_reader is to be closed, then.  inside: to be told what is
 * admitted from there, as struct cx_inside; NULL: what is dropped, as struct
 * cx_logged.  Returns 0; -ENOENT without a complaint if there is no instance;
 * else a negative errno with *ret_why filled.
 */
int reader_open(const char *dir, const struct prefix *inside, struct reader *ret_reader,
		struct complaint *ret_why);

/* Sees to it that every attached program tells it. Returns 0, or as above: -ESTALE if it was purged. */
int reader_attend(struct reader *reader, struct complaint *ret_why);

/*
 * Gives the place back, and takes out what nobody needs then.  Returns 0 or -errno:
 * then the next change does.
 */
int reader_close(struct reader *reader);

#endif
