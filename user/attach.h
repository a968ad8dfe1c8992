/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attachments: the program on an interface, held by a pinned link. */
#ifndef ATTACH_H
#define ATTACH_H

#include "instance.h"

struct attachment {
	struct cx_attachment self; /* what its program was loaded with */
	__u32 ifindex;             /* 0: the interface is gone */
	__u32 prog_id;
	char pin[PATH_MAX]; /* its directory */
};

/* What `attach` was asked for. */
struct attach_request {
	const char *ifname;
	const char *netns_name; /* for display, NULL: the caller's */
	enum cx_attach_mode mode;
	bool mode_named;      /* else: whatever is attached, or native */
	unsigned int confirm; /* seconds, 0: for good */
};

/* Attaches, or replaces the program in place.  The caller is in the interface's namespace. */
int attach_interface(struct instance *instance, const struct attach_request *request,
		     struct complaint *ret_why, struct warnings *warnings);

/* Detaches one; confirm as above. */
int attach_detach(struct instance *instance, const struct attachment *attachment,
		  unsigned int confirm, struct complaint *ret_why);

/*
 * While an attach or detach waits for its confirmation, its program has a
 * gate: seconds until it is due (0: none waits), its end for good, and the
 * return to the former state of those that are past it.
 */
unsigned int attach_pending(const struct instance *instance);
int attach_confirm(struct instance *instance, struct complaint *ret_why);
int attach_mend(struct instance *instance, struct complaint *ret_why);

/* Every attachment of the instance, in any namespace, by name. *ret_list is the caller's to free. */
int attach_list(const struct instance *instance, struct attachment **ret_list, size_t *ret_count);

/*
 * The attachment of that interface in the current namespace.  Returns 0,
 * -ENOENT if there is none, or another -errno if that cannot be told.
 */
int attach_find(const struct instance *instance, const char *ifname, struct attachment *ret);

/* Sums one attachment's counters over CPUs. Returns 0 or -errno. */
int attach_counters(const struct attachment *attachment,
		    struct cx_counter ret_counters[static CX_COUNTERS]);

/* A file descriptor of the check program of an attachment, or -errno. */
int attach_check_fd(const struct attachment *attachment);

/* Reloads the programs of all attachments with these features (a union is fine). */
int attach_set_features(struct instance *instance, __u32 features, struct complaint *ret_why);

/* Cookie of the current network namespace (Linux 5.14), 0 if the kernel gives none. */
__u64 netns_cookie(void);

#endif
