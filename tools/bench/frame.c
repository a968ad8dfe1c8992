// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Builds the frames that the bench sends. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

#define MORE_FRAGMENTS 0x2000
#define HOPS           64
#define SOURCE_PORT    5060

void frame_spec_init(struct frame_spec *spec)
{
	*spec = (struct frame_spec){
		.port = 4040,
		.mac = { 0x02, 0, 0, 0, 0, 0x99 },
	};
	inet_pton(AF_INET, "198.51.100.1", &spec->from);
	inet_pton(AF_INET, "10.99.0.2", &spec->to);
}

static int parse_port(const char *text, unsigned short *ret_port)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (end == text || *end || port > 65535)
		return -EINVAL;
	*ret_port = port;
	return 0;
}

static int parse_mac(const char *text, unsigned char *ret_mac)
{
	unsigned char *m = ret_mac;
	int taken = 0;

	sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx%n", m, m + 1, m + 2, m + 3, m + 4, m + 5,
	       &taken);
	return taken && !text[taken] ? 0 : -EINVAL;
}

static int parse_address(bool ipv6, const char *text, struct in6_addr *ret_address)
{
	return inet_pton(ipv6 ? AF_INET6 : AF_INET, text, ret_address) == 1 ? 0 : -EINVAL;
}

int frame_spec_word(struct frame_spec *spec, const char *word)
{
	if (!strcmp(word, "ipv6")) {
		spec->ipv6 = true;
		inet_pton(AF_INET6, "2001:db8:ffff::1", &spec->from);
		inet_pton(AF_INET6, "fd99::2", &spec->to);
		return 0;
	}
	if (!strcmp(word, "first-fragment")) {
		spec->first_fragment = true;
		return 0;
	}
	if (!strncmp(word, "port=", 5))
		return parse_port(word + 5, &spec->port);
	if (!strncmp(word, "mac=", 4))
		return parse_mac(word + 4, spec->mac);
	if (!strncmp(word, "from=", 5))
		return parse_address(spec->ipv6, word + 5, &spec->from);
	if (!strncmp(word, "to=", 3))
		return parse_address(spec->ipv6, word + 3, &spec->to);
	return -ENOENT;
}

static unsigned int sum_words(const unsigned char *bytes, size_t length)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < length; i += 2)
		sum += bytes[i] | bytes[i + 1] << 8;
	return sum;
}

unsigned int frame_ipv4_sum(const unsigned char frame[static FRAME_SIZE])
{
	struct iphdr header;

	memcpy(&header, frame + ETH_HLEN, sizeof(header));
	header.check = 0;
	header.saddr = 0;
	return sum_words((const unsigned char *)&header, sizeof(header));
}

static unsigned short fold(unsigned int sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static size_t put_ipv4(const struct frame_spec *spec, unsigned char *at, size_t room)
{
	struct iphdr header = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(room),
		.frag_off = spec->first_fragment ? htons(MORE_FRAGMENTS) : 0,
		.ttl = HOPS,
		.protocol = IPPROTO_UDP,
	};

	memcpy(&header.saddr, &spec->from, sizeof(header.saddr));
	memcpy(&header.daddr, &spec->to, sizeof(header.daddr));
	header.check = fold(sum_words((const unsigned char *)&header, sizeof(header)));
	memcpy(at, &header, sizeof(header));
	return sizeof(header);
}

static size_t put_ipv6(const struct frame_spec *spec, unsigned char *at, size_t room)
{
	struct ipv6hdr header = {
		.version = 6,
		.payload_len = htons(room - sizeof(header)),
		.nexthdr = IPPROTO_UDP,
		.hop_limit = HOPS,
	};

	memcpy(&header.saddr, &spec->from, sizeof(header.saddr));
	memcpy(&header.daddr, &spec->to, sizeof(header.daddr));
	memcpy(at, &header, sizeof(header));
	return sizeof(header);
}

void frame_build(const struct frame_spec *spec, unsigned char frame[static FRAME_SIZE])
{
	struct ethhdr ether = {
		.h_source = { 0x02, 0, 0, 0, 0, 0x01 },
		.h_proto = htons(spec->ipv6 ? ETH_P_IPV6 : ETH_P_IP),
	};
	size_t at = ETH_HLEN;
	struct udphdr udp = { .source = htons(SOURCE_PORT), .dest = htons(spec->port) };

	memset(frame, 0, FRAME_SIZE);
	memcpy(ether.h_dest, spec->mac, sizeof(ether.h_dest));
	memcpy(frame, &ether, sizeof(ether));
	if (spec->ipv6)
		at += put_ipv6(spec, frame + at, FRAME_SIZE - at);
	else
		at += put_ipv4(spec, frame + at, FRAME_SIZE - at);
	udp.len = htons(FRAME_SIZE - at);
	memcpy(frame + at, &udp, sizeof(udp));
}
