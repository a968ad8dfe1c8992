/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who is refused again and again: what `suspects` shows.
 *
 * A forged source comes once, a caller comes again.  To tell them apart each
 * packet of a source has to be seen, but not of every source: see struct
 * cx_seen.  What is recorded costs some 30 ns, and is bounded to CX_PACE_MANY
 * packets a window; all others cost the question whether their turn has come.
 */
#ifndef CX_SEEN_H
#define CX_SEEN_H

#include "lists.h"
#include "maps.h"
#include "packet.h"

#define VOTES_MAX    65535
#define STALE_WINDOW 3600 /* not seen for so many: its place is free */

/* What is known of a packet but its source, in one word for a call: there is no room for more. */
#define SIGHT(packet, policy, reason, datagrams)                               \
	((__u64)(policy) | (__u64)(reason) << 8 | (__u64)(packet)->ttl << 16 | \
	 (__u64)(packet)->family << 24 | (__u64)(packet)->proto << 28 |        \
	 (__u64)(packet)->port << 32 | (__u64)(datagrams) << 48)
#define SIGHT_POLICY(sight)    ((__u8)(sight))
#define SIGHT_REASON(sight)    ((__u8)((sight) >> 8))
#define SIGHT_TTL(sight)       ((__u8)((sight) >> 16))
#define SIGHT_FAMILY(sight)    ((sight) >> 24 & 0xf)
#define SIGHT_PROTO(sight)     ((sight) >> 28 & 0xf)
#define SIGHT_PORT(sight)      ((__u16)((sight) >> 32))
#define SIGHT_DATAGRAMS(sight) ((sight) >> 48)

/* A packet that is recorded, and when. */
struct sight {
	__u64 hi, lo;
	__u64 word; /* SIGHT() */
	__u64 window;
	__u64 now; /* coarse */
};

static __always_inline int is_its_turn(__u64 hash, __u64 jiffies)
{
	return !((hash >> CX_PACE_SHIFT ^ jiffies) & pace.mask);
}

/* The first of a new window: by how many there were in the last, more are looked at. */
static __always_inline void pace_open(__u64 jiffies, __u64 now)
{
	__u32 shift = self.window_shift & 31;
	__u64 until = pace.until, next = ((jiffies >> shift) + 2) << shift, recorded;

	if ((__s64)(next - until) <= 0 ||
	    __sync_val_compare_and_swap(&pace.until, until, next) != until)
		return;
	recorded = pace.recorded;
	pace.recorded = 0;
	if (!pace.mask)
		return;
	if (jiffies >= until) {
		pace.mask = 0;
		pace.crowded = now - 1; /* of this window nobody was missed, see notice() */
		return;
	}
	if (recorded < CX_PACE_FEW)
		pace.mask = pace.mask >> 1 >> shift << shift;
	if (!pace.mask)
		pace.crowded = now;
}

/* One more: where that is too many, fewer are looked at from now on. */
static __always_inline void pace_count(void)
{
	__u32 shift = self.window_shift & 31;

	if (__sync_fetch_and_add(&pace.recorded, 1) != CX_PACE_MANY ||
	    pace.mask >> shift >> (CX_PACE_BITS - 1))
		return;
	pace.mask = pace.mask << 1 | 1ULL << shift;
	pace.recorded = CX_PACE_FEW; /* so that the rest of a window is not taken for few */
}

static __always_inline void seen_again(struct cx_seen *source, const struct sight *sight)
{
	__u8 ttl = SIGHT_TTL(sight->word);

	source->packets += SIGHT_DATAGRAMS(sight->word);
	source->last = sight->now;
	source->port = SIGHT_PORT(sight->word);
	source->proto = SIGHT_PROTO(sight->word);
	source->dev = self.dev;
	source->reason = SIGHT_REASON(sight->word);
	if (ttl < source->lowest_ttl)
		source->lowest_ttl = ttl;
	if (ttl > source->highest_ttl)
		source->highest_ttl = ttl;
	if (source->window != (__u32)sight->window)
		source->windows++;
	source->window = sight->window;
	if (source->vote < VOTES_MAX)
		source->vote++;
}

/* before: packets of it that were seen and not kept */
static __always_inline void seen_first(struct cx_seen *source, const struct sight *sight,
				       __u64 before)
{
	source->hi = sight->hi;
	source->lo = sight->lo;
	source->policy = SIGHT_POLICY(sight->word);
	source->family = SIGHT_FAMILY(sight->word);
	source->packets = before;
	source->first = sight->now;
	source->window = ~(__u32)sight->window;
	source->windows = 0;
	source->lowest_ttl = 255;
	source->highest_ttl = 0;
	source->vote = before;
	seen_again(source, sight);
}

/* What others have to outdo to take this place; 0: it is free. */
static __always_inline __u32 worth(const struct cx_seen *source, const struct sight *sight)
{
	if (!source->policy || (__u32)sight->window - source->window > STALE_WINDOW)
		return 0;
	/* what a flood's first moments left here */
	if (source->packets < CX_SEEN_SURE && source->first <= pace.crowded)
		return 0;
	return source->vote;
}

/* The place of who is worth the least, NULL if that one stays for now. */
static __always_inline struct cx_seen *seen_room(struct cx_seen_set *set, const struct sight *sight)
{
	__u32 least = ~0U, way = 0, i;
	struct cx_seen *source;

#pragma unroll
	for (i = 0; i < CX_SEEN_WAYS; i++) {
		__u32 its = worth(&set->source[i], sight);

		if (its < least) {
			least = its;
			way = i;
		}
	}
	source = &set->source[way & (CX_SEEN_WAYS - 1)];
	if (!least)
		return source;
	pace.crowded = sight->now;
	source->vote--;
	return least > 1 ? NULL : source;
}

static __always_inline struct cx_seen *seen_find(struct cx_seen_set *set, const struct sight *sight)
{
	int i;

#pragma unroll
	for (i = 0; i < CX_SEEN_WAYS; i++) {
		struct cx_seen *source = &set->source[i];

		if (source->lo == sight->lo && source->hi == sight->hi &&
		    source->policy == SIGHT_POLICY(sight->word) &&
		    source->family == SIGHT_FAMILY(sight->word))
			return source;
	}
	return NULL;
}

/* Was the last that came to this place the same?  It is now. */
static __always_inline int came_again(struct cx_seen_set *set, __u64 mixed, __u64 policy)
{
	__u64 *once = &set->once[mixed >> 51 & (CX_SEEN_ONCE - 1)];
	__u64 which = mixed ^ policy;
	int again = *once == which;

	*once = which;
	return again;
}

/* Global: a packet whose turn it is calls, and no other has to make room for it. */
__noinline int seen_record(__u64 hi, __u64 lo, __u64 word, __u64 hash)
{
	__u64 jiffies = bpf_jiffies64();
	struct sight sight = {
		.hi = hi,
		.lo = lo,
		.word = word,
		.window = jiffies >> (self.window_shift & 31),
		.now = bpf_ktime_get_coarse_ns(),
	};
	__u64 mixed = cx_filter_rehash(hash), before = 0;
	__u32 index = mixed >> 56;
	struct cx_seen_set *set = bpf_map_lookup_elem(&seen, &index);
	struct cx_seen *source;

	if (!set)
		return 0;
	pace_open(jiffies, sight.now);
	if (!is_its_turn(hash, jiffies))
		return 0;
	pace_count();
	source = seen_find(set, &sight);
	if (source) {
		seen_again(source, &sight);
		return 0;
	}
	if (pace.mask) {
		if (!came_again(set, mixed, SIGHT_POLICY(word)))
			return 0;
		before = 1;
	}
	source = seen_room(set, &sight);
	if (source)
		seen_first(source, &sight, before);
	return 0;
}

/* A refused packet, or one that would be.  After a window without any, all are looked at. */
static __always_inline void notice(const struct packet *packet, __u32 policy, enum cx_reason reason,
				   __u32 datagrams)
{
	__u64 hash = cx_filter_hash(packet->src.hi, packet->src.lo, pace.seed);
	__u64 jiffies = bpf_jiffies64();

	if (!is_its_turn(hash, jiffies) && jiffies < pace.until)
		return;
	seen_record(packet->src.hi, packet->src.lo, SIGHT(packet, policy, reason, datagrams), hash);
}

#endif
