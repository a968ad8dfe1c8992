/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpcap, loaded when a capture is to be read. */
#include "libpcap.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#define LIBRARY "libpcap.so.0.8" /* Debian's name; upstream's is libpcap.so.1 */
#define ELSE    "libpcap.so.1"

/* Where a function is, of the type that the pointer to it has. */
static bool find(void *handle, const char *name, void *ret_function)
{
	void *found = dlsym(handle, name);

	memcpy(ret_function, &found, sizeof(found));
	return found;
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
	    find(handle, "pcap_geterr", &pcap.geterr) && find(handle, "pcap_close", &pcap.close))
		return &pcap;
	complain_failed(ret_why, LIBRARY, "is not here, and captures are read with it");
	complain_hint(ret_why, "Debian has it in the package libpcap0.8");
	return NULL;
}
