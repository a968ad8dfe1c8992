/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The whole program against the specification, from what a parser found to
 * the verdict.
 *
 * Parsers and lists answer anything here: walk.c and straight.c prove what
 * the parsers answer, lists.c what the lists do.  Rules, attachment, clocks
 * and routes are whatever the loader could have made them.
 *
 * TC: the program at tc, with what it does where a bare packet's first buffer
 * holds less than the walk needs.  How many datagrams a frame is, datagrams.c
 * proves.
 */
#include <stdlib.h>

#define list_find      shipped_list_find
#define find_len       shipped_find_len
#define list_entry     shipped_list_entry
#define parse_straight shipped_parse_straight
#define parse_walk     shipped_parse_walk
#define hook_datagrams shipped_hook_datagrams
#include "lists.h"
#include "straight.h"
#include "walk.h"
#undef list_find
#undef find_len
#undef list_entry
#undef parse_straight
#undef parse_walk
#undef hook_datagrams

static struct cx_entry *list_find(const struct cx_rules *r, __u32 generation, __u32 list_index,
				  enum cx_family family, const struct address *addr);
__u32 find_len(const struct packet *packet, __u32 slot);
static struct cx_entry *list_entry(__u32 slot, enum cx_family family, const struct address *addr,
				   __u32 len);
static enum parsed parse_straight(const void *data, const void *end, enum cx_link_type link_type,
				  int tcp, int dests, int fragments, struct packet *ret_packet);
static enum parsed parse_walk(const struct hook *hook, enum cx_link_type link_type, int tcp,
			      int dests, struct packet *ret_packet);
static __u32 hook_datagrams(const struct hook *hook, __u32 headers);

#include "clarent_xdp.bpf.c"
#include "spec.h"

_Bool nondet_bool(void);
unsigned int nondet_uint(void);
__u32 nondet_u32(void);
__u64 nondet_u64(void);
struct packet nondet_packet(void);
struct spec nondet_spec(void);
long nondet_long(void);
struct cx_entry nondet_entry(void);
struct cx_state nondet_state(void);
struct cx_rules nondet_rules(void);
struct cx_attachment nondet_attachment(void);

#ifndef COVER
#define __CPROVER_cover(condition) ((void)0)
#endif

#ifndef TC
#define TC 0
#endif

/* What the kernel takes for a verdict: at tc TC_ACT_UNSPEC, the next is asked, or TC_ACT_SHOT. */
#define PASS (TC ? -1 : 2)
#define DROP (TC ? 2 : 1)

#define POLICIES CX_MAX_POLICIES

/* That a frame is at tc.  Where limits are charged for it, one number at a time: a product again. */
#ifndef DATAGRAMS
#define DATAGRAMS nondet_uint()
#endif

#define FAR_OFF (1ULL << 62) /* ns */

/* Of dates: a product of 64 bits is what a solver takes longest for, and all are compared alike. */
#define DATES 16 /* seconds since the epoch, while the clock shows anything */

/* The program is compiled for its features and link type: it is decided for one set of them at a time. */
#ifndef FEATURES
#define FEATURES 255 /* all that the judgement has */
#endif
#ifndef LINK
#define LINK nondet_bool()
#endif

/* What the program finds. */
static struct cx_rules the_rules;
static struct cx_policy policies[POLICIES];
static __u64 now, coarse_now, boot_now, tai_now;
static __u32 processor;
static struct cx_entry source_entry, dest_entry;
static _Bool source_listed, dest_listed;
static struct cx_entry others_entry[POLICIES]; /* that covers the source in each other policy */
static _Bool others_listed[POLICIES];
static struct cx_state source_state, dest_state, policy_state;
static long route_answer;
static unsigned int route_ifindex, came_in;
static unsigned int datagrams = 1; /* that the frame is */
static struct __sk_buff skb;

/*
 * A bare packet at tc: what stands before it in its buffers, and which walk, if
 * its headers are not all within reach, misses one.  More than this many bytes
 * before it are not counted on.
 */
#define BEFORE 64
static unsigned int before;
static _Bool first_misses, second_misses, pull_fails;

/* What it is to find out. */
static struct spec spec;
static unsigned int generation, owner;

/* What it did. */
static unsigned int counted, counted_index, asked, handed, walks;
static _Bool pulled, is_whole; /* is all within reach that a walk could ask for? */
static _Bool missed;           /* something, by the last walk */
static struct cx_counter counter;
static const char segment; /* stands for all of them */

static void *state_lookup(__u32 id)
{
	if (id == source_entry.id % CX_SEGMENT_SIZE)
		return &source_state;
	if (id == dest_entry.id % CX_SEGMENT_SIZE)
		return &dest_state;
	__CPROVER_assert(id == owner, "only states of the packet's own rules are touched");
	return &policy_state;
}

void *bpf_map_lookup_elem(void *map, const void *key)
{
	__u32 index = *(const __u32 *)key;

	if (map == &rules) {
		__CPROVER_assert(index == generation, "the live generation judges");
		return &the_rules;
	}
	if (map == &counters) {
		counted++;
		counted_index = index;
		return &counter;
	}
	if (map == &seen) /* who comes again moves no verdict */
		return NULL;
	if (map == &states)
		return (void *)&segment;
	if (map == &segment)
		return state_lookup(index);
	__CPROVER_assert(0, "lists are asked through list_find() alone");
	return NULL;
}

__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx)
{
	return size;
}

__u64 bpf_ktime_get_ns(void)
{
	return now;
}

__u64 bpf_ktime_get_coarse_ns(void)
{
	return coarse_now;
}

__u64 bpf_jiffies64(void)
{
	return coarse_now;
}

__u32 bpf_get_smp_processor_id(void)
{
	return processor;
}

/* Pulls no more than there is; what it reached when it fails nobody may know. */
long bpf_skb_pull_data(struct __sk_buff *asked_for, __u32 len)
{
	__CPROVER_assert(TC && self.link_type == CX_LINK_BARE_IP && walks == 1,
			 "t: what a walk may have missed is gathered, once");
	pulled = 1;
	if (pull_fails || len > skb.len)
		return -1;
	is_whole = len == skb.len || (len >= before && len - before >= SPEC_DEEPEST);
	return 0;
}

static __u32 hook_datagrams(const struct hook *hook, __u32 headers)
{
	unsigned int link = self.link_type == CX_LINK_ETHERNET ? 14 : 0;

	__CPROVER_assert(TC && hook->is_tc, "t: at XDP a frame is one datagram");
	__CPROVER_assert(headers == link + 20 + 8 || headers == link + 40 + 8,
			 "t: a frame's datagrams share the headers of the common shape");
	__CPROVER_assert(spec.kind != SPEC_PORT || missed ||
				 headers == link + (spec.version == 4 ? 20 : 40) + 8,
			 "t: of its own family");
	return datagrams;
}

/* There is nobody to hand it on to: the verdict is the filter's own. */
long bpf_tail_call(void *ctx, void *programs, __u32 index)
{
	(void)ctx, (void)programs, (void)index;
	handed++;
	return -1;
}

__u64 bpf_ktime_get_boot_ns(void)
{
	return boot_now;
}

__u64 bpf_ktime_get_tai_ns(void)
{
	return tai_now;
}

static struct address address_of(const byte *bytes)
{
	struct address address = {};

	if (spec.version == 4) {
		address.lo = (__u64)two(bytes) << 16 | two(bytes + 2);
		return address;
	}
	for (int i = 0; i < 8; i++) {
		address.hi = address.hi << 8 | bytes[i];
		address.lo = address.lo << 8 | bytes[8 + i];
	}
	return address;
}

static _Bool is_address(const struct address *addr, const byte *bytes)
{
	struct address wanted = address_of(bytes);

	return addr->hi == wanted.hi && addr->lo == wanted.lo;
}

/* A parser that finds what the specification says. */
static enum parsed find_spec(enum cx_link_type link_type, int tcp, int dests,
			     struct packet *ret_packet)
{
	static const enum parsed parsed[] = {
		[SPEC_OTHER] = PARSED_OTHER,         [SPEC_PORT] = PARSED_PORT,
		[SPEC_MALFORMED] = PARSED_MALFORMED, [SPEC_TOO_DEEP] = PARSED_TOO_DEEP,
		[SPEC_LATER] = PARSED_FRAGMENT,
	};

	__CPROVER_assert(link_type == self.link_type, "the frame is read as its interface has it");
	__CPROVER_assert(!tcp == !(the_rules.flags & CX_RULES_TCP), "TCP is read while guarded");
	*ret_packet = nondet_packet();
	ret_packet->flags = 0;
	if (spec.kind == SPEC_PORT || spec.fragment) {
		ret_packet->family = spec.version == 4 ? CX_IPV4 : CX_IPV6;
		ret_packet->proto = spec.protocol == 17 ? CX_UDP : CX_TCP;
		ret_packet->port = spec.port;
		ret_packet->ttl = spec.ttl;
		ret_packet->src = address_of(spec.src);
		if (dests)
			ret_packet->dst = address_of(spec.dst);
	}
	return parsed[spec.kind];
}

static enum parsed parse_straight(const void *data, const void *end, enum cx_link_type link_type,
				  int tcp, int dests, int fragments, struct packet *ret_packet)
{
	enum parsed parsed = find_spec(link_type, tcp, dests, ret_packet);

	__CPROVER_assert(!TC || link_type == CX_LINK_ETHERNET,
			 "t: a bare packet need not begin where the buffer does");
	/* what asks for another hop is not the common shape */
	return nondet_bool() || spec.sent_on || (fragments && spec.fragment) ? PARSED_NOT : parsed;
}

static enum parsed parse_walk(const struct hook *hook, enum cx_link_type link_type, int tcp,
			      int dests, struct packet *ret_packet)
{
	enum parsed parsed = find_spec(link_type, tcp, /* dests= */ 1, ret_packet);

	__CPROVER_assert(hook->is_tc == TC, "the frame is read at the hook that it came to");
	walks++;
	missed = TC && link_type == CX_LINK_BARE_IP && !is_whole &&
		 (walks == 1 ? first_misses : second_misses);
	if (missed) {
		*ret_packet = nondet_packet();
		return PARSED_MALFORMED;
	}
	if (spec.kind == SPEC_PORT && spec.sent_on && dests)
		ret_packet->flags |= PACKET_ONWARD;
	if (spec.fragment)
		ret_packet->flags |= PACKET_FRAGMENT;
	return parsed;
}

static struct cx_entry *list_find(const struct cx_rules *r, __u32 generation_asked,
				  __u32 list_index, enum cx_family family,
				  const struct address *addr)
{
	_Bool dest = list_index == CX_LIST(CX_DEST, owner);

	asked++;
	__CPROVER_assert(spec.kind == SPEC_PORT, "d: what has no ports asks no list");
	__CPROVER_assert(r == &the_rules && generation_asked == generation,
			 "the live generation's lists are asked");
	__CPROVER_assert(family == (spec.version == 4 ? CX_IPV4 : CX_IPV6),
			 "e: one family's list never answers for the other");
	__CPROVER_assert(dest || list_index == CX_LIST(CX_SOURCE, owner),
			 "only lists of the policy that guards the port are asked");
	__CPROVER_assert(is_address(addr, dest ? spec.dst : spec.src),
			 "lists are asked for the packet's own addresses");
	if (dest)
		return dest_listed ? &dest_entry : NULL;
	return source_listed ? &source_entry : NULL;
}

static _Bool is_listed(unsigned int policy)
{
	return policy == owner ? source_listed : others_listed[policy];
}

static struct cx_entry *entry_of(unsigned int policy)
{
	return policy == owner ? &source_entry : &others_entry[policy];
}

/* Policy whose list is asked about a fragment's source. */
static unsigned int asked_of(__u32 slot)
{
	unsigned int policy = slot % CX_MAX_POLICIES;

	__CPROVER_assert(spec.fragment && the_rules.flags & CX_RULES_FRAGMENTS_LISTED,
			 "h: whole packets ask no list but their policy's");
	__CPROVER_assert(slot == CX_SLOT(generation, CX_LIST(CX_SOURCE, policy)),
			 "h: the live generation's lists of sources are asked");
	__CPROVER_assert(the_rules.listing >> policy & 1, "h: of policies that judge by them");
	return policy;
}

__u32 find_len(const struct packet *packet, __u32 slot)
{
	__CPROVER_assert(packet->family == (spec.version == 4 ? CX_IPV4 : CX_IPV6) &&
				 is_address(&packet->src, spec.src),
			 "h: about the packet's own source");
	return is_listed(asked_of(slot)) ? 0 : NO_PREFIX;
}

static struct cx_entry *list_entry(__u32 slot, enum cx_family family, const struct address *addr,
				   __u32 len)
{
	__CPROVER_assert(!len && family == (spec.version == 4 ? CX_IPV4 : CX_IPV6) &&
				 is_address(addr, spec.src),
			 "h: the entry that was found is the one that is asked");
	return is_listed(asked_of(slot)) ? entry_of(asked_of(slot)) : NULL;
}

long bpf_fib_lookup(void *ctx, struct bpf_fib_lookup *params, int params_size, __u32 flags)
{
	__CPROVER_assert(!TC == !params->tot_len,
			 "t: whether the frame could be sent there is not asked");
	params->ifindex = route_ifindex;
	return route_answer;
}

/* What the specification says of a packet for a guarded port */

/* The last of the datagrams that came together has to conform. */
static _Bool over(const struct cx_state *state, __u64 interval, __u64 tolerance, _Bool coarse)
{
	__u64 clock = coarse ? coarse_now : now;
	__u64 tat = state->tat;

	if (TC && tat + interval <= clock)
		tat = clock;
	if (TC)
		tat += (datagrams - 1) * interval;
	return tat > clock && tat - clock > tolerance;
}

static _Bool is_link_local(void)
{
	return spec.version == 6 && spec.src[0] == 0xfe && spec.src[1] >> 6 == 2;
}

static _Bool is_own(const struct cx_policy *policy)
{
	return !is_link_local() && policy->flags & (CX_POLICY_RPF_LOOSE | CX_POLICY_RPF_STRICT) &&
	       route_answer == BPF_FIB_LKUP_RET_NOT_FWDED;
}

static _Bool is_routed(const struct cx_policy *policy)
{
	if (is_link_local() || !(policy->flags & (CX_POLICY_RPF_LOOSE | CX_POLICY_RPF_STRICT)))
		return 1;
	if (route_answer != BPF_FIB_LKUP_RET_SUCCESS && route_answer != BPF_FIB_LKUP_RET_NO_NEIGH)
		return 0;
	return !(policy->flags & CX_POLICY_RPF_STRICT) || route_ifindex == came_in;
}

static enum cx_reason spec_limits(const struct cx_policy *policy)
{
	if (source_entry.interval &&
	    over(&source_state, source_entry.interval, source_entry.tolerance,
		 source_entry.flags & CX_ENTRY_COARSE))
		return CX_OVER_RATE;
	if (policy->flags & CX_POLICY_DESTS && dest_listed && dest_entry.interval &&
	    over(&dest_state, dest_entry.interval, dest_entry.tolerance,
		 dest_entry.flags & CX_ENTRY_COARSE))
		return CX_DEST_RATE;
	if (policy->interval && over(&policy_state, policy->interval, policy->tolerance,
				     policy->flags & CX_POLICY_COARSE))
		return CX_POLICY_RATE;
	return CX_ALLOWED;
}

/* Either clock says so: that of this boot, or the date. */
static _Bool is_past(const struct cx_entry *entry)
{
	return entry->expires &&
	       (boot_now >= entry->expires || tai_now >= entry->expires_utc * 1000000000ULL);
}

static _Bool is_no_tunnel(const struct cx_policy *policy)
{
	return policy->flags & CX_POLICY_TUNNEL &&
	       !(the_rules.tunnels[self.dev / 64] >> self.dev % 64 & 1);
}

/* What a policy says of a source that an entry of its list covers. */
static enum cx_reason spec_source(const struct cx_policy *policy, const struct cx_entry *entry)
{
	if (entry->action == CX_DENY)
		return CX_DENIED;
	if (spec_is_bogus(&spec) || is_own(policy))
		return CX_BOGUS_SOURCE;
	if (is_past(entry))
		return CX_EXPIRED;
	if (entry->dev && entry->dev != self.dev)
		return CX_WRONG_DEV;
	if (spec.ttl < entry->min_ttl)
		return CX_LOW_TTL;
	return is_routed(policy) ? CX_ALLOWED : CX_RPF_FAILED;
}

/* A fragment that some policy would have to admit, and none does. */
static _Bool spec_is_stray(void)
{
	if (!spec.fragment || !(the_rules.flags & CX_RULES_FRAGMENTS_LISTED))
		return 0;
	for (unsigned int i = 1; i < POLICIES; i++) {
		const struct cx_policy *policy = &the_rules.policy[i];

		if (the_rules.listing >> i & 1 && is_listed(i) && !is_no_tunnel(policy) &&
		    spec_source(policy, entry_of(i)) == CX_ALLOWED)
			return 0;
	}
	return 1;
}

static enum cx_reason spec_guarded(const struct cx_policy *policy)
{
	enum cx_reason reason;

	if (policy->mode == CX_MODE_CLOSED)
		return CX_CLOSED;
	if (is_no_tunnel(policy))
		return CX_NO_TUNNEL;
	if (policy->flags & CX_POLICY_DESTS && !dest_listed &&
	    !(policy->flags & CX_POLICY_ELSEWHERE_PASS && spec.sent_on))
		return CX_ELSEWHERE;
	if (!source_listed)
		return CX_UNLISTED;
	reason = spec_source(policy, &source_entry);
	return reason == CX_ALLOWED ? spec_limits(policy) : reason;
}

static enum cx_reason spec_reason(void)
{
	if (spec.kind != SPEC_MALFORMED && spec.kind != SPEC_TOO_DEEP && spec_is_stray())
		return CX_FRAGMENT;
	switch (spec.kind) {
	case SPEC_MALFORMED:
		return CX_MALFORMED;
	case SPEC_TOO_DEEP:
		return CX_TOO_DEEP;
	case SPEC_LATER:
		return the_rules.flags & CX_RULES_FRAGMENTS_DROP ? CX_FRAGMENT : CX_NOT_GUARDED;
	default:
		return owner ? spec_guarded(&the_rules.policy[owner]) : CX_NOT_GUARDED;
	}
}

/* What the loader sees to */

static void assume_entry(const struct cx_entry *entry)
{
	__CPROVER_assume(entry->action == CX_ALLOW || entry->action == CX_DENY);
	__CPROVER_assume(entry->expires_utc < DATES);
	__CPROVER_assume(entry->id >= CX_MAX_POLICIES && entry->id < CX_MAX_IDS);
	if (entry->expires || entry->dev || entry->min_ttl)
		__CPROVER_assume(self.features & CX_FEATURE_CONDITIONS);
	if (entry->interval)
		__CPROVER_assume(self.features & CX_FEATURE_LIMITS);
}

static void assume_policy(const struct cx_policy *policy)
{
	__CPROVER_assume(policy->mode >= CX_MODE_MONITOR && policy->mode <= CX_MODE_CLOSED);
	if (policy->mode != CX_MODE_MONITOR)
		__CPROVER_assume(the_rules.flags & CX_RULES_STRICT);
	if (policy->flags & CX_POLICY_TUNNEL)
		__CPROVER_assume(self.features & CX_FEATURE_TUNNEL);
	if (policy->flags & CX_POLICY_DESTS)
		__CPROVER_assume(self.features & CX_FEATURE_DESTS);
	if (policy->flags & (CX_POLICY_RPF_LOOSE | CX_POLICY_RPF_STRICT))
		__CPROVER_assume(self.features & CX_FEATURE_RPF);
	__CPROVER_assume(policy->interval < FAR_OFF);
	if (policy->interval)
		__CPROVER_assume(self.features & CX_FEATURE_LIMITS);
}

/* Which policies are asked about fragments. */
static void assume_listing(void)
{
	__CPROVER_assume(the_rules.listing < 1 << POLICIES);
	for (unsigned int i = 1; i < POLICIES; i++) {
		if (!(the_rules.listing >> i & 1))
			continue;
		assume_policy(&the_rules.policy[i]);
		__CPROVER_assume(the_rules.policy[i].mode != CX_MODE_CLOSED);
		assume_entry(&others_entry[i]);
	}
}

static void assume_loader(void)
{
	/* no clock or limit comes to 146 years */
	__CPROVER_assume(now < FAR_OFF && coarse_now < FAR_OFF && boot_now < FAR_OFF);
	__CPROVER_assume(source_state.tat < FAR_OFF && dest_state.tat < FAR_OFF &&
			 policy_state.tat < FAR_OFF);
	__CPROVER_assume(self.dev < CX_MAX_DEVS);
	if (the_rules.flags & CX_RULES_TCP)
		__CPROVER_assume(self.features & CX_FEATURE_TCP);
	if (the_rules.flags & CX_RULES_FRAGMENTS_LISTED)
		__CPROVER_assume(self.features & CX_FEATURE_FRAGMENTS);
	assume_entry(&source_entry);
	assume_entry(&dest_entry);
	assume_listing();
	__CPROVER_assume(source_entry.id % CX_SEGMENT_SIZE != dest_entry.id % CX_SEGMENT_SIZE);
	__CPROVER_assume(source_entry.id % CX_SEGMENT_SIZE >= CX_MAX_POLICIES);
	__CPROVER_assume(dest_entry.id % CX_SEGMENT_SIZE >= CX_MAX_POLICIES);
}

/* Anything that walk.c and straight.c prove a parser to find. */
static void draw_spec(void)
{
	spec = nondet_spec();
	__CPROVER_assume(spec.kind >= SPEC_OTHER && spec.kind <= SPEC_LATER);
	__CPROVER_assume(spec.ttl <= 0xff);
	if (spec.kind == SPEC_PORT || spec.fragment)
		__CPROVER_assume(spec.version == 4 || spec.version == 6);
	if (spec.kind == SPEC_LATER)
		__CPROVER_assume(spec.fragment);
	if (spec.kind != SPEC_PORT)
		return;
	__CPROVER_assume(spec.protocol == 17 ||
			 (spec.protocol == 6 && the_rules.flags & CX_RULES_TCP));
	__CPROVER_assume(spec.port <= 0xffff);
}

/* A policy per port; being of no size in particular, it is no array to solve for. */
static __u8 *draw_guard(void)
{
	unsigned int ports = nondet_uint();
	__u8 *guard;

	__CPROVER_assume(ports >= 65536 && ports <= 65537);
	guard = malloc(ports);
	__CPROVER_assume(guard);
	return guard;
}

static void draw_world(void)
{
	__CPROVER_havoc_object(policies);
	the_rules = nondet_rules();
	the_rules.policy = policies;
	the_rules.guard[CX_UDP] = draw_guard();
	the_rules.guard[CX_TCP] = draw_guard();
	*(struct cx_attachment *)&self = nondet_attachment();
	((struct cx_attachment *)&self)->features = FEATURES;
	((struct cx_attachment *)&self)->link_type = LINK;
	live = nondet_u64();
	now = nondet_u64();
	coarse_now = nondet_u64();
	processor = nondet_u32();
	boot_now = nondet_u64();
	tai_now = nondet_u64();
	source_entry = nondet_entry();
	dest_entry = nondet_entry();
	source_listed = nondet_bool();
	dest_listed = nondet_bool();
	__CPROVER_havoc_object(others_entry);
	for (unsigned int i = 1; i < POLICIES; i++)
		others_listed[i] = nondet_bool();
	source_state = nondet_state();
	dest_state = nondet_state();
	policy_state = nondet_state();
	route_answer = nondet_long();
	route_ifindex = nondet_uint();
	size = nondet_uint();
	__CPROVER_assume(size <= BOUND);
	came_in = nondet_uint();
}

/* A socket buffer: a frame of Ethernet begins where it does, a bare packet anywhere in it. */
static void draw_buffer(void)
{
	before = nondet_uint();
	__CPROVER_assume(before <= (self.link_type == CX_LINK_BARE_IP ? BOUND : 0));
	skb.len = before + size;
	skb.ifindex = came_in;
	first_misses = nondet_bool();
	second_misses = nondet_bool();
	pull_fails = nondet_bool();
	datagrams = DATAGRAMS;
	__CPROVER_assume(datagrams); /* datagrams.c */
}

/*
 * Did no walk reach what it was after?  That has to be for want of memory, or as more stands
 * before the packet than is counted on.
 */
static _Bool is_missed(void)
{
	return walks && first_misses && self.link_type == CX_LINK_BARE_IP &&
	       (pull_fails || (before > BEFORE && !is_whole && second_misses));
}

static int run(void)
{
	struct xdp_md ctx;

	ctx.data = ctx.data_end = skb.data = skb.data_end = 0; /* nobody here looks */
	ctx.ingress_ifindex = came_in;
	return TC ? clarent_tc(&skb) : clarent_xdp(&ctx);
}

/* As often as there are datagrams, whatever is counted. */
static void check_counts(enum cx_reason reason, const struct cx_state *former)
{
	__u64 hits = source_state.hits - former->hits + source_state.hits_else - former->hits_else;
	__u64 drops = source_state.drops - former->drops;

	__CPROVER_assert(counter.packets == datagrams, "t: a frame counts for its datagrams");
	__CPROVER_assert(counter.bytes == before + size, "t: and for its bytes");
	__CPROVER_assert(hits == (reason == CX_ALLOWED ? datagrams : 0),
			 "t: so does what its source was seen to send");
	__CPROVER_assert(drops == 0 || (reason != CX_ALLOWED && drops == datagrams),
			 "t: and what was refused of it");
}

static void cover_tc(enum cx_reason reason)
{
	__CPROVER_cover(!TC || (is_missed() && pull_fails && spec.kind == SPEC_PORT && owner));
	__CPROVER_cover(!TC || (is_missed() && !pull_fails && spec.kind == SPEC_PORT));
	__CPROVER_cover(!TC || (first_misses && pulled && is_whole && reason == CX_ALLOWED));
	__CPROVER_cover(!TC || (walks == 1 && reason == CX_UNLISTED && datagrams > 1));
}

int main(void)
{
	struct cx_state former;
	enum cx_reason reason;
	_Bool drop, enforced, would;
	unsigned int whose;
	int verdict;

	draw_world();
	assume_loader();
	if (TC)
		draw_buffer();
	generation = live & 1;
	if (live >> 1 && boot_now >= (live & ~1ULL))
		generation = !generation;
	draw_spec();
	if (spec.kind == SPEC_PORT) {
		owner = the_rules.guard[spec.protocol == 6 ? CX_TCP : CX_UDP][spec.port];
		__CPROVER_assume(owner < POLICIES);
		if (owner)
			assume_policy(&the_rules.policy[owner]);
	}
#ifdef STRAY
	__CPROVER_assume(STRAY == (spec.fragment && the_rules.flags & CX_RULES_FRAGMENTS_LISTED));
#endif
	reason = spec_reason();
	former = source_state;
	verdict = run();
	cover_tc(reason);
	if (TC && is_missed())
		reason = CX_MALFORMED;
	whose = reason < CX_NOT_GUARDED ? 0 : owner; /* whatever port a first fragment is for */
	drop = reason != CX_ALLOWED && reason != CX_NOT_GUARDED &&
	       !(reason == CX_ELSEWHERE &&
		 the_rules.policy[owner].flags & CX_POLICY_ELSEWHERE_PASS);
	enforced = whose ? the_rules.policy[whose].mode != CX_MODE_MONITOR
			 : !!(the_rules.flags & CX_RULES_STRICT);
	would = drop && !enforced;

#if defined(COVER) && !TC /* where they are the same, but for the features decided */
#define X(symbol, name) __CPROVER_cover(reason == CX_##symbol);
	CX_REASONS(X)
#undef X
#endif
	__CPROVER_assert(
		handed == (!TC && verdict == PASS && self.features & CX_FEATURE_THEN),
		"h: what passes XDP is handed on where that is wanted, and nothing else is");

	if (self.gate && (boot_now < self.gate) == !!self.gate_passes) {
		__CPROVER_assert(verdict == PASS, "g: a gate passes everything");
		__CPROVER_assert(counted == 1 && counted_index == CX_PASSED_GATE,
				 "g: what a gate passes is counted apart");
		__CPROVER_assert(counter.packets == 1, "t: by frames");
		return 0;
	}
	if (TC && owner && the_rules.policy[owner].mode != CX_MODE_MONITOR && is_missed())
		__CPROVER_assert(verdict == DROP, "t: nothing guarded passes for want of memory");
	if (whose && enforced && (!source_listed || source_entry.action == CX_DENY) &&
	    reason != CX_ELSEWHERE)
		__CPROVER_assert(verdict == DROP, "b: guarded and unlisted never passes");
	if (reason == CX_NOT_GUARDED)
		__CPROVER_assert(verdict == PASS, "c: not guarded never drops");
	if (reason < CX_NOT_GUARDED)
		__CPROVER_assert(
			(verdict == DROP) == enforced,
			"c: malformed, too-deep and fragment drop while a policy is in force");
	if (spec.kind == SPEC_LATER)
		__CPROVER_assert(!asked && (counted_index & 31) == reason,
				 "d: a later fragment is never read as ports");
	__CPROVER_assert(verdict == (drop && enforced ? DROP : PASS),
			 "g: the verdict is the table's");
	__CPROVER_assert(counted == 1, "g: a packet is counted once");
	__CPROVER_assert((counted_index & 31) == reason, "g: reasons come in the table's order");
	__CPROVER_assert(counted_index == (whose << 6 | (unsigned int)would << 5 | reason),
			 "g: it is counted under its policy");
	if (TC)
		check_counts(reason, &former);
	return 0;
}
