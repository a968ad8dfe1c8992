/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions to netlink about all of one thing, in the current network namespace. */
#ifndef NETLINK_H
#define NETLINK_H

#include <libmnl/libmnl.h>

#include "scope.h"

#define NETLINK_ANSWER 32768 /* bytes that the kernel fills at most in one go of a dump */
#define NETLINK_TRIES  5     /* of a dump that changes came in between */

DEFINE_SCOPED(struct mnl_socket *, socket, mnl_socket_close)

/* A bound socket, the caller's to close; NULL with errno set. */
struct mnl_socket *netlink_open(void);

/* The same to another of the kernel's: NETLINK_GENERIC, NETLINK_XFRM... */
struct mnl_socket *netlink_open_to(int bus);

/*
 * Asks for all of a type (RTM_GET...), whose header has so many bytes, and hands
 * each to take().  Returns 0, -EINTR if changes came in between, so that what
 * was taken may be neither of before nor of after, or another -errno; then the
 * socket is of no more use, as the rest of the answer may be under way.
 */
int netlink_dump(struct mnl_socket *socket, __u16 type, size_t header, mnl_cb_t take,
		 void *context);

/* The same of what a header says, NULL: all of it. */
int netlink_dump_of(struct mnl_socket *socket, __u16 type, const void *header, size_t size,
		    mnl_cb_t take, void *context);

#endif
