/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A capture file (pcap, pcapng), frame by frame, as the filter would be given them. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stdio.h>

#include "clarent_xdp.h"
#include "complaint.h"
#include "prefix.h"

/* What is asked about of a longer one: the filter's walk does not get so far. */
#define CAPTURE_FRAME_MAX (64 * 1024)

struct capture {
	const struct libpcap *lib;
	struct pcap *pcap;
	FILE *file; /* pcap's */
	const char *name;
	const char *kind;            /* "ethernet", "cooked", "raw": what its frames begin with */
	enum cx_link_type link_type; /* as which they are given out */
	__u64 frames;                /* read so far */
	__u8 *built;                 /* room for one with another link header */
};

struct capture_frame {
	__u64 number;     /* from 1 */
	__u64 utc;        /* seconds since the epoch... */
	unsigned int us;  /* ... and microseconds */
	const __u8 *data; /* good until the next one is read */
	size_t size;      /* of what was captured, or can be asked about */
	__u32 bytes;      /* that it had */
	bool cut;         /* fewer were captured */
	bool sent;        /* by the host that captured it */
};

/* Does the word name a capture, and not a source? */
bool capture_is_named(const char *word);

/*
 * Opens a file, or standard input ("-"), for a program that is given frames of
 * that link type.  Returns 0, or -errno with *ret_why filled and nothing to close.
 */
int capture_open(const char *name, enum cx_link_type link_type, struct capture *ret_capture,
		 struct complaint *ret_why);
void capture_close(struct capture *capture);

/* The next frame. Returns 1, 0 at the end, or -errno with *ret_why filled. */
int capture_next(struct capture *capture, struct capture_frame *ret_frame,
		 struct complaint *ret_why);

/* Bytes that were read, and of how many; of a pipe 0. */
__u64 capture_read(const struct capture *capture);
__u64 capture_size(const struct capture *capture);

/* What stands in a frame as far as its IP addresses. */
enum frame_reach {
	FRAME_ENDS, /* before it says whether it is IP */
	FRAME_OTHER,
	FRAME_IP,
};

enum frame_reach frame_addresses(const struct capture_frame *frame, enum cx_link_type link_type,
				 struct prefix *ret_source, struct prefix *ret_dest);

#endif
