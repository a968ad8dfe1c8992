/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames as data: a list of layers, from the outside in. */
#include "frame.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILLER 4040 /* a guarded port */
#define HERE4  "203.0.113.1"
#define HERE6  "2001:db8:ffff::1"

struct draft {
	uint8_t *data;
	size_t len, space;
};

static void put(struct draft *draft, int byte)
{
	if (draft->len == draft->space) {
		fprintf(stderr, "a frame does not fit into %zu bytes\n", draft->space);
		abort();
	}
	draft->data[draft->len++] = byte;
}

static void put16(struct draft *draft, int number)
{
	put(draft, number >> 8 & 0xff);
	put(draft, number & 0xff);
}

static void put_filler(struct draft *draft, int bytes)
{
	for (; bytes > 1; bytes -= 2)
		put16(draft, FILLER);
	if (bytes)
		put(draft, FILLER & 0xff);
}

/* Bytes that are said in hex, and filler behind them. */
static void put_hex(struct draft *draft, const char *hex, int bytes)
{
	int byte, read;

	for (; hex && sscanf(hex, "%2x%n", (unsigned int *)&byte, &read) == 1; hex += read, bytes--)
		put(draft, byte);
	put_filler(draft, bytes);
}

static void put_address(struct draft *draft, int family, const char *text)
{
	uint8_t addr[16];
	int bytes = family == AF_INET ? 4 : 16;

	if (inet_pton(family, text, addr) != 1) {
		fprintf(stderr, "'%s' is no address\n", text);
		abort();
	}
	for (int i = 0; i < bytes; i++)
		put(draft, addr[i]);
}

/* How the layer in front announces this one: an EtherType or a protocol number. */
static int announced(const struct layer *layer)
{
	switch (layer->kind) {
	case LAYER_IP4:
		return 0x0800;
	case LAYER_IP6:
		return 0x86dd;
	case LAYER_TAG:
	case LAYER_EXT:
	case LAYER_OTHER:
		return layer->type;
	case LAYER_FRAG:
		return 44;
	case LAYER_UDP:
		return 17;
	case LAYER_TCP:
		return 6;
	default:
		return 0xff; /* nothing that anybody knows */
	}
}

static int next_of(const struct layer *layer)
{
	return layer->next ? layer->next & 0xffff : announced(layer + 1);
}

static int layer_size(const struct layer *layer)
{
	switch (layer->kind) {
	case LAYER_EXT:
		return layer->type == 51 ? (layer->units + 2) * 4 : (layer->units + 1) * 8;
	case LAYER_FRAG:
	case LAYER_UDP:
	case LAYER_OTHER:
		return 8;
	case LAYER_TCP:
		return 20;
	case LAYER_FILL:
		return layer->bytes;
	default:
		return 0;
	}
}

/* Bytes of all that is inside a layer. */
static int inside(const struct layer *layer)
{
	int bytes = 0;

	while ((++layer)->kind != LAYER_END)
		bytes += layer_size(layer);
	return bytes;
}

static int length_of(const struct layer *layer, int truth)
{
	return layer->length ? layer->length & 0xffff : truth;
}

static int ttl_of(const struct layer *layer)
{
	return layer->ttl < 0 ? 0 : layer->ttl ? layer->ttl : 64;
}

static void put_eth(struct draft *draft, const struct layer *layer)
{
	put_filler(draft, 12);
	put16(draft, next_of(layer));
}

static void put_tag(struct draft *draft, const struct layer *layer)
{
	put16(draft, FILLER);
	put16(draft, next_of(layer));
}

static void put_ip4(struct draft *draft, const struct layer *layer)
{
	int words = layer->ihl < 0 ? 0 : layer->ihl ? layer->ihl : 5 + layer->options;

	put(draft, (layer->version ? layer->version : 4) << 4 | words);
	put(draft, 0);
	put16(draft, length_of(layer, 20 + 4 * layer->options + inside(layer)));
	put16(draft, FILLER);
	put16(draft, layer->flags | layer->offset);
	put(draft, ttl_of(layer));
	put(draft, next_of(layer));
	put16(draft, 0);
	put_address(draft, AF_INET, layer->src);
	put_address(draft, AF_INET, layer->dst ? layer->dst : HERE4);
	put_hex(draft, layer->hex, 4 * layer->options);
}

static void put_ip6(struct draft *draft, const struct layer *layer)
{
	put(draft, (layer->version ? layer->version : 6) << 4);
	put(draft, 0);
	put16(draft, FILLER);
	put16(draft, length_of(layer, inside(layer)));
	put(draft, next_of(layer));
	put(draft, ttl_of(layer));
	put_address(draft, AF_INET6, layer->src);
	put_address(draft, AF_INET6, layer->dst ? layer->dst : HERE6);
}

static void put_ext(struct draft *draft, const struct layer *layer)
{
	put(draft, next_of(layer));
	put(draft, length_of(layer, layer->units));
	put_hex(draft, layer->hex, layer_size(layer) - 2);
}

static void put_frag(struct draft *draft, const struct layer *layer)
{
	put(draft, next_of(layer));
	put(draft, 0);
	put16(draft, layer->offset << 3 | layer->flags);
	put_filler(draft, 4);
}

static void put_ports(struct draft *draft, const struct layer *layer)
{
	put16(draft, layer->sport ? layer->sport : 1024);
	put16(draft, layer->port);
}

static void put_udp(struct draft *draft, const struct layer *layer)
{
	put_ports(draft, layer);
	put16(draft, length_of(layer, 8 + inside(layer)));
	put16(draft, 0);
}

static void put_tcp(struct draft *draft, const struct layer *layer)
{
	put_ports(draft, layer);
	put_filler(draft, 8);
	put16(draft, 0x5002); /* five words, SYN */
	put_filler(draft, 6);
}

static void put_layer(struct draft *draft, const struct layer *layer)
{
	switch (layer->kind) {
	case LAYER_ETH:
		return put_eth(draft, layer);
	case LAYER_TAG:
		return put_tag(draft, layer);
	case LAYER_IP4:
		return put_ip4(draft, layer);
	case LAYER_IP6:
		return put_ip6(draft, layer);
	case LAYER_EXT:
		return put_ext(draft, layer);
	case LAYER_FRAG:
		return put_frag(draft, layer);
	case LAYER_UDP:
		return put_udp(draft, layer);
	case LAYER_TCP:
		return put_tcp(draft, layer);
	case LAYER_OTHER:
	case LAYER_FILL:
		return put_filler(draft, layer_size(layer));
	case LAYER_CUT:
		draft->len -= layer->bytes;
		return;
	case LAYER_END:
		return;
	}
}

size_t frame_build(const struct layer layers[FRAME_LAYERS_MAX], uint8_t *ret_frame, size_t space)
{
	struct draft draft = { .data = ret_frame, .space = space };

	for (int i = 0; i < FRAME_LAYERS_MAX && layers[i].kind != LAYER_END; i++)
		put_layer(&draft, &layers[i]);
	return draft.len;
}
