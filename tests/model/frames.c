/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Draws frames: first whom they concern, then their headers from the outside
 * in, then the damage.
 *
 * Numbers below are written out a second time on purpose: a constant shared
 * with the model would let one mistake agree with itself.
 */
#include <assert.h>
#include <string.h>

#include "draw.h"
#include "frames.h"
#include "rules.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#define TAGS_MAX       6
#define EXTENSIONS_MAX 14
#define PAYLOAD_MAX    40

/* Kept free behind a long header, for all that may still follow it. */
#define RESERVE (EXTENSIONS_MAX * 40 + 20 + PAYLOAD_MAX)

struct draft {
	struct draw draw;
	const struct model_rules *rules;
	const struct model_policy *policy; /* the one that is aimed at */
	const struct model_source *source; /* a near entry of it, or NULL */
	enum model_family family;
	uint8_t src[16];
	uint8_t dst[16];
	int ttl;
	int proto;
	int sport;
	int dport;
	size_t network_at;
	size_t transport_at;
	struct model_frame *frame;
};

/* ---- Ports --------------------------------------------------------------- */

static int port_of(struct draw *draw, const struct model_ports *ports)
{
	const struct model_range *range = &ports->range[draw_below(draw, ports->count)];

	if (draw_chance(draw, 50))
		return range->first;
	if (draw_chance(draw, 50))
		return range->last;
	return draw_between(draw, range->first, range->last);
}

/* A port that some policy owns, under whichever protocol. */
static int known_port(struct draft *d)
{
	const struct model_policy *policy =
		&d->rules->policy[draw_below(&d->draw, d->rules->policies)];

	if (policy->udp.count == 0)
		return port_of(&d->draw, &policy->tcp);
	return port_of(&d->draw, &policy->udp);
}

static int swapped(int port)
{
	return port % 256 * 256 + port / 256;
}

/* Not to a known port, or only by way of a mistake in reading it. */
static int near_port(struct draft *d)
{
	int port = known_port(d);

	switch (draw_below(&d->draw, 5)) {
	case 0:
		return (port + 1) % 65536;
	case 1:
		return port - 1;
	case 2:
		return swapped(port);
	case 3:
		return port;
	default:
		return draw_below(&d->draw, 65536);
	}
}

static int draw_other_proto(struct draw *draw)
{
	static const int proto[] = { 1, 2, 4, 6, 17, 41, 47, 50, 51, 58, 132, 136 };

	if (draw_chance(draw, 80))
		return proto[draw_below(draw, COUNT(proto))];
	return draw_below(draw, 256);
}

static void aim_port(struct draft *d)
{
	bool tcp = d->policy->udp.count == 0 ||
		   (d->policy->tcp.count > 0 && draw_chance(&d->draw, 35));

	d->proto = tcp ? 6 : 17;
	d->dport = port_of(&d->draw, tcp ? &d->policy->tcp : &d->policy->udp);
	d->sport = draw_below(&d->draw, 65536);
	if (draw_chance(&d->draw, 10)) {
		d->sport = d->dport;
		d->dport = near_port(d);
	} else if (draw_chance(&d->draw, 10)) {
		d->dport = near_port(d);
	}
	if (draw_chance(&d->draw, 5))
		d->proto = draw_other_proto(&d->draw);
	else if (draw_chance(&d->draw, 5))
		d->proto = 17 + 6 - d->proto;
}

/* ---- Addresses ----------------------------------------------------------- */

static void step(enum model_family family, uint8_t *addr, int by)
{
	int i = model_address_bits(family) / 8;

	do {
		i--;
		addr[i] = (uint8_t)(addr[i] + by);
	} while (i > 0 && addr[i] == (by > 0 ? 0 : 0xff));
}

/* Inside the prefix, at its edges, right beside them, or one bit away. */
static void address_near(struct draw *draw, const struct model_prefix *prefix, uint8_t *ret_addr)
{
	static const uint8_t zeros[16];
	uint8_t rest[16];
	int choice = draw_below(draw, 8);
	int bit;

	memcpy(ret_addr, prefix->addr, 16);
	if (choice == 0 || choice == 1)
		memcpy(rest, zeros, sizeof(rest));
	else if (choice == 2 || choice == 3)
		memset(rest, 0xff, sizeof(rest));
	else
		draw_bytes(draw, rest, sizeof(rest));
	model_address_join(prefix->family, ret_addr, prefix->len, rest);

	if (choice == 1)
		step(prefix->family, ret_addr, -1);
	if (choice == 3)
		step(prefix->family, ret_addr, 1);
	if (choice == 4 && prefix->len > 0) {
		bit = draw_below(draw, prefix->len);
		ret_addr[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
}

/* Senders that cannot be, and the addresses right beside them. */
static void bogus_address(struct draw *draw, enum model_family family, uint8_t *ret_addr)
{
	static const struct model_prefix bogus[2][6] = {
		[MODEL_IPV4] = { { MODEL_IPV4, { 0 }, 8 },
				 { MODEL_IPV4, { 127 }, 8 },
				 { MODEL_IPV4, { 224 }, 4 },
				 { MODEL_IPV4, { 240 }, 4 },
				 { MODEL_IPV4, { 255, 255, 255, 255 }, 32 },
				 { MODEL_IPV4, { 127, 0, 0, 1 }, 32 } },
		[MODEL_IPV6] = { { MODEL_IPV6, { 0 }, 128 },
				 { MODEL_IPV6, { [15] = 1 }, 128 },
				 { MODEL_IPV6, { 0xff }, 8 },
				 { MODEL_IPV6, { [10] = 0xff, [11] = 0xff }, 96 },
				 { MODEL_IPV6, { 0xff, 2, [15] = 1 }, 128 },
				 { MODEL_IPV6, { 0 }, 96 } }
	};

	address_near(draw, &bogus[family][draw_below(draw, 6)], ret_addr);
}

/* A listed IPv4 address as an IPv6 one is not listed, and the reverse. */
static void across_families(struct draft *d, const struct model_source *source)
{
	const uint8_t *addr = source->prefix.addr;

	if (source->prefix.family == d->family)
		return;
	if (d->family == MODEL_IPV4) {
		memcpy(d->src, addr, 4);
		return;
	}
	memset(d->src, 0, sizeof(d->src));
	if (draw_chance(&d->draw, 50)) {
		memcpy(d->src, addr, 4);
		return;
	}
	memset(d->src + 10, 0xff, 2);
	memcpy(d->src + 12, addr, 4);
}

static const struct model_source *some_source(struct draw *draw, const struct model_policy *policy)
{
	if (policy->sources == 0)
		return NULL;
	return &policy->source[draw_below(draw, policy->sources)];
}

static void aim_source(struct draft *d)
{
	static const int weight[] = { 74, 8, 6, 5, 7 };
	const struct model_policy *policy = d->policy;
	const struct model_source *source;
	int choice = draw_weighted(&d->draw, weight, COUNT(weight));

	draw_bytes(&d->draw, d->src, sizeof(d->src));
	if (choice == 1)
		policy = &d->rules->policy[draw_below(&d->draw, d->rules->policies)];
	if (choice == 2)
		bogus_address(&d->draw, d->family, d->src);
	source = some_source(&d->draw, policy);
	if (choice == 3 && source)
		across_families(d, source);
	if (choice > 1 || !source)
		return;
	d->source = source;
	d->family = source->prefix.family;
	if (model_prefix_is_wide(&source->prefix) && draw_chance(&d->draw, 50))
		bogus_address(&d->draw, d->family, d->src);
	else
		address_near(&d->draw, &source->prefix, d->src);
}

static void aim_dest(struct draft *d)
{
	const struct model_prefix *dest;

	draw_bytes(&d->draw, d->dst, sizeof(d->dst));
	if (draw_chance(&d->draw, 5))
		bogus_address(&d->draw, d->family, d->dst);
	for (int i = 0; i < d->policy->dests; i++) {
		dest = &d->policy->dest[draw_below(&d->draw, d->policy->dests)];
		if (dest->family == d->family) {
			address_near(&d->draw, dest, d->dst);
			return;
		}
	}
}

static void aim_ttl(struct draft *d)
{
	static const int usual[] = { 0, 1, 64, 128, 254, 255 };

	d->ttl = draw_below(&d->draw, 256);
	if (draw_chance(&d->draw, 50))
		d->ttl = usual[draw_below(&d->draw, COUNT(usual))];
	if (!d->source || d->source->min_ttl == 0 || draw_chance(&d->draw, 20))
		return;
	d->ttl = d->source->min_ttl + draw_between(&d->draw, -1, 1);
	if (d->ttl > 255)
		d->ttl = 255;
}

static void aim_device(struct draft *d, uint64_t now_ns)
{
	struct model_where *where = &d->frame->where;

	where->dev_id = draw_between(&d->draw, 1, MODEL_DEVS_MAX);
	if (d->source && d->source->dev_id != 0 && draw_chance(&d->draw, 60))
		where->dev_id = d->source->dev_id;
	where->link = model_dev_link(where->dev_id);
	where->is_tunnel = d->rules->tunnel[where->dev_id];
	where->now_ns = now_ns;
}

static void aim(struct draft *d, uint64_t now_ns)
{
	int policy = draw_below(&d->draw, d->rules->policies);

	d->policy = &d->rules->policy[policy];
	d->family = draw_chance(&d->draw, 50) ? MODEL_IPV4 : MODEL_IPV6;
	aim_port(d);
	aim_source(d);
	aim_dest(d);
	aim_ttl(d);
	aim_device(d, now_ns);
}

/* ---- Bytes --------------------------------------------------------------- */

static void put(struct draft *d, int byte)
{
	assert(d->frame->len < MODEL_FRAME_MAX);
	d->frame->data[d->frame->len++] = (uint8_t)byte;
}

static void put_two(struct draft *d, int number)
{
	put(d, number / 256);
	put(d, number % 256);
}

static void put_address(struct draft *d, const uint8_t *addr)
{
	for (int i = 0; i < model_address_bits(d->family) / 8; i++)
		put(d, addr[i]);
}

/* Bytes that nobody is to read as ports, spelling ports. */
static void put_noise(struct draft *d, int bytes)
{
	while (bytes > 0) {
		if (bytes > 1 && draw_chance(&d->draw, 40)) {
			put_two(d, known_port(d));
			bytes -= 2;
		} else {
			put(d, draw_below(&d->draw, 256));
			bytes--;
		}
	}
}

/* ---- Headers ------------------------------------------------------------- */

static int draw_ethertype(struct draft *d)
{
	static const int other[] = { 0x0806, 0x9100, 0x9200, 0x8864, 0x8847, 0x88e5,
				     0x002e, 0x0008, 0xdd86, 0x0000, 0xffff };

	if (draw_chance(&d->draw, 4))
		return other[draw_below(&d->draw, COUNT(other))];
	return d->family == MODEL_IPV4 ? 0x0800 : 0x86dd;
}

static void put_ethernet(struct draft *d)
{
	static const int weight[TAGS_MAX + 1] = { 56, 16, 7, 6, 8, 4, 3 };
	int tags = draw_weighted(&d->draw, weight, COUNT(weight));

	put_noise(d, 12);
	for (int i = 0; i < tags; i++) {
		put_two(d, draw_chance(&d->draw, 50) ? 0x8100 : 0x88a8);
		put_noise(d, 2);
	}
	put_two(d, draw_ethertype(d));
}

static int draw_version(struct draft *d)
{
	if (draw_chance(&d->draw, 2))
		return draw_below(&d->draw, 16);
	return d->family == MODEL_IPV4 ? 4 : 6;
}

/* The nearest offsets, the largest, or any. */
static int draw_later_offset(struct draw *draw)
{
	static const int offset[] = { 1, 2, 32, 256, 4096, 8191 };

	if (draw_chance(draw, 60))
		return offset[draw_below(draw, COUNT(offset))];
	return draw_between(draw, 1, 8191);
}

/* Reserved bit, "don't fragment", "more fragments", thirteen bits of offset. */
static int draw_ipv4_fragment(struct draw *draw)
{
	int flags = draw_chance(draw, 15) ? draw_below(draw, 8) : draw_chance(draw, 50) ? 2 : 0;

	if (draw_chance(draw, 8))
		return flags * 8192 + draw_later_offset(draw);
	return flags * 8192;
}

/* Offset, two reserved bits that mean nothing, "more fragments". */
static void put_fragment(struct draft *d, int next)
{
	int low = draw_below(&d->draw, 8);
	int offset = draw_chance(&d->draw, 12) ? draw_later_offset(&d->draw) : 0;

	put(d, next);
	put(d, draw_chance(&d->draw, 50) ? draw_below(&d->draw, 256) : 0);
	put_two(d, offset * 8 + low);
	put_noise(d, 4);
}

static int draw_length_field(struct draw *draw)
{
	static const int weight[] = { 55, 32, 8, 2, 3 };

	switch (draw_weighted(draw, weight, COUNT(weight))) {
	case 0:
		return 0;
	case 1:
		return draw_between(draw, 1, 4);
	case 2:
		return draw_between(draw, 5, 60);
	case 3:
		return draw_between(draw, 61, 254);
	default:
		return 255;
	}
}

/* Where a long header does not fit any more, a short one must do. */
static void put_extension(struct draft *d, int kind, int next)
{
	int unit = kind == 51 ? 4 : 8;
	int length = draw_length_field(&d->draw);
	int bytes;

	if (d->frame->len + (size_t)(length + 2) * 8 + RESERVE > MODEL_FRAME_MAX)
		length = 0;
	bytes = kind == 51 ? (length + 2) * unit : (length + 1) * unit;
	if (draw_chance(&d->draw, 1))
		length = draw_below(&d->draw, 256);
	put(d, next);
	put(d, length);
	put_noise(d, 1);
	put(d, kind == 43 && draw_chance(&d->draw, 60) ? 0 : draw_below(&d->draw, 256));
	put_noise(d, bytes - 4);
}

/* A source route, its pointer anywhere near its end, behind what does nothing. */
static void put_route(struct draft *d, int bytes)
{
	int before = bytes > 3 ? draw_below(&d->draw, bytes - 2) : 0;
	int length = draw_between(&d->draw, 2, bytes - before);

	for (int i = 0; i < before; i++)
		put(d, draw_chance(&d->draw, 98) ? 1 : draw_below(&d->draw, 256));
	put(d, draw_chance(&d->draw, 50) ? 0x83 : 0x89);
	put(d, length);
	if (bytes - before > 2)
		put(d, draw_chance(&d->draw, 70) ? length + draw_between(&d->draw, -2, 2)
						 : draw_below(&d->draw, 256));
	put_noise(d, bytes - before - 3);
}

/* Authentication headers, all that IPv4 has of what IPv6 calls extensions. */
static void put_ipv4(struct draft *d)
{
	static const int weight[EXTENSIONS_MAX + 1] = {
		78, 8, 3, 1, 0, 0, 0, 0, 0, 0, 0, 2, 4, 3, 1
	};
	int options = draw_chance(&d->draw, 25) ? draw_between(&d->draw, 1, 10) : 0;
	int count = draw_weighted(&d->draw, weight, COUNT(weight));
	int header_words = 5 + options;

	if (draw_chance(&d->draw, 3))
		header_words = draw_below(&d->draw, 16);
	put(d, draw_version(d) * 16 + header_words);
	put_noise(d, 5);
	put_two(d, draw_ipv4_fragment(&d->draw));
	put(d, d->ttl);
	put(d, count ? 51 : d->proto);
	put_noise(d, 2);
	put_address(d, d->src);
	put_address(d, d->dst);
	if (options && draw_chance(&d->draw, 40))
		put_route(d, options * 4);
	else
		put_noise(d, options * 4);
	while (count-- > 0)
		put_extension(d, 51, count ? 51 : d->proto);
}

static int draw_extension_kind(struct draw *draw)
{
	static const int walked[] = { 0, 43, 60, 51, 44 };
	static const int other[] = { 50, 59, 135, 139, 140, 253 };

	if (draw_chance(draw, 2))
		return other[draw_below(draw, COUNT(other))];
	return walked[draw_below(draw, COUNT(walked))];
}

static void put_ipv6(struct draft *d)
{
	static const int weight[EXTENSIONS_MAX + 1] = { 45, 12, 7, 4, 3, 2, 2, 2,
							2,  2,  2, 4, 6, 5, 2 };
	int count = draw_weighted(&d->draw, weight, COUNT(weight));
	int version = draw_version(d);
	int kind[EXTENSIONS_MAX + 1];

	for (int i = 0; i < count; i++)
		kind[i] = draw_extension_kind(&d->draw);
	kind[count] = d->proto;

	put(d, version * 16 + draw_below(&d->draw, 16));
	put_noise(d, 5);
	put(d, kind[0]);
	put(d, d->ttl);
	put_address(d, d->src);
	put_address(d, d->dst);
	for (int i = 0; i < count; i++) {
		if (kind[i] == 44)
			put_fragment(d, kind[i + 1]);
		else
			put_extension(d, kind[i], kind[i + 1]);
	}
}

/* Every protocol gets something like ports, also those that have none. */
static void put_transport(struct draft *d)
{
	put_two(d, d->sport);
	put_two(d, d->dport);
	put_noise(d, d->proto == 6 ? 16 : 4);
	put_noise(d, draw_below(&d->draw, PAYLOAD_MAX));
}

/* ---- Damage -------------------------------------------------------------- */

static void cut(struct model_frame *frame, size_t len)
{
	if (len < frame->len)
		frame->len = len;
}

static void spoil(struct draft *d)
{
	struct model_frame *frame = d->frame;
	size_t at;

	if (draw_chance(&d->draw, 3)) {
		at = (size_t)draw_below(&d->draw, (int)frame->len);
		frame->data[at] ^= (uint8_t)(1 << draw_below(&d->draw, 8));
	}
	if (draw_chance(&d->draw, 5))
		cut(frame, d->transport_at + (size_t)draw_below(&d->draw, 22));
	else if (draw_chance(&d->draw, 2))
		cut(frame, d->network_at + (size_t)draw_below(&d->draw, 42));
	else if (draw_chance(&d->draw, 4))
		cut(frame, (size_t)draw_below(&d->draw, (int)frame->len));
}

void model_frame_make(uint64_t seed, const struct model_rules *rules, uint64_t now_ns,
		      struct model_frame *ret_frame)
{
	struct draft d = { .draw = { .state = seed }, .rules = rules, .frame = ret_frame };

	ret_frame->len = 0;
	aim(&d, now_ns);
	if (ret_frame->where.link == MODEL_ETHERNET)
		put_ethernet(&d);
	d.network_at = ret_frame->len;
	if (d.family == MODEL_IPV4)
		put_ipv4(&d);
	else
		put_ipv6(&d);
	d.transport_at = ret_frame->len;
	put_transport(&d);
	spoil(&d);
}

void model_frame_print(FILE *out, const struct model_frame *frame)
{
	const struct model_where *where = &frame->where;

	fprintf(out, "%s dev %d%s, %zu bytes",
		where->link == MODEL_ETHERNET ? "ethernet" : "bare ip", where->dev_id,
		where->is_tunnel ? " (tunnel)" : "", frame->len);
	for (size_t i = 0; i < frame->len; i++)
		fprintf(out, "%s%02x", i % 16 ? " " : "\n", frame->data[i]);
	fputc('\n', out);
}
