/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a device does with a program: run it on all it receives, on some, or never.
 *
 * A driver runs a native program on its receive ring.  The kernel runs a
 * generic one where a packet is handed to the stack as that device's
 * (__netif_receive_skb_core), and so on each device that takes a packet over
 * from another there.  Those that take it over later have no such place, and
 * what tc redirects to a device's ingress is not shown to its program.  tc
 * ingress is in the same place, and is shown what tc redirects as well.
 */
#include "device.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#define AROUND_VETH                                                                             \
	"what tc hands over to it (bpf_redirect_peer into a pod, mirred) is not judged there: " \
	"attach as well the interface that such packets come in through, or this one in mode tc"

static const struct device_kind kinds[] = {
	{ .kind = "bond", .by_members = true },
	{ .kind = "bridge", .by_members = true },
	{ .kind = "team", .by_members = true },
	{ .kind = "vrf",
	  .never = "a VRF takes packets over from its members behind XDP and tc",
	  .by_members = true },
	{ .kind = "ifb",
	  .never = "what tc redirects to an ifb has been received elsewhere",
	  .instead = "attach the interface whose ingress is redirected to it" },
	{ .kind = "dummy",
	  .never = "a dummy receives nothing",
	  .instead = "attach the interface that packets for its addresses come in through" },
	{ .kind = "veth", .around = AROUND_VETH },
	{ .kind = "netkit", .around = AROUND_VETH },
	{}, /* all others */
};

static const struct device_kind ipvlan_l3s = {
	.kind = "ipvlan",
	.never = "an ipvlan in mode l3s takes packets over from the device below behind XDP and tc",
};

static bool is_ipvlan_l3s(const struct interface *interface)
{
	return interface->ipvlan_mode == IPVLAN_MODE_L3S &&
	       (!strcmp(interface->kind, "ipvlan") || !strcmp(interface->kind, "ipvtap"));
}

const struct device_kind *device_kind(const struct interface *interface)
{
	const struct device_kind *kind = kinds;

	if (is_ipvlan_l3s(interface))
		return &ipvlan_l3s;
	while (kind->kind && strcmp(kind->kind, interface->kind))
		kind++;
	return kind;
}

/* PPP of other makes than the kernel's own keeps its header. */
static bool is_foreign_ppp(const struct interface *interface)
{
	return interface->type == ARPHRD_PPP && strcmp(interface->kind, "ppp");
}

int device_link_type(const struct interface *interface)
{
	if (is_foreign_ppp(interface))
		return -1;
	switch (interface->type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		return CX_LINK_ETHERNET;
	case ARPHRD_NONE: /* TUN, WireGuard */
	case ARPHRD_RAWIP:
	case ARPHRD_PPP:
	case ARPHRD_TUNNEL: /* IPIP */
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
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
	complain_hint(ret_why, "try: clarent-xdp attach %s mode tc", ifname);
	return -EOPNOTSUPP;
}

/* Such a device keeps the header around what it hands on, and XDP begins there. */
static int complain_multipoint(const char *ifname, struct complaint *ret_why)
{
	complain_failed(ret_why, ifname,
			"a GRE tunnel of many ends shows XDP the header around, not what was "
			"inside");
	complain_hint(ret_why, "give it one remote, or make it external: ip link add ... type gre");
	return -EOPNOTSUPP;
}

static bool is_vti(const struct interface *interface)
{
	return !strcmp(interface->kind, "vti") || !strcmp(interface->kind, "vti6");
}

static int complain_vti(const char *ifname, struct complaint *ret_why)
{
	complain_failed(ret_why, ifname,
			"a VTI shows XDP the frame around ESP, not what was inside");
	complain_hint(ret_why, "let IPsec's own policies say who may send through ESP");
	return -EOPNOTSUPP;
}

/* The names of a device's members, or of the device below it; empty if there are none here. */
static void name_lowers(const struct interface *interface, const struct interface *all,
			size_t count, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < count && len < size; i++) {
		if (all[i].master == interface->ifindex || all[i].ifindex == interface->lower)
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "",
						all[i].name);
	}
}

static int complain_never(const struct interface *interface, const struct interface *all,
			  size_t count, struct complaint *ret_why)
{
	const struct device_kind *kind = device_kind(interface);
	const char *below = kind->by_members ? "its members" : "the device below it";
	char names[128];

	complain_failed(ret_why, interface->name, "%s: a program on it would never run",
			kind->never);
	name_lowers(interface, all, count, names, sizeof(names));
	if (kind->instead)
		complain_hint(ret_why, "%s", kind->instead);
	else
		complain_hint(ret_why, "attach %s instead%s%s", below, *names ? ": " : "", names);
	return -EOPNOTSUPP;
}

int device_unknown(const char *ifname, struct complaint *ret_why)
{
	complain_failed(ret_why, ifname, "no such interface");
	complain_hint(ret_why, "see: ip link");
	return -ENODEV;
}

int device_check(const struct interface *interface, enum cx_attach_mode mode,
		 const struct interface *all, size_t count, struct complaint *ret_why)
{
	if (!strcmp(interface->kind, "xfrm") && mode != CX_ATTACH_TC)
		return complain_xfrm(interface->name, ret_why);
	if (is_vti(interface))
		return complain_vti(interface->name, ret_why);
	if (interface->gre_multipoint)
		return complain_multipoint(interface->name, ret_why);
	if (device_kind(interface)->never)
		return complain_never(interface, all, count, ret_why);
	if (device_link_type(interface) < 0)
		return complain_failed(
			ret_why, interface->name,
			"its frames (link type %u, %s) are neither Ethernet nor bare IP",
			interface->type, interface->kind);
	/* TUN takes a native program and then runs it on some paths only */
	if (device_link_type(interface) == CX_LINK_BARE_IP && mode == CX_ATTACH_NATIVE)
		return device_no_native(interface->name, ret_why);
	return 0;
}

/* vmxnet3 forgets it when it allocates its rings anew, as of Linux 7.3. */
static bool driver_loses_native(const struct interface *interface)
{
	char driver[INTERFACE_KIND_MAX];

	interface_driver(interface, driver);
	return !strcmp(driver, "vmxnet3");
}

bool device_loses_native(const struct interface *interface, const struct interface *all,
			 size_t count)
{
	if (strcmp(interface->kind, "bond"))
		return !*interface->kind && driver_loses_native(interface);
	for (size_t i = 0; i < count; i++) {
		if (all[i].master == interface->ifindex && driver_loses_native(&all[i]))
			return true;
	}
	return false;
}

/* Of devices that a program is run on when GRO is done, or that are given frames as they were sent. */
const char *device_merges(const struct interface *interface, enum cx_attach_mode mode)
{
	if (mode == CX_ATTACH_TC)
		return NULL; /* there it is charged for as many as it holds */
	if (!strcmp(interface->kind, "tun") && interface->type == ARPHRD_ETHER)
		return "a guest's UDP segmentation comes in unsplit";
	if (mode != CX_ATTACH_GENERIC)
		return NULL;
	if (!strcmp(interface->kind, "veth") || !strcmp(interface->kind, "netkit"))
		return "the other end's UDP segmentation comes in unsplit";
	if (interface_has_feature(interface, "rx-udp-gro-forwarding"))
		return "its feature rx-udp-gro-forwarding puts them together";
	if (interface_has_feature(interface, "rx-gro-list"))
		return "its feature rx-gro-list puts them together";
	return NULL;
}

void device_warn(const struct interface *interface, enum cx_attach_mode mode,
		 const struct interface *all, size_t count, struct warnings *warnings)
{
	const struct device_kind *kind = device_kind(interface);

	if (mode == CX_ATTACH_TC)
		return;
	if (kind->around)
		warn_add(warnings, "%s is a %s: %s", interface->name, kind->kind, kind->around);
	if (interface->xdp_native && device_loses_native(interface, all, count))
		warn_add(warnings,
			 "%s: the driver vmxnet3 loses a native program when the link goes down, "
			 "or its MTU or rings change, until it is attached again; mode generic "
			 "stays",
			 interface->name);
}
