/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the first bytes of a frame say of its sender and receiver, to be shown. */
#include "heads.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define IPV4_MIN       20
#define IPV6_LEN       40
#define IPV4_OFFSET    0x1fff
#define IPV6_OFFSET    0xfff8
#define PORTS_LEN      4
#define EXTENSIONS_MAX CX_MAX_EXT_HEADERS

/* What is left of it. */
struct rest {
	const __u8 *at;
	size_t len;
};

static bool skip(struct rest *rest, size_t len)
{
	if (rest->len < len)
		return false;
	rest->at += len;
	rest->len -= len;
	return true;
}

static __u16 word_at(const __u8 *at)
{
	return (__u16)(at[0] << 8 | at[1]);
}

/* EtherType behind the tags; 0: it ends before. */
static __u16 skip_link(struct rest *rest)
{
	__u16 type = rest->len < ETH_HLEN ? 0 : word_at(rest->at + 2 * ETH_ALEN);

	if (!skip(rest, ETH_HLEN))
		return 0;
	for (int tags = 0; tags < CX_MAX_TAGS && (type == ETH_P_8021Q || type == ETH_P_8021AD);
	     tags++) {
		if (rest->len < 4)
			return 0;
		type = word_at(rest->at + 2);
		skip(rest, 4);
	}
	return type;
}

static void read_ports(const struct rest *rest, struct heads *heads)
{
	if ((heads->protocol != IPPROTO_UDP && heads->protocol != IPPROTO_TCP) ||
	    rest->len < PORTS_LEN)
		return;
	heads->has_ports = true;
	heads->source_port = word_at(rest->at);
	heads->dest_port = word_at(rest->at + 2);
}

static void set_address(struct prefix *to, enum cx_family family, const __u8 *from)
{
	size_t len = family == CX_IPV4 ? 4 : 16;

	*to = (struct prefix){ .family = family, .len = (__u8)(8 * len) };
	memcpy(to->addr, from, len);
}

/* Of an authentication header, in words; of the others in eights. */
static size_t extension_len(__u8 protocol, __u8 said)
{
	return protocol == IPPROTO_AH ? (said + 2U) * 4 : (said + 1U) * 8;
}

static bool is_extension(__u8 protocol)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
		return true;
	default:
		return false;
	}
}

/* Past what stands before the ports; false if there are none in this packet. */
static bool skip_extensions(struct rest *rest, struct heads *heads)
{
	for (int i = 0; i < EXTENSIONS_MAX && is_extension(heads->protocol); i++) {
		__u8 protocol = heads->protocol;

		if (rest->len < 8)
			return false;
		if (protocol == IPPROTO_FRAGMENT && word_at(rest->at + 2) & IPV6_OFFSET)
			return false;
		heads->protocol = rest->at[0];
		if (!skip(rest,
			  protocol == IPPROTO_FRAGMENT ? 8 : extension_len(protocol, rest->at[1])))
			return false;
	}
	return true;
}

static void read_ipv4(struct rest rest, struct heads *heads)
{
	const __u8 *ip = rest.at;

	if (rest.len < IPV4_MIN || ip[0] >> 4 != 4)
		return;
	heads->has_ip = true;
	heads->ttl = ip[8];
	heads->protocol = ip[9];
	set_address(&heads->source, CX_IPV4, ip + 12);
	set_address(&heads->dest, CX_IPV4, ip + 16);
	if (word_at(ip + 6) & IPV4_OFFSET || (ip[0] & 0xf) * 4 < IPV4_MIN ||
	    !skip(&rest, (ip[0] & 0xf) * 4))
		return;
	if (heads->protocol != IPPROTO_AH || skip_extensions(&rest, heads))
		read_ports(&rest, heads);
}

static void read_ipv6(struct rest rest, struct heads *heads)
{
	const __u8 *ip = rest.at;

	if (rest.len < IPV6_LEN || ip[0] >> 4 != 6)
		return;
	heads->has_ip = true;
	heads->protocol = ip[6];
	heads->ttl = ip[7];
	set_address(&heads->source, CX_IPV6, ip + 8);
	set_address(&heads->dest, CX_IPV6, ip + 24);
	skip(&rest, IPV6_LEN);
	if (skip_extensions(&rest, heads))
		read_ports(&rest, heads);
}

static __u16 bare_type(const struct rest *rest)
{
	if (!rest->len)
		return 0;
	return rest->at[0] >> 4 == 4 ? ETH_P_IP : rest->at[0] >> 4 == 6 ? ETH_P_IPV6 : 0;
}

void heads_read(const __u8 *frame, size_t len, enum cx_link_type link_type, struct heads *ret_heads)
{
	struct rest rest = { frame, len };
	__u16 type = link_type == CX_LINK_ETHERNET ? skip_link(&rest) : bare_type(&rest);

	*ret_heads = (struct heads){};
	if (type == ETH_P_IP)
		read_ipv4(rest, ret_heads);
	if (type == ETH_P_IPV6)
		read_ipv6(rest, ret_heads);
}

const char *heads_protocol(__u8 protocol, char buf[static HEADS_PROTOCOL_MAX])
{
	switch (protocol) {
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_TCP:
		return "TCP";
	default:
		snprintf(buf, HEADS_PROTOCOL_MAX, "%u", protocol);
		return buf;
	}
}
