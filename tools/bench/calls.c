// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Hears the calls that a flood carries, and tells how many came and how late. */
#include <arpa/inet.h>
#include <errno.h>
#include <error.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "flood.h"
#include "host.h"

#define MAX_CALLS 1000000
#define USAGE                              \
	"usage: calls ADDRESS PORT CORE\n" \
	"  says ready, then listens until standard input ends\n"

static int listen_at(const char *address, const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		error(1, errno, "socket");
	if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
		error(2, 0, "not an IPv4 address: '%s'", address);
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &(int){ 1 }, sizeof(int)))
		error(1, errno, "time stamps");
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		error(1, errno, "%s port %s", address, port);
	return fd;
}

/* The clock that the kernel stamps arrivals by, ahead of the one that senders stamp by. */
static __u64 clocks_apart(void)
{
	struct timespec real;

	clock_gettime(CLOCK_REALTIME, &real);
	return real.tv_sec * 1000000000ULL + real.tv_nsec - host_now_ns();
}

/*
 * Returns true and how late a call's packet came to the IP stack: the kernel's
 * own stamp leaves out how long this process takes to wake, which is not the
 * filter's doing and, on a virtual machine, ten times as long.
 */
static bool take_call(int fd, __u64 *ret_late_ns)
{
	char room[CMSG_SPACE(sizeof(struct timespec))];
	struct flood_mark mark;
	struct iovec part = { .iov_base = &mark, .iov_len = sizeof(mark) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *extra;
	struct timespec stamp;

	if (recvmsg(fd, &message, 0) < (ssize_t)sizeof(mark))
		return false;
	extra = CMSG_FIRSTHDR(&message);
	if (!mark.number_plus_one || !extra || extra->cmsg_type != SCM_TIMESTAMPNS)
		return false;
	memcpy(&stamp, CMSG_DATA(extra), sizeof(stamp));
	*ret_late_ns = stamp.tv_sec * 1000000000ULL + stamp.tv_nsec - clocks_apart() - mark.sent_ns;
	return true;
}

static unsigned int hear(int fd, __u64 *late_ns)
{
	struct pollfd ends[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	unsigned int heard = 0;

	while (heard < MAX_CALLS && poll(ends, 2, -1) > 0) {
		if (ends[0].revents)
			heard += take_call(fd, &late_ns[heard]);
		else
			break;
	}
	return heard;
}

int main(int argc, char **argv)
{
	__u64 *late_ns = calloc(MAX_CALLS, sizeof(*late_ns));
	unsigned int heard;
	int fd;

	if (argc != 4)
		error(2, 0, USAGE);
	if (!late_ns)
		error(1, errno, "calls");
	fd = listen_at(argv[1], argv[2]);
	host_pin(atoi(argv[3]));
	printf("ready\n");
	fflush(stdout);

	heard = hear(fd, late_ns);
	printf("[");
	for (unsigned int i = 0; i < heard; i++)
		printf("%s%.2f", i ? "," : "", late_ns[i] / 1e3);
	printf("]\n");
	free(late_ns);
	return 0;
}
