/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which hosts of an allowed prefix send, told to who wishes to know: `suspects
 * inside` shows it.
 *
 * In the programs that tell alone.  There an admitted packet costs the look
 * whether anybody wishes, then one at each wish; a record some 50 ns, and how
 * many are made is bounded.  A record says for how many packets it stands; the
 * sum of all is counted apart, and exact.
 */
#ifndef CX_INSIDE_H
#define CX_INSIDE_H

#include "maps.h"
#include "seen.h"

/* Does the reader in that place read what is dropped? */
static __always_inline int reads_drops(__u32 place)
{
	const struct cx_wish *wish = bpf_map_lookup_elem(&wishes, &place);

	return !wish || !wish->wanted;
}

static __always_inline int is_inside(const struct cx_wish *wish, __u64 hi, __u64 lo, __u32 family)
{
	return wish->wanted && wish->family == family && (hi & wish->mask_hi) == wish->hi &&
	       (lo & wish->mask_lo) == wish->lo;
}

/* The first of a new window: by how many records the last one had, more are made. */
static __always_inline void wish_open(struct cx_wish *wish, __u32 window)
{
	if (window - wish->window > 1)
		wish->mask = 0;
	else if (wish->taken < wish->quota / 4)
		wish->mask >>= 1;
	if (!wish->mask)
		wish->skip = 0;
	wish->taken = 0;
	wish->window = window;
}

/* One more: where that is too many, half as many are made. */
static __always_inline void wish_take(struct cx_wish *wish)
{
	if (++wish->taken > wish->quota && !(wish->mask >> (CX_INSIDE_BITS - 1))) {
		wish->mask = wish->mask << 1 | 1;
		wish->taken =
			wish->quota / 4; /* so that the rest of a window is not taken for few */
	}
	/* random, so that nobody sends in step with it */
	if (wish->mask)
		wish->skip = bpf_get_prandom_u32() & wish->mask;
}

static __always_inline void wish_tell(void *ring, __u64 hi, __u64 lo, __u64 word, __u64 packets)
{
	struct cx_inside *to = bpf_ringbuf_reserve(ring, sizeof(*to), 0);

	if (!to)
		return;
	*to = (struct cx_inside){
		.hi = hi,
		.lo = lo,
		.time = bpf_ktime_get_coarse_ns(),
		.packets = packets,
		.datagrams = SIGHT_DATAGRAMS(word),
		.port = SIGHT_PORT(word),
		.dev = self.dev,
		.policy = SIGHT_POLICY(word),
		.family = SIGHT_FAMILY(word),
		.proto = SIGHT_PROTO(word),
		.ttl = SIGHT_TTL(word),
	};
	/* its reader comes by the clock: to be woken for each would cost more than all else */
	bpf_ringbuf_submit(to, BPF_RB_NO_WAKEUP);
}

static __always_inline void wish_grant(struct cx_wish *wish, void *ring, __u64 hi, __u64 lo,
				       __u64 word)
{
	__u32 window = bpf_jiffies64() >> ((self.window_shift - CX_LOG_WINDOW) & 31);

	if (wish->window != window)
		wish_open(wish, window);
	wish->packets += SIGHT_DATAGRAMS(word);
	wish->since += SIGHT_DATAGRAMS(word);
	if (wish->skip) {
		wish->skip--;
		return;
	}
	wish_tell(ring, hi, lo, word, wish->since);
	/* where the ring was full they are nobody's, or the next would stand for them all */
	wish->since = 0;
	wish_take(wish);
}

/* Global, so that it is verified once. */
__noinline int tell_inside(__u64 hi, __u64 lo, __u64 word)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < CX_LOG_READERS; i++) {
		__u32 place = i;
		struct cx_wish *wish = bpf_map_lookup_elem(&wishes, &place);
		void *ring;

		if (!wish || !is_inside(wish, hi, lo, SIGHT_FAMILY(word)))
			continue;
		ring = bpf_map_lookup_elem(&readers, &place);
		if (ring)
			wish_grant(wish, ring, hi, lo, word);
	}
	return 0;
}

/* A packet that is admitted. */
static __always_inline void tell_admitted(const struct packet *packet, __u32 policy,
					  enum cx_reason reason, __u32 datagrams)
{
	__u32 any = CX_WISHES_ANY;
	const struct cx_wish *wish = bpf_map_lookup_elem(&wishes, &any);

	if (wish && wish->wanted)
		tell_inside(packet->src.hi, packet->src.lo,
			    SIGHT(packet, policy, reason, datagrams));
}

#endif
