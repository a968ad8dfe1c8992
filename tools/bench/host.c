// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Asks the host for the time, a core, a network namespace. */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

__u64 host_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/*
 * Where the kernel groups processes by session, nice counts inside a group
 * alone, and a favoured process on one core starves its own group on the
 * others: hence a session of its own, and the rank given to that. Without the
 * right to it the figures are noisier, not wrong.
 */
static void rank_first(void)
{
	int fd;

	(void)setsid();
	(void)setpriority(PRIO_PROCESS, 0, -20);
	fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!write(fd, "-20", 3);
		close(fd);
	}
}

void host_pin(unsigned int core)
{
	cpu_set_t cores;

	CPU_ZERO(&cores);
	CPU_SET(core, &cores);
	if (sched_setaffinity(0, sizeof(cores), &cores))
		error(1, errno, "core %u", core);
	rank_first();
}

static void enter(const char *netns)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		error(1, errno, "network namespace '%s'", netns);
	close(fd);
}

int host_socket(const char *netns, int family, int type, int protocol)
{
	int home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd;

	if (home_fd < 0)
		error(1, errno, "own network namespace");
	enter(netns);
	fd = socket(family, type | SOCK_CLOEXEC, protocol);
	if (fd < 0 || setns(home_fd, CLONE_NEWNET))
		error(1, errno, "socket in '%s'", netns);
	close(home_fd);
	return fd;
}
