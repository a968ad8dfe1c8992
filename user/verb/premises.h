/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `check` takes for granted of a packet where nobody said it: what a real one would have. */
#ifndef PREMISES_H
#define PREMISES_H

#include "addresses.h"
#include "probe.h"
#include "settings.h"

/* What was said of a packet; bits. */
enum premises_said {
	SAID_DEST = 1 << 0,
	SAID_PORT = 1 << 1,
	SAID_PROTO = 1 << 2,
	SAID_TTL = 1 << 3,
	SAID_DEV = 1 << 4,
};

/* Where a packet would arrive. */
struct premises_place {
	__u32 ifindex;
	__u32 master; /* of the interface, 0: none; it may have the addresses */
	const struct address *address;
	size_t count;
};

/* Has this host an address of the family that packets could be sent to? */
bool premises_here(const struct premises_place *place, enum cx_family family);

/*
 * The address that a packet of this source for this policy (0: none) is sent
 * to: one of this host's, of the source's scope; one that the policy protects,
 * if any is; best on the interface itself.  Where this host has none of the
 * family: one that is protected, or of the documentation.
 */
struct prefix premises_dest(const struct settings *settings, unsigned int policy,
			    const struct premises_place *place, const struct prefix *source);

/* The entry that decides about a source, NULL if none does. */
const struct entry *premises_entry(const struct settings *settings, unsigned int policy,
				   const struct prefix *source, __u64 now);

/* The protocol that is meant by a port: TCP only where nothing guards its UDP twin. */
enum cx_proto premises_proto(const struct settings *settings, unsigned int port);

/* The TTL of a sender of whom none was seen: the usual one, or as its entry demands. */
unsigned int premises_ttl(const struct entry *entry);

#endif
