/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Builds the frame that `check` asks about. */
#include "probe.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <string.h>

#define SOURCE_PORT         1024 /* of no meaning to the filter */
#define LATER_OFFSET        1    /* of a later fragment, in units of 8 bytes */
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV6_MORE_FRAGMENTS 1

/* Where the next header goes: behind an Ethernet header, at no address that suits one. */
struct writer {
	__u8 *frame;
	size_t len;
};

static void put(struct writer *writer, const void *header, size_t size)
{
	memcpy(writer->frame + writer->len, header, size);
	writer->len += size;
}

static void write_link(struct writer *writer, const struct probe *probe)
{
	__u16 type = probe->source.family == CX_IPV4 ? ETH_P_IP : ETH_P_IPV6;
	struct ethhdr eth = { .h_proto = htons(probe->vlan < 0 ? type : ETH_P_8021Q) };
	__be16 tag[] = { htons(probe->vlan), htons(type) };

	if (probe->link_type == CX_LINK_BARE_IP)
		return;
	put(writer, &eth, sizeof(eth));
	if (probe->vlan >= 0)
		put(writer, tag, sizeof(tag));
}

static __u8 protocol(const struct probe *probe)
{
	return probe->proto == CX_TCP ? IPPROTO_TCP : IPPROTO_UDP;
}

static void write_ipv4(struct writer *writer, const struct probe *probe)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.ttl = probe->ttl,
		.protocol = protocol(probe),
	};

	if (probe->fragment == PROBE_FIRST)
		ip.frag_off = htons(IPV4_MORE_FRAGMENTS);
	if (probe->fragment == PROBE_LATER)
		ip.frag_off = htons(LATER_OFFSET);
	memcpy(&ip.saddr, probe->source.addr, sizeof(ip.saddr));
	memcpy(&ip.daddr, probe->dest.addr, sizeof(ip.daddr));
	put(writer, &ip, sizeof(ip));
}

static void write_ipv6(struct writer *writer, const struct probe *probe)
{
	struct ipv6hdr ip = {
		.version = 6,
		.hop_limit = probe->ttl,
		.nexthdr = probe->fragment == PROBE_WHOLE ? protocol(probe) : IPPROTO_FRAGMENT,
	};
	__u8 fragment[8] = {
		/* RFC 8200 4.5 */
		[0] = protocol(probe),
		[3] = probe->fragment == PROBE_FIRST ? IPV6_MORE_FRAGMENTS : LATER_OFFSET << 3,
	};

	memcpy(&ip.saddr, probe->source.addr, sizeof(ip.saddr));
	memcpy(&ip.daddr, probe->dest.addr, sizeof(ip.daddr));
	put(writer, &ip, sizeof(ip));
	if (probe->fragment != PROBE_WHOLE)
		put(writer, fragment, sizeof(fragment));
}

static void write_transport(struct writer *writer, const struct probe *probe)
{
	struct tcphdr tcp = {
		.source = htons(SOURCE_PORT),
		.dest = htons(probe->port),
		.doff = sizeof(tcp) / 4,
	};
	struct udphdr udp = {
		.source = htons(SOURCE_PORT),
		.dest = htons(probe->port),
		.len = htons(sizeof(udp)),
	};

	if (probe->proto == CX_TCP)
		put(writer, &tcp, sizeof(tcp));
	else
		put(writer, &udp, sizeof(udp));
}

size_t probe_build(const struct probe *probe, __u8 ret_frame[static PROBE_FRAME_MAX])
{
	struct writer writer = { .frame = ret_frame };

	memset(ret_frame, 0, PROBE_FRAME_MAX);
	write_link(&writer, probe);
	if (probe->source.family == CX_IPV4)
		write_ipv4(&writer, probe);
	else
		write_ipv6(&writer, probe);
	write_transport(&writer, probe);
	return writer.len;
}
