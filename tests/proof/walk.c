/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk against the specification: every frame is what the table says it
 * is, with the addresses, port and TTL that stand in it.
 *
 * The frame comes into being as it is read.  The specification reads every
 * header once, and finds anything there; the walk then finds the same at that
 * place, and anything, even twice different, anywhere else.  So no length of
 * a frame is too long for the proof, and no array slows it.
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

static void frame_read(enum place place, unsigned int at, byte *to, unsigned int len)
{
	static unsigned int end; /* of what was read */

	__CPROVER_assert(at >= end || (place == PLACE_IP && at == 0), "the specification reads on");
	end = at + len;
	header[place].at = at;
	header[place].len = len;
	for (unsigned int i = 0; i < len; i++)
		header[place].bytes[i] = to[i] = nondet_byte();
	if (place == PLACE_IP && at == 0) /* of a bare packet, whose first byte is known */
		header[place].bytes[0] = to[0] = header[PLACE_LINK].bytes[0];
}

/*
 * Which header the walk is after shows in how much it reads.  A wrong guess
 * fails the proof; a right one is a lemma that the solver need not look for.
 */
static enum place place_wanted(__u32 len)
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
	enum place place = place_wanted(len);
	byte *bytes = to;

	if (offset + len > size)
		return -1;
	__CPROVER_assert(place < PLACES && header[place].len && offset == header[place].at,
			 "the walk reads what the table reads");
	__CPROVER_assume(place < PLACES && header[place].len && offset == header[place].at);
	for (unsigned int i = 0; i < len; i++)
		bytes[i] = i < header[place].len ? header[place].bytes[i] : nondet_byte();
	return 0;
}

__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx)
{
	return size;
}

/* The proof goes in parts, none of which takes long; together they are every frame. */
static void assume_part(_Bool bare)
{
#if defined(PART_BARE)
	__CPROVER_assume(bare);
#elif defined(PART_IPV4)
	__CPROVER_assume(!bare && spec.version == 4);
#elif defined(PART_IPV6)
	__CPROVER_assume(!bare && spec.version == 6);
#elif defined(PART_REST)
	__CPROVER_assume(!bare && spec.version != 4 && spec.version != 6);
#endif
}

int main(void)
{
	_Bool bare = nondet_bool(), tcp = nondet_bool();
	struct packet packet;
	enum parsed parsed;
	struct xdp_md ctx;

	size = nondet_uint();
	__CPROVER_assume(size <= BOUND);
	spec_read(bare, tcp, &spec);
	assume_part(bare);
	parsed = parse_walk(&ctx, bare ? CX_LINK_BARE_IP : CX_LINK_ETHERNET, tcp, &packet);
	cover_kinds();
	__CPROVER_assert(spec.kind != SPEC_LATER || parsed == PARSED_FRAGMENT,
			 "the walk reads no later fragment as ports");
	__CPROVER_assert(is_spec(parsed, &packet), "the walk finds what the table says");
	return 0;
}
