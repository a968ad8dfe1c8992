/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions to netlink about all of one thing, in the current network namespace. */
#include "netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

struct mnl_socket *netlink_open_to(int bus)
{
	struct mnl_socket *socket = mnl_socket_open(bus);
	int why;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) >= 0)
		return socket;
	why = errno;
	mnl_socket_close(socket);
	errno = why;
	return NULL;
}

struct mnl_socket *netlink_open(void)
{
	return netlink_open_to(NETLINK_ROUTE);
}

int netlink_dump_of(struct mnl_socket *socket, __u16 type, const void *header, size_t size,
		    mnl_cb_t take, void *context)
{
	static unsigned int sequence;
	static char buf[NETLINK_ANSWER] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *request = mnl_nlmsg_put_header(buf);
	unsigned int portid = mnl_socket_get_portid(socket);
	ssize_t len;
	void *extra;
	int more = 1;

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = ++sequence;
	extra = mnl_nlmsg_put_extra_header(request, size); /* zeros */
	if (header)
		memcpy(extra, header, size);
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > 0) {
		len = mnl_socket_recvfrom(socket, buf, sizeof(buf));
		if (len < 0)
			return -errno;
		more = mnl_cb_run(buf, (size_t)len, request->nlmsg_seq, portid, take, context);
	}
	return more < 0 ? -errno : 0;
}

int netlink_dump(struct mnl_socket *socket, __u16 type, size_t header, mnl_cb_t take, void *context)
{
	return netlink_dump_of(socket, type, NULL, header, take, context);
}
