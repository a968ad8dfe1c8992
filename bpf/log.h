/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What was dropped, or would have been, told to whoever reads: `log` shows it.
 *
 * A frame beyond the quota of its policy and reason costs the look at that; one
 * within it the clock and a copy of its first bytes for each reader.
 */
#ifndef CX_LOG_H
#define CX_LOG_H

#include "hook.h"
#include "inside.h"
#include "maps.h"

/* All that is told of a frame but itself, in one word for a call. */
#define TOLD(policy, would, reason, datagrams) \
	((__u64)(policy) | (__u64)(reason) << 8 | (__u64)(would) << 16 | (__u64)(datagrams) << 32)
#define TOLD_POLICY(word)    ((__u8)(word))
#define TOLD_REASON(word)    ((__u8)((word) >> 8))
#define TOLD_WOULD(word)     ((__u8)((word) >> 16))
#define TOLD_DATAGRAMS(word) ((__u32)((word) >> 32))

/* So many bytes say how long a bare IP packet is. */
#define LENGTH_SAID 8

/* Takes one from the quota. Two CPUs may open a window at once, which gives some more. */
static __always_inline int quota_take(__u64 word)
{
	__u32 slot = CX_LOG_SLOT(TOLD_POLICY(word) & (CX_MAX_POLICIES - 1), TOLD_REASON(word) & 31);
	__u32 window = bpf_jiffies64() >> ((self.window_shift - CX_LOG_WINDOW) & 31);
	struct cx_log_quota *quota = bpf_map_lookup_elem(&quotas, &slot);

	if (!quota)
		return 0;
	if (*(volatile __u32 *)&quota->window != window) {
		quota->taken = 0;
		quota->window = window;
	}
	/* read first: in a flood it is used up, and nobody writes there any more */
	return *(volatile __u32 *)&quota->taken < CX_LOG_QUOTA &&
	       __sync_fetch_and_add(&quota->taken, 1) < CX_LOG_QUOTA;
}

/* Bytes that hook_load() reaches of a bare packet at tc, where the frame may begin before it. */
static __always_inline __u32 bare_len(const struct hook *hook)
{
	__u8 first[LENGTH_SAID];

	if (hook_load(hook, CX_LINK_BARE_IP, 0, first, sizeof(first)))
		return 0;
	if (first[0] >> 4 == 6)
		return sizeof(struct ipv6hdr) + (first[4] << 8 | first[5]);
	return first[2] << 8 | first[3];
}

/* Copies what it begins with; says how much that is. */
static __always_inline __u32 keep_frame(const struct hook *hook, struct cx_logged *to)
{
	__u32 len = hook_len(hook), last;

	if (hook->is_tc && self.link_type == CX_LINK_BARE_IP)
		len = bare_len(hook);
	if (!len)
		return 0;
	last = (len < CX_LOG_FRAME ? len : CX_LOG_FRAME) - 1;
	/* Linux 6.1 has to see in one register that it is neither too much nor nothing */
	barrier_var(last);
	len = (last & (CX_LOG_FRAME - 1)) + 1;
	return hook_load(hook, self.link_type, 0, to->frame, len) ? 0 : len;
}

static __always_inline void tell(const struct hook *hook, void *ring, __u64 word)
{
	struct cx_logged *to = bpf_ringbuf_reserve(ring, sizeof(*to), 0);

	if (!to) /* its reader is slow, or gone */
		return;
	to->time = bpf_ktime_get_ns();
	to->len = hook_len(hook);
	to->ifindex = hook_ifindex(hook);
	to->queue = hook_queue(hook);
	to->datagrams = TOLD_DATAGRAMS(word);
	to->dev = self.dev;
	to->policy = TOLD_POLICY(word);
	to->reason = TOLD_REASON(word);
	to->would = TOLD_WOULD(word);
	to->link_type = self.link_type;
	to->mode = self.mode;
	to->kept = keep_frame(hook, to);
	bpf_ringbuf_submit(to, 0);
}

static __always_inline void tell_all(const struct hook *hook, __u64 word)
{
	__u32 i;

	if (!quota_take(word))
		return;
#pragma unroll
	for (i = 0; i < CX_LOG_READERS; i++) {
		__u32 place = i;
		void *ring = bpf_map_lookup_elem(&readers, &place);

		if (ring && reads_drops(place))
			tell(hook, ring, word);
	}
}

/* Global, so that it is verified once. */
__noinline int tell_of_frame(struct xdp_md *ctx, __u64 word)
{
	tell_all(&(struct hook){ .ctx = ctx }, word);
	return 0;
}

/* The same at tc. */
__noinline int tell_of_buffer(struct __sk_buff *skb, __u64 word)
{
	tell_all(&(struct hook){ .ctx = skb, .is_tc = 1 }, word);
	return 0;
}

static __always_inline void tell_readers(const struct hook *hook, __u64 word)
{
	if (hook->is_tc)
		tell_of_buffer(hook->ctx, word);
	else
		tell_of_frame(hook->ctx, word);
}

#endif
