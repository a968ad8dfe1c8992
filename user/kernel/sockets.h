/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What UDP sockets of the current network namespace dropped: nobody read them fast enough. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "ports.h"

struct udp_socket {
	__u64 inode; /* tells it from others */
	__u16 port;
	__u64 drops; /* datagrams, since it was opened */
};

/*
 * Those that are bound to ports of which owner says that somebody owns them, of both
 * families, by inode.  Returns 0 or -errno; *ret_list is the caller's to free.
 */
int udp_sockets_read(const __u8 owner[static PORTS_COUNT], struct udp_socket **ret_list,
		     size_t *ret_count);

/* What all UDP sockets dropped for want of room, those that were closed as well. 0 or -errno. */
int udp_drops_read(__u64 *ret_drops);

#endif
