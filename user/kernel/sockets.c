/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What UDP sockets of the current network namespace dropped.
 *
 * From proc(5): the kernel may have to load a module before it tells the same by
 * netlink (udp_diag), which to look must not do.
 */
#include "sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"

#define LINE_MAX_BYTES 4096 /* of /proc/net/snmp, whose lines are the longest */

struct found {
	struct udp_socket *list;
	size_t count, space;
};

static int add(struct found *found, const struct udp_socket *socket)
{
	struct udp_socket *grown;
	size_t space;

	if (found->count == found->space) {
		space = 2 * found->space + 16;
		grown = reallocarray(found->list, space, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		found->list = grown;
		found->space = space;
	}
	found->list[found->count++] = *socket;
	return 0;
}

/* A line of udp4_format_sock() or udp6_sock_seq_show(); the head is none. */
static bool read_socket(const char *line, struct udp_socket *ret_socket)
{
	unsigned long long inode, drops;
	unsigned int port;

	if (sscanf(line, " %*u: %*[0-9A-F]:%x %*s %*s %*s %*s %*s %*s %*s %llu %*s %*s %llu", &port,
		   &inode, &drops) != 3)
		return false;
	*ret_socket = (struct udp_socket){ .inode = inode, .port = (__u16)port, .drops = drops };
	return true;
}

/* Without IPv6 there is no such file, and no such socket. */
static int read_family(const char *path, const __u8 *owner, struct found *found)
{
	scoped(file) file = fopen(path, "re");
	char line[LINE_MAX_BYTES];
	struct udp_socket socket;
	int err = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!err && fgets(line, sizeof(line), file)) {
		if (read_socket(line, &socket) && owner[socket.port])
			err = add(found, &socket);
	}
	return err ? err : ferror(file) ? -EIO : 0;
}

static int compare(const void *a, const void *b)
{
	const struct udp_socket *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

int udp_sockets_read(const __u8 owner[static PORTS_COUNT], struct udp_socket **ret_list,
		     size_t *ret_count)
{
	struct found found = {};
	int err = read_family("/proc/self/net/udp", owner, &found);

	if (!err)
		err = read_family("/proc/self/net/udp6", owner, &found);
	if (err) {
		free(found.list);
		return err;
	}
	if (found.count)
		qsort(found.list, found.count, sizeof(*found.list), compare);
	*ret_list = found.list;
	*ret_count = found.count;
	return 0;
}

/* The number in one line that stands where its name does in another. */
static bool find_column(char *names, char *numbers, const char *wanted, __u64 *ret_number)
{
	char *name, *number, *rest_names, *rest_numbers;

	name = strtok_r(names, " \n", &rest_names);
	number = strtok_r(numbers, " \n", &rest_numbers);
	while (name && number) {
		if (!strcmp(name, wanted)) {
			*ret_number = strtoull(number, NULL, 10);
			return true;
		}
		name = strtok_r(NULL, " \n", &rest_names);
		number = strtok_r(NULL, " \n", &rest_numbers);
	}
	return false;
}

/* Two lines for each protocol: names, then numbers. */
static int read_drops4(__u64 *ret_drops)
{
	scoped(file) file = fopen("/proc/self/net/snmp", "re");
	char names[LINE_MAX_BYTES], numbers[LINE_MAX_BYTES];

	if (!file)
		return -errno;
	while (fgets(names, sizeof(names), file) && fgets(numbers, sizeof(numbers), file)) {
		if (!strncmp(names, "Udp: ", 5))
			return find_column(names, numbers, "RcvbufErrors", ret_drops) ? 0 : -EPROTO;
	}
	return -EPROTO;
}

/* A line for each number. */
static int read_drops6(__u64 *ret_drops)
{
	scoped(file) file = fopen("/proc/self/net/snmp6", "re");
	char line[LINE_MAX_BYTES];
	unsigned long long drops;

	*ret_drops = 0;
	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Udp6RcvbufErrors %llu", &drops) == 1) {
			*ret_drops = drops;
			return 0;
		}
	}
	return -EPROTO;
}

int udp_drops_read(__u64 *ret_drops)
{
	__u64 four = 0, six = 0;
	int err = read_drops4(&four);

	if (!err)
		err = read_drops6(&six);
	if (!err)
		*ret_drops = four + six;
	return err;
}
