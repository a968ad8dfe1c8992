/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attaching and detaching: the program on an interface, held by a pinned link. */
#ifndef ATTACH_H
#define ATTACH_H

#include "attachments.h"

/* What to do with what passes. */
enum attach_then {
	ATTACH_THEN_AS_IS,
	ATTACH_THEN_PINNED,
	ATTACH_THEN_OFF,
};

/* What `attach` was asked for. */
struct attach_request {
	const char *ifname;     /* any name of an interface of the current namespace */
	const char *netns_name; /* for display, NULL: the caller's */
	enum cx_attach_mode mode;
	bool mode_named;      /* else: whatever is attached, or native */
	unsigned int confirm; /* seconds, 0: for good */
	enum attach_then then;
	const char *then_path; /* of ATTACH_THEN_PINNED, and... */
	int then_fd;           /* ... the program, see then_open() */
	bool join;             /* else: as it is, or by itself */
};

/*
 * Attaches, or replaces the program in place.  The caller is in the interface's
 * namespace.  unlocked: while the kernel verifies the program, others may
 * change the instance, so that what the caller had read is old.  Returns 0, a
 * negative errno, or 1 if they changed what it was planned by: nothing is done
 * then, and the caller is to decide anew.
 */
int attach_interface(struct instance *instance, const struct attach_request *request, bool unlocked,
		     struct complaint *ret_why);

/* Detaches one: on trial, until CLOCK_BOOTTIME comes to that many ns; 0: for good. */
int attach_detach(struct instance *instance, const struct attachment *attachment, __u64 until,
		  struct complaint *ret_why);

/* Drops those whose interface is gone, warning of each. Returns how many, or -errno. */
int attach_drop_gone(struct instance *instance, struct complaint *ret_why,
		     struct warnings *warnings);

/*
 * While an attach or detach waits for its confirmation (attachments_wait()), its
 * program has a gate: its end for good or not at all, and the return to the
 * former state of those that are past it.  Return 0 or -errno.
 */
int attach_confirm(struct instance *instance, struct complaint *ret_why);
int attach_give_up(struct instance *instance, struct complaint *ret_why);
int attach_mend(struct instance *instance, struct complaint *ret_why);

/*
 * Sees to it that all attachments have these features.  What ready_load() has got
 * ready is put in force, all else is loaded first.  Returns 0 or -errno.
 */
int attach_need_features(struct instance *instance, __u32 features, struct complaint *ret_why);

/* Has one of them others than these?  Returns 0 or -errno. */
int attach_exceed_features(const struct instance *instance, __u32 features, bool *ret_exceed);

/*
 * Takes out what no rule needs any more: it only costs time, so that the
 * programs are loaded without the lock, and the lock is asked for then.  dir: an
 * instance's.  Returns 0, or -errno: then the next change does.
 */
int attach_slim(const char *dir, struct complaint *ret_why);

#endif
