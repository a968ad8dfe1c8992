/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Draws rule sets that make trouble: nested prefixes, neighbouring ports.
 */
#include <string.h>

#include "draw.h"
#include "rules.h"

#define SECOND_NS UINT64_C(1000000000)
#define HOUR_S    3600
#define MONTH_S   (30 * 24 * HOUR_S)

#define CUSTOM_MAX    4
#define SOURCES_TRIED 14
#define PORT_TRIES    8

/* Shorter ones need the word `wide`, which only `allow` has. */
#define NARROW_IPV4 8
#define NARROW_IPV6 19

#define POOL_SIZE 6

/* Few enough networks that the entries of all policies meet in them. */
static const struct model_prefix usual[2][POOL_SIZE] = {
	[MODEL_IPV4] = { { MODEL_IPV4, { 192, 0, 2 }, 24 },
			 { MODEL_IPV4, { 198, 51, 100 }, 24 },
			 { MODEL_IPV4, { 203, 0, 113 }, 24 },
			 { MODEL_IPV4, { 10 }, 8 },
			 { MODEL_IPV4, { 126 }, 8 },
			 { MODEL_IPV4, { 223, 255, 255 }, 24 } },
	[MODEL_IPV6] = { { MODEL_IPV6, { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
			 { MODEL_IPV6, { 0x20, 0x01, 0x0d, 0xb8, 0, 1 }, 64 },
			 { MODEL_IPV6, { 0xfd, 0x12 }, 16 },
			 { MODEL_IPV6, { 0x26, 0x00 }, 19 },
			 { MODEL_IPV6, { 0xfe, 0x80 }, 64 },
			 { MODEL_IPV6, { 0xfe, 0xff, 0xff, 0xff }, 32 } }
};

/* Allowed only by the word; all but the last two hold bogus addresses. */
static const struct model_prefix wide[2][POOL_SIZE] = {
	[MODEL_IPV4] = { { MODEL_IPV4, { 0 }, 0 },
			 { MODEL_IPV4, { 0 }, 1 },
			 { MODEL_IPV4, { 64 }, 2 },
			 { MODEL_IPV4, { 192 }, 2 },
			 { MODEL_IPV4, { 128 }, 2 },
			 { MODEL_IPV4, { 196 }, 7 } },
	[MODEL_IPV6] = { { MODEL_IPV6, { 0 }, 0 },
			 { MODEL_IPV6, { 0 }, 1 },
			 { MODEL_IPV6, { 0x80 }, 1 },
			 { MODEL_IPV6, { 0xc0 }, 2 },
			 { MODEL_IPV6, { 0x20 }, 3 },
			 { MODEL_IPV6, { 0x20, 0x01 }, 18 } }
};

enum model_link model_dev_link(int dev_id)
{
	return dev_id <= 2 ? MODEL_ETHERNET : MODEL_BARE_IP;
}

int model_address_bits(enum model_family family)
{
	return family == MODEL_IPV4 ? 32 : 128;
}

void model_address_join(enum model_family family, uint8_t *addr, int keep, const uint8_t *rest)
{
	for (int bit = keep; bit < model_address_bits(family); bit++) {
		int mask = 0x80 >> bit % 8;

		addr[bit / 8] = (uint8_t)((addr[bit / 8] & ~mask) | (rest[bit / 8] & mask));
	}
}

/* ---- Prefixes ------------------------------------------------------------ */

static void clear_host_bits(struct model_prefix *prefix)
{
	static const uint8_t zeros[16];

	model_address_join(prefix->family, prefix->addr, prefix->len, zeros);
}

static int shortest_narrow(enum model_family family)
{
	return family == MODEL_IPV4 ? NARROW_IPV4 : NARROW_IPV6;
}

bool model_prefix_is_wide(const struct model_prefix *prefix)
{
	return prefix->len < shortest_narrow(prefix->family);
}

static bool is_link_local(const struct model_prefix *prefix)
{
	return prefix->family == MODEL_IPV6 && prefix->addr[0] == 0xfe &&
	       (prefix->addr[1] & 0xc0) == 0x80;
}

/* Of a prefix that is not wide, the first bytes settle it. */
static bool is_refused(const struct model_prefix *prefix)
{
	int first = prefix->addr[0];

	if (model_prefix_is_wide(prefix))
		return false;
	if (prefix->family == MODEL_IPV4)
		return first == 0 || first == 127 || first >= 224;
	return first == 0 || first == 0xff;
}

static bool same_prefix(const struct model_prefix *a, const struct model_prefix *b)
{
	return a->family == b->family && a->len == b->len &&
	       memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

static int draw_len(struct draw *draw, enum model_family family)
{
	static const int favoured[2][4] = {
		[MODEL_IPV4] = { 32, 24, 31, 8 }, [MODEL_IPV6] = { 128, 64, 127, 19 }
	};
	static const int weight[] = { 35, 15, 5, 3, 42 };
	int choice = draw_weighted(draw, weight, 5);

	if (choice < 4)
		return favoured[family][choice];
	return draw_between(draw, shortest_narrow(family), model_address_bits(family));
}

/* Below one of the usual networks, above it, or wherever. */
static struct model_prefix draw_fresh(struct draw *draw, enum model_family family)
{
	struct model_prefix prefix = { .family = family };
	uint8_t rest[16];
	int keep = 0;

	if (draw_chance(draw, 75)) {
		prefix = usual[family][draw_below(draw, POOL_SIZE)];
		keep = prefix.len;
	}
	prefix.len = draw_len(draw, family);
	draw_bytes(draw, rest, sizeof(rest));
	model_address_join(family, prefix.addr, keep, rest);
	clear_host_bits(&prefix);
	return prefix;
}

/* The same network with other host bits, cut at another length. */
static struct model_prefix draw_nested(struct draw *draw, const struct model_prefix *from)
{
	struct model_prefix prefix = *from;
	uint8_t rest[16];

	prefix.len = draw_len(draw, prefix.family);
	draw_bytes(draw, rest, sizeof(rest));
	model_address_join(prefix.family, prefix.addr, from->len, rest);
	clear_host_bits(&prefix);
	return prefix;
}

/* ---- Entries ------------------------------------------------------------- */

/* A source of an earlier policy, or of this one so far; NULL if there is none. */
static const struct model_source *draw_known(struct draw *draw, const struct model_rules *rules,
					     int upto)
{
	const struct model_policy *policy = &rules->policy[draw_between(draw, 0, upto)];

	if (policy->sources == 0)
		return NULL;
	return &policy->source[draw_below(draw, policy->sources)];
}

static struct model_prefix draw_prefix(struct draw *draw, const struct model_rules *rules, int upto)
{
	enum model_family family = draw_chance(draw, 50) ? MODEL_IPV4 : MODEL_IPV6;
	const struct model_source *known;

	if (draw_chance(draw, 9))
		return wide[family][draw_below(draw, POOL_SIZE)];
	known = draw_known(draw, rules, upto);
	if (known && draw_chance(draw, 60))
		return draw_nested(draw, &known->prefix);
	return draw_fresh(draw, family);
}

static uint64_t draw_expiry(struct draw *draw, uint64_t now_ns)
{
	uint64_t now_s = now_ns / SECOND_NS;
	uint64_t away_s = (uint64_t)draw_between(draw, HOUR_S + 1, MONTH_S);

	if (draw_chance(draw, 50))
		return (now_s - away_s) * SECOND_NS;
	return (now_s + away_s) * SECOND_NS;
}

static void draw_conditions(struct draw *draw, struct model_source *source)
{
	if (is_link_local(&source->prefix) || draw_chance(draw, 20))
		source->dev_id = draw_between(draw, 1, MODEL_DEVS_MAX);
	if (draw_chance(draw, 12))
		source->min_ttl = draw_between(draw, 1, 255);
	else if (draw_chance(draw, 10))
		source->min_ttl = 255;
}

static bool has_source(const struct model_policy *policy, const struct model_prefix *prefix)
{
	for (int i = 0; i < policy->sources; i++)
		if (same_prefix(&policy->source[i].prefix, prefix))
			return true;
	return false;
}

/* What the real filter would refuse is left out, not mended. */
static void add_source(struct draw *draw, struct model_rules *rules, int index, uint64_t now_ns)
{
	struct model_policy *policy = &rules->policy[index];
	struct model_source source = { .deny = false };

	source.prefix = draw_prefix(draw, rules, index);
	if (is_refused(&source.prefix) || has_source(policy, &source.prefix))
		return;
	if (!model_prefix_is_wide(&source.prefix) && !is_link_local(&source.prefix))
		source.deny = draw_chance(draw, 30);
	if (draw_chance(draw, 25))
		source.expires_ns = draw_expiry(draw, now_ns);
	if (!source.deny)
		draw_conditions(draw, &source);
	policy->source[policy->sources++] = source;
}

static void add_dest(struct draw *draw, struct model_policy *policy)
{
	enum model_family family = draw_chance(draw, 50) ? MODEL_IPV4 : MODEL_IPV6;
	struct model_prefix prefix = draw_fresh(draw, family);

	if (is_refused(&prefix) || is_link_local(&prefix))
		return;
	for (int i = 0; i < policy->dests; i++)
		if (same_prefix(&policy->dest[i], &prefix))
			return;
	policy->dest[policy->dests++] = prefix;
}

/* ---- Policies ------------------------------------------------------------ */

static bool overlaps(const struct model_ports *ports, int first, int last)
{
	for (int i = 0; i < ports->count; i++)
		if (first <= ports->range[i].last && last >= ports->range[i].first)
			return true;
	return false;
}

static bool is_owned(const struct model_rules *rules, bool tcp, int first, int last)
{
	for (int i = 0; i < rules->policies; i++)
		if (overlaps(tcp ? &rules->policy[i].tcp : &rules->policy[i].udp, first, last))
			return true;
	return false;
}

/* Beside the built-in ports, or with their bytes swapped, or at the ends. */
static int draw_port(struct draw *draw)
{
	static const int near[] = {
		1,    21,   53,   4039, 4041,  4044,  4046,  5000,  5003,  5009,
		5011, 5631, 5632, 5633, 51215, 52495, 35091, 37395, 65301, 65535
	};

	if (draw_chance(draw, 60))
		return near[draw_below(draw, sizeof(near) / sizeof(near[0]))];
	return draw_between(draw, 1, 65535);
}

static void add_range(struct draw *draw, struct model_rules *rules, struct model_policy *policy,
		      bool tcp)
{
	struct model_ports *ports = tcp ? &policy->tcp : &policy->udp;

	for (int i = 0; i < PORT_TRIES; i++) {
		int first = draw_port(draw);
		int last = first;

		if (draw_chance(draw, 30))
			last += draw_between(draw, 1, 40);
		if (last > 65535 || is_owned(rules, tcp, first, last))
			continue;
		ports->range[ports->count].first = (uint16_t)first;
		ports->range[ports->count].last = (uint16_t)last;
		ports->count++;
		return;
	}
}

/* The digit keeps names apart from each other and from every keyword. */
static void draw_name(struct draw *draw, int index, char *ret_name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	int len = draw_between(draw, 2, MODEL_NAME_MAX);

	ret_name[0] = letters[draw_below(draw, 26)];
	ret_name[1] = (char)('0' + index);
	for (int i = 2; i < len; i++)
		ret_name[i] = letters[draw_below(draw, 37)];
	ret_name[len] = '\0';
}

/* Its own ranges count as owned at once: policies is raised first. */
static void add_custom(struct draw *draw, struct model_rules *rules)
{
	int index = rules->policies++;
	struct model_policy *policy = &rules->policy[index];
	int udp = draw_between(draw, 0, 3);
	int tcp = draw_chance(draw, 40) ? draw_between(draw, 1, 2) : 0;

	draw_name(draw, index, policy->name);
	for (int i = 0; i < udp; i++)
		add_range(draw, rules, policy, false);
	for (int i = 0; i < tcp; i++)
		add_range(draw, rules, policy, true);
	if (policy->udp.count == 0 && policy->tcp.count == 0)
		rules->policies--;
}

static void add_built_ins(struct model_rules *rules)
{
	static const struct model_policy built_in[MODEL_BUILT_INS] = {
		{ .name = "command", .udp = { { { 5001, 5001 }, { 5002, 5002 } }, 2 } },
		{ .name = "gateway",
		  .udp = { { { 4040, 4040 }, { 4045, 4045 }, { 5010, 5010 } }, 3 } },
		{ .name = "pcanywhere",
		  .udp = { { { 22, 22 }, { 5632, 5632 } }, 2 },
		  .tcp = { { { 5631, 5631 }, { 65301, 65301 } }, 2 } }
	};

	for (int i = 0; i < MODEL_BUILT_INS; i++)
		rules->policy[rules->policies++] = built_in[i];
}

/* Some rule sets are wholly lenient: then nobody's packets pass as well. */
static enum model_mode draw_mode(struct draw *draw, bool lenient)
{
	static const int weight[2][4] = { [false] = { [MODEL_MODE_ENFORCE] = 66,
						      [MODEL_MODE_MONITOR] = 14,
						      [MODEL_MODE_OPEN] = 10,
						      [MODEL_MODE_CLOSED] = 10 },
					  [true] = { [MODEL_MODE_ENFORCE] = 0,
						     [MODEL_MODE_MONITOR] = 60,
						     [MODEL_MODE_OPEN] = 40,
						     [MODEL_MODE_CLOSED] = 0 } };

	return (enum model_mode)draw_weighted(draw, weight[lenient], 4);
}

static void fill_policy(struct draw *draw, struct model_rules *rules, int index, bool lenient,
			uint64_t now_ns)
{
	struct model_policy *policy = &rules->policy[index];
	int sources = draw_between(draw, 0, SOURCES_TRIED);
	int dests = draw_chance(draw, 30) ? draw_between(draw, 1, MODEL_DESTS_MAX) : 0;

	policy->mode = draw_mode(draw, lenient);
	policy->elsewhere_pass = draw_chance(draw, 40);
	policy->tunnel_required = draw_chance(draw, 12);
	for (int i = 0; i < sources; i++)
		add_source(draw, rules, index, now_ns);
	for (int i = 0; i < dests; i++)
		add_dest(draw, policy);
}

void model_rules_make(uint64_t seed, uint64_t now_ns, struct model_rules *ret_rules)
{
	struct draw draw = { .state = seed };
	int customs, i;
	bool lenient;

	memset(ret_rules, 0, sizeof(*ret_rules));
	add_built_ins(ret_rules);
	customs = draw_between(&draw, 0, CUSTOM_MAX);
	for (i = 0; i < customs; i++)
		add_custom(&draw, ret_rules);

	lenient = draw_chance(&draw, 12);
	for (i = 0; i < ret_rules->policies; i++)
		fill_policy(&draw, ret_rules, i, lenient, now_ns);

	ret_rules->fragments = (enum model_fragments)draw_below(&draw, 3);
	for (i = 1; i <= MODEL_DEVS_MAX; i++)
		ret_rules->tunnel[i] = draw_chance(&draw, 35);
}
