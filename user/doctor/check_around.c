/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Encapsulation that comes out where no device is, so that nothing can judge what was inside. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/fou.h>
#include <linux/genetlink.h>
#include <linux/lwtunnel.h>
#include <linux/mpls.h>
#include <linux/rtnetlink.h>
#include <linux/seg6_local.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <string.h>

#include "checks.h"
#include "genl.h"
#include "netlink.h"

/* Of linux/seg6_local.h and linux/socket.h, which headers may lack. */
#define SEG6_ACTION_END_DT46 16
#define FAMILY_MPLS          28

/* A look through rtnetlink's answers: of the route's family alone. */
struct routes {
	struct doctor *doctor;
	unsigned char family;
};

/* err: 0, or a negative errno: then what was asked for was not looked at. */
static void tell_error(struct doctor *doctor, int err, const char *what)
{
	if (err)
		doctor_unseen(doctor, "%s: %s", what, strerror(-err));
}

/* --- FOU and GUE --- */

struct fou {
	__u8 family, protocol, type;
	__u16 port;
};

static void read_fou(const struct nlmsghdr *message, struct fou *ret_fou)
{
	const struct nlattr *attr;

	*ret_fou = (struct fou){ .family = AF_INET };
	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr))
	{
		switch (mnl_attr_get_type(attr)) {
		case FOU_ATTR_PORT:
			ret_fou->port = ntohs(mnl_attr_get_u16(attr));
			break;
		case FOU_ATTR_AF:
			ret_fou->family = mnl_attr_get_u8(attr);
			break;
		case FOU_ATTR_IPPROTO:
			ret_fou->protocol = mnl_attr_get_u8(attr);
			break;
		case FOU_ATTR_TYPE:
			ret_fou->type = mnl_attr_get_u8(attr);
		}
	}
}

/* GUE says in each packet what is inside. */
static int take_fou(const struct nlmsghdr *message, void *data)
{
	struct doctor *doctor = data;
	bool gue;
	struct fou fou;

	read_fou(message, &fou);
	gue = fou.type == FOU_ENCAP_GUE;
	if (!gue && fou.protocol != IPPROTO_UDP && fou.protocol != IPPROTO_TCP)
		return MNL_CB_OK; /* comes out of a device */
	doctor_say(doctor, DOCTOR_FAIL, NULL, "what is inside UDP port %u (%s) is not judged",
		   fou.port, gue ? "GUE" : "FOU");
	doctor_mend_net(doctor, "ip fou del port %u%s", fou.port,
			fou.family == AF_INET6 ? " -6" : "");
	return MNL_CB_OK;
}

void check_fou(struct doctor *doctor)
{
	int err = genl_dump(FOU_GENL_NAME, FOU_CMD_GET, take_fou, doctor);

	tell_error(doctor, err == -ENOENT ? 0 : err, "FOU");
	doctor_well(doctor, err ? "the kernel has none loaded" : "no port takes UDP out of UDP");
}

/* --- Routes --- */

static int look_at_routes(struct doctor *doctor, unsigned char family, mnl_cb_t take)
{
	const struct rtmsg header = { .rtm_family = family };
	struct routes routes = { doctor, family };
	scoped(socket) socket = netlink_open();

	return socket ? netlink_dump_of(socket, RTM_GETROUTE, &header, sizeof(header), take,
					&routes)
		      : -errno;
}

static const struct rtmsg *route_of(const struct nlmsghdr *message, const struct routes *routes)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);

	return route->rtm_family == routes->family ? route : NULL;
}

/* --- MPLS --- */

/* A label that is taken off, and what was under it is for lo. */
static int take_mpls(const struct nlmsghdr *message, void *data)
{
	const struct routes *routes = data;
	const struct nlattr *attr;
	__u32 label = 0, oif = 0;
	bool swapped = false;

	if (!route_of(message, routes))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, message, sizeof(struct rtmsg))
	{
		if (mnl_attr_get_type(attr) == RTA_DST)
			label = ntohl(mnl_attr_get_u32(attr)) >> MPLS_LS_LABEL_SHIFT;
		if (mnl_attr_get_type(attr) == RTA_OIF)
			oif = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == RTA_NEWDST)
			swapped = true;
	}
	if (swapped || oif != 1)
		return MNL_CB_OK;
	doctor_say(routes->doctor, DOCTOR_FAIL, NULL, "what is under MPLS label %u is not judged",
		   label);
	doctor_mend_net(routes->doctor, "ip -f mpls route del %u", label);
	return MNL_CB_OK;
}

void check_mpls(struct doctor *doctor)
{
	const struct interface *lo =
		interfaces_find(doctor->coverage.interface, doctor->coverage.interfaces, 1);

	if (lo && coverage_filtered(&doctor->coverage, lo))
		doctor_well(doctor, "lo is attached, and judges what is popped to it");
	else
		tell_error(doctor, look_at_routes(doctor, FAMILY_MPLS, take_mpls), "MPLS");
	doctor_well(doctor, "no label is popped to this host");
}

/* --- Segment routing --- */

static bool takes_out(__u32 action)
{
	switch (action) {
	case SEG6_LOCAL_ACTION_END_DX2:
	case SEG6_LOCAL_ACTION_END_DX6:
	case SEG6_LOCAL_ACTION_END_DX4:
	case SEG6_LOCAL_ACTION_END_DT6:
	case SEG6_LOCAL_ACTION_END_DT4:
	case SEG6_ACTION_END_DT46:
		return true;
	}
	return false;
}

static bool is_taking_out(const struct nlattr *encap)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, encap)
	{
		if (mnl_attr_get_type(attr) == SEG6_LOCAL_ACTION)
			return takes_out(mnl_attr_get_u32(attr));
	}
	return false;
}

struct seg6_route {
	struct in6_addr dest;
	__u32 table;
	bool takes_out;
};

/* One of several ways that a route has. */
static bool is_way_out(const struct rtnexthop *hop)
{
	const struct nlattr *attr, *encap = NULL;
	__u16 type = 0;

	mnl_attr_for_each_payload((const void *)RTNH_DATA(hop), hop->rtnh_len - sizeof(*hop))
	{
		if (mnl_attr_get_type(attr) == RTA_ENCAP_TYPE)
			type = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == RTA_ENCAP)
			encap = attr;
	}
	return encap && type == LWTUNNEL_ENCAP_SEG6_LOCAL && is_taking_out(encap);
}

static bool is_any_way_out(const struct nlattr *hops)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(hops);
	int left = mnl_attr_get_payload_len(hops);

	for (; RTNH_OK(hop, left); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
		if (is_way_out(hop))
			return true;
	}
	return false;
}

static void read_seg6(const struct nlmsghdr *message, struct seg6_route *ret_route)
{
	const struct nlattr *attr, *encap = NULL;
	__u16 type = 0;

	mnl_attr_for_each(attr, message, sizeof(struct rtmsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case RTA_MULTIPATH:
			ret_route->takes_out |= is_any_way_out(attr);
			break;
		case RTA_DST:
			memcpy(&ret_route->dest, mnl_attr_get_payload(attr),
			       sizeof(ret_route->dest));
			break;
		case RTA_TABLE:
			ret_route->table = mnl_attr_get_u32(attr);
			break;
		case RTA_ENCAP_TYPE:
			type = mnl_attr_get_u16(attr);
			break;
		case RTA_ENCAP:
			encap = attr;
		}
	}
	ret_route->takes_out |= encap && type == LWTUNNEL_ENCAP_SEG6_LOCAL && is_taking_out(encap);
}

static int take_seg6(const struct nlmsghdr *message, void *data)
{
	const struct routes *routes = data;
	const struct rtmsg *header = route_of(message, routes);
	struct seg6_route route = {};
	char dest[INET6_ADDRSTRLEN];

	if (!header)
		return MNL_CB_OK;
	route.table = header->rtm_table;
	read_seg6(message, &route);
	if (!route.takes_out)
		return MNL_CB_OK;
	inet_ntop(AF_INET6, &route.dest, dest, sizeof(dest));
	doctor_say(routes->doctor, DOCTOR_FAIL, dest, "a segment that takes out what is inside");
	doctor_mend_net(routes->doctor, "ip -6 route del %s/%u table %u", dest, header->rtm_dst_len,
			route.table);
	return MNL_CB_OK;
}

void check_seg6(struct doctor *doctor)
{
	tell_error(doctor, look_at_routes(doctor, AF_INET6, take_seg6), "IPv6 routes");
	doctor_well(doctor, "no segment takes out what is inside");
}

/* --- IPsec --- */

struct ipsec {
	const struct xfrm_userpolicy_info *policy;
	__u32 if_id;
	bool hides; /* some template keeps from XDP what is inside */
	bool tunnel;
};

/* XDP walks AH in transport mode as an extension header. */
static void read_templates(const struct nlattr *attr, struct ipsec *ipsec)
{
	const struct xfrm_user_tmpl *template = mnl_attr_get_payload(attr);
	size_t count = mnl_attr_get_payload_len(attr) / sizeof(*template);

	for (size_t i = 0; i < count; i++) {
		bool transport = template[i].mode == XFRM_MODE_TRANSPORT;

		if (template[i].id.proto != IPPROTO_AH || !transport)
			ipsec->hides = true;
		if (!transport)
			ipsec->tunnel = true;
	}
}

static void read_policy(const struct nlmsghdr *message, struct ipsec *ret_ipsec)
{
	const struct nlattr *attr;

	*ret_ipsec = (struct ipsec){ .policy = mnl_nlmsg_get_payload(message) };
	mnl_attr_for_each(attr, message, sizeof(struct xfrm_userpolicy_info))
	{
		if (mnl_attr_get_type(attr) == XFRMA_TMPL)
			read_templates(attr, ret_ipsec);
		if (mnl_attr_get_type(attr) == XFRMA_IF_ID)
			ret_ipsec->if_id = mnl_attr_get_u32(attr);
	}
}

/* Can what comes by it be for a guarded port? */
static bool can_be_guarded(const struct doctor *doctor, const struct xfrm_selector *selector)
{
	bool tcp = selector->proto == IPPROTO_TCP;

	if (selector->proto && selector->proto != IPPROTO_UDP && !tcp)
		return false;
	return !selector->proto || selector->dport_mask != 0xffff ||
	       doctor_guards(doctor, tcp ? CX_TCP : CX_UDP, ntohs(selector->dport));
}

/* What was in a tunnel comes out of its xfrm interface; what was not does not. */
static const struct interface *comes_out_of(const struct doctor *doctor, const struct ipsec *ipsec)
{
	const struct coverage *coverage = &doctor->coverage;

	for (size_t i = 0; ipsec->if_id && ipsec->tunnel && i < coverage->interfaces; i++) {
		if (coverage->interface[i].xfrm_if_id == ipsec->if_id)
			return &coverage->interface[i];
	}
	return NULL;
}

static void mend_policy(struct doctor *doctor, const struct ipsec *ipsec, const char *source,
			const char *dest)
{
	const struct xfrm_selector *selector = &ipsec->policy->sel;
	char proto[80] = "", if_id[32] = "";
	size_t len = 0;

	if (selector->proto)
		len = (size_t)snprintf(proto, sizeof(proto), " proto %u", selector->proto);
	if (selector->sport_mask)
		len += (size_t)snprintf(proto + len, sizeof(proto) - len, " sport %u",
					ntohs(selector->sport));
	if (selector->dport_mask)
		snprintf(proto + len, sizeof(proto) - len, " dport %u", ntohs(selector->dport));
	if (ipsec->if_id)
		snprintf(if_id, sizeof(if_id), " if_id %u", ipsec->if_id);
	doctor_mend_net(doctor, "ip xfrm policy delete src %s/%u dst %s/%u%s dir in%s", source,
			selector->prefixlen_s, dest, selector->prefixlen_d, proto, if_id);
}

static void say_policy(struct doctor *doctor, const struct ipsec *ipsec)
{
	const struct xfrm_selector *selector = &ipsec->policy->sel;
	const struct interface *device = comes_out_of(doctor, ipsec);
	char source[INET6_ADDRSTRLEN], dest[INET6_ADDRSTRLEN], word[DOCTOR_WORD_MAX];

	if (device && coverage_filtered(&doctor->coverage, device))
		return;
	inet_ntop(selector->family, &selector->saddr, source, sizeof(source));
	inet_ntop(selector->family, &selector->daddr, dest, sizeof(dest));
	doctor_say(doctor, DOCTOR_FAIL, source, "IPsec takes out what %s",
		   device ? "its interface, not attached, hands on" : "nothing can judge");
	if (device)
		doctor_mend_self(doctor, "attach %s mode tc", doctor_word(device->name, word));
	else
		mend_policy(doctor, ipsec, source, dest);
}

static int take_policy(const struct nlmsghdr *message, void *data)
{
	struct doctor *doctor = data;
	struct ipsec ipsec;

	read_policy(message, &ipsec);
	if (ipsec.policy->dir == XFRM_POLICY_IN && ipsec.policy->action == XFRM_POLICY_ALLOW &&
	    ipsec.hides && can_be_guarded(doctor, &ipsec.policy->sel))
		say_policy(doctor, &ipsec);
	return MNL_CB_OK;
}

void check_ipsec(struct doctor *doctor)
{
	scoped(socket) socket = netlink_open_to(NETLINK_XFRM);
	int err = socket ? netlink_dump_of(socket, XFRM_MSG_GETPOLICY, NULL,
					   sizeof(struct xfrm_userpolicy_id), take_policy, doctor)
			 : -errno;

	tell_error(doctor, err == -EPROTONOSUPPORT ? 0 : err, "IPsec policies");
	doctor_well(doctor, "no IPsec policy takes out what nothing judges");
}
