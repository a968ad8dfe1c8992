/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The specification that the proof holds the filter against: how the verdict
 * table reads a frame, by byte offsets, with nothing taken from the parser.
 */
#ifndef PROOF_SPEC_H
#define PROOF_SPEC_H

typedef unsigned char byte;

/* What the specification reads, in the order of the frame; no two overlap. */
enum place {
	PLACE_LINK, /* Ethernet's header, or the first byte of a bare packet */
	PLACE_TAG,
	PLACE_IP = PLACE_TAG + 4,
	PLACE_EXTENSION,
	PLACE_PORTS = PLACE_EXTENSION + 12,
	PLACES
};

/* No more of a packet is read: an IPv6 header, twelve of the longest behind it, and TCP's. */
#define SPEC_DEEPEST (40 + 12 * 2048 + 20)

static unsigned int size; /* of the frame */
static _Bool beside;      /* has it a VLAN tag that is not in it?  At tc alone */

/* The bytes that stand there, or anything where the frame has ended; returns at. */
static unsigned int frame_read(enum place place, unsigned int at, byte *to, unsigned int len);

enum spec_kind {
	SPEC_OTHER, /* not for any port */
	SPEC_PORT,
	SPEC_MALFORMED,
	SPEC_TOO_DEEP,
	SPEC_LATER, /* a later fragment */
};

struct spec {
	enum spec_kind kind;
	unsigned int version; /* 4 or 6; what follows only with SPEC_PORT */
	byte src[16];         /* as in the frame; IPv4 has four */
	byte dst[16];
	unsigned int protocol;
	unsigned int port;
	unsigned int ttl;
	_Bool sent_on;  /* another hop is named */
	_Bool fragment; /* first or later: version, src and ttl are there with any kind */
};

static unsigned int two(const byte *at)
{
	return at[0] * 256u + at[1];
}

static void spec_transport(unsigned int at, _Bool tcp, struct spec *spec)
{
	byte ports[4];

	spec->kind = SPEC_OTHER;
	if (spec->protocol != 17 && !(spec->protocol == 6 && tcp))
		return;
	spec->kind = SPEC_MALFORMED;
	if (at + (spec->protocol == 17 ? 8 : 20) > size)
		return;
	frame_read(PLACE_PORTS, at, ports, sizeof(ports));
	spec->kind = SPEC_PORT;
	spec->port = two(ports + 2);
}

static _Bool spec_is_extension(unsigned int version, unsigned int protocol)
{
	if (version == 4)
		return protocol == 51;
	return protocol == 0 || protocol == 43 || protocol == 44 || protocol == 51 ||
	       protocol == 60;
}

static unsigned int spec_extension_bytes(unsigned int protocol, unsigned int length)
{
	return protocol == 44 ? 8 : protocol == 51 ? 8 + length * 4 : 8 + length * 8;
}

static void spec_extensions(unsigned int at, _Bool tcp, struct spec *spec)
{
	byte extension[4];

	for (unsigned int walked = 0; spec_is_extension(spec->version, spec->protocol); walked++) {
		spec->kind = SPEC_TOO_DEEP;
		if (walked == 12)
			return;
		spec->kind = SPEC_MALFORMED;
		if (at + 8 > size)
			return;
		at = frame_read(PLACE_EXTENSION + walked, at, extension, sizeof(extension));
		at += spec_extension_bytes(spec->protocol, extension[1]);
		if (at > size)
			return;
		if (spec->protocol == 44 && (two(extension + 2) & 0xfff9) != 0)
			spec->fragment = 1;
		spec->kind = SPEC_LATER;
		if (spec->protocol == 44 && two(extension + 2) >= 8)
			return;
		if (spec->protocol == 43 && extension[3])
			spec->sent_on = 1;
		spec->protocol = extension[0];
	}
	spec_transport(at, tcp, spec);
}

static void spec_ipv4(unsigned int at, _Bool tcp, struct spec *spec)
{
	byte ip[20];

	at = frame_read(PLACE_IP, at, ip, sizeof(ip));
	spec->version = 4;
	spec->ttl = ip[8];
	spec->protocol = ip[9];
	for (int i = 0; i < 4; i++) {
		spec->src[i] = ip[12 + i];
		spec->dst[i] = ip[16 + i];
	}
	spec->fragment = (ip[6] & 0x3f) != 0 || ip[7] != 0;
	if (at + 20 > size || ip[0] < 0x45 || ip[0] > 0x4f)
		spec->kind = SPEC_MALFORMED;
	else if ((ip[6] & 0x1f) != 0 || ip[7] != 0)
		spec->kind = SPEC_LATER;
	else
		spec_extensions(at + 4 * (ip[0] - 0x40u), tcp, spec);
}

static void spec_ipv6(unsigned int at, _Bool tcp, struct spec *spec)
{
	byte ip[40];

	at = frame_read(PLACE_IP, at, ip, sizeof(ip));
	spec->version = 6;
	spec->ttl = ip[7];
	spec->protocol = ip[6];
	for (int i = 0; i < 16; i++) {
		spec->src[i] = ip[8 + i];
		spec->dst[i] = ip[24 + i];
	}
	if (at + 40 > size || ip[0] < 0x60 || ip[0] > 0x6f)
		spec->kind = SPEC_MALFORMED;
	else
		spec_extensions(at + 40, tcp, spec);
}

static _Bool spec_is_tag(unsigned int type)
{
	return type == 0x8100 || type == 0x88a8;
}

/* 4 or 6 if a bare packet says so, else 0. */
static unsigned int spec_bare(struct spec *spec)
{
	byte first;

	spec->kind = SPEC_MALFORMED;
	frame_read(PLACE_LINK, 0, &first, 1);
	return size && (first >> 4 == 4 || first >> 4 == 6) ? first >> 4 : 0;
}

/* 4 or 6 if that is what stands behind Ethernet's header and all tags, else 0. */
static unsigned int spec_ethernet(unsigned int *at, struct spec *spec)
{
	unsigned int type, tags = 0;
	byte header[14];

	spec->kind = SPEC_OTHER;
	frame_read(PLACE_LINK, 0, header, 14);
	type = two(header + 12);
	*at = 14;
	for (; *at <= size && tags < 4 && spec_is_tag(type); tags++) {
		*at = frame_read(PLACE_TAG + tags, *at, header, 4);
		type = two(header + 2);
		*at += 4;
	}
	if (*at > size)
		return 0;
	if (spec_is_tag(type) || tags + beside > 4) {
		spec->kind = SPEC_TOO_DEEP;
		return 0;
	}
	return type == 0x0800 ? 4 : type == 0x86dd ? 6 : 0;
}

static void spec_read(_Bool bare, _Bool tcp, struct spec *spec)
{
	unsigned int at = 0, version;

	version = bare ? spec_bare(spec) : spec_ethernet(&at, spec);
	if (version == 4)
		spec_ipv4(at, tcp, spec);
	else if (version == 6)
		spec_ipv6(at, tcp, spec);
}

static _Bool spec_is_zero(const byte *bytes, unsigned int count)
{
	byte sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum |= bytes[i];
	return !sum;
}

/* Addresses that no packet can come from. */
static _Bool spec_is_bogus(const struct spec *spec)
{
	const byte *src = spec->src;

	if (spec->version == 4)
		return src[0] == 0 || src[0] == 127 || src[0] >= 224;
	return src[0] == 255 || (spec_is_zero(src, 15) && src[15] <= 1) ||
	       (spec_is_zero(src, 10) && src[10] == 255 && src[11] == 255);
}

#endif
