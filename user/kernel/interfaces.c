/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the current network namespace looks like, as the kernel tells it. */
#include "interfaces.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "netlink.h"
#include "scope.h"

#define ONE_ANSWER_SIZE 8192 /* to a question about one */
#define FEATURES_MAX    128  /* of a device; Linux 6.18 has 64 */

struct found {
	struct interface *list;
	size_t count;
};

static bool is_among(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(word, words[i]))
			return true;
	}
	return false;
}

#define IS_AMONG(word, words) is_among(word, words, sizeof(words) / sizeof((words)[0]))

/* Devices that are another name for (a part of) the frames of the one below. */
static bool hands_on(const char *kind)
{
	static const char *const stacked[] = { "vlan", "macvlan", "macvtap", "ipvlan", "ipvtap" };

	return IS_AMONG(kind, stacked);
}

static void copy_text(const struct nlattr *attr, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "%.*s", (int)mnl_attr_get_payload_len(attr),
		 mnl_attr_get_str(attr));
}

static void read_ipvlan(const struct nlattr *data, struct interface *interface)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		if (mnl_attr_get_type(attr) == IFLA_IPVLAN_MODE)
			interface->ipvlan_mode = mnl_attr_get_u16(attr);
	}
}

/* ipgre_tunnel_init(): with a remote that is no group, or external, they begin inside. */
static void read_gre(const struct nlattr *data, struct interface *interface)
{
	const struct nlattr *attr;
	bool external = false;
	__u32 remote = 0;

	mnl_attr_for_each_nested(attr, data)
	{
		if (mnl_attr_get_type(attr) == IFLA_GRE_REMOTE)
			remote = ntohl(mnl_attr_get_u32(attr));
		if (mnl_attr_get_type(attr) == IFLA_GRE_COLLECT_METADATA)
			external = true;
	}
	interface->gre_multipoint = !external && (!remote || IN_MULTICAST(remote));
}

static void read_xfrm(const struct nlattr *data, struct interface *interface)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		if (mnl_attr_get_type(attr) == IFLA_XFRM_IF_ID)
			interface->xfrm_if_id = mnl_attr_get_u32(attr);
	}
}

static void read_info(const struct nlattr *info, struct interface *interface)
{
	const struct nlattr *attr, *data = NULL;

	mnl_attr_for_each_nested(attr, info)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			copy_text(attr, interface->kind, sizeof(interface->kind));
		if (mnl_attr_get_type(attr) == IFLA_INFO_SLAVE_KIND)
			copy_text(attr, interface->master_kind, sizeof(interface->master_kind));
		if (mnl_attr_get_type(attr) == IFLA_INFO_DATA)
			data = attr;
	}
	if (data && (!strcmp(interface->kind, "ipvlan") || !strcmp(interface->kind, "ipvtap")))
		read_ipvlan(data, interface);
	if (data && !strcmp(interface->kind, "gre"))
		read_gre(data, interface);
	if (data && !strcmp(interface->kind, "xfrm"))
		read_xfrm(data, interface);
}

static void read_xdp(const struct nlattr *xdp, struct interface *interface)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, xdp)
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_XDP_ATTACHED:
			interface->xdp_native = mnl_attr_get_u8(attr) == XDP_ATTACHED_DRV;
			break;
		case IFLA_XDP_PROG_ID:
		case IFLA_XDP_DRV_PROG_ID:
		case IFLA_XDP_SKB_PROG_ID:
		case IFLA_XDP_HW_PROG_ID:
			interface->xdp_prog_id = mnl_attr_get_u32(attr);
		}
	}
}

/*
 * A packet that found no room is in rx_missed_errors or, by other drivers' habit,
 * rx_fifo_errors, and by some in both (rtnl_link_stats64 in linux/if_link.h).
 */
static __u64 lost(const struct rtnl_link_stats64 *stats)
{
	__u64 missed = stats->rx_missed_errors, fifo = stats->rx_fifo_errors;

	return stats->rx_dropped + (missed > fifo ? missed : fifo);
}

/* The attribute need not be aligned for it. */
static void read_stats(const struct nlattr *stats, struct interface *interface)
{
	struct rtnl_link_stats64 copy = {};
	size_t len = mnl_attr_get_payload_len(stats);

	memcpy(&copy, mnl_attr_get_payload(stats), len < sizeof(copy) ? len : sizeof(copy));
	interface->rx_packets = copy.rx_packets;
	interface->rx_lost = lost(&copy);
}

/* The device below is only of interest if it is one whose frames are handed on. */
static void place_lower(bool is_here, __u32 netnsid, struct interface *interface)
{
	if (!hands_on(interface->kind)) {
		interface->lower = 0;
	} else if (!is_here) {
		interface->elsewhere.ifindex = interface->lower;
		interface->elsewhere.netnsid = netnsid;
		interface->lower = 0;
	}
}

static void read_attributes(const struct nlmsghdr *message, struct interface *interface)
{
	const struct nlattr *attr;
	bool lower_is_here = true;
	__u32 netnsid = 0;

	mnl_attr_for_each(attr, message, sizeof(struct ifinfomsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			copy_text(attr, interface->name, sizeof(interface->name));
			break;
		case IFLA_MASTER:
			interface->master = mnl_attr_get_u32(attr);
			break;
		case IFLA_LINK:
			interface->lower = mnl_attr_get_u32(attr);
			break;
		case IFLA_MTU:
			interface->mtu = mnl_attr_get_u32(attr);
			break;
		case IFLA_LINK_NETNSID:
			lower_is_here = false;
			netnsid = mnl_attr_get_u32(attr);
			break;
		case IFLA_STATS64:
			read_stats(attr, interface);
			break;
		case IFLA_CARRIER_DOWN_COUNT:
			interface->downs = mnl_attr_get_u32(attr);
			break;
		case IFLA_LINKINFO:
			read_info(attr, interface);
			break;
		case IFLA_XDP:
			read_xdp(attr, interface);
			break;
		}
	}
	place_lower(lower_is_here, netnsid, interface);
}

static int take_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	struct found *found = data;
	struct interface *grown;

	grown = reallocarray(found->list, found->count + 1, sizeof(*grown));
	if (!grown)
		return MNL_CB_ERROR;
	found->list = grown;
	grown[found->count] = (struct interface){
		.ifindex = (__u32)info->ifi_index,
		.type = info->ifi_type,
		.up = info->ifi_flags & IFF_UP,
	};
	read_attributes(message, &grown[found->count++]);
	return MNL_CB_OK;
}

static int take_address(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *address = mnl_nlmsg_get_payload(message);
	struct found *found = data;

	for (size_t i = 0; i < found->count; i++) {
		if (found->list[i].ifindex == address->ifa_index)
			found->list[i].has_address = true;
	}
	return MNL_CB_OK;
}

static int read_once(struct found *found)
{
	scoped(socket) socket = netlink_open();
	int err;

	found->count = 0;
	if (!socket)
		return -errno;
	err = netlink_dump(socket, RTM_GETLINK, sizeof(struct ifinfomsg), take_link, found);
	return err ? err
		   : netlink_dump(socket, RTM_GETADDR, sizeof(struct ifaddrmsg), take_address,
				  found);
}

int interfaces_read(struct interface **ret_list, size_t *ret_count)
{
	struct found found = {};
	int err = -EINTR;

	for (int i = 0; i < NETLINK_TRIES && err == -EINTR; i++)
		err = read_once(&found);
	if (err) {
		free(found.list);
		return err;
	}
	*ret_list = found.list;
	*ret_count = found.count;
	return 0;
}

const struct interface *interfaces_find(const struct interface *list, size_t count, __u32 ifindex)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].ifindex == ifindex)
			return &list[i];
	}
	return NULL;
}

/* Asks for one link and takes the answer. Returns 0 or -errno. */
static int ask(struct nlmsghdr *request, char buf[static NETLINK_ANSWER], struct found *found)
{
	scoped(socket) socket = netlink_open();
	ssize_t len;

	if (!socket || mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	len = mnl_socket_recvfrom(socket, buf, NETLINK_ANSWER);
	if (len < 0 || mnl_cb_run(buf, (size_t)len, 0, 0, take_link, found) < 0)
		return -errno;
	return found->count ? 0 : -ENODEV;
}

int interface_read(__u32 ifindex, struct interface *ret_interface)
{
	static char buf[NETLINK_ANSWER] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *request = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info;
	struct found found = {};
	int err;

	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST;
	info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	info->ifi_index = (int)ifindex;
	err = ask(request, buf, &found);
	if (!err && !found.list)
		err = -ENODEV;
	if (!err)
		*ret_interface = *found.list;
	free(found.list);
	return err;
}

/* command: one of linux/ethtool.h. Returns true if the device has an answer. */
static bool ethtool(const struct interface *interface, void *command)
{
	scoped(fd) fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_data = command };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface->name);
	return fd >= 0 && !ioctl(fd, SIOCETHTOOL, &request);
}

void interface_driver(const struct interface *interface, char ret_driver[static INTERFACE_KIND_MAX])
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	ret_driver[0] = '\0';
	if (ethtool(interface, &info))
		snprintf(ret_driver, INTERFACE_KIND_MAX, "%.*s", INTERFACE_KIND_MAX - 1,
			 info.driver);
}

/* How many features this kernel has names for. */
static __u32 feature_count(const struct interface *interface)
{
	char buf[sizeof(struct ethtool_sset_info) + sizeof(__u32)] __attribute__((aligned(8))) = {};
	struct ethtool_sset_info *info = (struct ethtool_sset_info *)buf;

	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ULL << ETH_SS_FEATURES;
	return ethtool(interface, info) && info->sset_mask ? info->data[0] : 0;
}

/* The kernel numbers features anew as it likes: their names stay. */
static bool feature_number(const struct interface *interface, const char *feature,
			   __u32 *ret_number)
{
	static char buf[sizeof(struct ethtool_gstrings) + FEATURES_MAX * ETH_GSTRING_LEN]
		__attribute__((aligned(4)));
	struct ethtool_gstrings *names = (struct ethtool_gstrings *)buf;

	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = feature_count(interface); /* newer kernels answer no other number */
	if (names->len > FEATURES_MAX || !ethtool(interface, names))
		return false;
	for (__u32 i = 0; i < names->len; i++) {
		*ret_number = i;
		if (!strncmp((char *)names->data + i * ETH_GSTRING_LEN, feature, ETH_GSTRING_LEN))
			return true;
	}
	return false;
}

bool interface_has_feature(const struct interface *interface, const char *feature)
{
	char buf[sizeof(struct ethtool_gfeatures) +
		 FEATURES_MAX / 32 * sizeof(struct ethtool_get_features_block)]
		__attribute__((aligned(8))) = {};
	struct ethtool_gfeatures *features = (struct ethtool_gfeatures *)buf;
	__u32 number;

	features->cmd = ETHTOOL_GFEATURES;
	features->size = FEATURES_MAX / 32;
	return feature_number(interface, feature, &number) && ethtool(interface, features) &&
	       features->features[number / 32].active & 1U << number % 32;
}

bool interface_queues(const struct interface *interface, struct interface_queues *ret_queues)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };

	if (!ethtool(interface, &channels))
		return false;
	ret_queues->combined = channels.max_combined;
	ret_queues->used = channels.rx_count + channels.combined_count;
	ret_queues->max = channels.max_combined ? channels.max_combined : channels.max_rx;
	return true;
}

__u32 interface_index(const char *name)
{
	scoped(socket) socket = mnl_socket_open(NETLINK_ROUTE);
	char buf[ONE_ANSWER_SIZE] = {}; /* what pads a name is sent as well */
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);
	ssize_t len;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return 0;
	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST;
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(message, strlen(name) < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return 0;
	len = mnl_socket_recvfrom(socket, buf, sizeof(buf));
	if (len < 0 || !mnl_nlmsg_ok(message, (int)len) || message->nlmsg_type != RTM_NEWLINK)
		return 0;
	return (__u32)((struct ifinfomsg *)mnl_nlmsg_get_payload(message))->ifi_index;
}

const struct interface *interfaces_named(const struct interface *list, size_t count,
					 const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(list[i].name, name))
			return &list[i];
	}
	return interfaces_find(list, count, interface_index(name));
}

bool interface_is_tunnel(const struct interface *interface)
{
	static const char *const kinds[] = {
		"wireguard", "ipip",      "sit",    "ip6tnl",    "gre", "gretap",
		"ip6gre",    "ip6gretap", "erspan", "ip6erspan", "vti", "vti6",
		"xfrm",      "vxlan",     "geneve", "bareudp",   "gtp", "amt",
		"macsec",    "ppp",       "ovpn",   "batadv",    "hsr",
	};

	switch (interface->type) {
	case ARPHRD_PPP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
		return true;
	case ARPHRD_NONE: /* a TAP, which is Ethernet, is mostly a guest's port */
		if (!strcmp(interface->kind, "tun"))
			return true;
	}
	return IS_AMONG(interface->kind, kinds);
}
