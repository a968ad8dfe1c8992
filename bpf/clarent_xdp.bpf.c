/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fast path: parse, judge, count, verdict.
 *
 * A packet comes in through one of two hooks (hook.h), travels straight.h or
 * walk.h (what is it?), judge.h (why would it pass or drop?), lists.h (is its
 * source listed?), limits.h (may it still send?), and comes back here to be
 * noticed (seen.h), counted once and passed or dropped once.
 */
#include "inside.h"
#include "judge.h"
#include "log.h"
#include "seen.h"
#include "straight.h"
#include "walk.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * The slow lane is a global function: verified once, on its own.  Its result
 * is checked again by whoever uses it, as the verifier demands.
 */
__noinline int walk_frame(struct xdp_md *ctx, int tcp, struct packet *ret_packet)
{
	const struct hook hook = { .ctx = ctx };

	if (!ret_packet)
		return PARSED_MALFORMED;
	return parse_walk(&hook, self.link_type, tcp, self.features & CX_FEATURE_DESTS, ret_packet);
}

/* The same at tc. */
__noinline int walk_buffer(struct __sk_buff *skb, int tcp, struct packet *ret_packet)
{
	const struct hook hook = { .ctx = skb, .is_tc = 1 };

	if (!ret_packet)
		return PARSED_MALFORMED;
	return parse_walk(&hook, self.link_type, tcp, self.features & CX_FEATURE_DESTS, ret_packet);
}

/* Bytes that the walk may have to reach: headers, and what may stand before them. */
#define WALK_DEEPEST \
	(64 + sizeof(struct ipv6hdr) + CX_MAX_EXT_HEADERS * 2048 + sizeof(struct tcphdr))

/* A header that is not there may lie beyond what was reached: once all are, it is so. */
static __always_inline enum parsed walk(const struct hook *hook, int tcp, struct packet *ret_packet)
{
	enum parsed parsed;

	if (!hook->is_tc)
		return walk_frame(hook->ctx, tcp, ret_packet);
	parsed = walk_buffer(hook->ctx, tcp, ret_packet);
	if (parsed == PARSED_MALFORMED && self.link_type == CX_LINK_BARE_IP &&
	    !hook_gather(hook, WALK_DEEPEST))
		parsed = walk_buffer(hook->ctx, tcp, ret_packet);
	return parsed;
}

/* Is TCP read at all?  A policy that is not open must guard a port of it. */
static __always_inline int wants_tcp(const struct cx_rules *r, struct variant variant)
{
	return feature(variant, CX_FEATURE_TCP) && r->flags & CX_RULES_TCP;
}

/* What the slow lane finds, with the sources of fragments asked for where that is wanted. */
static __always_inline enum parsed walk_packet(const struct trial *trial, struct packet *ret_packet)
{
	enum parsed parsed =
		walk(&trial->hook, wants_tcp(trial->rules, trial->variant), ret_packet);

	if (feature(trial->variant, CX_FEATURE_FRAGMENTS) && parsed != PARSED_MALFORMED &&
	    parsed != PARSED_TOO_DEEP && is_stray(trial, ret_packet))
		return PARSED_STRAY;
	return parsed;
}

static __always_inline void count(const struct trial *trial, __u32 policy, int would, int reason)
{
	__u32 index = CX_COUNTER(policy, would, reason);
	struct cx_counter *counter = bpf_map_lookup_elem(&counters, &index);

	if (!counter)
		return;
	counter->packets += trial->datagrams;
	counter->bytes += hook_len(&trial->hook);
}

/* While an attach or detach waits for its confirmation: is it one to pass all? */
static __always_inline int gate_is_open(void)
{
	if (!self.gate)
		return 0;
	return (bpf_ktime_get_boot_ns() < self.gate) == !!self.gate_passes;
}

/* Whatever passes is handed on, where that is asked for; who else is next at tc, tc knows. */
static __always_inline int pass(const struct hook *hook, struct variant variant)
{
	if (!hook->is_tc && feature(variant, CX_FEATURE_THEN))
		bpf_tail_call(hook->ctx, &then, 0); /* comes back if there is none */
	return hook_pass(hook);
}

/* Counts once, and says the verdict: three ways apart, as each knows its own answer. */
static __always_inline int conclude(const struct trial *trial, __u32 policy, enum cx_reason reason)
{
	if (!is_drop(reason, &trial->rules->policy[policy])) {
		count(trial, policy, 0, reason);
		if (trial->variant.moves == MOVES_AND_TELLS && reason == CX_ALLOWED)
			tell_admitted(trial->packet, policy, reason, trial->datagrams);
		return pass(&trial->hook, trial->variant);
	}
	if (policy)
		notice(trial->packet, policy, reason, trial->datagrams);
	if (trial->variant.moves == MOVES_AND_TELLS)
		tell_readers(&trial->hook, TOLD(policy, !is_in_force(trial->rules, policy), reason,
						trial->datagrams));
	if (is_in_force(trial->rules, policy)) {
		count(trial, policy, 0, reason);
		return hook_drop(&trial->hook);
	}
	count(trial, policy, 1, reason);
	return pass(&trial->hook, trial->variant);
}

/* How many datagrams the frame is: at XDP one. */
static __always_inline __u32 datagrams_of(const struct hook *hook, const struct packet *packet)
{
	__u32 headers = sizeof(struct udphdr);

	if (!hook->is_tc)
		return 1;
	/* the common shape's: no tag, options or extension headers */
	headers += packet->family == CX_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	if (self.link_type == CX_LINK_ETHERNET)
		headers += sizeof(struct ethhdr);
	return hook_datagrams(hook, headers);
}

static __always_inline int filter_parsed(struct trial trial, enum parsed parsed,
					 const struct packet *packet)
{
	enum cx_reason reason;

	trial.packet = packet;
	trial.datagrams = datagrams_of(&trial.hook, packet);
	reason = judge(&trial, parsed);
	/* what a flood comes to: compiled apart, so that nothing is asked that one reason answers */
	if (reason == CX_UNLISTED)
		return conclude(&trial, trial.index, CX_UNLISTED);
	return conclude(&trial, trial.index, reason);
}

/* A bare packet at tc need not begin where the buffer does: the straight lane is not for it. */
static __always_inline int is_straight(const struct hook *hook, struct variant variant)
{
	return !hook->is_tc || link_type(variant) == CX_LINK_ETHERNET;
}

static __always_inline int filter_frame(struct hook hook, struct variant variant)
{
	const void *data = hook_data(&hook);
	const void *end = hook_data_end(&hook);
	int dests = feature(variant, CX_FEATURE_DESTS) != 0;
	int fragments = feature(variant, CX_FEATURE_FRAGMENTS) != 0;
	__u32 generation = live_generation();
	const struct cx_rules *r = bpf_map_lookup_elem(&rules, &generation);
	struct trial trial = {
		.hook = hook, .rules = r, .generation = generation, .variant = variant
	};
	struct packet packet = {};
	enum parsed parsed = PARSED_NOT;

	if (gate_is_open()) {
		trial.datagrams = 1;
		count(&trial, 0, 0, CX_PASSED_GATE);
		return pass(&hook, variant);
	}
	if (!r) /* cannot be: there are two */
		return hook_drop(&hook);
	if (is_straight(&hook, variant))
		parsed = parse_straight(data, end, link_type(variant), wants_tcp(r, variant), dests,
					fragments, &packet);
	/* each way apart: what is known of one is not asked again */
	if (parsed == PARSED_NOT) {
		struct packet walked = {};

		parsed = walk_packet(&trial, &walked);
		return filter_parsed(trial, parsed, &walked);
	}
	if (packet.family == CX_IPV4)
		return filter_parsed(trial, parsed, &packet);
	packet.family = CX_IPV6; /* there are but two: this tells the compiler */
	return filter_parsed(trial, parsed, &packet);
}

/* For whoever has libxdp load this object.  What comes behind is given what it passes alone. */
struct {
	__uint(priority, CX_RUN_PRIORITY);
	__uint(XDP_PASS, 1);
} _clarent_xdp SEC(".xdp_run_config");

/* With BPF_F_XDP_HAS_FRAGS where that is of use: the loader says. */
SEC("xdp")
int clarent_xdp(struct xdp_md *ctx)
{
	if (!(self.features & ~PLAIN_FEATURES) && self.link_type == CX_LINK_ETHERNET)
		return filter_frame((struct hook){ .ctx = ctx },
				    (struct variant){ .is_plain = 1, .moves = 1 });
	return filter_frame((struct hook){ .ctx = ctx }, (struct variant){ .moves = 1 });
}

/* Where XDP is not on the path: what follows is asked as well, unless this drops. */
SEC("tc")
int clarent_tc(struct __sk_buff *skb)
{
	return filter_frame((struct hook){ .ctx = skb, .is_tc = 1 },
			    (struct variant){ .moves = 1 });
}

/* The same two while somebody reads what is dropped: so the others have nothing of it. */
SEC("xdp")
int clarent_xdp_log(struct xdp_md *ctx)
{
	return filter_frame((struct hook){ .ctx = ctx },
			    (struct variant){ .moves = MOVES_AND_TELLS });
}

SEC("tc")
int clarent_tc_log(struct __sk_buff *skb)
{
	return filter_frame((struct hook){ .ctx = skb, .is_tc = 1 },
			    (struct variant){ .moves = MOVES_AND_TELLS });
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
	struct trial trial = { .hook = { .ctx = ctx },
			       .datagrams = 1,
			       .packet = &packet,
			       .rules = r,
			       .generation = generation,
			       .len = NO_PREFIX };
	enum cx_reason reason;
	enum parsed parsed;
	int drop;

	if (!r)
		return 0;
	parsed = walk_packet(&trial, &packet);
	reason = judge(&trial, parsed);
	drop = is_drop(reason, &r->policy[trial.index]) && is_in_force(r, trial.index);
	return CX_ANSWER(!drop, reason, trial.index, trial.len);
}
