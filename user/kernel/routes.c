/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What of the current network namespace's main routing table makes `rpf` mean less, or err. */
#include "routes.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "scope.h"

#define ANSWER_SIZE 32768 /* what the kernel fills at most in one go of a dump */

DEFINE_SCOPED(struct mnl_socket *, socket, mnl_socket_close)

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

static int ask(struct mnl_socket *socket, struct routes *routes)
{
	static char buf[ANSWER_SIZE] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *request = mnl_nlmsg_put_header(buf);
	unsigned int portid = mnl_socket_get_portid(socket);
	ssize_t len;
	int more = 1;

	request->nlmsg_type = RTM_GETROUTE;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(request, sizeof(struct rtmsg));
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > 0) {
		len = mnl_socket_recvfrom(socket, buf, sizeof(buf));
		if (len < 0)
			return -errno;
		more = mnl_cb_run(buf, (size_t)len, 0, portid, take_route, routes);
	}
	return more < 0 && errno != EINTR ? -errno : 0; /* EINTR: they changed meanwhile */
}

int routes_read(struct routes *ret_routes)
{
	scoped(socket) socket = mnl_socket_open(NETLINK_ROUTE);

	*ret_routes = (struct routes){};
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	return ask(socket, ret_routes);
}
