/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a change does beyond its words: the same warnings, whichever verb makes it. */
#ifndef EFFECTS_H
#define EFFECTS_H

#include "settings.h"

/*
 * Warns of what want does that have did not do: policies that lose their last
 * source, or their mode, or guard another set of addresses; and of what the
 * words of this command name (said) in vain: an allow inside a deny, a policy
 * that is closed, a tunnel that nobody named.  Both are sorted, want is
 * aligned with have (align.h).  now: seconds since the epoch.
 */
void effects_warn(const struct settings *have, const struct settings *want, __u64 now,
		  struct warnings *warnings);

/* Does a policy begin to enforce a list of nobody? */
bool effects_shuts(const struct settings *have, const struct settings *want, unsigned int policy,
		   __u64 now);

#endif
