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

/* While a change waits for its confirmation: what was before it, and is confirmed. */
int carry_read_former(const struct instance *instance, struct settings *ret_settings);
__u64 carry_former_serial(const struct instance *instance);

/* So that what these entries have seen can be read: once, for the life of the process. */
int carry_open_states(const struct instance *instance, const struct settings *settings);
/* What an entry has seen, by its id. Zeroes if it has no state, or that was not opened. */
struct cx_state carry_state(__u32 id);

/*
 * Puts want in force in place of have, which carry_read() gave (NULL: a fresh
 * instance), as change number instance->next.  Entries of want get their ids.  confirm: seconds until the former rules return by
 * themselves, 0 for good.  Returns 0, or a negative errno with *ret_why
 * filled and the former rules in force.
 */
int carry_commit(struct instance *instance, const struct settings *have, struct settings *want,
		 unsigned int confirm, struct complaint *ret_why);

/* Says why new rules cannot be: err is of align() or of the kernel. Returns err. */
int carry_complain(struct complaint *ret_why, int err);

/*
 * The change that waits for its confirmation, for good or not at all.  That one
 * waits is for the caller to know, by instance_pending(): what this moment says
 * is done, whatever the clock says by then.  Returns 0 or -errno.
 */
int carry_confirm(struct instance *instance);
int carry_give_up(struct instance *instance);

/*
 * Tidies what a killed change or a lapsed deadline left; while a change waits
 * for its confirmation, only the pins.  Returns 0 or -errno.
 */
int carry_mend(struct instance *instance);

/* Gives back the numbers of interface names that neither these settings nor attachments use. */
int carry_keep_devices(struct instance *instance, const struct settings *settings);

#endif
