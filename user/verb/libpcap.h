/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libpcap, loaded when a capture is to be read: with all that it brings (D-Bus,
 * systemd, gcrypt, ...) it would take a third of the time of every other verb.
 */
#ifndef LIBPCAP_H
#define LIBPCAP_H

#include <linux/types.h>
#include <pcap/pcap.h>
#include <stdbool.h>

#include "complaint.h"

/* Its functions by their own names, without what they begin with. */
struct libpcap {
	pcap_t *(*fopen_offline)(FILE *file, char *said);
	int (*datalink)(pcap_t *pcap);
	const char *(*datalink_val_to_description_or_dlt)(int dlt);
	int (*next_ex)(pcap_t *pcap, struct pcap_pkthdr **header, const u_char **data);
	char *(*geterr)(pcap_t *pcap);
	void (*close)(pcap_t *pcap);
	bool short_times; /* its struct timeval is of 32 bits */
};

/* What it says of a frame, whatever its struct timeval. */
struct libpcap_header {
	__u64 utc; /* seconds since the epoch... */
	__u32 us;  /* ... and microseconds */
	__u32 captured, bytes;
};

struct libpcap_header libpcap_header(const struct libpcap *pcap, const struct pcap_pkthdr *header);

/* Returns the library, which stays loaded, or NULL with *ret_why filled. */
const struct libpcap *libpcap_load(struct complaint *ret_why);

#endif
