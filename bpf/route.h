/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reverse path: would this host send to the packet's source, and through where? */
#ifndef CX_ROUTE_H
#define CX_ROUTE_H

#include "hook.h"
#include "packet.h"

#define CX_POLICY_RPF (CX_POLICY_RPF_LOOSE | CX_POLICY_RPF_STRICT)

/*
 * bpf_fib_lookup() answers nothing for an interface that does not forward, so
 * the question is asked as from lo, whose forwarding sysctl the loader sets.
 */
#define LOOPBACK_IFINDEX 1

#define ROUTE_FAMILY_IPV4 2 /* AF_INET, AF_INET6: no UAPI header has them */
#define ROUTE_FAMILY_IPV6 10

enum route {
	ROUTE_RIGHT,
	ROUTE_WRONG, /* none, refused, or through another interface */
	ROUTE_OWN,   /* an address of this host, or not unicast at all */
};

static __always_inline void route_address(__be32 *ret_words, const struct address *addr)
{
	ret_words[0] = bpf_htonl(addr->hi >> 32);
	ret_words[1] = bpf_htonl(addr->hi);
	ret_words[2] = bpf_htonl(addr->lo >> 32);
	ret_words[3] = bpf_htonl(addr->lo);
}

/* The route back to the packet's source; strict: it must leave where the packet came in. */
static __always_inline enum route route_of(const struct hook *hook, const struct packet *packet,
					   int strict)
{
	struct bpf_fib_lookup fib = { .ifindex = LOOPBACK_IFINDEX };

	if (hook->is_tc) /* or it would be asked whether the whole frame could be sent there */
		fib.tot_len = 1;

	/* link-local (RFC 4291 2.5.6) is on this very link, and no other route leads there */
	if (packet->family == CX_IPV6 && packet->src.hi >> 54 == 0xfe80 >> 6)
		return ROUTE_RIGHT;
	if (packet->family == CX_IPV4) {
		fib.family = ROUTE_FAMILY_IPV4;
		fib.ipv4_dst = bpf_htonl(packet->src.lo);
	} else {
		fib.family = ROUTE_FAMILY_IPV6;
		route_address(fib.ipv6_dst, &packet->src);
	}
	switch (bpf_fib_lookup(hook->ctx, &fib, sizeof(fib), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		return strict && fib.ifindex != hook_ifindex(hook) ? ROUTE_WRONG : ROUTE_RIGHT;
	case BPF_FIB_LKUP_RET_NOT_FWDED:
		return ROUTE_OWN;
	default:
		return ROUTE_WRONG;
	}
}

#endif
