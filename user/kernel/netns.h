/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces: which one we are in, and visits to others. */
#ifndef NETNS_H
#define NETNS_H

#include <linux/types.h>

struct mnl_socket;

/* Cookie of the current network namespace.  Returns 0 or -errno; Linux gives them since 5.14. */
int netns_cookie(__u64 *ret_cookie);

/*
 * Runs visit() in each network namespace that a name in /run/netns or a
 * process leads to, but for the current one, until one returns more than 0;
 * name: in /run/netns, empty if it has none.  Returns what that one returned,
 * or -errno of one that could not be looked for, entered or visited, or 0.
 */
typedef int netns_visit_fn(void *context, __u64 cookie, const char *name);
int netns_visit_others(netns_visit_fn *visit, void *context);

/*
 * The number by which the namespace that a socket was opened in knows the
 * current one, or another that fd leads to (fd < 0: the current).  Returns it,
 * or -errno; -ENOENT if it has none there.
 */
int netns_number(struct mnl_socket *socket, int fd);

/*
 * Runs visit() in the network namespace with that netns_cookie(), be it the
 * current one, and comes back.  Returns what it returned; -ENOENT if nothing
 * leads there; -errno if this process may not go there.
 */
int netns_visit(__u64 cookie, int (*visit)(void *context), void *context);

#endif
