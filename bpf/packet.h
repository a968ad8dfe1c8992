/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the rules ask about of a packet: family, addresses, port, TTL.
 *
 * Two lanes with one meaning find it in a frame: straight.h, and what that does
 * not know for certain walk.h.
 */
#ifndef CX_PACKET_H
#define CX_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "clarent_xdp.h"

/* As two host-order words; an IPv4 address is the low half of lo. */
struct address {
	__u64 hi;
	__u64 lo;
};

enum packet_flags {
	PACKET_ONWARD = 1 << 0, /* dst is not the last that it asks to be sent to */
	PACKET_FRAGMENT =
		1 << 1, /* part of one: family, src and ttl are there, whatever was found */
};

struct packet {
	struct address src;
	struct address dst;
	__u8 family; /* enum cx_family */
	__u8 proto;  /* enum cx_proto */
	__u8 ttl;    /* or hop limit */
	__u8 flags;  /* enum packet_flags */
	__u16 port;  /* destination, host order */
	__u16 reserved;
};

/* What a parser found. */
enum parsed {
	PARSED_PORT,  /* the packet has a destination port; struct packet is whole */
	PARSED_OTHER, /* nothing that could be for a guarded port */
	PARSED_MALFORMED,
	PARSED_TOO_DEEP,
	PARSED_FRAGMENT, /* a later fragment: it has no ports */
	PARSED_STRAY,    /* any fragment, of a source that no policy admits and one would have to */
	PARSED_NOT,      /* straight lane: not the common shape, walk it */
	PARSED_ON,       /* a step of the walk: the next header is inside the frame */
};

struct vlan_tag { /* IEEE 802.1Q */
	__be16 tci;
	__be16 inner_type;
};

struct ports { /* both UDP and TCP begin with these */
	__be16 source;
	__be16 dest;
};

#define IPV4_OFFSET_MASK      0x1fff /* fragment offset, RFC 791 */
#define IPV4_MORE_FRAGMENTS   0x2000
#define IPV6_OFFSET_MASK      0xfff8 /* fragment offset, RFC 8200 4.5 */
#define IPV6_MORE_FRAGMENTS   1      /* without either it is a whole packet, RFC 6946 */
#define IPV4_VERSION_IHL_BARE 0x45   /* version 4, five words: no options */
#define IPV4_OPTIONS_MAX      40     /* bytes */

static __always_inline int is_tag(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD);
}

/* What a bare IP packet would have had as EtherType, by its first byte. */
static __always_inline __be16 bare_type(__u8 first)
{
	if (first >> 4 == 4)
		return bpf_htons(ETH_P_IP);
	if (first >> 4 == 6)
		return bpf_htons(ETH_P_IPV6);
	return 0;
}

static __always_inline void packet_set4(struct packet *ret_packet, const struct iphdr *ip,
					int dests)
{
	ret_packet->family = CX_IPV4;
	ret_packet->ttl = ip->ttl;
	ret_packet->src.hi = 0;
	ret_packet->src.lo = bpf_ntohl(ip->saddr);
	if (!dests)
		return;
	ret_packet->dst.hi = 0;
	ret_packet->dst.lo = bpf_ntohl(ip->daddr);
}

static __always_inline __u64 word64(const struct in6_addr *addr, int word)
{
	return (__u64)bpf_ntohl(addr->s6_addr32[2 * word]) << 32 |
	       bpf_ntohl(addr->s6_addr32[2 * word + 1]);
}

static __always_inline void packet_set6(struct packet *ret_packet, const struct ipv6hdr *ip,
					int dests)
{
	ret_packet->family = CX_IPV6;
	ret_packet->ttl = ip->hop_limit;
	ret_packet->src.hi = word64(&ip->saddr, 0);
	ret_packet->src.lo = word64(&ip->saddr, 1);
	if (!dests)
		return;
	ret_packet->dst.hi = word64(&ip->daddr, 0);
	ret_packet->dst.lo = word64(&ip->daddr, 1);
}

#endif
