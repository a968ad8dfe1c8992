/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copies of a state that say only what differs from another one; see difference.h.
 *
 * The other one is whole, in the history: a file that is never written to again, only replaced as
 * a whole, so that it is what it was while its size and number are.  It stays while a copy that is
 * kept needs it.
 */
#ifndef KEPT_H
#define KEPT_H

#include <stdio.h>

#include "copies.h"
#include "difference.h"

/* Is a copy one?  Then what it needs; *ret_file is behind that line, and the caller's to close. */
bool kept_is_difference(const char *path, struct difference_head *ret_head, FILE **ret_file);

/* Is what it needs there, so far as can be told without reading it?  A whole one needs nothing. */
bool kept_has_base(const char *path);

/* Can the next state be said by what differs from this one? */
bool kept_can_go_on(const char *path, __u64 change);

/*
 * Writes the state after a change as what differs from that before it, which is the former one's.
 * Returns 0; -EOPNOTSUPP if it is better said whole; or another -errno.
 */
int kept_write_difference(const char *path, const char *former_path, __u64 change, __u64 former,
			  const struct settings *have, const struct settings *want);

/*
 * The edits by which a copy differs from an earlier one of which it came: a text, the caller's to
 * free.  Returns 0; -EOPNOTSUPP if that cannot be told by them alone; or another -errno.
 */
int kept_edits_since(const char *path, const char *earlier_path, __u64 earlier, char **ret_edits);

/* Reads either kind, as copies_read(). */
int kept_read(const char *path, struct settings *ret_settings);

#endif
