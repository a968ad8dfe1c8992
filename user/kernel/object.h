/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The embedded BPF object: given its maps, loaded, and read back. */
#ifndef OBJECT_H
#define OBJECT_H

#include <stddef.h>

#include "instance.h"

/* What the shared maps are called, by enum instance_map. */
extern const struct shared_map {
	const char *map; /* in the object */
	const char *pin; /* in the pin directory */
} shared_maps[INSTANCE_MAPS];

/* Creates the shared maps and pins all but meta in maps_dir. Returns meta's fd or -errno. */
int object_create_maps(const char *maps_dir, struct complaint *ret_why);

struct object_programs {
	int judge_fd;    /* clarent_xdp, clarent_tc or their like that tell: the one to attach */
	int check_fd;    /* clarent_check */
	int counters_fd; /* the attachment's own counters */
	int then_fd;     /* its own prog array with CX_FEATURE_THEN, else -1 */
};

/* Maps of the attachment's own, to go on with; -1: new ones, if any are needed. */
struct object_maps {
	int counters_fd;
	int then_fd;
	int readers_fd; /* of readers_open(): with CX_FEATURE_LOG it is there... */
	int wishes_fd;  /* ... and this is, but for programs of an earlier version */
};

#define OBJECT_NO_MAPS         \
	{                      \
		-1, -1, -1, -1 \
	}

/*
 * Loads the programs of one attachment on the instance's maps and those of its
 * own.  The fds are the caller's.  Returns 0 or -errno.
 */
int object_load(const struct instance *instance, const struct cx_attachment *self,
		const struct object_maps *maps, struct object_programs *ret_programs,
		struct complaint *ret_why);
void object_close(struct object_programs *programs);

/* What a program was loaded with. Returns 0 or -errno. */
int object_read_self(__u32 prog_id, struct cx_attachment *ret_self);

/*
 * Did the kernel keep a map's name and BTF?  A failed call that libbpf shrugs
 * off leaves a map without them, and dumps that cannot be read.  Returns 0 or
 * -errno, -EIO if nobody said why.
 */
int object_check_map(int map_fd, const char *name);

#endif
