/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `check` takes for granted of a packet where nobody said it: what a real one would have. */
#include "premises.h"

#include <string.h>

#define TTL_USUAL 64

/* How well an address would do; each outweighs all that stand behind it. */
enum merit {
	MERIT_MASTER = 1,
	MERIT_INTERFACE = 2,
	MERIT_PROTECTED = 4,
	MERIT_SCOPE = 8,
	MERIT_LEAST = 16, /* that it is of the family, and no loopback */
};

static bool is_link_local(const struct prefix *host)
{
	static const struct prefix ipv4 = { CX_IPV4, 16, { 169, 254 } };
	static const struct prefix ipv6 = { CX_IPV6, 10, { 0xfe, 0x80 } };

	return prefix_covers(&ipv4, host) || prefix_covers(&ipv6, host);
}

static bool is_loopback(const struct prefix *host)
{
	static const struct prefix ipv4 = { CX_IPV4, 8, { 127 } };
	static const struct prefix ipv6 = { CX_IPV6, 128, { [15] = 1 } };

	return prefix_covers(&ipv4, host) || prefix_covers(&ipv6, host);
}

static bool is_protected(const struct settings *settings, unsigned int policy,
			 const struct prefix *host)
{
	return settings_find(settings, policy, CX_DEST, host) ||
	       settings_cover(settings, policy, CX_DEST, host);
}

static bool is_candidate(const struct address *address, enum cx_family family)
{
	return address->host.family == family && !is_loopback(&address->host);
}

bool premises_here(const struct premises_place *place, enum cx_family family)
{
	for (size_t i = 0; i < place->count; i++) {
		if (is_candidate(&place->address[i], family))
			return true;
	}
	return false;
}

static unsigned int merit(const struct settings *settings, unsigned int policy,
			  const struct premises_place *place, const struct address *address,
			  const struct prefix *source)
{
	unsigned int merit = MERIT_LEAST;

	if (!is_candidate(address, source->family))
		return 0;
	if (is_link_local(&address->host) == is_link_local(source))
		merit += MERIT_SCOPE;
	if (policy && is_protected(settings, policy, &address->host))
		merit += MERIT_PROTECTED;
	if (address->ifindex == place->ifindex)
		merit += MERIT_INTERFACE;
	else if (address->ifindex == place->master)
		merit += MERIT_MASTER;
	return merit;
}

/* Of no host here: somebody else's that is protected, or nobody's (RFC 5737, RFC 3849). */
static struct prefix foreign_dest(const struct settings *settings, unsigned int policy,
				  const struct prefix *source)
{
	static const struct prefix nobody[] = {
		[CX_IPV4] = { CX_IPV4, 32, { 192, 0, 2, 1 } },
		[CX_IPV6] = { CX_IPV6, 128, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
	};
	size_t count = 0;
	const struct entry *list = policy ? settings_list(settings, policy, CX_DEST, &count) : NULL;

	for (size_t i = 0; i < count; i++) {
		struct prefix dest = list[i].prefix;

		dest.len = source->len;
		if (dest.family == source->family)
			return dest;
	}
	return nobody[source->family];
}

struct prefix premises_dest(const struct settings *settings, unsigned int policy,
			    const struct premises_place *place, const struct prefix *source)
{
	const struct address *best = NULL;
	unsigned int most = 0;

	for (size_t i = 0; i < place->count; i++) {
		unsigned int this = merit(settings, policy, place, &place->address[i], source);

		if (this <= most)
			continue;
		most = this;
		best = &place->address[i];
	}
	return best ? best->host : foreign_dest(settings, policy, source);
}

const struct entry *premises_entry(const struct settings *settings, unsigned int policy,
				   const struct prefix *source, __u64 now)
{
	const struct entry *own = settings_find(settings, policy, CX_SOURCE, source);

	if (own && (own->action == CX_ALLOW || !entry_expired(own, now)))
		return own;
	return settings_decider(settings, policy, source, now);
}

enum cx_proto premises_proto(const struct settings *settings, unsigned int port)
{
	return settings->port[CX_TCP][port] && !settings->port[CX_UDP][port] ? CX_TCP : CX_UDP;
}

unsigned int premises_ttl(const struct entry *entry)
{
	return entry && entry->min_ttl > TTL_USUAL ? entry->min_ttl : TTL_USUAL;
}
