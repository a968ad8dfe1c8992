/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pins of one attachment: what holds it, its counters, its program for `check`. */
#ifndef LINKS_H
#define LINKS_H

#include "attachments.h"
#include "object.h"

/* A new attachment and its pins; in one step: killed before it, nothing is attached. */
int create_attachment(const struct instance *instance, const struct interface *interface,
		      const struct cx_attachment *self, const struct object_programs *programs,
		      struct complaint *ret_why);

/* Swaps programs in for those of an attachment: no packet goes unjudged. */
int swap_in(const struct instance *instance, const struct attachment *attachment,
	    const struct object_programs *programs, const char *name, struct complaint *ret_why);

/* The same at tc, of a link, from behind another's; the caller is in the interface's namespace. */
int swap_in_first(const struct instance *instance, const struct attachment *attachment,
		  const struct object_programs *programs, const char *name,
		  struct complaint *ret_why);

/* Puts programs on the interface of an attachment that is off. */
int put_back(const struct instance *instance, const struct attachment *attachment,
	     const struct interface *interface, const struct object_programs *programs,
	     struct complaint *ret_why);

/* Swaps programs in that are ready for an attachment, or else are loaded now. */
int replace_programs(struct instance *instance, const struct attachment *attachment,
		     const struct cx_attachment *self, struct complaint *ret_why);

/* The counters of an attachment, -1 in *ret_fd if it has none. Returns 0 or -errno. */
int open_counters(const struct attachment *attachment, int *ret_fd, struct complaint *ret_why);

/* The same of what it hands on to, if it does. */
int open_then(const struct attachment *attachment, int *ret_fd, struct complaint *ret_why);

/* Ends an attachment by its directory of pins. Returns 0 or -errno. */
int unpin(const char *dir);

/* Removes what a killed attach or detach left. Returns 0 or -errno. */
int sweep_attachments(const struct instance *instance);

/* That attachments cannot be read; returns err. */
int complain_list(struct complaint *ret_why, int err);

#endif
