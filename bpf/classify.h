/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a packet passes or drops: one function says the reason, in the order of
 * enum cx_reason; one table turns the reason into a verdict.
 */
#ifndef CX_CLASSIFY_H
#define CX_CLASSIFY_H

#include "limits.h"
#include "lists.h"
#include "maps.h"
#include "parse.h"
#include "route.h"

struct judgement {
	enum cx_reason reason;
	__u32 policy; /* 0: the packet is no policy's business */
	__u32 len;    /* of the prefix that decided, or NO_PREFIX */
};

static __always_inline int is_bogus4(__u32 src)
{
	switch (src >> 24) {
	case 0:           /* this network, RFC 1122 3.2.1.3 */
	case 127:         /* loopback */
	case 224 ... 255: /* multicast, class E, broadcast */
		return 1;
	default:
		return 0;
	}
}

static __always_inline int is_bogus6(const struct address *src)
{
	if (src->hi >> 56 == 0xff) /* multicast, RFC 4291 2.7 */
		return 1;
	return !src->hi && (src->lo <= 1 ||           /* unspecified, loopback */
			    src->lo >> 32 == 0xffff); /* IPv4-mapped */
}

/* True if the source cannot be a sender at all. */
static __always_inline int is_bogus(const struct packet *packet)
{
	return packet->family == CX_IPV4 ? is_bogus4(packet->src.lo) : is_bogus6(&packet->src);
}

static __always_inline int is_tunnel(const struct cx_rules *r)
{
	__u32 dev = self.dev & (CX_MAX_DEVS - 1);

	return r->tunnels[dev / 64] >> (dev % 64) & 1;
}

/* What an admitted packet's limits say: entry, destination, policy. */
static __always_inline enum cx_reason judge_limits(const struct cx_policy *policy, __u32 index,
						   const struct cx_entry *entry,
						   struct cx_state *state,
						   const struct cx_entry *dest, __u64 coarse_now,
						   struct variant variant)
{
	struct cx_state *dest_state;

	if (!entry_conforms(entry, state, coarse_now, variant.moves))
		return CX_OVER_RATE;
	if (dest && dest->interval) {
		dest_state = state_of(dest->id);
		if (!dest_state || !entry_conforms(dest, dest_state, coarse_now, variant.moves))
			return CX_DEST_RATE;
	}
	if (!policy_conforms(policy, index, coarse_now, variant.moves))
		return CX_POLICY_RATE;
	return CX_ALLOWED;
}

/* What the conditions of the entry that covers the source say. */
static __always_inline enum cx_reason judge_entry(struct xdp_md *ctx, const struct packet *packet,
						  const struct cx_policy *policy,
						  const struct cx_entry *entry,
						  struct variant variant)
{
	enum route route = ROUTE_RIGHT;

	if (entry->action != CX_ALLOW)
		return CX_DENIED;
	if (is_bogus(packet))
		return CX_BOGUS_SOURCE;
	if (feature(variant, CX_FEATURE_RPF) && policy->flags & CX_POLICY_RPF)
		route = route_of(ctx, packet, policy->flags & CX_POLICY_RPF_STRICT);
	if (route == ROUTE_OWN)
		return CX_BOGUS_SOURCE;
	if (feature(variant, CX_FEATURE_CONDITIONS)) {
		if (entry->expires && is_over(entry))
			return CX_EXPIRED;
		if (entry->dev && entry->dev != self.dev)
			return CX_WRONG_DEV;
		if (packet->ttl < entry->min_ttl)
			return CX_LOW_TTL;
	}
	return route == ROUTE_WRONG ? CX_RPF_FAILED : CX_ALLOWED;
}

/* A source that the list covers: its entry decides, and remembers. */
static __always_inline enum cx_reason judge_listed(struct xdp_md *ctx, const struct packet *packet,
						   const struct cx_policy *policy, __u32 index,
						   const struct cx_entry *entry,
						   const struct cx_entry *dest,
						   struct variant variant)
{
	struct cx_state *state = state_of(entry->id);
	__u64 coarse_now = bpf_ktime_get_coarse_ns();
	enum cx_reason reason;

	reason = judge_entry(ctx, packet, policy, entry, variant);
	if (!state) /* cannot be: an entry is given its state first */
		return CX_UNLISTED;
	if (feature(variant, CX_FEATURE_LIMITS) && reason == CX_ALLOWED)
		reason = judge_limits(policy, index, entry, state, dest, coarse_now, variant);
	if (variant.moves)
		state_remember(state, reason, packet->ttl, coarse_now);
	return reason;
}

/* A packet for a port that a policy guards. */
static __always_inline enum cx_reason judge_guarded(struct xdp_md *ctx, const struct packet *packet,
						    const struct cx_rules *r, __u32 generation,
						    struct variant variant,
						    struct judgement *ret_judgement)
{
	__u32 index = ret_judgement->policy;
	const struct cx_policy *policy = &r->policy[index];
	const struct cx_entry *entry, *dest = NULL;

	if (policy->mode == CX_MODE_CLOSED)
		return CX_CLOSED;
	if (feature(variant, CX_FEATURE_TUNNEL) && policy->flags & CX_POLICY_TUNNEL &&
	    !is_tunnel(r))
		return CX_NO_TUNNEL;
	if (feature(variant, CX_FEATURE_DESTS) && policy->flags & CX_POLICY_DESTS) {
		dest = list_find(r, generation, CX_LIST(CX_DEST, index), packet->family,
				 &packet->dst);
		if (!dest)
			return CX_ELSEWHERE;
	}
	entry = list_find(r, generation, CX_LIST(CX_SOURCE, index), packet->family, &packet->src);
	if (!entry)
		return CX_UNLISTED;
	ret_judgement->len = entry->prefixlen;
	return judge_listed(ctx, packet, policy, index, entry, dest, variant);
}

/* What a frame without a port to judge comes to. */
static __always_inline enum cx_reason judge_unported(enum parsed parsed, const struct cx_rules *r)
{
	switch (parsed) {
	case PARSED_OTHER:
		return CX_NOT_GUARDED;
	case PARSED_TOO_DEEP:
		return CX_TOO_DEEP;
	case PARSED_FRAGMENT:
		return r->flags & CX_RULES_FRAGMENTS_DROP ? CX_FRAGMENT : CX_NOT_GUARDED;
	default:
		return CX_MALFORMED;
	}
}

/* Policy that owns the packet's destination port, 0: none. */
static __always_inline __u32 guard_of(const struct cx_rules *r, const struct packet *packet)
{
	__u64 port = packet->port;

	/* or clang 19 drops the mask, and Linux 6.1 forgets the bounds of what is spilled */
	barrier_var(port);
	return r->guard[packet->proto & 1][port & 0xffff] & (CX_MAX_POLICIES - 1);
}

/* The whole judgement of what a parser found. */
static __always_inline struct judgement judge(struct xdp_md *ctx, enum parsed parsed,
					      const struct packet *packet, const struct cx_rules *r,
					      __u32 generation, struct variant variant)
{
	struct judgement judgement = { .len = NO_PREFIX };

	if (parsed != PARSED_PORT) {
		judgement.reason = judge_unported(parsed, r);
		return judgement;
	}
	judgement.policy = guard_of(r, packet);
	if (!judgement.policy)
		judgement.reason = CX_NOT_GUARDED;
	else
		judgement.reason = judge_guarded(ctx, packet, r, generation, variant, &judgement);
	return judgement;
}

/* Does this reason drop, were every policy enforced? */
static __always_inline int is_drop(enum cx_reason reason, const struct cx_policy *policy)
{
	switch (reason) {
	case CX_ALLOWED:
	case CX_NOT_GUARDED:
		return 0;
	case CX_ELSEWHERE:
		return !(policy->flags & CX_POLICY_ELSEWHERE_PASS);
	default:
		return 1;
	}
}

/* Are drops of this policy carried out?  Those of no policy, while any is in force. */
static __always_inline int is_in_force(const struct cx_rules *r, __u32 policy)
{
	if (!policy)
		return r->flags & CX_RULES_STRICT;
	return r->policy[policy].mode != CX_MODE_MONITOR;
}

#endif
