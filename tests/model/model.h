/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model: a second, slow, obvious implementation of the verdict table.
 *
 * It is written from the README's table and shares nothing with the filter:
 * no header, no type, no constant. Whoever changes one must not look at the
 * other; where they disagree, one of them is wrong and the table says which.
 *
 * Byte order: ports, lengths and times are plain host numbers; addresses are
 * bytes as written, so 192.0.2.1 is { 192, 0, 2, 1 }. Everything is owned by
 * the caller; nothing is allocated, nothing is remembered between two calls.
 *
 * Left out, because they need a memory or a kernel: the limits (over-rate,
 * dest-rate, policy-rate), rpf-failed, and this host's own addresses as bogus
 * sources. Their reasons keep their place in the order, but are never returned;
 * compare only against a filter that has no rate and `rpf off`.
 */
#ifndef CLARENT_TESTS_MODEL_H
#define CLARENT_TESTS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one rule set can hold: enough for tests, no promise about the filter. */
#define MODEL_POLICIES_MAX 8
#define MODEL_SOURCES_MAX  32
#define MODEL_DESTS_MAX    8
#define MODEL_RANGES_MAX   4
#define MODEL_DEVS_MAX     4
#define MODEL_NAME_MAX     10

/* Several reasons can hold at once; the first in this order is the one. */
enum model_reason {
	MODEL_MALFORMED,
	MODEL_TOO_DEEP,
	MODEL_FRAGMENT,
	MODEL_NOT_GUARDED,
	MODEL_CLOSED,
	MODEL_NO_TUNNEL,
	MODEL_ELSEWHERE,
	MODEL_UNLISTED,
	MODEL_DENIED,
	MODEL_BOGUS_SOURCE,
	MODEL_EXPIRED,
	MODEL_WRONG_DEV,
	MODEL_LOW_TTL,
	MODEL_RPF_FAILED,  /* never returned */
	MODEL_OVER_RATE,   /* never returned */
	MODEL_DEST_RATE,   /* never returned */
	MODEL_POLICY_RATE, /* never returned */
	MODEL_ALLOWED,
	MODEL_REASONS
};

enum model_family { MODEL_IPV4, MODEL_IPV6 };

enum model_mode { MODEL_MODE_ENFORCE, MODEL_MODE_MONITOR, MODEL_MODE_OPEN, MODEL_MODE_CLOSED };

/* LISTED: those, first or later, of sources that a policy admits which enforces or monitors. */
enum model_fragments { MODEL_FRAGMENTS_PASS, MODEL_FRAGMENTS_LISTED, MODEL_FRAGMENTS_DROP };

/* Bits of addr beyond len are zero, and so are IPv4's bytes from the fifth on. */
struct model_prefix {
	enum model_family family;
	uint8_t addr[16];
	int len;
};

/* A deny has no dev_id and no min_ttl: they are not looked at. */
struct model_source {
	struct model_prefix prefix;
	bool deny;
	uint64_t expires_ns; /* 0 never; else expired from that instant on */
	int dev_id;          /* 0 any */
	int min_ttl;         /* 0 any */
};

struct model_range {
	uint16_t first;
	uint16_t last; /* included */
};

struct model_ports {
	struct model_range range[MODEL_RANGES_MAX];
	int count;
};

/* No two sources of a policy have the same prefix. No dests: every one. */
struct model_policy {
	char name[MODEL_NAME_MAX + 1];
	enum model_mode mode;
	bool elsewhere_pass;
	bool tunnel_required;
	struct model_ports udp;
	struct model_ports tcp;
	struct model_source source[MODEL_SOURCES_MAX];
	int sources;
	struct model_prefix dest[MODEL_DESTS_MAX];
	int dests;
};

/* No port belongs to two policies; UDP and TCP ports are apart. */
struct model_rules {
	struct model_policy policy[MODEL_POLICIES_MAX];
	int policies;
	enum model_fragments fragments;
	/* Indexed by device. For whoever fills in model_where; not judged by. */
	bool tunnel[MODEL_DEVS_MAX + 1];
};

enum model_link {
	MODEL_ETHERNET,
	MODEL_BARE_IP /* TUN, WireGuard: the frame begins with the IP header */
};

/* Where and when the frame came in. now_ns is of the clock of expires_ns. */
struct model_where {
	enum model_link link;
	int dev_id;
	bool is_tunnel;
	uint64_t now_ns;
};

#define MODEL_NO_POLICY (-1)

struct model_verdict {
	enum model_reason reason;
	int policy; /* index; MODEL_NO_POLICY up to MODEL_NOT_GUARDED */
	bool drop;
	bool would_drop; /* passes only because of monitor; never with drop */
};

/* Reads frame[0 .. len - 1] and no byte more; frame may be NULL if len is 0. */
struct model_verdict model_judge(const struct model_rules *rules, const struct model_where *where,
				 const uint8_t *frame, size_t len);

/* The name as the table, `stats` and the tests spell it. */
const char *model_reason_name(enum model_reason reason);

#endif
