/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One instance: a pin directory, its lock, and the shared maps in it.
 *
 *   DIR/gateway_acl ...         the live access lists, for reading
 *   DIR/maps/rules ...          all other shared maps
 *   DIR/attachments/N/          link (or program), counters and check program of one attachment
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <limits.h>
#include <stdbool.h>

#include "clarent_xdp.h"
#include "clocks.h"
#include "complaint.h"
#include "pindir.h"

#define INSTANCE_DIR "/sys/fs/bpf/clarent-xdp"

/* The maps that all attachments share; meta is pinned last, when all else is there. */
enum instance_map {
	MAP_RULES,
	MAP_LISTS4,
	MAP_LISTS6,
	MAP_FILTERS,
	MAP_STATES,
	MAP_DEVICES,
	MAP_TEXTS,
	MAP_LIVE,
	MAP_SEEN,
	MAP_PACE,
	MAP_META,
	INSTANCE_MAPS
};

/*
 * What a command goes by: one reading of the live word and of the clocks.
 * Whether a deadline is past is decided here once, for all that the command does.
 */
struct moment {
	__u64 word;   /* see CX_LIVE_GENERATION */
	__u64 serial; /* of the generation that was in force */
	struct clocks clocks;
};

/* What attachments_read() saw: while the lock is held, nobody else changes it. */
struct attachment;
struct seen_attachments {
	struct attachment *list; /* owned */
	size_t count;
	bool known;
};

struct instance {
	char dir[PIN_PATH_MAX];
	int lock_fd; /* the directory, locked; -1 for readers */
	bool made;   /* the directory, by this call */
	bool fresh;  /* made by this call: has no rules yet, see instance_seal() */
	int fd[INSTANCE_MAPS];
	struct moment moment;
	struct seen_attachments *seen; /* owned; NULL for readers */
	bool exceeds; /* attached programs have checks that no rule needs now, see attach_slim() */
	/* For generation_commit(): the number of the change, and of that which it is built over. */
	__u64 next, former;

	/* Mapped, shared with the kernel; read-only for readers. */
	struct cx_rules *rules;       /* [2] */
	char (*devices)[CX_NAME_MAX]; /* [CX_MAX_DEVS] */
	struct cx_meta *meta;
	__u64 *live;
	struct cx_pace *pace;
};

enum instance_access {
	INSTANCE_READ,   /* no lock; there must be one */
	INSTANCE_WRITE,  /* lock; there must be one */
	INSTANCE_CREATE, /* lock; made if there is none, bpffs mounted if need be */
};

/* For how many seconds writers wait for one and the same other. */
void instance_set_patience(unsigned int seconds);

/*
 * Opens the instance in dir, a name of pindir_resolve(), and looks at it.
 * Returns 0; -ENOENT without a complaint if there is none and none was to be
 * made; else a negative errno with *ret_why filled.  After a failure
 * *ret_instance needs no closing, and nothing that was made is left.
 */
int instance_open(const char *dir, enum instance_access access, struct instance *ret_instance,
		  struct complaint *ret_why);
void instance_close(struct instance *instance);

/*
 * Lets others change it meanwhile, and locks it again.  Returns 0, or a
 * negative errno with *ret_why filled if it is no longer there.
 */
void instance_unlock(struct instance *instance);
int instance_lock_again(struct instance *instance, struct complaint *ret_why);

/*
 * Opens the texts anew, in place of what is open: they may have another map since, with more room.
 * Returns 1 if so, 0 if not, or -errno.
 */
int instance_reopen_texts(const struct instance *instance);

/* Puts this map in the place of the texts', for good. Returns 0 or -errno. */
int instance_replace_texts(const struct instance *instance, int map_fd);

/* What is attached is not as it was: it is read again when it is asked for. */
void instance_forget_attachments(const struct instance *instance);

/* A fresh instance has got its first rules: from now on it is one. Returns 0 or -errno. */
int instance_seal(struct instance *instance);

/* Removes what this call has made and nobody used. */
void instance_discard(struct instance *instance);

/* Removes every pin; nothing may be attached. Returns 0 or -errno. */
int instance_purge(struct instance *instance);
/* The directory then, and with it the lock: others may make it again. */
void instance_remove(struct instance *instance);

/* Notes it in meta, where any who may read may write it. Returns 0 or -errno. */
int instance_note_compared(const struct instance *instance, const struct cx_compared *compared);

/* Reads word and clocks anew, into instance->moment. */
void instance_look(struct instance *instance);
/* False if a change came in between since: what was read is of no one state. */
bool instance_stands(const struct instance *instance);

/* What that moment says: index of the generation in force... */
unsigned int instance_generation(const struct instance *instance);
/* ... the number of the change that made it... */
__u64 instance_serial(const struct instance *instance);
/* ... seconds left to confirm a change that waits, 0: none does... */
unsigned int instance_pending(const struct instance *instance);
/* ... and whether a change lapsed that nobody has tidied up after. */
bool instance_lapsed(const struct instance *instance);

/*
 * Number of an interface name in devices, added if it is new.  Returns that,
 * or -E2BIG if the table is full, or another -errno.
 */
int instance_device(struct instance *instance, const char *ifname);

/* The same, 0 if it has none. */
unsigned int instance_find_device(const struct instance *instance, const char *ifname);

/* Calls that number by another name. Returns 0 or -errno. */
int instance_rename_device(struct instance *instance, unsigned int device, const char *ifname);

/* Gives back the numbers of names that are not in use. */
void instance_keep_devices(struct instance *instance, const bool in_use[static CX_MAX_DEVS]);

#endif
