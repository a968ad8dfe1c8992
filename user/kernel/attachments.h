/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is attached: pinned links or programs, as the kernel tells of them now.
 *
 * An attachment is its link; where the hook has none, its program.  Which
 * interface runs it, in which namespace and under which name, is asked each
 * time; what was true when it was attached (struct cx_attachment) is only what
 * it was called then.
 */
#ifndef ATTACHMENTS_H
#define ATTACHMENTS_H

#include "instance.h"
#include "interfaces.h"
#include "then.h"

struct attachment {
	struct cx_attachment self; /* what its program was loaded with */
	__u32 ifindex;             /* in whatever namespace it is in now; 0: no interface runs it */
	__u32 prog_id;
	char pin[PIN_PATH_MAX]; /* its directory */
	struct then then;       /* with CX_FEATURE_THEN */

	/* Without a link, it is looked for on each interface, see whereabouts.h. */
	bool linked;
	bool off;  /* ifindex is 0, but its interface is there: somebody took the program off it */
	bool next; /* its program is just being put in force, or taken out of it */

	/* Of attachments_locate(), attachments_find(); of what has no link, always. */
	__u64 netns;                   /* cookie of the namespace it is in now, 0: not found */
	char netns_name[NAME_MAX + 1]; /* in /run/netns, empty: here, or it has none */
	char name[CX_NAME_MAX];        /* of the interface now, empty: not found */
};

/*
 * Every attachment, by the name it was attached under; while the instance is locked,
 * as it was read first.  *ret_list is the caller's to free.
 */
int attachments_read(const struct instance *instance, struct attachment **ret_list,
		     size_t *ret_count);

/*
 * Finds out where each is now, and what its interface is called.  Returns 0,
 * or -errno if one was not found and not everywhere could be looked.
 */
int attachments_locate(const struct instance *instance, struct attachment *list, size_t count);

/*
 * Does its program run on that interface of the current namespace?  One that
 * is off is on none.  Returns 1, 0 or -errno.
 */
int attachment_is_on(const struct attachment *attachment, const struct interface *interface);

/* The one that is on it, NULL in *ret_found if none is. Returns 0 or -errno. */
int attachments_on(struct attachment *list, size_t count, const struct interface *interface,
		   struct attachment **ret_found);

/* The same, or else one that was on it and is off. netns: cookie of the current namespace. */
int attachments_of(struct attachment *list, size_t count, const struct interface *interface,
		   __u64 netns, struct attachment **ret_found);

/*
 * The attachment of an interface of the current namespace, by any of its
 * names.  Returns 0, -ENODEV if there is no such interface, -ENOENT if it has
 * no program of this instance, or another -errno if that cannot be told.
 */
int attachments_find(const struct instance *instance, const char *ifname, struct attachment *ret);

/* Is there no interface (any more) that it could be on? */
bool attachment_is_gone(const struct attachment *attachment);

/* If so: may it be there, in another namespace, to which tc's filters did not go along? */
bool attachment_may_be_moved(const struct attachment *attachment);

/* For whereabouts.c: says where it is. */
void attachment_place(struct attachment *attachment, const struct interface *interface, __u64 netns,
		      const char *netns_name);

/* What to call it: by the name of its interface now, or else by that of then. */
const char *attachment_name(const struct attachment *attachment);

/* Is that a name, or an alternative name, of its interface in the current namespace? */
bool attachment_is_called(const struct attachment *attachment, const char *name);

/* The word for the mode that it was attached in. */
const char *attachment_mode(const struct cx_attachment *self);

/* Was its interface renamed, or moved to another namespace, since it was attached? */
bool attachment_moved(const struct attachment *attachment);

/* Sums one attachment's counters over CPUs. Returns 0 or -errno. */
int attachment_counters(const struct attachment *attachment,
			struct cx_counter ret_counters[static CX_COUNTERS]);
/* The same of counters that are open. */
int counters_read(int fd, struct cx_counter ret_counters[static CX_COUNTERS]);

/* A file descriptor of the check program of an attachment, or -errno. */
int attachment_check_fd(const struct attachment *attachment);

/*
 * One of its pins: "link", or without one "program" and "next", and always
 * "counters" and "check", and "then" with CX_FEATURE_THEN: an fd or -errno.
 * dir: as struct attachment.pin.
 */
int attachment_open_pin(const char *dir, const char *pin);

/* Calls visit for each directory of pins, until one returns an error. Returns 0 or -errno. */
int attachments_visit_pins(const struct instance *instance,
			   int (*visit)(const char *dir, void *context), void *context);

/* Seconds until the attach or detach on trial among these is due; 0: none waits. */
unsigned int attachments_left(const struct attachment *list, size_t count,
			      const struct clocks *clocks);
/* The same of all of the instance, at its moment. Returns 0 or -errno. */
int attachments_wait(const struct instance *instance, unsigned int *ret_left);

#endif
