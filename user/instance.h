/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One instance: a pin directory, its lock, and the shared maps in it.
 *
 *   DIR/gateway_acl ...         the live access lists, for reading
 *   DIR/maps/rules ...          all other shared maps
 *   DIR/attachments/COOKIE_IF/  link, counters and check program of one attachment
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <limits.h>
#include <stdbool.h>

#include "clarent_xdp.h"
#include "complaint.h"

#define INSTANCE_DIR "/sys/fs/bpf/clarent-xdp"

struct instance {
	char dir[PATH_MAX];
	int lock_fd; /* the directory, locked; -1 for readers */
	bool fresh;  /* made by this call: has no rules yet, see instance_seal() */

	int rules_fd, states_fd, devices_fd, notes_fd, meta_fd, live_fd;
	int lists_fd[2]; /* by enum cx_family */

	/* Mapped, shared with the kernel; read-only for readers. */
	struct cx_rules *rules;       /* [2] */
	char (*devices)[CX_NAME_MAX]; /* [CX_MAX_DEVS] */
	struct cx_meta *meta;
	__u64 *live;
};

enum instance_access {
	INSTANCE_READ,   /* no lock; there must be one */
	INSTANCE_WRITE,  /* lock; there must be one */
	INSTANCE_CREATE, /* lock; made if there is none, bpffs mounted if need be */
};

/*
 * Opens the instance in dir.  Returns 0; -ENOENT without a complaint if there
 * is none and none was to be made; else a negative errno with *ret_why filled.
 * After a failure *ret_instance needs no closing.
 */
int instance_open(const char *dir, enum instance_access access, struct instance *ret_instance,
		  struct complaint *ret_why);
void instance_close(struct instance *instance);

/* A fresh instance has got its first rules: from now on it is one. Returns 0 or -errno. */
int instance_seal(struct instance *instance);

/* Removes every pin and the directory; nothing may be attached. Returns 0 or -errno. */
int instance_purge(struct instance *instance);

/* Index of the generation in force now. */
unsigned int instance_generation(const struct instance *instance);

/* Its number, one more with each change. */
__u64 instance_serial(const struct instance *instance);

/* Number of an interface name in devices, added if it is new; 0 if the table is full. */
unsigned int instance_device(struct instance *instance, const char *ifname);

#endif
