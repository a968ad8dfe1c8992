/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The clocks of one command, read once, so that all it does happens at one time. */
#ifndef CLOCKS_H
#define CLOCKS_H

#include <linux/types.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ULL

struct clocks {
	__u64 utc;         /* seconds since the epoch */
	__u64 boottime;    /* CLOCK_BOOTTIME ns */
	__u64 monotonic;   /* CLOCK_MONOTONIC ns */
	__u64 coarse_tick; /* ns from step to step of the coarse clocks */
};

static inline __u64 clocks_ns(const struct timespec *time)
{
	return time->tv_sec * NSEC_PER_SEC + time->tv_nsec;
}

static inline struct clocks clocks_now(void)
{
	struct timespec boottime, monotonic, tick;

	clock_gettime(CLOCK_BOOTTIME, &boottime);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	return (struct clocks){
		.utc = time(NULL),
		.boottime = clocks_ns(&boottime),
		.monotonic = clocks_ns(&monotonic),
		.coarse_tick = clocks_ns(&tick),
	};
}

/* UTC ns at which CLOCK_MONOTONIC began, as far as UTC goes back so far. */
static inline __u64 clocks_monotonic_epoch(void)
{
	struct timespec utc, monotonic;

	clock_gettime(CLOCK_REALTIME, &utc);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	return clocks_ns(&utc) - clocks_ns(&monotonic);
}

#endif
