/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What entries and policies may still send, and what they have been seen to do. */
#ifndef CX_LIMITS_H
#define CX_LIMITS_H

#include "maps.h"

/*
 * GCRA (ITU-T I.371): one word, the theoretical arrival time.  A packet
 * conforms if it is not earlier than that by more than the tolerance.  Several
 * that can only pass or drop together conform if the last of them does.
 * With take == 0 it only asks, about one.
 *
 * Processors that meet here do not wait for each other: each looks once, and
 * each packet that conformed when it looked is admitted and charged for, with
 * an addition that cannot fail.  So none is refused that conforms, the rate
 * holds to the packet, and a burst can be exceeded by one packet for each
 * processor but one that looked before the others' charge was there.
 */
static __always_inline int limit_conforms(struct cx_state *state, __u64 interval, __u64 tolerance,
					  __u64 now, __u32 take)
{
	__u64 behind = take ? (take - 1) * interval : 0; /* the first of them */
	__u64 tat = *(volatile __u64 *)&state->tat;
	/* less than an interval late is on time, or a rate would lose what jitter takes */
	int in_time = tat + interval > now;
	__u64 last = (in_time ? tat : now) + behind;

	if (last > now && last - now > tolerance)
		return 0;
	if (!take)
		return 1;
	if (in_time || __sync_val_compare_and_swap(&state->tat, tat, last + interval) != tat)
		__sync_fetch_and_add(&state->tat, behind + interval);
	return 1;
}

/* The clock of a limit: the cheap one where its steps disappear in the burst. */
static __always_inline __u64 limit_now(int coarse, __u64 coarse_now)
{
	return coarse ? coarse_now : bpf_ktime_get_ns();
}

static __always_inline int entry_conforms(const struct cx_entry *entry, struct cx_state *state,
					  __u64 coarse_now, __u32 take)
{
	if (!entry->interval)
		return 1;
	return limit_conforms(state, entry->interval, entry->tolerance,
			      limit_now(entry->flags & CX_ENTRY_COARSE, coarse_now), take);
}

static __always_inline int policy_conforms(const struct cx_policy *policy, __u32 index,
					   __u64 coarse_now, __u32 take)
{
	struct cx_state *state;

	if (!policy->interval)
		return 1;
	state = state_of(index);
	return state &&
	       limit_conforms(state, policy->interval, policy->tolerance,
			      limit_now(policy->flags & CX_POLICY_COARSE, coarse_now), take);
}

/*
 * Counts admitted datagrams.  Most senders' packets all come to one CPU: the
 * first to see one counts in a word of its own, without a lock.
 */
static __always_inline void state_hit(struct cx_state *state, __u32 datagrams)
{
	__u32 cpu = bpf_get_smp_processor_id() + 1;

	if (!*(volatile __u32 *)&state->hits_cpu)
		__sync_val_compare_and_swap(&state->hits_cpu, 0, cpu);
	if (*(volatile __u32 *)&state->hits_cpu == cpu)
		state->hits += datagrams;
	else
		__sync_fetch_and_add(&state->hits_else, datagrams);
}

/*
 * Remembers what became of a listed source's packet.  The stores may race
 * between CPUs, where one of two equal truths is lost; counts do not.
 */
static __always_inline void state_remember(struct cx_state *state, enum cx_reason reason, __u8 ttl,
					   __u32 datagrams, __u64 coarse_now)
{
	if (reason == CX_ALLOWED) {
		state_hit(state, datagrams);
		if (state->last_seen != coarse_now)
			state->last_seen = coarse_now;
	} else {
		__sync_fetch_and_add(&state->drops, datagrams);
		state->last_drop = coarse_now;
		state->last_reason = reason;
	}
	if (!state->ttl_seen || ttl < state->lowest_ttl) {
		state->lowest_ttl = ttl;
		state->ttl_seen = 1;
	}
}

#endif
