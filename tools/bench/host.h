/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the bench's tools ask of the host: the time, a core, a network namespace. */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include <linux/types.h>

/* Of the monotonic clock. */
__u64 host_now_ns(void);

/* All of these end the program, saying why, when the host refuses. */

/* Pins the caller to a core and ranks it before its neighbours. */
void host_pin(unsigned int core);

/* A socket for good in the named network namespace; the caller stays where it is. */
int host_socket(const char *netns, int family, int type, int protocol);

#endif
