/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The shipped filter, unmodified, with its maps and helpers in this process. */
#include "clarent_xdp.bpf.c"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "native.h"

static struct native_machine machine;
static struct cx_counter counter[CX_COUNTERS];
static struct cx_seen_set seen_set[CX_SEEN_SETS];
static struct cx_state segment[CX_SEGMENT_SIZE]; /* the only one there is */
static size_t pulled; /* bytes of a frame at tc that are linear by now, 0: as it came */

static void *rules_lookup(__u32 generation)
{
	return generation < 2 ? (void *)&machine.world[generation]->rules : NULL;
}

static void *slot_lookup(__u32 slot, enum cx_family family)
{
	const struct native_world *world = machine.world[slot / CX_LISTS & 1];

	if (slot >= CX_SLOTS)
		return NULL;
	return slot < 2 * CX_LISTS ? world->list[slot % CX_LISTS][family]
				   : world->patch[slot % CX_LISTS][family];
}

static __u64 *filter_of(__u32 which)
{
	return which < 4 ? machine.world[which / 2]->outgrown[which % 2] : NULL;
}

/* The filter is known by where it lies. */
static bool is_filter(const void *map)
{
	for (__u32 which = 0; which < 4; which++) {
		if (map == filter_of(which))
			return true;
	}
	return false;
}

static void *list_lookup(struct native_list *list, const void *key)
{
	for (__u32 i = 0; i < list->count; i++) {
		if (!memcmp(&list->entry[i].key, key, list->key_size))
			return &list->entry[i].value;
	}
	return NULL;
}

/* Every map but the access lists has a __u32 for a key. */
void *bpf_map_lookup_elem(void *map, const void *key)
{
	__u32 index = *(const __u32 *)key;

	if (map == &rules)
		return rules_lookup(index);
	if (map == &lists4)
		return slot_lookup(index, CX_IPV4);
	if (map == &lists6)
		return slot_lookup(index, CX_IPV6);
	if (map == &states)
		return index == 0 ? segment : NULL;
	if (map == segment)
		return index < CX_SEGMENT_SIZE ? &segment[index] : NULL;
	if (map == &counters)
		return index < CX_COUNTERS ? &counter[index] : NULL;
	if (map == &seen)
		return index < CX_SEEN_SETS ? &seen_set[index] : NULL;
	if (map == &filters)
		return filter_of(index);
	if (map == &wishes || map == &readers)
		return NULL; /* nobody reads */
	if (is_filter(map))
		return (__u64 *)map + index;
	return list_lookup(map, key);
}

/* Across the end of the linear part, as the kernel's own do. */
static long load(const struct xdp_md *ctx, __u32 offset, void *to, __u32 len)
{
	size_t linear = ctx->data_end - ctx->data;
	size_t here = 0;

	if ((size_t)offset + len > linear + ctx->rest_size)
		return -EINVAL;
	if (offset < linear) {
		here = len < linear - offset ? len : linear - offset;
		memcpy(to, ctx->data + offset, here);
	}
	if (here < len)
		memcpy(to + here, ctx->rest + (offset + here - linear), len - here);
	return 0;
}

long bpf_xdp_load_bytes(struct xdp_md *ctx, __u32 offset, void *to, __u32 len)
{
	return load(ctx, offset, to, len);
}

long bpf_skb_load_bytes(const void *ctx, __u32 offset, void *to, __u32 len)
{
	return load(((const struct __sk_buff *)ctx)->frame, offset, to, len);
}

/* Of the linear part alone, until it has been pulled there. */
long bpf_skb_load_bytes_relative(const void *ctx, __u32 offset, void *to, __u32 len, __u32 from)
{
	const struct __sk_buff *skb = ctx;
	size_t linear = skb->data_end - skb->data;

	if (from != BPF_HDR_START_NET || (size_t)offset + len > (pulled ? pulled : linear))
		return -EFAULT;
	return load(skb->frame, offset, to, len);
}

long bpf_skb_pull_data(struct __sk_buff *skb, __u32 len)
{
	if (len > skb->len)
		return -ENOMEM;
	pulled = len;
	return 0;
}

__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data + ctx->rest_size;
}

/* Nothing to hand on to: the verdict is the filter's own. */
long bpf_tail_call(void *ctx, void *programs, __u32 index)
{
	(void)ctx, (void)programs, (void)index;
	return -1;
}

__u64 bpf_ktime_get_boot_ns(void)
{
	return machine.boottime;
}

/* A date that is neither before nor after any but those that world.c gives. */
__u64 bpf_ktime_get_tai_ns(void)
{
	return 2 * 1000000000ULL;
}

/* No test of this kind has limits: these tell when a source was last seen. */
__u64 bpf_ktime_get_ns(void)
{
	return machine.boottime;
}

__u64 bpf_ktime_get_coarse_ns(void)
{
	return machine.boottime;
}

__u64 bpf_jiffies64(void)
{
	return machine.boottime / 4000000;
}

__u32 bpf_get_smp_processor_id(void)
{
	return 0;
}

/* Nobody reads what is dropped: these are called by programs that no test of this kind runs. */
void *bpf_ringbuf_reserve(void *ring, __u64 size, __u64 flags)
{
	(void)ring, (void)size, (void)flags;
	abort();
}

__u32 bpf_get_prandom_u32(void)
{
	abort();
}

void bpf_ringbuf_submit(void *data, __u64 flags)
{
	(void)data, (void)flags;
	abort();
}

/* No test of this kind has routes. */
long bpf_fib_lookup(void *ctx, struct bpf_fib_lookup *params, int size, __u32 flags)
{
	(void)ctx, (void)params, (void)size, (void)flags;
	abort();
}

/*
 * The loader writes read-only data before the kernel freezes it, so here too.
 * The address goes through a volatile, for a compiler that knows a store to a
 * constant drops it.
 */
static void set_self(const struct cx_attachment *attachment)
{
	void *volatile address = (void *)&self;
	unsigned long page = sysconf(_SC_PAGESIZE);
	unsigned long start = (unsigned long)address & -page;
	unsigned long end = (unsigned long)address + sizeof(self);
	static int writable;

	if (!writable && mprotect((void *)start, end - start, PROT_READ | PROT_WRITE))
		abort();
	writable = 1;
	memcpy(address, attachment, sizeof(*attachment));
}

void native_set(const struct native_machine *next)
{
	machine = *next;
	live = machine.live;
	set_self(&machine.attachment);
}

static struct xdp_md context_of(const struct native_frame *frame)
{
	return (struct xdp_md){
		.data = frame->linear,
		.data_end = frame->linear + frame->linear_size,
		.rest = frame->rest,
		.rest_size = frame->rest_size,
	};
}

int native_run(const struct native_frame *frame)
{
	struct xdp_md ctx = context_of(frame);

	return clarent_xdp(&ctx);
}

int native_run_tc(const struct native_frame *frame)
{
	struct xdp_md ctx = context_of(frame);
	struct __sk_buff skb = {
		.data = ctx.data,
		.data_end = ctx.data_end,
		.len = frame->linear_size + frame->rest_size,
		.frame = &ctx,
	};

	pulled = 0;
	return clarent_tc(&skb);
}

__u32 native_check(const struct native_frame *frame)
{
	struct xdp_md ctx = context_of(frame);

	return clarent_check(&ctx);
}

const struct cx_counter *native_counter(__u32 index)
{
	return &counter[index];
}
