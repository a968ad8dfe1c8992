/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Carries the policy model into the kernel and reads it back.
 *
 * A change builds the idle generation, checks it, and flips one word; see
 * struct cx_rules.  Killed at any instant it leaves the old rules in force or
 * the new ones, and the next change mends what was left over.
 */
#ifndef CARRY_H
#define CARRY_H

#include "instance.h"
#include "settings.h"

/* Reads the live rules. Returns 0 or -errno; *ret_settings needs no freeing after a failure. */
int carry_read(const struct instance *instance, struct settings *ret_settings);

/* What an entry or policy has seen, by cx_entry.id or policy index. Zeroes if it has no state. */
void carry_state(const struct instance *instance, __u32 id, struct cx_state *ret_state);

/*
 * Puts want in force in place of have, which carry_read() gave (NULL: a fresh
 * instance).  Entries of want get their ids.  confirm: seconds until the former rules return by
 * themselves, 0 for good.  Returns 0, or a negative errno with *ret_why
 * filled and the former rules in force.
 */
int carry_commit(struct instance *instance, const struct settings *have, struct settings *want,
		 unsigned int confirm, struct complaint *ret_why);

/* Says why new rules cannot be: err is of align() or of the kernel. Returns err. */
int carry_complain(struct complaint *ret_why, int err);

/* Seconds left until an awaited confirmation is due, 0 if none is awaited. */
unsigned int carry_pending(const struct instance *instance);
/* Makes what waits for confirmation permanent. Returns 0 or -ENOENT if nothing waits. */
int carry_confirm(struct instance *instance);
/* Tidies what a killed change or a lapsed deadline left. Returns 0 or -errno. */
int carry_mend(struct instance *instance);

#endif
