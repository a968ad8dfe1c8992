/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the current network namespace looks like, as the kernel tells it. */
#ifndef INTERFACES_H
#define INTERFACES_H

#include <stdbool.h>
#include <stddef.h>

#include "clarent_xdp.h"

#define INTERFACE_KIND_MAX 24

struct interface {
	__u32 ifindex;
	char name[CX_NAME_MAX];
	char kind[INTERFACE_KIND_MAX]; /* "vlan", "bond", "wireguard"...; empty: a device proper */
	unsigned short type;           /* ARPHRD_* */
	bool up;
	bool has_address; /* of either family */
	__u32 master;     /* ifindex of its bond, bridge or the like, 0: none */
	char master_kind[INTERFACE_KIND_MAX];
	__u32 lower; /* ifindex of the device whose own frames it hands on, 0: none here... */
	struct {
		__u32 ifindex; /* ... but this, 0: none */
		__u32 netnsid; /* in the namespace that this one knows by that number */
	} elsewhere;
	__u16 ipvlan_mode;   /* of an ipvlan or ipvtap: IPVLAN_MODE_* */
	bool gre_multipoint; /* a GRE tunnel to no one end, whose packets keep the header around */
	__u32 xdp_prog_id;   /* of whatever program is attached, 0: none */
	bool xdp_native;     /* run by its driver */
	__u32 mtu;
	__u32 xfrm_if_id; /* of an xfrm interface: whose policies lead to it */
	__u64 rx_packets; /* received, as the kernel counts */
	__u64 rx_lost;    /* dropped by card and driver, as those count */
	__u32 downs;      /* how often its carrier went away */
};

struct interface_queues {
	__u32 used, max;
	bool combined; /* they are set as "combined", else as "rx" */
};

/* All interfaces, in the kernel's order. Returns 0 or -errno; *ret_list is the caller's to free. */
int interfaces_read(struct interface **ret_list, size_t *ret_count);

/* One of a list, NULL if it is not there. */
const struct interface *interfaces_find(const struct interface *list, size_t count, __u32 ifindex);

/* One interface. Returns 0 or -errno. */
int interface_read(__u32 ifindex, struct interface *ret_interface);

/* Name of its driver, empty if it does not say. */
void interface_driver(const struct interface *interface,
		      char ret_driver[static INTERFACE_KIND_MAX]);

/* Is that feature on, as ethtool calls it?  False if the kernel does not know it. */
bool interface_has_feature(const struct interface *interface, const char *feature);

/* Receive queues in use, and how many it can have.  False if its driver does not say. */
bool interface_queues(const struct interface *interface, struct interface_queues *ret_queues);

/* The kernel's own search, by name or alternative name; 0: none is called so. */
__u32 interface_index(const char *name);

/* The one that has this name or alternative name now, NULL if none has. */
const struct interface *interfaces_named(const struct interface *list, size_t count,
					 const char *name);

/* True if packets come out of it that came into this host inside others. */
bool interface_is_tunnel(const struct interface *interface);

#endif
