/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The addresses of this network namespace. */
#include "addresses.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* False if it is of neither family. */
static bool take(const struct ifaddrs *from, struct address *ret_address)
{
	const struct sockaddr *any = from->ifa_addr;
	struct prefix *host = &ret_address->host;

	if (!any || (any->sa_family != AF_INET && any->sa_family != AF_INET6))
		return false;
	*ret_address = (struct address){ .ifindex = if_nametoindex(from->ifa_name) };
	if (any->sa_family == AF_INET) {
		host->family = CX_IPV4;
		host->len = 32;
		memcpy(host->addr, &((const struct sockaddr_in *)any)->sin_addr, 4);
	} else {
		host->family = CX_IPV6;
		host->len = 128;
		memcpy(host->addr, &((const struct sockaddr_in6 *)any)->sin6_addr, 16);
	}
	return true;
}

int addresses_read(struct address **ret_list, size_t *ret_count)
{
	struct ifaddrs *all;
	struct address *list;
	size_t count = 0;

	if (getifaddrs(&all))
		return -errno;
	for (const struct ifaddrs *one = all; one; one = one->ifa_next)
		count++;
	list = calloc(count + 1, sizeof(*list));
	count = 0;
	for (const struct ifaddrs *one = all; one && list; one = one->ifa_next)
		count += take(one, &list[count]);
	freeifaddrs(all);
	if (!list)
		return -ENOMEM;
	*ret_list = list;
	*ret_count = count;
	return 0;
}
