/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One family's filter in front of its lists, see CX_FILTER_WORDS: pure, no kernel. */
#ifndef BLOOM_H
#define BLOOM_H

#include "settings.h"

/* All is the caller's. */
struct bloom {
	const __u64 (*seed)[2];
	__u32 shift; /* for cx_filter_index() */
	__u64 *words;
};

/*
 * What of one list stands in the filter: per anchor, each different prefix
 * that the entries of that length or more have at that length.
 */
size_t bloom_load(const struct cx_list *list, const struct entry *entries, size_t count);

/* The shift in a filter that holds so much, and the bytes of a filter of that shift. */
__u32 bloom_shift(size_t load);
size_t bloom_size(__u32 shift);

/* Sets the bits of a list's entries (sorted) in the filter; list_index is its CX_LIST(). */
void bloom_fill(const struct bloom *bloom, const struct cx_list *list, unsigned int list_index,
		const struct entry *entries, size_t count);

/* The same of one prefix. */
void bloom_enter(const struct bloom *bloom, const struct cx_list *list, unsigned int list_index,
		 const struct prefix *prefix);

/* What the first word said of prefixes beside the listed; adds up over lists. */
struct bloom_sample {
	unsigned int asked; /* without those that both words know: they may be listed */
	unsigned int known; /* to the first word alone */
};

void bloom_sample(const struct bloom *bloom, const struct cx_list *list, unsigned int list_index,
		  const struct entry *entries, size_t count, struct bloom_sample *sample);

/*
 * Did these seeds put neighbours into the same few words?  Then a flood from
 * beside the listed passes the first word far more often than one in fifteen.
 */
bool bloom_is_unlucky(const struct bloom_sample *sample);

#endif
