// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Judges a flip of rule sets under load by the numbered frames that came through. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <error.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

#include "flood.h"
#include "witness.skel.h"

#define MAX_NUMBERS (1ULL << 26)
#define PRIORITY    100 /* at tc ingress: behind a filter that may be there */
/*
 * Old and new frames alternate, two numbers apart. A flip between an old one
 * and the new one after it shows as 2; between a new one (refused by the old
 * list) and the old one after it (refused by the new list) as 6.
 */
#define CLOSEST 2
#define WIDEST  6
#define USAGE                    \
	"usage: witness IFACE\n" \
	"  says ready when it watches, then reads how many frames were sent\n"

struct judgement {
	__u64 numbers;   /* numbered frames that were sent */
	__u64 kept_lost; /* of hosts on both lists */
	__u64 old_last, new_first;
	__u64 neither, both; /* frames that the flip judged by no list, or by two */
};

static struct witness_bpf *watch(const char *iface)
{
	struct witness_bpf *skel = witness_bpf__open();
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex(iface),
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = PRIORITY);
	int err;

	if (!hook.ifindex)
		error(1, errno, "'%s'", iface);
	if (!skel || bpf_map__set_max_entries(skel->maps.delivered, MAX_NUMBERS / 64) ||
	    witness_bpf__load(skel))
		error(1, errno, "witness program");
	opts.prog_fd = bpf_program__fd(skel->progs.witness);
	err = bpf_tc_hook_create(&hook);
	if (err && err != -EEXIST)
		error(1, -err, "'%s': hook", iface);
	err = bpf_tc_attach(&hook, &opts);
	if (err)
		error(1, -err, "'%s': attach", iface);
	return skel;
}

/* The namespace is the rig's own: the qdisc may stay. */
static void unwatch(const char *iface)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex(iface),
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = PRIORITY);

	bpf_tc_detach(&hook, &opts);
}

static bool came(const __u64 *bits, __u64 number)
{
	return bits[number / 64] >> (number % 64) & 1;
}

static struct judgement judge(const __u64 *bits, __u64 numbers)
{
	struct judgement j = { .numbers = numbers, .new_first = numbers };
	__u64 distance;

	for (__u64 i = COLUMN_OLD; i < numbers; i += 4)
		if (came(bits, i))
			j.old_last = i;
	for (__u64 i = COLUMN_NEW; i < numbers && j.new_first == numbers; i += 4)
		if (came(bits, i))
			j.new_first = i;
	for (__u64 i = 0; i < numbers; i++) {
		if (i % 2 == 0)
			j.kept_lost += !came(bits, i);
		else if (i % 4 == COLUMN_OLD)
			j.neither += i < j.old_last && !came(bits, i);
		else
			j.neither += i > j.new_first && !came(bits, i);
	}
	if (j.new_first < j.old_last) {
		j.both = (j.old_last - j.new_first + CLOSEST) / 4;
	} else {
		distance = j.new_first - j.old_last;
		j.neither += distance > WIDEST ? (distance - CLOSEST) / 4 : 0;
	}
	return j;
}

int main(int argc, char **argv)
{
	struct witness_bpf *skel;
	struct judgement j;
	__u64 frames;
	__u64 *bits;

	if (argc != 2)
		error(2, 0, USAGE);
	skel = watch(argv[1]);
	printf("ready\n");
	fflush(stdout);
	if (scanf("%llu", &frames) != 1) {
		unwatch(argv[1]);
		error(1, 0, "not told how many frames were sent");
	}
	unwatch(argv[1]);

	bits = mmap(NULL, MAX_NUMBERS / 8, PROT_READ, MAP_SHARED, bpf_map__fd(skel->maps.delivered),
		    0);
	if (bits == MAP_FAILED)
		error(1, errno, "delivered numbers");
	if (frames / SEQUENCE_EVERY >= MAX_NUMBERS)
		error(1, 0, "more frames than numbers");
	j = judge(bits, (frames + SEQUENCE_EVERY - 1) / SEQUENCE_EVERY);
	printf("{\"numbers\":%llu,\"kept_lost\":%llu,\"old_last\":%llu,\"new_first\":%llu,"
	       "\"neither\":%llu,\"both\":%llu,\"unlisted\":%llu,\"twice\":%llu}\n",
	       j.numbers, j.kept_lost, j.old_last, j.new_first, j.neither, j.both,
	       skel->bss->unlisted, skel->bss->twice);
	witness_bpf__destroy(skel);
	return 0;
}
