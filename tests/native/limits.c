/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shipped limit, compiled natively, where many processors meet at one word.
 *
 *   native_limits
 *
 * Eight threads at least.  What conforms is never refused, whoever is in the
 * way; of what does not, no more than one packet for each other processor gets
 * in beyond the burst; and each that got in was charged.  Twice: as it comes, and
 * with others let in between a packet's look at the word and its charge, so that
 * as many meet there as there are, on a machine of one processor too.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/types.h>

static int others_first;

static __u64 swap(__u64 *word, __u64 old, __u64 new)
{
	if (others_first)
		sched_yield();
	return __sync_val_compare_and_swap(word, old, new);
}

static __u64 add(__u64 *word, __u64 more)
{
	if (others_first)
		sched_yield();
	return __sync_fetch_and_add(word, more);
}

#define __sync_val_compare_and_swap(word, old, new) swap((__u64 *)(word), old, new)
#define __sync_fetch_and_add(word, more)            add((__u64 *)(word), more)
#include "limits.h"

#define THREADS_MIN 8
#define THREADS_MAX 64
#define PACKETS     200000 /* of each thread */
#define PACKETS_MET 1000   /* of each, where others come first */
#define ROUNDS      10     /* of a burst that is fought for */
#define BURST       200
#define INTERVAL    1000 /* ns */
#define NOW         (1ULL << 40)

static struct cx_state state;
static pthread_barrier_t start;

/* A clock that stands still, and a limit: what each thread is given. */
struct load {
	__u64 tolerance;
	unsigned int packets;
	unsigned int admitted; /* out */
};

static void *send_packets(void *argument)
{
	struct load *load = argument;

	pthread_barrier_wait(&start);
	for (unsigned int i = 0; i < load->packets; i++)
		load->admitted += limit_conforms(&state, INTERVAL, load->tolerance, NOW, 1);
	return NULL;
}

/* How many packets are admitted of what so many threads send at once. */
static unsigned long send_all(unsigned int threads, unsigned int packets, __u64 tolerance)
{
	struct load load[THREADS_MAX];
	pthread_t thread[THREADS_MAX];
	unsigned long admitted = 0;

	state.tat = 0;
	pthread_barrier_init(&start, NULL, threads);
	for (unsigned int i = 0; i < threads; i++) {
		load[i] = (struct load){ .tolerance = tolerance, .packets = packets };
		if (pthread_create(&thread[i], NULL, send_packets, &load[i]))
			abort();
	}
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(thread[i], NULL);
		admitted += load[i].admitted;
	}
	pthread_barrier_destroy(&start);
	return admitted;
}

static int failed;

static void verdict(int good, const char *name, const char *how)
{
	printf("%s native_limits/%s%s (%s)\n", good ? "PASS" : "FAIL",
	       others_first ? "others first: " : "", name, how);
	failed |= !good;
}

/* A burst that has room for all: whatever is refused is refused in error. */
static void test_conforming(unsigned int threads)
{
	unsigned int packets = others_first ? PACKETS_MET : PACKETS;
	unsigned long sent = (unsigned long)threads * packets;
	unsigned long admitted = send_all(threads, packets, (sent - 1) * INTERVAL);
	char how[160];

	snprintf(how, sizeof(how), "%u threads, %lu packets, %lu of them refused in error", threads,
		 sent, sent - admitted);
	verdict(admitted == sent, "what conforms is admitted", how);
	snprintf(how, sizeof(how), "%u threads, %lu packets", threads, admitted);
	verdict(state.tat == NOW + admitted * INTERVAL, "what is admitted is charged", how);
}

static void test_burst(unsigned int threads)
{
	unsigned long most = 0, least = -1UL, admitted;
	int charged = 1;
	char how[160];

	for (int i = 0; i < ROUNDS; i++) {
		admitted = send_all(threads, 2 * BURST / threads + BURST / 2,
				    (BURST - 1) * (__u64)INTERVAL);
		most = admitted > most ? admitted : most;
		least = admitted < least ? admitted : least;
		charged &= state.tat == NOW + admitted * INTERVAL;
	}
	snprintf(how, sizeof(how), "%u threads, burst %d: %lu to %lu admitted", threads, BURST,
		 least, most);
	verdict(least >= BURST && most < BURST + threads,
		"a burst is exceeded by processors at most", how);
	verdict(charged, "a burst is charged to the packet", how);
}

int main(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int threads = processors < THREADS_MIN   ? THREADS_MIN
			       : processors > THREADS_MAX ? THREADS_MAX
							  : processors;

	for (others_first = 0; others_first < 2; others_first++) {
		test_conforming(threads);
		test_burst(threads);
	}
	return failed;
}

/* No limit asks for these. */
void *bpf_map_lookup_elem(void *map, const void *key)
{
	(void)map, (void)key;
	abort();
}

__u64 bpf_ktime_get_ns(void)
{
	abort();
}

__u64 bpf_ktime_get_boot_ns(void)
{
	abort();
}

__u32 bpf_get_smp_processor_id(void)
{
	abort();
}
