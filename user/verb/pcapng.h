/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writing a capture, each packet with a comment, its verdict and what was lost
 * before it: pcapng, draft-ietf-opsawg-pcapng; libpcap writes no comments.
 */
#ifndef PCAPNG_H
#define PCAPNG_H

#include <stdio.h>

#include "clarent_xdp.h"

#define PCAPNG_INTERFACES CX_MAX_DEVS

struct pcapng {
	FILE *to;
	/* those that were described: by number of device, and what their frames begin with */
	struct {
		__u16 dev;
		__u8 link_type;
	} interface[PCAPNG_INTERFACES];
	__u32 interfaces;
};

struct pcapng_packet {
	const struct cx_logged *logged;
	const char *interface; /* its name */
	const char *comment;
	__u64 utc;  /* ns */
	__u64 lost; /* packets before it that are not in the file */
};

/* Errors are the stream's: ferror(). */
void pcapng_begin(struct pcapng *pcapng, FILE *to);
void pcapng_add(struct pcapng *pcapng, const struct pcapng_packet *packet);
/* What came after the last packet: said of the first interface, if there is one. */
void pcapng_end(struct pcapng *pcapng, const char *comment, __u64 utc);

#endif
