/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The clocks of one command, read once, so that all it does happens at one time. */
#ifndef CLOCKS_H
#define CLOCKS_H

#include <linux/types.h>
#include <sys/timex.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ULL

struct clocks {
	__u64 utc;         /* seconds since the epoch... */
	__u64 utc_part;    /* ... and so many ns of the next */
	__u64 boottime;    /* CLOCK_BOOTTIME ns */
	__u64 monotonic;   /* CLOCK_MONOTONIC ns */
	__u64 coarse_tick; /* ns from step to step of the coarse clocks */
	int synced;        /* the kernel is told by somebody what time it is (adjtimex(2)) */
};

static inline __u64 clocks_ns(const struct timespec *time)
{
	return time->tv_sec * NSEC_PER_SEC + time->tv_nsec;
}

static inline struct clocks clocks_now(void)
{
	struct timespec utc, boottime, monotonic, tick;
	struct timex timex = {};
	int state = adjtimex(&timex);

	clock_gettime(CLOCK_REALTIME, &utc);
	clock_gettime(CLOCK_BOOTTIME, &boottime);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	return (struct clocks){
		.utc = (__u64)utc.tv_sec,
		.utc_part = (__u64)utc.tv_nsec,
		.boottime = clocks_ns(&boottime),
		.monotonic = clocks_ns(&monotonic),
		.coarse_tick = clocks_ns(&tick),
		.synced = state >= 0 && state != TIME_ERROR && !(timex.status & STA_UNSYNC),
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

/* Whole seconds from now until a boot time that lies ahead, rounded up; 0 if it does not. */
static inline unsigned int clocks_seconds_left(__u64 boottime, const struct clocks *now)
{
	if (boottime <= now->boottime)
		return 0;
	return (unsigned int)((boottime - now->boottime + NSEC_PER_SEC - 1) / NSEC_PER_SEC);
}

#endif
