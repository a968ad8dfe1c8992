/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fast path: parse, judge, count, verdict.
 *
 * A packet travels parse.h (what is it?), judge.h (why would it pass or
 * drop?), lists.h (is its source listed?), limits.h (may it still send?), and
 * comes back here to be counted once and passed or dropped once.
 */
#include "judge.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * The slow lane is a global function: verified once, on its own.  Its result
 * is checked again by whoever uses it, as the verifier demands.
 */
__noinline int walk_frame(struct xdp_md *ctx, int tcp, struct packet *ret_packet)
{
	if (!ret_packet)
		return PARSED_MALFORMED;
	return parse_walk(ctx, self.link_type, tcp, self.features & CX_FEATURE_DESTS, ret_packet);
}

/* Is TCP read at all?  A policy that is not open must guard a port of it. */
static __always_inline int wants_tcp(const struct cx_rules *r, struct variant variant)
{
	return feature(variant, CX_FEATURE_TCP) && r->flags & CX_RULES_TCP;
}

static __always_inline void count(struct xdp_md *ctx, __u32 policy, int would, int reason)
{
	__u32 index = CX_COUNTER(policy, would, reason);
	struct cx_counter *counter = bpf_map_lookup_elem(&counters, &index);

	if (!counter)
		return;
	counter->packets++;
	counter->bytes += bpf_xdp_get_buff_len(ctx); /* all buffers of the frame */
}

/* While an attach or detach waits for its confirmation: is it one to pass all? */
static __always_inline int gate_is_open(void)
{
	if (!self.gate)
		return 0;
	return (bpf_ktime_get_boot_ns() < self.gate) == !!self.gate_passes;
}

/* Counts once, and says the verdict: three ways apart, as each knows its own answer. */
static __always_inline int conclude(struct xdp_md *ctx, const struct cx_rules *r, __u32 policy,
				    enum cx_reason reason)
{
	if (!is_drop(reason, &r->policy[policy])) {
		count(ctx, policy, 0, reason);
		return XDP_PASS;
	}
	if (is_in_force(r, policy)) {
		count(ctx, policy, 0, reason);
		return XDP_DROP;
	}
	count(ctx, policy, 1, reason);
	return XDP_PASS;
}

static __always_inline int filter_parsed(struct trial trial, enum parsed parsed,
					 const struct packet *packet)
{
	enum cx_reason reason;

	trial.packet = packet;
	reason = judge(&trial, parsed);
	/* what a flood comes to: compiled apart, so that nothing is asked that one reason answers */
	if (reason == CX_UNLISTED)
		return conclude(trial.ctx, trial.rules, trial.index, CX_UNLISTED);
	return conclude(trial.ctx, trial.rules, trial.index, reason);
}

static __always_inline int filter_frame(struct xdp_md *ctx, struct variant variant)
{
	const void *data = (void *)(long)ctx->data;
	const void *end = (void *)(long)ctx->data_end;
	int dests = feature(variant, CX_FEATURE_DESTS) != 0;
	__u32 generation = live_generation();
	const struct cx_rules *r = bpf_map_lookup_elem(&rules, &generation);
	struct trial trial = {
		.ctx = ctx, .rules = r, .generation = generation, .variant = variant
	};
	struct packet packet = {};
	enum parsed parsed;

	if (gate_is_open()) {
		count(ctx, 0, 0, CX_PASSED_GATE);
		return XDP_PASS;
	}
	if (!r) /* cannot be: there are two */
		return XDP_DROP;
	parsed = parse_straight(data, end, link_type(variant), wants_tcp(r, variant), dests,
				&packet);
	/* each way apart: what is known of one is not asked again */
	if (parsed == PARSED_NOT) {
		struct packet walked = {};

		parsed = walk_frame(ctx, wants_tcp(r, variant), &walked);
		return filter_parsed(trial, parsed, &walked);
	}
	if (packet.family == CX_IPV4)
		return filter_parsed(trial, parsed, &packet);
	packet.family = CX_IPV6; /* there are but two: this tells the compiler */
	return filter_parsed(trial, parsed, &packet);
}

/* With BPF_F_XDP_HAS_FRAGS where that is of use: the loader says. */
SEC("xdp")
int clarent_xdp(struct xdp_md *ctx)
{
	if (!(self.features & ~PLAIN_FEATURES) && self.link_type == CX_LINK_ETHERNET)
		return filter_frame(ctx, (struct variant){ .is_plain = 1, .moves = 1 });
	return filter_frame(ctx, (struct variant){ .moves = 1 });
}

/*
 * The same judgement for `check`: it answers, and moves nothing.  It walks
 * every frame, as both lanes find the same.
 */
SEC("xdp.frags")
int clarent_check(struct xdp_md *ctx)
{
	__u32 generation = live_generation();
	const struct cx_rules *r = bpf_map_lookup_elem(&rules, &generation);
	struct packet packet = {};
	struct trial trial = { .ctx = ctx,
			       .packet = &packet,
			       .rules = r,
			       .generation = generation,
			       .len = NO_PREFIX };
	enum cx_reason reason;
	enum parsed parsed;
	int drop;

	if (!r)
		return 0;
	parsed = walk_frame(ctx, wants_tcp(r, trial.variant), &packet);
	reason = judge(&trial, parsed);
	drop = is_drop(reason, &r->policy[trial.index]) && is_in_force(r, trial.index);
	return CX_ANSWER(!drop, reason, trial.index, trial.len);
}
