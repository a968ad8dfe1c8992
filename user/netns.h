/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Visits to other network namespaces, known by their cookies. */
#ifndef NETNS_H
#define NETNS_H

#include <linux/types.h>

/*
 * Runs visit() in the network namespace with that netns_cookie() and comes
 * back.  Returns what it returned; -ENOENT if no name in /run/netns and no
 * process leads there; -errno if this process may not go there.
 */
int netns_visit(__u64 cookie, int (*visit)(void *context), void *context);

#endif
