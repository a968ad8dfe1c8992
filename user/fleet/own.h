/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* This host's own clarent-xdp: it alone reads and changes the filter, and is asked in words. */
#ifndef OWN_H
#define OWN_H

#include "buffer.h"
#include "fleet.h"

/* Errors are -EPERM: it refused, *ret_why says what it said; or another -errno. */

/* What is in force, as policy_strip() leaves it. */
int own_settings(const struct fleet *fleet, struct buffer *ret_text, struct complaint *ret_why);

/* The number of the last change, 0 if there was none; *ret_waits: it is on trial. */
int own_change(const struct fleet *fleet, __u64 *ret_change, bool *ret_waits,
	       struct complaint *ret_why);

/*
 * Puts a policy in force on trial, with every guard and never by force.
 * *ret_changed: something was to be changed, and now waits for own_confirm().
 */
int own_apply(const struct fleet *fleet, const char *text, size_t len, bool *ret_changed,
	      struct complaint *ret_why);
int own_confirm(const struct fleet *fleet, struct complaint *ret_why);
/* For the next boot. */
int own_save(const struct fleet *fleet, struct complaint *ret_why);

/* Would a packet of that source pass that policy?  Where nothing is attached, it does. */
int own_check(const struct fleet *fleet, const struct config_test *test, struct complaint *ret_why);

/* Packets refused so far, or that would be; *ret_packets stays if it cannot be told. */
void own_drops(const struct fleet *fleet, __u64 *ret_packets);

#endif
