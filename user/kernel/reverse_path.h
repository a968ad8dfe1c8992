/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What `rpf` needs of the kernel: that it answers questions about routes.
 *
 * The fast path asks the routing table as from lo, and the kernel answers only
 * for an interface that forwards.  So net.ipv4.conf.lo.forwarding and its IPv6
 * twin are set in every network namespace where that is asked; no packet is
 * forwarded for it, since none comes in through lo from elsewhere.  What was
 * set is remembered in the instance until purge.
 */
#ifndef REVERSE_PATH_H
#define REVERSE_PATH_H

#include "attachments.h"
#include "settings.h"

/* Does any policy ask? */
bool reverse_path_used(const struct settings *settings);

/*
 * Makes the kernel answer wherever something is attached, or, if nothing is,
 * in the current network namespace; says what it set.  netns: the name of the
 * current one, NULL: none was given.  Returns 0, or a negative errno with
 * *ret_why filled.
 */
int reverse_path_enable(struct instance *instance, const char *netns, struct complaint *ret_why,
			struct warnings *warnings);

/* The same for the current network namespace alone. */
int reverse_path_enable_here(struct instance *instance, const char *netns,
			     struct complaint *ret_why, struct warnings *warnings);

/* Sets back what the instance has set, in all network namespaces that still are. */
void reverse_path_restore(struct instance *instance, struct warnings *warnings);

/* Bits (1 << enum cx_family) of what it does not answer where this is attached. 0 or -errno. */
int reverse_path_mute(const struct attachment *attachment, unsigned int *ret_mute);

/* The sysctl of a family, as sysctl(8) has it. */
extern const char *const reverse_path_sysctl[];

#endif
