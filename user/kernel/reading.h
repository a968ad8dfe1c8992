/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the kernel to the policy model. */
#ifndef READING_H
#define READING_H

#include "addresses.h"
#include "instance.h"
#include "settings.h"

/* Reads the live rules. Returns 0 or -errno; *ret_settings needs no freeing after a failure. */
int generation_read(const struct instance *instance, struct settings *ret_settings);

/* What is to be known of the lists by who does not want to read them. */
struct asked {
	const struct prefix *source; /* an address: what covers it in each list; NULL: no entry */
	const struct address *dest;  /* the same of destinations... */
	size_t dests;
	bool any_dest; /* ... or all that is protected */
};

/*
 * The live rules, and of the lists what is asked: as much as that costs.  What
 * settings.h says of an address that was asked about is then as true as of the
 * whole.  Returns as generation_read().
 */
int generation_read_asked(const struct instance *instance, const struct asked *asked,
			  struct settings *ret_settings);

/*
 * A window: the live rules, short lists whole, and of long ones the entries of these prefixes
 * and of a peer, and those that cover them.  Returns 0; -EOPNOTSUPP if it would not do for a change
 * of them; or another -errno.
 */
#define WINDOW_MAX 1024 /* prefixes, and entries of a peer */

struct window {
	const struct prefix *prefix;
	size_t count;
	bool one_each;    /* of each prefix one entry at most may be new, not one of each policy */
	const char *peer; /* NULL: nobody's */
};

int generation_read_window(const struct instance *instance, const struct window *window,
			   struct settings *ret_settings);

/* While a change waits for its confirmation: what was before it, and is confirmed. */
int generation_read_former(const struct instance *instance, struct settings *ret_settings);
__u64 generation_former_serial(const struct instance *instance);

#endif
