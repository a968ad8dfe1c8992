/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which interfaces of the current network namespace the filter does not cover. */
#ifndef COVERAGE_H
#define COVERAGE_H

#include "attachments.h"
#include "interfaces.h"
#include "judging.h"

/* Borrowed lists; here: a netns_cookie(). */
struct coverage {
	const struct attachment *attachment;
	const struct judging_facts *facts; /* of each */
	size_t attachments;
	const struct interface *interface;
	size_t interfaces;
	__u64 here;
};

/* Does it judge packets, or is its interface gone, or its gate open? */
bool attachment_judges(const struct attachment *attachment, __u64 boottime);

/* True if the interface's own attachment judges what comes in. */
bool coverage_filtered(const struct coverage *coverage, const struct interface *interface);

/*
 * True if what comes in is judged here or was judged before: on the device
 * below, or on every member of a bond or bridge.
 */
bool coverage_judged(const struct coverage *coverage, const struct interface *interface);

#endif
