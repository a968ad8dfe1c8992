/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fires packets at the program that is attached, through no wire, at a measured pace. */
#include <bpf/bpf.h>
#include <error.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clocks.h"
#include "probe.h"

#define USAGE                                                                           \
	"usage: volley LINK SECONDS CPUS NAME,SOURCE,DEST,PORT,PPS[,HOLD]...\n"         \
	"  Runs the program of that pinned link (BPF_PROG_TEST_RUN) on PPS packets\n"   \
	"  a second of each stream, spread over so many processors: what is due by\n"   \
	"  the clock, in bursts.  \"paced\" as HOLD: from one processor, and never\n"   \
	"  two packets in less than a gap.  With 0 SECONDS, PPS is how many at once.\n" \
	"  Prints NAME SENT SECONDS HELD-UP for each: from its first to its last,\n"    \
	"  and of those what was lost to pauses longer than HOLD seconds.\n"

#define STREAMS_MAX 16
#define CPUS_MAX    2
#define TTL         64
#define SLOT_NS     500000  /* between two looks at what is due */
#define REPEAT_MAX  1000000 /* of the kernel's test run, in one go */

struct stream {
	char name[32];
	__u64 pps;
	__u64 hold; /* ns: pauses up to that cost nothing */
	bool paced;
	__u8 frame[PROBE_FRAME_MAX];
	size_t len;
};

/* What one processor has fired of one stream; times in ns. */
struct tally {
	__u64 sent;
	__u64 first, last;
	__u64 held_up;
	__u64 next; /* of a paced one */
};

struct gun {
	int cpu, cpus;
	struct tally tally[STREAMS_MAX];
};

static int prog_fd;
static __u64 start, length; /* ns */
static struct stream streams[STREAMS_MAX];
static int stream_count;

static __u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return clocks_ns(&time);
}

static void fire(struct tally *tally, const struct stream *stream, __u64 count)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = stream->frame, .data_size_in = stream->len);
	__u64 before = now();

	tally->first = tally->first ? tally->first : before;
	if (tally->last && before - tally->last > stream->hold)
		tally->held_up += before - tally->last - stream->hold;
	for (; count; count -= opts.repeat) {
		opts.repeat = count < REPEAT_MAX ? count : REPEAT_MAX;
		if (bpf_prog_test_run_opts(prog_fd, &opts))
			error(1, errno, "cannot run the program");
		tally->sent += opts.repeat;
	}
	tally->last = now();
}

static void fire_due(struct gun *gun, int index, __u64 time)
{
	const struct stream *stream = &streams[index];
	struct tally *tally = &gun->tally[index];
	__u64 due;

	if (stream->paced) {
		if (gun->cpu || time < tally->next)
			return;
		fire(tally, stream, 1);
		/* from when it is over: its own time is not later than that */
		tally->next = tally->last + NSEC_PER_SEC / stream->pps;
		return;
	}
	due = (__u64)((double)(time - start) * stream->pps / gun->cpus / NSEC_PER_SEC);
	if (due > tally->sent)
		fire(tally, stream, due - tally->sent);
}

static void *run(void *argument)
{
	struct timespec slot = { .tv_nsec = SLOT_NS };
	struct gun *gun = argument;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(gun->cpu, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set))
		error(1, 0, "there is no processor %d", gun->cpu);
	for (__u64 time = start; time - start < length; time = now()) {
		for (int i = 0; i < stream_count; i++)
			fire_due(gun, i, time);
		nanosleep(&slot, NULL);
	}
	return NULL;
}

static void read_host(const char *word, struct prefix *ret_host)
{
	struct complaint why = {};

	if (!word || prefix_parse(word, ret_host, &why))
		error(1, 0, "'%s' is no address", word ? word : "");
}

static const char *next_word(char **rest)
{
	const char *word = strsep(rest, ",");

	if (!word)
		error(1, 0, "a word of a stream is missing");
	return word;
}

static void read_stream(char *words, struct stream *ret_stream)
{
	struct probe probe = { .ttl = TTL, .vlan = -1 };

	snprintf(ret_stream->name, sizeof(ret_stream->name), "%s", next_word(&words));
	read_host(next_word(&words), &probe.source);
	read_host(next_word(&words), &probe.dest);
	probe.port = strtoul(next_word(&words), NULL, 10);
	ret_stream->pps = strtoull(next_word(&words), NULL, 10);
	ret_stream->paced = words && !strcmp(words, "paced");
	ret_stream->hold = words ? strtod(words, NULL) * NSEC_PER_SEC : 0;
	ret_stream->len = probe_build(&probe, ret_stream->frame);
}

static int open_program(const char *link)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int link_fd = bpf_obj_get(link);

	if (link_fd < 0 || bpf_obj_get_info_by_fd(link_fd, &info, &len))
		error(1, errno, "link '%s'", link);
	prog_fd = bpf_prog_get_fd_by_id(info.prog_id);
	return prog_fd;
}

/* While one processor fires, the others' pauses do not matter: the least held up counts. */
static void report(const struct gun *gun, int cpus)
{
	for (int i = 0; i < stream_count; i++) {
		struct tally sum = gun[0].tally[i];

		for (int cpu = 1; cpu < cpus; cpu++) {
			const struct tally *tally = &gun[cpu].tally[i];

			if (!tally->sent)
				continue;
			sum.sent += tally->sent;
			sum.first = tally->first < sum.first ? tally->first : sum.first;
			sum.last = tally->last > sum.last ? tally->last : sum.last;
			sum.held_up = tally->held_up < sum.held_up ? tally->held_up : sum.held_up;
		}
		printf("%s %llu %.6f %.6f\n", streams[i].name, sum.sent,
		       (sum.last - sum.first) / 1e9, sum.held_up / 1e9);
	}
}

int main(int argc, char **argv)
{
	int cpus = argc > 3 ? atoi(argv[3]) : 0;
	struct gun gun[CPUS_MAX] = {};
	pthread_t thread[CPUS_MAX];

	if (argc < 5 || argc > 4 + STREAMS_MAX || cpus < 1 || cpus > CPUS_MAX) {
		fputs(USAGE, stderr);
		return 2;
	}
	if (open_program(argv[1]) < 0)
		error(1, errno, "its program");
	for (int i = 4; i < argc; i++)
		read_stream(argv[i], &streams[stream_count++]);
	length = strtod(argv[2], NULL) * NSEC_PER_SEC;
	start = now();
	for (int i = 0; !length && i < stream_count; i++)
		fire(&gun[0].tally[i], &streams[i], streams[i].pps);
	for (int cpu = 0; length && cpu < cpus; cpu++) {
		gun[cpu].cpu = cpu;
		gun[cpu].cpus = cpus;
		if (pthread_create(&thread[cpu], NULL, run, &gun[cpu]))
			error(1, 0, "no thread");
	}
	for (int cpu = 0; length && cpu < cpus; cpu++)
		pthread_join(thread[cpu], NULL);
	report(gun, cpus);
	return 0;
}
