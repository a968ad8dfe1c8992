// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Runs a command on one core and writes its wall seconds and peak memory in KiB to
 * descriptor 3. A small parent is the point: a child inherits the peak of the
 * process that started it.
 */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define RESULT_FD 3

int main(int argc, char **argv)
{
	struct rusage usage;
	__u64 start, took;
	int status;
	pid_t child;

	if (argc < 3)
		error(2, 0, "usage: measure CORE COMMAND…");
	host_pin(atoi(argv[1]));
	start = host_now_ns();
	child = fork();
	if (child < 0)
		error(1, errno, "fork");
	if (!child) {
		close(RESULT_FD);
		execvp(argv[2], argv + 2);
		error(127, errno, "%s", argv[2]);
	}
	if (wait4(child, &status, 0, &usage) < 0)
		error(1, errno, "wait");
	took = host_now_ns() - start;
	dprintf(RESULT_FD, "%.6f %ld\n", took / 1e9, usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
