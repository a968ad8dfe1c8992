/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy's text: is it one, and what is left of it once a host's own lines are in. */
#ifndef POLICY_H
#define POLICY_H

#include "buffer.h"
#include "policy_file.h"

/* The first of its bad lines, and how many there are. */
struct policy_fault {
	size_t count;
	__u32 line; /* 0: the text as a whole, or no line at all */
	struct complaint why;
};

/*
 * Returns 0, -EINVAL with *ret_fault filled, or another -errno.  errors: all of them, for
 * who prints them; or NULL.
 */
int policy_parse(const char *text, size_t len, struct settings *ret_settings,
		 struct policy_fault *ret_fault, struct file_errors *errors);

/*
 * The settings of a group's text with a host's own in it, as `apply ... add` has
 * them, written as save writes them: two texts that mean the same are the same.
 * own: NULL for none.  Returns 0, -EINVAL (*ret_own: the fault is in the
 * host's), or another -errno.  The text ends in a NUL that is not counted.
 */
int policy_join(const char *group, size_t group_len, const char *own, size_t own_len,
		struct buffer *ret_text, struct policy_fault *ret_fault, bool *ret_own);

/* The same of what `save -` prints: without comments. */
void policy_strip(const char *text, size_t len, struct buffer *ret_text);

#endif
