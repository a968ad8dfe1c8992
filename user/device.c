/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a device does with an XDP program: whether one may be attached to it. */
#include "device.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <string.h>

/* What its frames begin with, by ARP hardware type; -1 for what the parser does not know. */
int device_link_type(const struct interface *interface)
{
	switch (interface->type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		return CX_LINK_ETHERNET;
	case ARPHRD_NONE: /* TUN, WireGuard */
	case ARPHRD_RAWIP:
		return CX_LINK_BARE_IP;
	default:
		return -1;
	}
}

int device_no_native(const char *ifname, struct complaint *ret_why)
{
	complain_failed(ret_why, ifname, "its driver has no native XDP");
	complain_hint(ret_why, "try: clarent-xdp attach %s mode generic", ifname);
	return -EOPNOTSUPP;
}

/*
 * Of what comes out of ESP, XDP is given the outer frame there, its Ethernet
 * header too, though the device has none: every packet would be malformed.
 */
static int complain_xfrm(const char *ifname, struct complaint *ret_why)
{
	complain_failed(ret_why, ifname,
			"an xfrm interface shows XDP the frame around ESP, not what was inside");
	complain_hint(ret_why, "let IPsec's own policies say who may send through ESP");
	return -EOPNOTSUPP;
}

/* What the interface must be for a program to be attached to it. */
int device_check(const struct interface *interface, const struct attach_request *request,
		 struct complaint *ret_why)
{
	if (!interface) {
		complain_failed(ret_why, request->ifname, "no such interface");
		complain_hint(ret_why, "see: ip link");
		return -ENODEV;
	}
	if (!strcmp(interface->kind, "xfrm"))
		return complain_xfrm(interface->name, ret_why);
	if (device_link_type(interface) < 0)
		return complain_failed(
			ret_why, interface->name,
			"its frames (link type %u, %s) are neither Ethernet nor bare IP",
			interface->type, interface->kind);
	/* TUN takes a native program and then runs it on some paths only */
	if (device_link_type(interface) == CX_LINK_BARE_IP && request->mode == CX_ATTACH_NATIVE)
		return device_no_native(interface->name, ret_why);
	return 0;
}

/* A bond passes its packets to its members' programs or to its own, not to both. */
int device_check_bond(const struct instance *instance, const struct interface *all, size_t count,
		      const struct interface *interface, struct complaint *ret_why)
{
	struct attachment other;

	for (size_t i = 0; i < count; i++) {
		bool member =
			all[i].master == interface->ifindex && !strcmp(interface->kind, "bond");

		if (member && !attach_find(instance, all[i].name, &other) && other.ifindex) {
			complain_failed(ret_why, interface->name,
					"its member %s is attached already", all[i].name);
			complain_hint(ret_why, "attach the bond or its members, not both");
			return -EBUSY;
		}
	}
	return 0;
}
