/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a frame to what the rules ask about: family, addresses, port, TTL.
 *
 * Two lanes with one meaning.  The straight lane reads the common shape with
 * plain loads: at most one tag, IPv4 without options or IPv6 without extension
 * headers, everything in the linear part.  Whatever is not that shape, or not
 * whole there, is walked: header by header, through a helper that reaches all
 * buffers of the frame and checks every bound itself.
 */
#ifndef CX_PARSE_H
#define CX_PARSE_H

#include <stddef.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "clarent_xdp.h"
#include "hook.h"

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

/* The straight lane, from a transport header that may be cut. */
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
 * The straight lane: PARSED_NOT for all that it does not know for certain.
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

/* Linux before 6.4 refuses loops whose compiled end falls through to their head. */
#define UNROLLED _Pragma("clang loop unroll(full)")

/* The walk: where it stands in the frame. */
struct walk {
	const struct hook *hook;
	enum cx_link_type link_type;
	__u32 size;   /* of the whole frame, all buffers */
	__u32 offset; /* of the header to be read next */
};

/* Copies the next len bytes; 0, or negative if the frame has fewer. */
static __always_inline int walk_peek(const struct walk *walk, void *to, __u32 len)
{
	return hook_load(walk->hook, walk->link_type, walk->offset, to, len);
}

/*
 * Has the frame so many more bytes?  How many lie behind the network header of
 * a bare packet at tc is said by no field: the last of them is asked for.
 */
static __always_inline int walk_holds(const struct walk *walk, __u32 need)
{
	__u8 last;

	if (!walk->hook->is_tc || walk->link_type == CX_LINK_ETHERNET)
		return walk->offset + need <= walk->size;
	return !hook_load(walk->hook, walk->link_type, walk->offset + need - 1, &last,
			  sizeof(last));
}

/* From the link header to the EtherType of what is inside all tags. */
static __always_inline enum parsed walk_tags(struct walk *walk, __be16 *ret_type)
{
	struct vlan_tag tag;
	struct ethhdr eth;
	int depth;

	if (walk_peek(walk, &eth, sizeof(eth)))
		return PARSED_OTHER;
	walk->offset += sizeof(eth);
	*ret_type = eth.h_proto;
	UNROLLED
	for (depth = 0; depth < CX_MAX_TAGS; depth++) {
		if (!is_tag(*ret_type))
			return PARSED_ON;
		if (walk_peek(walk, &tag, sizeof(tag)))
			return PARSED_OTHER;
		walk->offset += sizeof(tag);
		*ret_type = tag.inner_type;
	}
	/* four tags, and one beside them */
	return is_tag(*ret_type) || hook_tags(walk->hook) ? PARSED_TOO_DEEP : PARSED_ON;
}

static __always_inline enum parsed walk_bare(const struct walk *walk, __be16 *ret_type)
{
	__u8 first;

	if (walk_peek(walk, &first, sizeof(first)))
		return PARSED_MALFORMED;
	*ret_type = bare_type(first);
	return *ret_type ? PARSED_ON : PARSED_MALFORMED;
}

static __always_inline enum parsed walk_ports(const struct walk *walk, __u8 protocol, int tcp,
					      struct packet *ret_packet)
{
	struct ports ports;
	__u32 need;

	if (protocol == IPPROTO_UDP) {
		need = sizeof(struct udphdr);
		ret_packet->proto = CX_UDP;
	} else if (protocol == IPPROTO_TCP && tcp) {
		need = sizeof(struct tcphdr);
		ret_packet->proto = CX_TCP;
	} else {
		return PARSED_OTHER;
	}
	if (!walk_holds(walk, need) || walk_peek(walk, &ports, sizeof(ports)))
		return PARSED_MALFORMED;
	ret_packet->port = bpf_ntohs(ports.dest);
	return PARSED_PORT;
}

static __always_inline int is_source_route(__u8 option)
{
	return option == IPOPT_LSRR || option == IPOPT_SSRR;
}

/*
 * Is there a source route with an address left, in options that end in zeroes?
 * An option has its length in the second byte; a route, in the third, where its
 * next address stands.
 */
static __always_inline int options_lead_on(const __u8 options[IPV4_OPTIONS_MAX + 2])
{
	int i, next = 0;

	UNROLLED
	for (i = 0; i < IPV4_OPTIONS_MAX; i++) {
		if (i != next)
			continue;
		if (is_source_route(options[i]) && options[i + 2] <= options[i + 1])
			return 1;
		if (options[i] == IPOPT_NOOP)
			next++;
		else if (options[i] == IPOPT_END || options[i + 1] < 2)
			return 0; /* a shorter length is nonsense */
		else
			next += options[i + 1];
	}
	return 0;
}

/* The same of so many bytes of options, that come next. */
static __always_inline int walk_options(const struct walk *walk, __u64 size)
{
	__u8 options[IPV4_OPTIONS_MAX + 2] = {};

	/* or clang compares it with zero alone, from which Linux 6.1 concludes nothing */
	barrier_var(size);
	if (size < 4 || size > IPV4_OPTIONS_MAX || walk_peek(walk, options, size))
		return 0;
	return options_lead_on(options);
}

/* To what stands behind an IPv4 header and its options. */
static __always_inline enum parsed walk4(struct walk *walk, int dests, struct packet *ret_packet,
					 __u8 *ret_protocol)
{
	struct iphdr ip;
	__u8 first;

	if (walk_peek(walk, &ip, sizeof(ip)))
		return PARSED_MALFORMED;
	first = *(__u8 *)&ip;
	if (first >> 4 != 4 || (first & 0xf) < 5)
		return PARSED_MALFORMED;
	packet_set4(ret_packet, &ip, 1);
	if (ip.frag_off & bpf_htons(IPV4_OFFSET_MASK | IPV4_MORE_FRAGMENTS))
		ret_packet->flags |= PACKET_FRAGMENT;
	if (ip.frag_off & bpf_htons(IPV4_OFFSET_MASK))
		return PARSED_FRAGMENT;
	walk->offset += sizeof(ip);
	if (dests && walk_options(walk, (first & 0xf) * 4 - sizeof(ip)))
		ret_packet->flags |= PACKET_ONWARD;
	walk->offset += (first & 0xf) * 4 - sizeof(ip);
	*ret_protocol = ip.protocol;
	return PARSED_ON;
}

static __always_inline enum parsed walk6(struct walk *walk, struct packet *ret_packet,
					 __u8 *ret_protocol)
{
	struct ipv6hdr ip;

	if (walk_peek(walk, &ip, sizeof(ip)))
		return PARSED_MALFORMED;
	if (*(__u8 *)&ip >> 4 != 6)
		return PARSED_MALFORMED;
	packet_set6(ret_packet, &ip, 1);
	walk->offset += sizeof(ip);
	*ret_protocol = ip.nexthdr;
	return PARSED_ON;
}

/* The first eight bytes of any extension header, RFC 8200 4, RFC 4302 2. */
struct extension {
	__u8 next;
	__u8 len;
	union {
		__be16 offset; /* of a fragment header */
		struct {       /* of a routing header */
			__u8 type;
			__u8 left; /* segments */
		};
	};
	__u32 rest;
};

/*
 * Bytes of an extension header, 0 if the walk ends at this protocol.  IPv4 has
 * but one of them: behind its authentication header (in transport mode, RFC
 * 4302 3.1.1) the kernel finds what it delivers.
 */
static __always_inline __u32 extension_size(__u8 family, __u8 protocol, __u8 len)
{
	if (family == CX_IPV4 && protocol != IPPROTO_AH)
		return 0;
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return (len + 1) * 8;
	case IPPROTO_AH:
		return (len + 2) * 4;
	case IPPROTO_FRAGMENT:
		return sizeof(struct extension);
	default:
		return 0;
	}
}

/* From the first header behind the IP header to the ports, for both families. */
static __always_inline enum parsed walk_extensions(struct walk *walk, __u8 protocol, int tcp,
						   struct packet *ret_packet)
{
	struct extension extension;
	__u32 size;
	int depth;

	UNROLLED
	for (depth = 0; depth < CX_MAX_EXT_HEADERS; depth++) {
		if (!extension_size(ret_packet->family, protocol, 0))
			return walk_ports(walk, protocol, tcp, ret_packet);
		if (walk_peek(walk, &extension, sizeof(extension)))
			return PARSED_MALFORMED;
		size = extension_size(ret_packet->family, protocol, extension.len);
		if (!walk_holds(walk, size))
			return PARSED_MALFORMED;
		if (protocol == IPPROTO_FRAGMENT &&
		    extension.offset & bpf_htons(IPV6_OFFSET_MASK | IPV6_MORE_FRAGMENTS))
			ret_packet->flags |= PACKET_FRAGMENT;
		if (protocol == IPPROTO_FRAGMENT && extension.offset & bpf_htons(IPV6_OFFSET_MASK))
			return PARSED_FRAGMENT;
		if (protocol == IPPROTO_ROUTING && extension.left)
			ret_packet->flags |= PACKET_ONWARD;
		walk->offset += size;
		protocol = extension.next;
	}
	if (extension_size(ret_packet->family, protocol, 0))
		return PARSED_TOO_DEEP;
	return walk_ports(walk, protocol, tcp, ret_packet);
}

/* Walks any frame, whatever its shape.  Looks for source routes of IPv4 if dests. */
static __always_inline enum parsed parse_walk(const struct hook *hook, enum cx_link_type link_type,
					      int tcp, int dests, struct packet *ret_packet)
{
	struct walk walk = { .hook = hook, .link_type = link_type, .size = hook_len(hook) };
	enum parsed parsed;
	__u8 protocol;
	__be16 type;

	if (link_type == CX_LINK_ETHERNET)
		parsed = walk_tags(&walk, &type);
	else
		parsed = walk_bare(&walk, &type);
	if (parsed != PARSED_ON)
		return parsed;
	if (type == bpf_htons(ETH_P_IP))
		parsed = walk4(&walk, dests, ret_packet, &protocol);
	else if (type == bpf_htons(ETH_P_IPV6))
		parsed = walk6(&walk, ret_packet, &protocol);
	else
		return PARSED_OTHER;
	if (parsed != PARSED_ON)
		return parsed;
	return walk_extensions(&walk, protocol, tcp, ret_packet);
}

#endif
