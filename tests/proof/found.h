/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is what a lane found what the specification says of the frame? */
#ifndef PROOF_FOUND_H
#define PROOF_FOUND_H

#include "straight.h"
#include "walk.h"
#include "spec.h"

#ifndef COVER
#define __CPROVER_cover(condition) ((void)0)
#endif

static struct spec spec;

/* Is this the address that stands in the frame? */
static _Bool is_address(struct address addr, const byte *bytes)
{
	__u64 hi = 0, lo = 0;

	for (int i = 0; spec.version == 6 && i < 8; i++) {
		hi = hi << 8 | bytes[i];
		lo = lo << 8 | bytes[8 + i];
	}
	if (spec.version == 4)
		lo = (__u64)two(bytes) << 16 | two(bytes + 2);
	return addr.hi == hi && addr.lo == lo;
}

static _Bool is_source(const struct packet *packet)
{
	return packet->ttl == spec.ttl &&
	       packet->family == (spec.version == 4 ? CX_IPV4 : CX_IPV6) &&
	       is_address(packet->src, spec.src);
}

/* What is said of fragments, by who looks for them. */
static _Bool is_fragment(const struct packet *packet)
{
	return !(packet->flags & PACKET_FRAGMENT) == !spec.fragment &&
	       (!spec.fragment || is_source(packet));
}

/*
 * Is this what the specification says of the frame, with its destination
 * address or without, with whether it is a fragment or without?
 */
static _Bool is_spec(enum parsed parsed, _Bool dests, _Bool fragments, const struct packet *packet)
{
	switch (spec.kind) {
	case SPEC_OTHER:
		return parsed == PARSED_OTHER && (!fragments || is_fragment(packet));
	case SPEC_MALFORMED:
		return parsed == PARSED_MALFORMED;
	case SPEC_TOO_DEEP:
		return parsed == PARSED_TOO_DEEP;
	case SPEC_LATER:
		return parsed == PARSED_FRAGMENT && (!fragments || is_fragment(packet));
	default:
		return parsed == PARSED_PORT && packet->port == spec.port &&
		       packet->proto == (spec.protocol == 17 ? CX_UDP : CX_TCP) &&
		       is_source(packet) && (!dests || is_address(packet->dst, spec.dst)) &&
		       (!fragments || is_fragment(packet)) &&
		       !(packet->flags & PACKET_ONWARD) == !spec.sent_on;
	}
}

/* What has to be reachable, or the proof is about nothing. */
static void cover_kinds(void)
{
	__CPROVER_cover(spec.kind == SPEC_OTHER);
	__CPROVER_cover(spec.kind == SPEC_LATER);
	__CPROVER_cover(spec.kind == SPEC_PORT && spec.version == 4 && spec.protocol == 6);
	__CPROVER_cover(spec.kind == SPEC_PORT && spec.version == 4 && spec.protocol == 17);
	__CPROVER_cover(spec.kind == SPEC_PORT && spec.version == 6 && spec.protocol == 6);
	__CPROVER_cover(spec.kind == SPEC_PORT && spec.version == 6 && spec.protocol == 17);
#ifndef STRAIGHT /* which answers none of them */
	__CPROVER_cover(spec.kind == SPEC_PORT && spec.version == 4 && spec.fragment);
	__CPROVER_cover(spec.kind == SPEC_OTHER && spec.version == 6 && spec.fragment);
	__CPROVER_cover(spec.kind == SPEC_PORT && spec.version == 6 && spec.sent_on);
	__CPROVER_cover(spec.kind == SPEC_MALFORMED);
	__CPROVER_cover(spec.kind == SPEC_TOO_DEEP && spec.version == 0);
	__CPROVER_cover(spec.kind == SPEC_TOO_DEEP && spec.version == 6);
#endif
}

#endif
