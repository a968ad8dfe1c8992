/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the first bytes of a frame say of its sender and receiver, to be shown: nobody is judged by it. */
#ifndef HEADS_H
#define HEADS_H

#include <stdbool.h>
#include <stddef.h>

#include "prefix.h"

struct heads {
	bool has_ip; /* else nothing below is known */
	struct prefix source, dest;
	__u8 ttl;       /* or hop limit */
	__u8 protocol;  /* IP's number of what the packet carries */
	bool has_ports; /* UDP's or TCP's, in what is here of it */
	__u16 source_port, dest_port;
};

void heads_read(const __u8 *frame, size_t len, enum cx_link_type link_type,
		struct heads *ret_heads);

/* "UDP", or "47" in buf for what has no name here. */
#define HEADS_PROTOCOL_MAX 8
const char *heads_protocol(__u8 protocol, char buf[static HEADS_PROTOCOL_MAX]);

#endif
