/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk: any frame, header by header.
 *
 * Through a helper that reaches all buffers of the frame and checks every
 * bound itself.
 */
#ifndef CX_WALK_H
#define CX_WALK_H

#include <linux/in.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "hook.h"
#include "packet.h"

/* Linux before 6.4 refuses loops whose compiled end falls through to their head. */
#define UNROLLED _Pragma("clang loop unroll(full)")

/* Where it stands in the frame. */
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
