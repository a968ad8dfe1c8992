/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The straight lane: the common shape, with plain loads.
 *
 * That is at most one tag, IPv4 without options or IPv6 without extension
 * headers, everything in the linear part.
 */
#ifndef CX_STRAIGHT_H
#define CX_STRAIGHT_H

#include <stddef.h>

#include <linux/in.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "packet.h"

/* From a transport header that may be cut. */
static __always_inline enum parsed straight_ports(const void *l4, const void *end, __u8 protocol,
						  int tcp, struct packet *ret_packet)
{
	const struct ports *ports = l4;

	if (protocol == IPPROTO_UDP) {
		if (l4 + sizeof(struct udphdr) > end)
			return PARSED_NOT;
		ret_packet->proto = CX_UDP;
	} else if (protocol == IPPROTO_TCP && tcp) {
		if (l4 + sizeof(struct tcphdr) > end)
			return PARSED_NOT;
		ret_packet->proto = CX_TCP;
	} else {
		return PARSED_NOT;
	}
	ret_packet->port = bpf_ntohs(ports->dest);
	return PARSED_PORT;
}

static __always_inline enum parsed straight4(const void *l3, const void *end, int tcp, int dests,
					     int fragments, struct packet *ret_packet)
{
	const struct iphdr *ip = l3;

	if (l3 + sizeof(*ip) > end)
		return PARSED_NOT;
	if (*(const __u8 *)l3 != IPV4_VERSION_IHL_BARE)
		return PARSED_NOT;
	if (fragments && ip->frag_off & bpf_htons(IPV4_OFFSET_MASK | IPV4_MORE_FRAGMENTS))
		return PARSED_NOT;
	if (ip->frag_off & bpf_htons(IPV4_OFFSET_MASK))
		return PARSED_FRAGMENT;
	if (ip->protocol != IPPROTO_UDP && !(tcp && ip->protocol == IPPROTO_TCP) &&
	    ip->protocol != IPPROTO_AH)
		return PARSED_OTHER;
	packet_set4(ret_packet, ip, dests);
	return straight_ports(ip + 1, end, ip->protocol, tcp, ret_packet);
}

static __always_inline enum parsed straight6(const void *l3, const void *end, int tcp, int dests,
					     struct packet *ret_packet)
{
	const struct ipv6hdr *ip = l3;

	if (l3 + sizeof(*ip) > end)
		return PARSED_NOT;
	if (*(const __u8 *)l3 >> 4 != 6)
		return PARSED_NOT;
	packet_set6(ret_packet, ip, dests);
	return straight_ports(ip + 1, end, ip->nexthdr, tcp, ret_packet);
}

/*
 * PARSED_NOT for all that it does not know for certain.
 * Leaves out the destination address unless dests, and fragments if fragments:
 * then it is not enough to know that it is one.
 */
static __always_inline enum parsed parse_straight(const void *data, const void *end,
						  enum cx_link_type link_type, int tcp, int dests,
						  int fragments, struct packet *ret_packet)
{
	const void *l3 = data;
	__be16 type;

	if (data + sizeof(struct ethhdr) > end)
		return PARSED_NOT;
	if (link_type == CX_LINK_ETHERNET) {
		/* struct ethhdr is packed, which would make this two loads */
		type = *(const __be16 *)(data + offsetof(struct ethhdr, h_proto));
		l3 = data + sizeof(struct ethhdr);
		if (is_tag(type) && l3 + sizeof(struct vlan_tag) <= end) {
			type = ((const struct vlan_tag *)l3)->inner_type;
			l3 += sizeof(struct vlan_tag);
		}
	} else {
		type = bare_type(*(const __u8 *)data);
	}
	if (type == bpf_htons(ETH_P_IP))
		return straight4(l3, end, tcp, dests, fragments, ret_packet);
	if (type == bpf_htons(ETH_P_IPV6))
		return straight6(l3, end, tcp, dests, ret_packet);
	if (link_type == CX_LINK_ETHERNET && !is_tag(type))
		return PARSED_OTHER;
	return PARSED_NOT;
}

#endif
