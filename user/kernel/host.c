/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What this host does with packets and ports, as its sysctls say. */
#include "host.h"

#include <stdio.h>

#include "scope.h"

static FILE *open_sysctl(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	return fopen(path, "re");
}

static bool sysctl_is_on(const char *name)
{
	scoped(file) file = open_sysctl(name);
	int value;

	return file && fscanf(file, "%d", &value) == 1 && value;
}

bool host_forwards(void)
{
	return sysctl_is_on("ipv4/ip_forward") || sysctl_is_on("ipv6/conf/all/forwarding");
}

bool local_port_range(unsigned int *ret_first, unsigned int *ret_last)
{
	scoped(file) file = open_sysctl("ipv4/ip_local_port_range");
	unsigned int first, last;

	if (!file || fscanf(file, "%u %u", &first, &last) != 2)
		return false;
	*ret_first = first;
	*ret_last = last;
	return true;
}

/* The kernel writes "8080,9148-9150". */
bool port_reserved(unsigned int port)
{
	scoped(file) file = open_sysctl("ipv4/ip_local_reserved_ports");
	unsigned int first, last;

	while (file && fscanf(file, "%u", &first) == 1) {
		if (fscanf(file, "-%u", &last) != 1)
			last = first;
		if (port >= first && port <= last)
			return true;
		if (getc(file) != ',')
			break;
	}
	return false;
}
