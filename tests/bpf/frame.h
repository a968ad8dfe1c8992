/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames as data: a list of layers, from the outside in.
 *
 *	{ ETH, TAG(0x8100), IP4("192.0.2.7", .options = 3), UDP(4040) }
 *
 * What a layer announces (EtherType, next header) is what the next layer is,
 * unless `.next` says otherwise, and lengths are true.  Checksums are zero:
 * nothing judges them.  Whatever a parser must not read as ports (options,
 * extension headers, payload) is filled with a guarded port.
 */
#ifndef CLARENT_TESTS_FRAME_H
#define CLARENT_TESTS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_LAYERS_MAX 20

enum layer_kind {
	LAYER_END,
	LAYER_ETH,
	LAYER_TAG,
	LAYER_IP4,
	LAYER_IP6,
	LAYER_EXT,
	LAYER_FRAG,
	LAYER_UDP,
	LAYER_TCP,
	LAYER_OTHER, /* of a protocol or EtherType that carries no ports: eight bytes */
	LAYER_FILL,
	LAYER_CUT,
};

struct layer {
	enum layer_kind kind;
	int type; /* tag: EtherType; extension: protocol; other: either */
	int next; /* NEXT(n): lie about what follows */
	const char *src;
	const char *dst; /* NULL: some host here; tests for destinations say which */
	int port;
	int sport;
	int ttl;         /* 0: 64; -1: really 0 */
	int version;     /* 0: the true one */
	int ihl;         /* words; 0: the true one; -1: really 0 */
	int options;     /* words of IPv4 options */
	const char *hex; /* what options, or an extension header behind its length, begin with */
	int offset;      /* of a fragment, in eight bytes */
	int flags;       /* of a fragment: the bits beside the offset, as they stand */
	int units;       /* length field of an extension header */
	int bytes;       /* filled, or cut off */
	int length;      /* LENGTH(n): lie in the header's length field */
};

#define NEXT(number)   (0x10000 | (number))
#define LENGTH(number) (0x10000 | (number))

/* clang-format off */
#define ETH { .kind = LAYER_ETH }
#define ETH_SAYS(ethertype) { .kind = LAYER_ETH, .next = NEXT(ethertype) }
#define TAG(ethertype) { .kind = LAYER_TAG, .type = ethertype }
#define TAG_SAYS(ethertype, says) { .kind = LAYER_TAG, .type = ethertype, .next = NEXT(says) }
#define IP4(from, ...) { .kind = LAYER_IP4, .src = from, ##__VA_ARGS__ }
#define IP6(from, ...) { .kind = LAYER_IP6, .src = from, ##__VA_ARGS__ }
#define EXT(protocol, length, ...) \
	{ .kind = LAYER_EXT, .type = protocol, .units = length, ##__VA_ARGS__ }
#define FRAG(at, ...) { .kind = LAYER_FRAG, .offset = at, ##__VA_ARGS__ }
#define UDP(to, ...) { .kind = LAYER_UDP, .port = to, ##__VA_ARGS__ }
#define TCP(to, ...) { .kind = LAYER_TCP, .port = to, ##__VA_ARGS__ }
#define OTHER(number) { .kind = LAYER_OTHER, .type = number }
#define FILL(number) { .kind = LAYER_FILL, .bytes = number }
#define CUT(number) { .kind = LAYER_CUT, .bytes = number }
/* clang-format on */

/* Writes the frame of layers, up to LAYER_END. Returns its length; aborts if it does not fit. */
size_t frame_build(const struct layer layers[FRAME_LAYERS_MAX], uint8_t *ret_frame, size_t space);

#endif
