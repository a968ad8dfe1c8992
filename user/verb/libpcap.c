/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpcap, loaded when a capture is to be read. */
#include "libpcap.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LIBRARY "libpcap.so.0.8" /* Debian's name; upstream's is libpcap.so.1 */
#define ELSE    "libpcap.so.1"

/* Where a function is, of the type that the pointer to it has. */
static bool find(void *handle, const char *name, void *ret_function)
{
	void *found = dlsym(handle, name);

	memcpy(ret_function, &found, sizeof(found));
	return found;
}

/* On a 32-bit machine, where it was built before that one's time_t had 64 bits. */
struct short_header {
	__s32 seconds, us;
	__u32 captured, bytes;
};

/* The library does not say how it was built: it is given a frame of one byte at time 0. */
static bool has_short_times(const struct libpcap *pcap)
{
	__u32 capture[] = { 0xa1b2c3d4, 0, 0, 0, 0xffff, DLT_EN10MB, 0, 0, 1, 1, 0 };
	__u16 version[] = { PCAP_VERSION_MAJOR, PCAP_VERSION_MINOR };
	const struct short_header *seen;
	struct pcap_pkthdr *header;
	char said[PCAP_ERRBUF_SIZE];
	const u_char *data;
	bool is = false;
	pcap_t *read;
	FILE *file;

	memcpy(&capture[1], version, sizeof(version));
	file = fmemopen(capture, sizeof(capture), "r");
	read = file ? pcap->fopen_offline(file, said) : NULL;
	if (read && pcap->next_ex(read, &header, &data) == 1) {
		seen = (const void *)header;
		is = seen->captured == 1;
	}
	if (read)
		pcap->close(read); /* with the file */
	else if (file)
		fclose(file);
	return is;
}

struct libpcap_header libpcap_header(const struct libpcap *pcap, const struct pcap_pkthdr *header)
{
	const struct short_header *seen = (const void *)header;
	__s64 seconds;

	if (pcap->short_times)
		return (struct libpcap_header){ (__u32)seen->seconds, (__u32)seen->us,
						seen->captured, seen->bytes };
	/* those of a pcap are unsigned, of 32 bits, and are read as if they were not */
	seconds = header->ts.tv_sec;
	return (struct libpcap_header){ seconds < 0 ? (__u32)seconds : (__u64)seconds,
					(__u32)header->ts.tv_usec, header->caplen, header->len };
}

const struct libpcap *libpcap_load(struct complaint *ret_why)
{
	static struct libpcap pcap;
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		handle = dlopen(ELSE, RTLD_NOW | RTLD_LOCAL);
	if (handle && find(handle, "pcap_fopen_offline", &pcap.fopen_offline) &&
	    find(handle, "pcap_datalink", &pcap.datalink) &&
	    find(handle, "pcap_datalink_val_to_description_or_dlt",
		 &pcap.datalink_val_to_description_or_dlt) &&
	    find(handle, "pcap_next_ex", &pcap.next_ex) &&
	    find(handle, "pcap_geterr", &pcap.geterr) && find(handle, "pcap_close", &pcap.close)) {
		pcap.short_times = sizeof(long) < sizeof(time_t) && has_short_times(&pcap);
		return &pcap;
	}
	complain_failed(ret_why, LIBRARY, "is not here, and captures are read with it");
	complain_hint(ret_why, "Debian has it in the package libpcap0.8");
	return NULL;
}
