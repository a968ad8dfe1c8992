/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The verdict table, read aloud: frame in, reason and verdict out.
 *
 * Linear scans and one byte at a time, on purpose: the filter is clever, and
 * this is what its cleverness is held against.
 */
#include "model.h"

enum {
	TAGS_WALKED = 4,
	EXTENSIONS_WALKED = 12,

	ETHERNET_BYTES = 14,
	TAG_BYTES = 4,
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	UDP_BYTES = 8,
	TCP_BYTES = 20,

	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_8021Q = 0x8100,
	ETHERTYPE_8021AD = 0x88a8,

	OPTION_END = 0,
	OPTION_NO_OPERATION = 1,
	OPTION_LOOSE_ROUTE = 131,
	OPTION_STRICT_ROUTE = 137,

	PROTO_HOP_BY_HOP = 0,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_AUTHENTICATION = 51,
	PROTO_DEST_OPTIONS = 60
};

/* What the bytes of a frame turned out to be. */
enum reading {
	READ_NOTHING_GUARDABLE,
	READ_PORT,
	READ_LATER_FRAGMENT,
	READ_TOO_DEEP,
	READ_MALFORMED
};

/* The frame, and what was read of it so far. */
struct packet {
	const uint8_t *frame;
	size_t len;
	bool tcp_counts; /* some policy guards TCP ports */
	enum model_family family;
	uint8_t src[16];
	uint8_t dst[16];
	bool is_fragment; /* first or later; one that is both is none */
	bool sent_on;     /* asks to be sent on from dst: another hop is named */
	int ttl;
	int proto;
	int dport;
};

static bool has(const struct packet *p, size_t at, size_t bytes)
{
	return at + bytes <= p->len;
}

static int two_bytes(const struct packet *p, size_t at)
{
	return p->frame[at] * 256 + p->frame[at + 1];
}

static void copy_bytes(uint8_t *to, const uint8_t *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = from[i];
}

/* ---- Reading: only what the bytes say, nothing of the rules ------------- */

static enum reading read_transport(struct packet *p, size_t at, int proto)
{
	size_t header;

	if (proto == PROTO_UDP)
		header = UDP_BYTES;
	else if (proto == PROTO_TCP && p->tcp_counts)
		header = TCP_BYTES;
	else
		return READ_NOTHING_GUARDABLE;

	if (!has(p, at, header))
		return READ_MALFORMED;
	p->proto = proto;
	p->dport = two_bytes(p, at + 2);
	return READ_PORT;
}

/* IPv4 has an authentication header, and no others. */
static bool is_extension(enum model_family family, int proto)
{
	if (family == MODEL_IPV4)
		return proto == PROTO_AUTHENTICATION;
	return proto == PROTO_HOP_BY_HOP || proto == PROTO_ROUTING || proto == PROTO_FRAGMENT ||
	       proto == PROTO_AUTHENTICATION || proto == PROTO_DEST_OPTIONS;
}

/* The second byte holds the length, except in a fragment header. */
static size_t extension_bytes(int proto, int length_field)
{
	if (proto == PROTO_FRAGMENT)
		return 8;
	if (proto == PROTO_AUTHENTICATION)
		return ((size_t)length_field + 2) * 4;
	return ((size_t)length_field + 1) * 8;
}

static enum reading read_extensions(struct packet *p, size_t at, int proto)
{
	int walked = 0;

	while (is_extension(p->family, proto)) {
		size_t bytes;

		if (walked == EXTENSIONS_WALKED)
			return READ_TOO_DEEP;
		if (!has(p, at, 2))
			return READ_MALFORMED;
		bytes = extension_bytes(proto, p->frame[at + 1]);
		if (!has(p, at, bytes))
			return READ_MALFORMED;
		/* Next header, length, type, segments left. */
		if (proto == PROTO_ROUTING && p->frame[at + 3] != 0)
			p->sent_on = true;
		/* Thirteen bits of offset, two reserved, one for "more". */
		if (proto == PROTO_FRAGMENT &&
		    (two_bytes(p, at + 2) / 8 != 0 || two_bytes(p, at + 2) % 2 != 0))
			p->is_fragment = true;
		if (proto == PROTO_FRAGMENT && two_bytes(p, at + 2) / 8 != 0)
			return READ_LATER_FRAGMENT;

		proto = p->frame[at];
		at += bytes;
		walked++;
	}
	return read_transport(p, at, proto);
}

/* A byte of the options, which end at end; what is not there counts as zero. */
static int option_byte(const struct packet *p, size_t at, size_t end)
{
	return at < end && has(p, at, 1) ? p->frame[at] : 0;
}

/* Kind, length, pointer, addresses: the pointer is behind them when all were visited. */
static bool names_another_hop(const struct packet *p, size_t at, size_t end)
{
	while (at < end) {
		int kind = option_byte(p, at, end);
		int length = option_byte(p, at + 1, end);
		int pointer = option_byte(p, at + 2, end);

		if (kind == OPTION_END)
			return false;
		if (kind == OPTION_NO_OPERATION) {
			at++;
			continue;
		}
		if ((kind == OPTION_LOOSE_ROUTE || kind == OPTION_STRICT_ROUTE) &&
		    pointer <= length)
			return true;
		if (length < 2)
			return false;
		at += (size_t)length;
	}
	return false;
}

static enum reading read_ipv4(struct packet *p, size_t at)
{
	int version, header_words, fragment_offset;

	if (!has(p, at, IPV4_BYTES))
		return READ_MALFORMED;
	version = p->frame[at] / 16;
	header_words = p->frame[at] % 16;
	if (version != 4 || header_words < 5)
		return READ_MALFORMED;

	p->family = MODEL_IPV4;
	p->ttl = p->frame[at + 8];
	copy_bytes(p->src, p->frame + at + 12, 4);
	copy_bytes(p->dst, p->frame + at + 16, 4);

	/* A reserved bit, "don't fragment", "more fragments". */
	fragment_offset = two_bytes(p, at + 6) % 8192;
	p->is_fragment = fragment_offset != 0 || two_bytes(p, at + 6) / 8192 % 2 == 1;
	if (fragment_offset != 0)
		return READ_LATER_FRAGMENT;
	p->sent_on = names_another_hop(p, at + IPV4_BYTES, at + (size_t)header_words * 4);
	return read_extensions(p, at + (size_t)header_words * 4, p->frame[at + 9]);
}

static enum reading read_ipv6(struct packet *p, size_t at)
{
	if (!has(p, at, IPV6_BYTES))
		return READ_MALFORMED;
	if (p->frame[at] / 16 != 6)
		return READ_MALFORMED;

	p->family = MODEL_IPV6;
	p->ttl = p->frame[at + 7];
	copy_bytes(p->src, p->frame + at + 8, 16);
	copy_bytes(p->dst, p->frame + at + 24, 16);
	return read_extensions(p, at + IPV6_BYTES, p->frame[at + 6]);
}

static bool is_tag(int ethertype)
{
	return ethertype == ETHERTYPE_8021Q || ethertype == ETHERTYPE_8021AD;
}

/* A frame cut before its EtherType is known claims no IP. */
static enum reading read_ethernet(struct packet *p)
{
	size_t at = ETHERNET_BYTES;
	int ethertype;
	int walked = 0;

	if (!has(p, 0, ETHERNET_BYTES))
		return READ_NOTHING_GUARDABLE;
	ethertype = two_bytes(p, 12);

	while (is_tag(ethertype)) {
		if (walked == TAGS_WALKED)
			return READ_TOO_DEEP;
		if (!has(p, at, TAG_BYTES))
			return READ_NOTHING_GUARDABLE;
		ethertype = two_bytes(p, at + 2);
		at += TAG_BYTES;
		walked++;
	}

	if (ethertype == ETHERTYPE_IPV4)
		return read_ipv4(p, at);
	if (ethertype == ETHERTYPE_IPV6)
		return read_ipv6(p, at);
	return READ_NOTHING_GUARDABLE;
}

static enum reading read_bare_ip(struct packet *p)
{
	if (!has(p, 0, 1))
		return READ_MALFORMED;
	if (p->frame[0] / 16 == 4)
		return read_ipv4(p, 0);
	if (p->frame[0] / 16 == 6)
		return read_ipv6(p, 0);
	return READ_MALFORMED;
}

/* ---- Judging: which policy, which entry, which reason ------------------- */

static bool same_bit(const uint8_t *a, const uint8_t *b, int bit)
{
	int mask = 0x80 >> bit % 8;

	return (a[bit / 8] & mask) == (b[bit / 8] & mask);
}

static bool covers(const struct model_prefix *prefix, enum model_family family, const uint8_t *addr)
{
	if (prefix->family != family)
		return false;
	for (int bit = 0; bit < prefix->len; bit++)
		if (!same_bit(prefix->addr, addr, bit))
			return false;
	return true;
}

static bool is_bogus(enum model_family family, const uint8_t *addr)
{
	static const struct model_prefix bogus[] = {
		{ MODEL_IPV4, { 0 }, 8 },                        /* "this network" */
		{ MODEL_IPV4, { 127 }, 8 },                      /* loopback */
		{ MODEL_IPV4, { 224 }, 4 },                      /* multicast */
		{ MODEL_IPV4, { 240 }, 4 },                      /* reserved, and broadcast */
		{ MODEL_IPV6, { 0 }, 128 },                      /* :: */
		{ MODEL_IPV6, { [15] = 1 }, 128 },               /* ::1 */
		{ MODEL_IPV6, { 0xff }, 8 },                     /* multicast */
		{ MODEL_IPV6, { [10] = 0xff, [11] = 0xff }, 96 } /* mapped IPv4 */
	};

	for (size_t i = 0; i < sizeof(bogus) / sizeof(bogus[0]); i++)
		if (covers(&bogus[i], family, addr))
			return true;
	return false;
}

static bool names_port(const struct model_ports *ports, int port)
{
	for (int i = 0; i < ports->count; i++)
		if (port >= ports->range[i].first && port <= ports->range[i].last)
			return true;
	return false;
}

static int guarding_policy(const struct model_rules *rules, const struct packet *p)
{
	for (int i = 0; i < rules->policies; i++) {
		const struct model_policy *policy = &rules->policy[i];
		const struct model_ports *ports =
			p->proto == PROTO_UDP ? &policy->udp : &policy->tcp;

		if (policy->mode != MODEL_MODE_OPEN && names_port(ports, p->dport))
			return i;
	}
	return MODEL_NO_POLICY;
}

/* What asks to be sent on may come to a protected destination yet: it never passes as elsewhere. */
static bool is_elsewhere(const struct model_policy *policy, const struct packet *p)
{
	if (policy->dests == 0)
		return false;
	if (policy->elsewhere_pass && p->sent_on)
		return false;
	for (int i = 0; i < policy->dests; i++)
		if (covers(&policy->dest[i], p->family, p->dst))
			return false;
	return true;
}

static bool is_expired(const struct model_source *source, uint64_t now_ns)
{
	return source->expires_ns != 0 && now_ns >= source->expires_ns;
}

/* The longest prefix decides, and an expired deny is as if absent. */
static const struct model_source *deciding_source(const struct model_policy *policy,
						  const struct packet *p, uint64_t now_ns)
{
	const struct model_source *longest = NULL;

	for (int i = 0; i < policy->sources; i++) {
		const struct model_source *source = &policy->source[i];

		if (!covers(&source->prefix, p->family, p->src))
			continue;
		if (source->deny && is_expired(source, now_ns))
			continue;
		if (!longest || source->prefix.len > longest->prefix.len)
			longest = source;
	}
	return longest;
}

/* What the deciding entry says, and what every sender must keep to. */
static enum model_reason source_reason(const struct model_source *source,
				       const struct model_where *where, const struct packet *p)
{
	if (!source)
		return MODEL_UNLISTED;
	if (source->deny)
		return MODEL_DENIED;
	if (is_bogus(p->family, p->src))
		return MODEL_BOGUS_SOURCE;
	if (is_expired(source, where->now_ns))
		return MODEL_EXPIRED;
	if (source->dev_id != 0 && source->dev_id != where->dev_id)
		return MODEL_WRONG_DEV;
	if (p->ttl < source->min_ttl)
		return MODEL_LOW_TTL;
	return MODEL_ALLOWED;
}

/* Would one that enforces or monitors admit the source, here and now? */
static bool is_admitted_somewhere(const struct model_rules *rules, const struct model_where *where,
				  const struct packet *p)
{
	for (int i = 0; i < rules->policies; i++) {
		const struct model_policy *policy = &rules->policy[i];

		if (policy->mode != MODEL_MODE_ENFORCE && policy->mode != MODEL_MODE_MONITOR)
			continue;
		if (policy->tunnel_required && !where->is_tunnel)
			continue;
		if (source_reason(deciding_source(policy, p, where->now_ns), where, p) ==
		    MODEL_ALLOWED)
			return true;
	}
	return false;
}

/* The reasons of a guarded port, in the table's order. */
static enum model_reason guarded_reason(const struct model_policy *policy,
					const struct model_where *where, const struct packet *p)
{
	const struct model_source *source = deciding_source(policy, p, where->now_ns);

	if (policy->mode == MODEL_MODE_CLOSED)
		return MODEL_CLOSED;
	if (policy->tunnel_required && !where->is_tunnel)
		return MODEL_NO_TUNNEL;
	if (is_elsewhere(policy, p))
		return MODEL_ELSEWHERE;
	return source_reason(source, where, p);
}

/* ---- Verdicts: what a reason costs -------------------------------------- */

static struct model_verdict not_guarded(void)
{
	return (struct model_verdict){ .reason = MODEL_NOT_GUARDED, .policy = MODEL_NO_POLICY };
}

/* Nobody's packet is dropped only while somebody is in earnest. */
static struct model_verdict nobodys(const struct model_rules *rules, enum model_reason reason)
{
	struct model_verdict verdict = { .reason = reason, .policy = MODEL_NO_POLICY };

	for (int i = 0; i < rules->policies; i++)
		if (rules->policy[i].mode == MODEL_MODE_ENFORCE ||
		    rules->policy[i].mode == MODEL_MODE_CLOSED)
			verdict.drop = true;
	verdict.would_drop = !verdict.drop;
	return verdict;
}

static struct model_verdict somebodys(const struct model_policy *policy, int index,
				      enum model_reason reason)
{
	struct model_verdict verdict = { .reason = reason, .policy = index };

	if (reason == MODEL_ALLOWED)
		return verdict;
	if (reason == MODEL_ELSEWHERE && policy->elsewhere_pass)
		return verdict;
	if (policy->mode == MODEL_MODE_MONITOR)
		verdict.would_drop = true;
	else
		verdict.drop = true;
	return verdict;
}

static bool some_tcp_is_guarded(const struct model_rules *rules)
{
	for (int i = 0; i < rules->policies; i++)
		if (rules->policy[i].mode != MODEL_MODE_OPEN && rules->policy[i].tcp.count > 0)
			return true;
	return false;
}

static struct model_verdict judge_port(const struct model_rules *rules,
				       const struct model_where *where, const struct packet *p)
{
	int owner = guarding_policy(rules, p);
	const struct model_policy *policy;

	if (owner == MODEL_NO_POLICY)
		return not_guarded();
	policy = &rules->policy[owner];
	return somebodys(policy, owner, guarded_reason(policy, where, p));
}

struct model_verdict model_judge(const struct model_rules *rules, const struct model_where *where,
				 const uint8_t *frame, size_t len)
{
	struct packet p = { .frame = frame, .len = len, .tcp_counts = some_tcp_is_guarded(rules) };
	enum reading reading = where->link == MODEL_ETHERNET ? read_ethernet(&p) : read_bare_ip(&p);

	if (reading == READ_MALFORMED)
		return nobodys(rules, MODEL_MALFORMED);
	if (reading == READ_TOO_DEEP)
		return nobodys(rules, MODEL_TOO_DEEP);
	if (reading == READ_LATER_FRAGMENT && rules->fragments == MODEL_FRAGMENTS_DROP)
		return nobodys(rules, MODEL_FRAGMENT);
	if (p.is_fragment && rules->fragments == MODEL_FRAGMENTS_LISTED &&
	    !is_admitted_somewhere(rules, where, &p))
		return nobodys(rules, MODEL_FRAGMENT);
	if (reading == READ_PORT)
		return judge_port(rules, where, &p);
	return not_guarded();
}

const char *model_reason_name(enum model_reason reason)
{
	static const char *const name[] = {
		[MODEL_MALFORMED] = "malformed",     [MODEL_TOO_DEEP] = "too-deep",
		[MODEL_FRAGMENT] = "fragment",       [MODEL_NOT_GUARDED] = "not-guarded",
		[MODEL_CLOSED] = "closed",           [MODEL_NO_TUNNEL] = "no-tunnel",
		[MODEL_ELSEWHERE] = "elsewhere",     [MODEL_UNLISTED] = "unlisted",
		[MODEL_DENIED] = "denied",           [MODEL_BOGUS_SOURCE] = "bogus-source",
		[MODEL_EXPIRED] = "expired",         [MODEL_WRONG_DEV] = "wrong-dev",
		[MODEL_LOW_TTL] = "low-ttl",         [MODEL_RPF_FAILED] = "rpf-failed",
		[MODEL_OVER_RATE] = "over-rate",     [MODEL_DEST_RATE] = "dest-rate",
		[MODEL_POLICY_RATE] = "policy-rate", [MODEL_ALLOWED] = "allowed"
	};

	_Static_assert(sizeof(name) / sizeof(name[0]) == MODEL_REASONS, "every reason has a name");
	return name[reason];
}
