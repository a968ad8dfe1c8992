/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the policy model to what the fast path reads. */
#include "compile.h"

#include <stddef.h>
#include <string.h>

#define NSEC_PER_SEC 1000000000ULL
#define LENS_MANY    24

static __u32 interval_of(__u32 rate)
{
	return rate ? (NSEC_PER_SEC + rate / 2) / rate : 0;
}

static __u64 tolerance_of(__u32 rate, __u32 burst)
{
	return (__u64)(burst_or_default(rate, burst) - 1) * interval_of(rate);
}

static void mask_words(enum cx_family family, unsigned int len, __u64 *ret_hi, __u64 *ret_lo)
{
	if (family == CX_IPV4) {
		*ret_hi = 0;
		*ret_lo = ~0ULL << (32 - len);
		return;
	}
	*ret_hi = len >= 64 ? ~0ULL : ~(~0ULL >> len);
	*ret_lo = len <= 64 ? 0 : len == 128 ? ~0ULL : ~(~0ULL >> (len - 64));
}

static void set_anchor(struct cx_list *list, unsigned int nr, enum cx_family family,
		       unsigned int len)
{
	struct cx_anchor *anchor = &list->anchor[nr];

	mask_words(family, len, &anchor->mask_hi, &anchor->mask_lo);
	anchor->len = len;
	anchor->below = list->lens_count;
	for (unsigned int i = 0; i < list->lens_count; i++) {
		if (list->lens[i] < len) {
			anchor->below = i;
			break;
		}
	}
}

/* The most populous length strictly between two, 0 if there is none. */
static unsigned int most_populous(const size_t *population, const bool *taken, unsigned int low,
				  unsigned int high)
{
	unsigned int best = 0;

	for (unsigned int len = low + 1; len < high; len++) {
		if (!taken[len] && population[len] && (!best || population[len] > population[best]))
			best = len;
	}
	return best;
}

/* The lengths between the shortest and the longest, from few to many: so many in a row. */
static void take_spread(const struct cx_list *list, bool *taken)
{
	unsigned int longest_last = list->lens_count - 1;

	taken[list->lens[longest_last - list->lens_count / 24]] = true;
	taken[list->lens[longest_last - list->lens_count / 5]] = true;
}

/*
 * The shortest length, which refuses most; the longest; and between them the
 * two that hold most entries.  Length 0 covers everything and so tells nothing.
 * Where there are many lengths, each holds few, and what counts is how many
 * have to be looked up in vain: from the shortest on, few, then more, then most.
 */
static void choose_anchors(struct cx_list *list, const size_t *population, enum cx_family family)
{
	bool taken[CX_MAX_LENS] = {};
	unsigned int low = 1, high = CX_MAX_LENS - 1, best;

	while (high && !population[high])
		high--;
	if (!high)
		return;
	while (!population[low])
		low++;
	taken[low] = taken[high] = true;
	if (list->lens_count >= LENS_MANY)
		take_spread(list, taken);
	for (int i = 0; i < CX_MAX_ANCHORS - 2 && list->lens_count < LENS_MANY; i++) {
		best = most_populous(population, taken, low, high);
		if (best)
			taken[best] = true;
	}
	for (unsigned int len = low; len <= high; len++) {
		if (taken[len])
			set_anchor(list, list->anchor_count++, family, len);
	}
}

void compile_list(const struct entry *entries, size_t count, enum cx_family family,
		  struct cx_list *ret_list)
{
	size_t population[CX_MAX_LENS] = {};

	*ret_list = (struct cx_list){ .map_id = ret_list->map_id, .patch_id = ret_list->patch_id };
	ret_list->count = count;
	for (size_t i = 0; i < count; i++)
		population[entries[i].prefix.len]++;
	for (int len = CX_MAX_LENS - 1; len >= 0; len--) {
		if (population[len])
			ret_list->lens[ret_list->lens_count++] = len;
	}
	choose_anchors(ret_list, population, family);
}

void compile_add_length(struct cx_list *list, unsigned int len)
{
	unsigned int at = 0;

	while (at < list->lens_count && list->lens[at] > len)
		at++;
	if (at < list->lens_count && list->lens[at] == len)
		return;
	memmove(&list->lens[at + 1], &list->lens[at], list->lens_count - at);
	list->lens[at] = (__u8)len;
	list->lens_count++;
	for (unsigned int i = 0; i < list->anchor_count; i++)
		list->anchor[i].below += list->anchor[i].len <= len;
}

static bool guards(const struct policy *policy)
{
	return policy->name[0] && policy->mode != CX_MODE_OPEN;
}

static void compile_policy(const struct policy *policy, __u64 coarse_tick,
			   struct cx_policy *ret_policy)
{
	memcpy(ret_policy->name, policy->name, sizeof(ret_policy->name));
	ret_policy->mode = policy->mode;
	ret_policy->mode_since_utc = policy->mode_since;
	ret_policy->rate = policy->rate;
	ret_policy->burst = policy->burst;
	if (policy->elsewhere_pass)
		ret_policy->flags |= CX_POLICY_ELSEWHERE_PASS;
	if (policy->tunnel_required)
		ret_policy->flags |= CX_POLICY_TUNNEL;
	if (policy->rpf == RPF_LOOSE)
		ret_policy->flags |= CX_POLICY_RPF_LOOSE;
	if (policy->rpf == RPF_STRICT)
		ret_policy->flags |= CX_POLICY_RPF_STRICT;
	if (policy->rate) {
		ret_policy->interval = interval_of(policy->rate);
		ret_policy->tolerance = tolerance_of(policy->rate, policy->burst);
		if (ret_policy->tolerance >= COMPILE_COARSE_TICKS * coarse_tick)
			ret_policy->flags |= CX_POLICY_COARSE;
	}
}

static __u32 policy_features(const struct policy *policy)
{
	return (policy->tunnel_required ? CX_FEATURE_TUNNEL : 0) |
	       (policy->rpf != RPF_OFF ? CX_FEATURE_RPF : 0) |
	       (policy->rate ? CX_FEATURE_LIMITS : 0);
}

static __u32 entry_features(const struct entry *entry)
{
	return (entry->direction == CX_DEST ? CX_FEATURE_DESTS : 0) |
	       (entry->rate ? CX_FEATURE_LIMITS : 0) |
	       (entry->expires || entry->dev || entry->min_ttl ? CX_FEATURE_CONDITIONS : 0);
}

static __u32 all_features(const struct settings *settings)
{
	__u32 features = settings->beyond.limited ? CX_FEATURE_LIMITS : 0;

	for (int i = 1; i < CX_MAX_POLICIES; i++)
		features |= policy_features(&settings->policy[i]);
	for (size_t i = 0; i < settings->count; i++)
		features |= entry_features(&settings->entry[i]);
	return features;
}

static bool guards_tcp(const struct settings *settings)
{
	for (int port = 0; port < 65536; port++) {
		if (guards(&settings->policy[settings->port[CX_TCP][port]]))
			return true;
	}
	return false;
}

__u32 compile_features(const struct settings *settings)
{
	return all_features(settings) | (guards_tcp(settings) ? CX_FEATURE_TCP : 0) |
	       (settings->fragments == FRAGMENTS_LISTED ? CX_FEATURE_FRAGMENTS : 0);
}

/* Of whom fragments are taken: of those whom a policy lists that judges by its list. */
static void compile_fragments(const struct settings *settings, struct cx_rules *rules)
{
	rules->listing = 0;
	if (settings->fragments == FRAGMENTS_DROP)
		rules->flags |= CX_RULES_FRAGMENTS_DROP;
	if (settings->fragments != FRAGMENTS_LISTED)
		return;
	rules->flags |= CX_RULES_FRAGMENTS_LISTED;
	for (int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct policy *policy = &settings->policy[i];

		if (guards(policy) && policy->mode != CX_MODE_CLOSED)
			rules->listing |= 1ULL << i;
	}
}

static void compile_ports(const struct settings *settings, struct cx_rules *rules)
{
	memcpy(rules->ports, settings->port, sizeof(rules->ports));
	for (int proto = 0; proto < 2; proto++) {
		for (int port = 0; port < 65536; port++) {
			__u8 owner = settings->port[proto][port];

			if (!owner || !guards(&settings->policy[owner]))
				continue;
			rules->guard[proto][port] = owner;
			if (proto == CX_TCP)
				rules->flags |= CX_RULES_TCP;
		}
	}
}

void compile_rules(const struct settings *settings, __u64 coarse_tick, struct cx_rules *ret_rules)
{
	ret_rules->flags = 0;
	memset(ret_rules->tunnels, 0, sizeof(ret_rules->tunnels));
	memset(ret_rules->policy, 0, sizeof(ret_rules->policy));
	memset(ret_rules->guard, 0, sizeof(ret_rules->guard));
	compile_fragments(settings, ret_rules);
	for (int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct policy *policy = &settings->policy[i];

		compile_policy(policy, coarse_tick, &ret_rules->policy[i]);
		if (guards(policy) && policy->mode != CX_MODE_MONITOR)
			ret_rules->flags |= CX_RULES_STRICT;
	}
	compile_ports(settings, ret_rules);
	ret_rules->features = compile_features(settings);
}

void compile_entry(const struct entry *entry, __u64 coarse_tick, struct cx_entry *ret_value)
{
	memset(ret_value, 0, sizeof(*ret_value));
	ret_value->action = entry->action;
	ret_value->min_ttl = entry->min_ttl;
	ret_value->expires = entry->boottime_expires;
	ret_value->expires_utc = entry->expires;
	ret_value->listed_utc = entry->listed;
	ret_value->prefixlen = entry->prefix.len;
	ret_value->rate = entry->rate;
	ret_value->burst = entry->burst;
	ret_value->flags = entry->wide ? CX_ENTRY_WIDE : 0;
	if (!entry->rate)
		return;
	ret_value->interval = interval_of(entry->rate);
	ret_value->tolerance = tolerance_of(entry->rate, entry->burst);
	if (ret_value->tolerance >= COMPILE_COARSE_TICKS * coarse_tick)
		ret_value->flags |= CX_ENTRY_COARSE;
}
