/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Puts the policy model in force.
 *
 * A change builds the idle generation, checks it, and flips one word; see
 * struct cx_rules.  Killed at any instant it leaves the old rules in force or
 * the new ones, and the next change mends what was left over.
 */
#ifndef GENERATION_H
#define GENERATION_H

#include "instance.h"
#include "settings.h"

/*
 * Puts want in force in place of have, which generation_read() gave (NULL: a fresh
 * instance), as change number instance->next.  Entries of want get their ids.
 * confirm: seconds until the former rules return by themselves, 0 for good.  Returns 0, or a negative errno with *ret_why
 * filled and the former rules in force.
 */
int generation_commit(struct instance *instance, const struct settings *have, struct settings *want,
		      unsigned int confirm, struct complaint *ret_why);

/* Says why new rules cannot be: err is of inherit() or of the kernel. Returns err. */
int generation_complain(struct complaint *ret_why, int err);

/*
 * The change that waits for its confirmation, for good or not at all.  That one
 * waits is for the caller to know, by instance_pending(): what this moment says
 * is done, whatever the clock says by then.  Returns 0 or -errno.
 */
int generation_confirm(struct instance *instance);
int generation_give_up(struct instance *instance);

/*
 * Tidies what a killed change or a lapsed deadline left; while a change waits
 * for its confirmation, only the pins.  Returns 0 or -errno.
 */
int generation_mend(struct instance *instance);

/* Gives back the numbers of interface names that neither these settings nor attachments use. */
int generation_keep_devices(struct instance *instance, const struct settings *settings);

#endif
