/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk against the specification: every frame is what the table says it
 * is, with the addresses, port and TTL that stand in it.
 *
 * The frame comes into being as it is read.  The walk finds anything in every
 * header; the specification then has to read the same headers at the same
 * places, and finds the same in them.  So no length of a frame is too long for
 * the proof, and no array slows it.
 *
 * TC: of the walk at tc.  A bare packet's first buffer may hold less than the
 * packet, and then a single walk may come to no more than "malformed"; that the
 * program has the rest gathered, and walks again, is in verdict.c.
 */
#include "found.h"

#ifndef TC
#define TC 0
#endif

_Bool nondet_bool(void);
byte nondet_byte(void);
unsigned int nondet_uint(void);
struct packet nondet_packet(void);

static _Bool bare;
static unsigned int reach; /* bytes of the frame that can be read */

static struct {
	unsigned int at;
	unsigned int len; /* 0: not read */
	byte bytes[40];
} header[PLACES];

/*
 * One family at a time, which takes less: each part leaves out where the other's
 * header is read.  Where the walk reads the one and the table the other, neither
 * part would look: that this is not so is asserted first.
 */
static void assume_family(enum place place, unsigned int len)
{
#ifdef FAMILY
	if (place == PLACE_IP)
		__CPROVER_assume(len == (FAMILY == 4 ? 20 : 40));
#endif
}

/* Anything, but for the first byte of a bare packet once that is known. */
static void header_draw(enum place place, unsigned int at, byte *to, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		to[i] = nondet_byte();
	if (place == PLACE_IP && at == 0)
		to[0] = header[PLACE_LINK].bytes[0];
}

/*
 * Which header the walk is after shows in how much it reads.  A wrong guess
 * fails the proof; a right one spares the solver the search.
 */
static enum place header_wanted(__u32 len)
{
	static unsigned int tags, extensions;
	static _Bool ip;

	if (len == sizeof(struct iphdr) || len == sizeof(struct ipv6hdr)) {
		ip = 1;
		return PLACE_IP;
	}
	if (len == sizeof(struct extension))
		return PLACE_EXTENSION + extensions++;
	if (len == sizeof(struct ports))
		return ip ? PLACE_PORTS : PLACE_TAG + tags++;
	return PLACE_LINK;
}

static long frame_load(__u32 offset, void *to, __u32 len, __u32 furthest)
{
	enum place place = header_wanted(len);
	byte *bytes = to;

	assume_family(place, len);
	if (offset > furthest || offset + len > reach)
		return -1;
	__CPROVER_assert(place < PLACES && !header[place].len, "the walk reads a header once");
	__CPROVER_assume(place < PLACES);
	header[place].at = offset;
	header[place].len = len;
	header_draw(place, offset, header[place].bytes, len);
	for (unsigned int i = 0; i < len; i++)
		bytes[i] = header[place].bytes[i];
	return 0;
}

long bpf_xdp_load_bytes(struct xdp_md *ctx, __u32 offset, void *to, __u32 len)
{
	return frame_load(offset, to, len, BOUND);
}

/* From the link header on, and in all buffers. */
long bpf_skb_load_bytes(const void *ctx, __u32 offset, void *to, __u32 len)
{
	__CPROVER_assert(!bare, "a bare packet need not begin where the buffer does");
	return frame_load(offset, to, len, BOUND);
}

/*
 * In the first buffer, and of that the first 64 KiB.  A byte alone, but for the
 * packet's first, is asked for to see if it is there.
 */
long bpf_skb_load_bytes_relative(const void *ctx, __u32 offset, void *to, __u32 len, __u32 from)
{
	static _Bool begun;
	_Bool probe = begun && len == 1;

	__CPROVER_assert(bare && from == BPF_HDR_START_NET,
			 "a bare packet is read from its network header on");
	begun = 1;
	if (!probe)
		return frame_load(offset, to, len, 0xffff);
	*(byte *)to = nondet_byte();
	return offset > 0xffff || offset + len > reach ? -1 : 0;
}

/* That the walk's place is returned makes a chain of lemmas out of one large one. */
static unsigned int frame_read(enum place place, unsigned int at, byte *to, unsigned int len)
{
	static unsigned int end; /* of what was read */

	__CPROVER_assert(at >= end || (place == PLACE_IP && at == 0), "the table reads on");
	end = at + len;
	__CPROVER_assert(place != PLACE_IP || !header[place].len || header[place].len == len,
			 "walk and table see one family");
	assume_family(place, len);
	header_draw(place, at, to, len);
	if (!header[place].len)
		return at;
	__CPROVER_assert(at == header[place].at, "the walk reads where the table reads");
	for (unsigned int i = 0; i < len && i < header[place].len; i++)
		to[i] = header[place].bytes[i];
	return header[place].at;
}

__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx)
{
	return size;
}

/* Bare packets and others are proved apart, as that takes less time. */
static void assume_part(void)
{
#ifdef BARE
	__CPROVER_assume(bare == BARE);
#endif
}

/* Everything that could be asked for? */
static _Bool is_reached(void)
{
	return reach == size || reach >= SPEC_DEEPEST;
}

/* What has to be reachable at tc, besides. */
static void cover_tc(enum parsed parsed)
{
	__CPROVER_cover(!TC || (beside && spec.kind == SPEC_PORT));
	__CPROVER_cover(!TC || (reach < SPEC_DEEPEST && reach < size && parsed == PARSED_PORT));
	__CPROVER_cover(!TC || (reach >= SPEC_DEEPEST && reach < size && parsed == PARSED_PORT));
	__CPROVER_cover(!TC || (spec.kind == SPEC_PORT && parsed == PARSED_MALFORMED));
}

/* Whatever is said of a packet, nothing that the table does not say. */
static _Bool is_told(unsigned int flags)
{
	return (!(flags & PACKET_FRAGMENT) || spec.fragment) &&
	       (!(flags & PACKET_ONWARD) || spec.sent_on);
}

/* Of a bare packet at tc: by a walk that may be the second of two. */
static void check_reached(enum parsed parsed, unsigned int flags_before,
			  const struct packet *packet)
{
	__CPROVER_assume(is_told(flags_before)); /* by the first, of which this is asserted: */
	__CPROVER_assert(is_told(packet->flags), "whatever it reaches, the walk invents nothing");
	__CPROVER_assert(is_spec(parsed, 1, 1, packet) ||
				 (!is_reached() && parsed == PARSED_MALFORMED),
			 "the walk finds what the table says, or does not reach it");
}

int main(void)
{
	_Bool tcp = nondet_bool();
	struct __sk_buff skb = {};
	struct packet packet = {};
	enum parsed parsed;
	struct xdp_md ctx;
	const struct hook hook = { .ctx = TC ? (void *)&skb : &ctx, .is_tc = TC };
	unsigned int flags = 0;

	bare = nondet_bool();
	size = reach = nondet_uint();
	__CPROVER_assume(size <= BOUND);
	assume_part();
	if (TC) {
		skb.len = bare ? nondet_uint() : size; /* with what stands before the packet */
		skb.vlan_present = beside = !bare && nondet_bool();
	}
	if (TC && bare) {
		reach = nondet_uint();
		__CPROVER_assume(reach <= size);
		packet = nondet_packet();
		flags = packet.flags;
	}
	parsed = parse_walk(&hook, bare ? CX_LINK_BARE_IP : CX_LINK_ETHERNET, tcp, /* dests= */ 0,
			    &packet);
	spec_read(bare, tcp, &spec);
	cover_kinds();
	cover_tc(parsed);
	if (TC && bare) {
		check_reached(parsed, flags, &packet);
		return 0;
	}
	__CPROVER_assert(spec.kind != SPEC_LATER || parsed == PARSED_FRAGMENT,
			 "the walk reads no later fragment as ports");
	__CPROVER_assert(is_spec(parsed, 1, 1, &packet), "the walk finds what the table says");
	return 0;
}
