/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The entry of a list that an address is nearest to: a slip of the pen, or a gateway that moved. */
#include "nearest.h"

static unsigned int common_bits(const struct prefix *prefix, const struct prefix *host)
{
	unsigned int bits = 0;

	while (bits < prefix->len &&
	       !((prefix->addr[bits / 8] ^ host->addr[bits / 8]) >> (7 - bits % 8) & 1))
		bits++;
	return bits;
}

/* How many stand before where the host does, or would. */
static size_t find_place(const struct entry *entry, size_t count, const struct prefix *host)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (prefix_compare(&entry[middle].prefix, host) <= 0)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

/* In the order of the addresses none can agree in more bits than both neighbours do. */
const struct entry *nearest_source(const struct settings *settings, unsigned int policy,
				   const struct prefix *host, unsigned int *ret_bits)
{
	size_t count, place;
	const struct entry *list = settings_list(settings, policy, CX_SOURCE, &count);
	const struct entry *nearest = NULL;

	*ret_bits = 0;
	place = find_place(list, count, host);
	for (size_t i = place ? place - 1 : 0; i < count && i <= place; i++) {
		unsigned int bits = common_bits(&list[i].prefix, host);

		if (list[i].prefix.family != host->family || (nearest && bits <= *ret_bits))
			continue;
		nearest = &list[i];
		*ret_bits = bits;
	}
	return nearest;
}
