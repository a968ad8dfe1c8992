/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What of the current network namespace's main routing table makes `rpf` mean less, or err. */
#include "routes.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"
#include "scope.h"

static bool leads_several_ways(const struct nlattr *multipath)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(multipath);
	int left = mnl_attr_get_payload_len(multipath);
	int first = hop->rtnh_ifindex;

	for (; RTNH_OK(hop, left); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
		if (hop->rtnh_ifindex != first)
			return true;
	}
	return false;
}

static void read_destination(const struct rtmsg *route, const struct nlattr *attr,
			     struct prefix *ret_prefix)
{
	*ret_prefix = (struct prefix){
		.family = route->rtm_family == AF_INET ? CX_IPV4 : CX_IPV6,
		.len = route->rtm_dst_len,
	};
	if (attr && mnl_attr_get_payload_len(attr) <= sizeof(ret_prefix->addr))
		memcpy(ret_prefix->addr, mnl_attr_get_payload(attr),
		       mnl_attr_get_payload_len(attr));
}

static int take_route(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr, *dest = NULL, *multipath = NULL;
	struct routes *routes = data;

	if (route->rtm_table != RT_TABLE_MAIN || route->rtm_type != RTN_UNICAST ||
	    (route->rtm_family != AF_INET && route->rtm_family != AF_INET6))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, message, sizeof(*route))
	{
		if (mnl_attr_get_type(attr) == RTA_DST)
			dest = attr;
		if (mnl_attr_get_type(attr) == RTA_MULTIPATH)
			multipath = attr;
	}
	if (!route->rtm_dst_len)
		routes->has_default = true;
	if (multipath && leads_several_ways(multipath)) {
		routes->has_multipath = true;
		read_destination(route, dest, &routes->multipath);
	}
	return MNL_CB_OK;
}

static int read_once(struct routes *ret_routes)
{
	scoped(socket) socket = netlink_open();

	*ret_routes = (struct routes){};
	return socket ? netlink_dump(socket, RTM_GETROUTE, sizeof(struct rtmsg), take_route,
				     ret_routes)
		      : -errno;
}

int routes_read(struct routes *ret_routes)
{
	int err = -EINTR;

	for (int i = 0; i < NETLINK_TRIES && err == -EINTR; i++)
		err = read_once(ret_routes);
	/* a router's table may never stand still: what was seen of it will do */
	return err == -EINTR ? 0 : err;
}
