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

/* Where the next header goes. */
struct writer {
	__u8 *frame;
	size_t len;
};

static void *next_header(struct writer *writer, size_t size)
{
	void *header = writer->frame + writer->len;

	writer->len += size;
	return header;
}

static void write_link(struct writer *writer, const struct probe *probe)
{
	__u16 type = probe->source.family == CX_IPV4 ? ETH_P_IP : ETH_P_IPV6;
	struct ethhdr *eth;
	__be16 *tag;

	if (probe->link_type == CX_LINK_BARE_IP)
		return;
	eth = next_header(writer, sizeof(*eth));
	eth->h_proto = htons(probe->vlan < 0 ? type : ETH_P_8021Q);
	if (probe->vlan < 0)
		return;
	tag = next_header(writer, 2 * sizeof(*tag));
	tag[0] = htons(probe->vlan);
	tag[1] = htons(type);
}

static __u8 protocol(const struct probe *probe)
{
	return probe->proto == CX_TCP ? IPPROTO_TCP : IPPROTO_UDP;
}

static void write_ipv4(struct writer *writer, const struct probe *probe)
{
	struct iphdr *ip = next_header(writer, sizeof(*ip));

	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = probe->ttl;
	ip->protocol = protocol(probe);
	if (probe->fragment == PROBE_FIRST)
		ip->frag_off = htons(IPV4_MORE_FRAGMENTS);
	if (probe->fragment == PROBE_LATER)
		ip->frag_off = htons(LATER_OFFSET);
	memcpy(&ip->saddr, probe->source.addr, sizeof(ip->saddr));
	memcpy(&ip->daddr, probe->dest.addr, sizeof(ip->daddr));
}

static void write_ipv6(struct writer *writer, const struct probe *probe)
{
	struct ipv6hdr *ip = next_header(writer, sizeof(*ip));
	__u8 *fragment;

	ip->version = 6;
	ip->hop_limit = probe->ttl;
	ip->nexthdr = probe->fragment == PROBE_WHOLE ? protocol(probe) : IPPROTO_FRAGMENT;
	memcpy(&ip->saddr, probe->source.addr, sizeof(ip->saddr));
	memcpy(&ip->daddr, probe->dest.addr, sizeof(ip->daddr));
	if (probe->fragment == PROBE_WHOLE)
		return;
	fragment = next_header(writer, 8); /* RFC 8200 4.5 */
	fragment[0] = protocol(probe);
	fragment[3] = probe->fragment == PROBE_FIRST ? IPV6_MORE_FRAGMENTS : LATER_OFFSET << 3;
}

static void write_transport(struct writer *writer, const struct probe *probe)
{
	struct tcphdr *tcp;
	struct udphdr *udp;

	if (probe->proto == CX_TCP) {
		tcp = next_header(writer, sizeof(*tcp));
		tcp->source = htons(SOURCE_PORT);
		tcp->dest = htons(probe->port);
		tcp->doff = sizeof(*tcp) / 4;
		return;
	}
	udp = next_header(writer, sizeof(*udp));
	udp->source = htons(SOURCE_PORT);
	udp->dest = htons(probe->port);
	udp->len = htons(sizeof(*udp));
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
