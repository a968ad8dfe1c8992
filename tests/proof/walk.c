/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk against the specification: every frame is what the table says it
 * is, with the addresses, port and TTL that stand in it.
 *
 * The frame comes into being as it is read.  The walk finds anything in every
 * header; the specification then has to read the same headers at the same
 * places, and finds the same in them.  So no length of a frame is too long for
 * the proof, and no array slows it.
 */
#include "found.h"

_Bool nondet_bool(void);
byte nondet_byte(void);
unsigned int nondet_uint(void);

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

long bpf_xdp_load_bytes(struct xdp_md *ctx, __u32 offset, void *to, __u32 len)
{
	enum place place = header_wanted(len);
	byte *bytes = to;

	assume_family(place, len);
	if (offset + len > size)
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
static void assume_part(_Bool bare)
{
#ifdef BARE
	__CPROVER_assume(bare == BARE);
#endif
}

int main(void)
{
	_Bool bare = nondet_bool(), tcp = nondet_bool();
	struct packet packet = {};
	enum parsed parsed;
	struct xdp_md ctx;
	const struct hook hook = { .ctx = &ctx };

	size = nondet_uint();
	__CPROVER_assume(size <= BOUND);
	assume_part(bare);
	parsed = parse_walk(&hook, bare ? CX_LINK_BARE_IP : CX_LINK_ETHERNET, tcp, /* dests= */ 0,
			    &packet);
	spec_read(bare, tcp, &spec);
	cover_kinds();
	__CPROVER_assert(spec.kind != SPEC_LATER || parsed == PARSED_FRAGMENT,
			 "the walk reads no later fragment as ports");
	__CPROVER_assert(is_spec(parsed, 1, 1, &packet), "the walk finds what the table says");
	return 0;
}
