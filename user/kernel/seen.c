/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which refused sources came again, as the packet path has kept them: see struct cx_seen. */
#include "seen.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"

/* Where they are gathered, and from when on all of them are known. */
struct gathering {
	struct seen *list;
	size_t count;
	__u64 crowded; /* as struct cx_pace; for ever, while not all are looked at */
};

static struct prefix host_of(const struct cx_seen *source)
{
	struct prefix host = { .family = source->family };
	__be32 four = htobe32((__u32)source->lo);
	__be64 six[2] = { htobe64(source->hi), htobe64(source->lo) };

	host.len = source->family == CX_IPV4 ? 32 : 128;
	if (source->family == CX_IPV4)
		memcpy(host.addr, &four, sizeof(four));
	else
		memcpy(host.addr, six, sizeof(six));
	return host;
}

static void add_source(struct gathering *to, const struct cx_seen *source)
{
	if (!source->policy || source->policy >= CX_MAX_POLICIES ||
	    source->reason >= CX_REASON_COUNT)
		return;
	to->list[to->count++] = (struct seen){
		.source = host_of(source),
		.policy = source->policy,
		.proto = source->proto,
		.reason = source->reason,
		.lowest_ttl = source->lowest_ttl,
		.highest_ttl = source->highest_ttl,
		.exact = source->first > to->crowded,
		.port = source->port,
		.dev = source->dev % CX_MAX_DEVS,
		.packets = source->packets,
		.first = source->first,
		.last = source->last,
		.windows = source->windows,
	};
}

static int compare(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->policy != y->policy)
		return x->policy - y->policy;
	return prefix_compare(&x->source, &y->source);
}

/* The same source on another CPU. */
static void join(struct seen *to, const struct seen *from)
{
	__u64 packets = to->packets + from->packets, windows = to->windows + from->windows;
	__u64 first = from->first < to->first ? from->first : to->first;
	__u8 lowest = from->lowest_ttl < to->lowest_ttl ? from->lowest_ttl : to->lowest_ttl;
	__u8 highest = from->highest_ttl > to->highest_ttl ? from->highest_ttl : to->highest_ttl;
	bool exact = to->exact && from->exact;

	if (from->last > to->last)
		*to = *from;
	to->packets = packets;
	to->windows = windows;
	to->first = first;
	to->lowest_ttl = lowest;
	to->highest_ttl = highest;
	to->exact = exact;
}

static void join_all(struct gathering *gathering)
{
	size_t count = 0;

	qsort(gathering->list, gathering->count, sizeof(*gathering->list), compare);
	for (size_t i = 0; i < gathering->count; i++) {
		struct seen *last = count ? &gathering->list[count - 1] : NULL;

		if (last && !compare(last, &gathering->list[i]))
			join(last, &gathering->list[i]);
		else
			gathering->list[count++] = gathering->list[i];
	}
	gathering->count = count;
}

static void leave_out_random(struct gathering *gathering)
{
	size_t count = 0;

	for (size_t i = 0; i < gathering->count; i++) {
		const struct seen *seen = &gathering->list[i];

		if (seen->exact || seen->packets >= CX_SEEN_SURE)
			gathering->list[count++] = *seen;
	}
	gathering->count = count;
}

/* All sets of all CPUs in one call. */
static int read_sets(int fd, struct cx_seen_set *ret_sets)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	__u32 keys[CX_SEEN_SETS], count = CX_SEEN_SETS, next;

	if (bpf_map_lookup_batch(fd, NULL, &next, keys, ret_sets, &count, &opts) &&
	    errno != ENOENT) /* there are no more behind these */
		return -errno;
	return count == CX_SEEN_SETS ? 0 : -EIO;
}

int seen_read(const struct instance *instance, struct seen **ret_list, size_t *ret_count)
{
	int err, cpus = libbpf_num_possible_cpus();
	size_t sets = cpus > 0 ? (size_t)cpus * CX_SEEN_SETS : 0;
	scoped(memory) space = calloc(sets + 1, sizeof(struct cx_seen_set));
	struct gathering gathering = { calloc(sets + 1, CX_SEEN_WAYS * sizeof(struct seen)), 0, 0 };
	const struct cx_seen_set *set = space;

	err = cpus < 0 ? cpus : !space || !gathering.list ? -ENOMEM : 0;
	if (!err)
		err = read_sets(instance->fd[MAP_SEEN], space);
	if (err) {
		free(gathering.list);
		return err;
	}
	/* read last: what was kept before is judged by what is so by now */
	gathering.crowded = instance->pace->mask ? ~0ULL : instance->pace->crowded;
	for (size_t i = 0; i < sets * CX_SEEN_WAYS; i++)
		add_source(&gathering, &set[i / CX_SEEN_WAYS].source[i % CX_SEEN_WAYS]);
	join_all(&gathering);
	leave_out_random(&gathering);
	*ret_list = gathering.list;
	*ret_count = gathering.count;
	return 0;
}

__u64 seen_rate(const struct seen *seen, __u64 tick)
{
	__u64 ten = 10 * 1000 * 1000 * 1000ULL, lasted = seen->last - seen->first;

	if (!seen->exact)
		lasted = seen->windows * (tick << seen_window_shift(tick));
	if (!lasted)
		return 0;
	return (seen->packets - seen->exact) * (ten / 1000) / (lasted / 1000 + 1);
}

__u64 seen_one_in(const struct instance *instance)
{
	return 1ULL << __builtin_popcountll(instance->pace->mask);
}

__u32 seen_window_shift(__u64 tick)
{
	const __u64 least = 750 * 1000 * 1000;
	__u32 shift = 0;

	while (tick && tick << shift < least)
		shift++;
	return shift;
}
