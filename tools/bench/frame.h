/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The frames that the bench sends: described in words, built as bytes. */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/* Every frame has this size, whatever it carries. */
#define FRAME_SIZE 64

/*
 * The default (frame_spec_init) is UDP over IPv4 to port 4040, for a MAC
 * address that is nobody's: what a filter lets through then dies at the door
 * of the receiver's IP stack and costs the comparison little.
 */
struct frame_spec {
	bool ipv6;
	bool first_fragment;
	unsigned short port;
	unsigned char mac[6];
	struct in6_addr from, to; /* an IPv4 address is the first four bytes */
};

void frame_spec_init(struct frame_spec *spec);

/*
 * Takes one word: ipv6, first-fragment, port=N, mac=ADDRESS, from=ADDRESS or
 * to=ADDRESS; ipv6 comes before the addresses.
 * Returns 0, -ENOENT for a word that is not a frame's, -EINVAL for a bad value.
 */
int frame_spec_word(struct frame_spec *spec, const char *word);

void frame_build(const struct frame_spec *spec, unsigned char frame[static FRAME_SIZE]);

/* The IPv4 header's one's complement sum without its source and checksum. */
unsigned int frame_ipv4_sum(const unsigned char frame[static FRAME_SIZE]);

#endif
