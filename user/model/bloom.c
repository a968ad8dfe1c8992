/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The filter in front of the lists: sized, filled, and tried by what is beside the listed. */
#include "bloom.h"

/* 6 of them set: one false alarm in a thousand.  What caches hold less of may have more. */
#define BITS_EACH  16
#define BITS_LARGE 12
#define WORDS_MIN  64
#define PROBES     256 /* per list */
#define ASKED_MIN  64
#define DISTANCES  255 /* neighbours: within the same 256 */

/* A list's prefixes at one anchor, each once: entries are sorted, so those that agree stand together. */
struct walk {
	const struct cx_anchor *anchor;
	const struct entry *next, *end;
	__u64 hi, lo;
	bool begun;
};

static struct walk walk_start(const struct cx_anchor *anchor, const struct entry *entries,
			      size_t count)
{
	return (struct walk){ .anchor = anchor, .next = entries, .end = entries + count };
}

static bool walk_on(struct walk *walk)
{
	for (; walk->next < walk->end; walk->next++) {
		__u64 hi, lo;

		if (walk->next->prefix.len < walk->anchor->len)
			continue;
		prefix_words(&walk->next->prefix, &hi, &lo);
		hi &= walk->anchor->mask_hi;
		lo &= walk->anchor->mask_lo;
		if (walk->begun && hi == walk->hi && lo == walk->lo)
			continue;
		walk->hi = hi;
		walk->lo = lo;
		walk->begun = true;
		return true;
	}
	return false;
}

size_t bloom_load(const struct cx_list *list, const struct entry *entries, size_t count)
{
	size_t load = 0;

	for (unsigned int a = 0; a < list->anchor_count; a++) {
		struct walk walk = walk_start(&list->anchor[a], entries, count);

		while (walk_on(&walk))
			load++;
	}
	return load;
}

__u32 bloom_shift(size_t load)
{
	size_t words = WORDS_MIN;

	while (words < CX_FILTER_WORDS && words * 64 < load * BITS_EACH)
		words *= 2;
	while (words < CX_FILTER_WORDS_MAX && words * 64 < load * BITS_LARGE)
		words *= 2;
	return 64 - __builtin_ctzl(words * sizeof(__u64));
}

size_t bloom_size(__u32 shift)
{
	return 1UL << (64 - shift);
}

/* An address's two words and what it has set there. */
struct places {
	__u32 index[2];
	__u64 bits[2];
};

static struct places places_of(const struct bloom *bloom, unsigned int list_index, __u64 hi,
			       __u64 lo)
{
	__u64 hash = cx_filter_hash(hi, lo, bloom->seed[0]);
	__u64 again = cx_filter_rehash(hash);
	__u64 mixed = cx_filter_hash(hi, lo, bloom->seed[1]);

	return (struct places){
		.index = { cx_filter_index(hash, bloom->shift),
			   cx_filter_index(again, bloom->shift) },
		.bits = { cx_filter_bits(mixed, list_index),
			  cx_filter_bits(cx_filter_remix(again), list_index) },
	};
}

static void set_bits(const struct bloom *bloom, unsigned int list_index, __u64 hi, __u64 lo)
{
	struct places places = places_of(bloom, list_index, hi, lo);

	bloom->words[places.index[0]] |= places.bits[0];
	bloom->words[places.index[1]] |= places.bits[1];
}

void bloom_enter(const struct bloom *bloom, const struct cx_list *list, unsigned int list_index,
		 const struct prefix *prefix)
{
	__u64 hi, lo;

	prefix_words(prefix, &hi, &lo);
	for (unsigned int a = 0; a < list->anchor_count; a++) {
		const struct cx_anchor *anchor = &list->anchor[a];

		if (prefix->len >= anchor->len)
			set_bits(bloom, list_index, hi & anchor->mask_hi, lo & anchor->mask_lo);
	}
}

void bloom_fill(const struct bloom *bloom, const struct cx_list *list, unsigned int list_index,
		const struct entry *entries, size_t count)
{
	for (unsigned int a = 0; a < list->anchor_count; a++) {
		struct walk walk = walk_start(&list->anchor[a], entries, count);

		while (walk_on(&walk))
			set_bits(bloom, list_index, walk.hi, walk.lo);
	}
}

/* The prefix at an anchor that is so far from another, which it is given. */
static void step_aside(const struct cx_anchor *anchor, enum cx_family family, __u64 distance,
		       __u64 *hi, __u64 *lo)
{
	unsigned int len = family == CX_IPV4 ? anchor->len + 96 : anchor->len;

	if (len > 64)
		*lo ^= distance << (128 - len);
	else
		*hi ^= distance << (64 - len);
	*hi &= anchor->mask_hi;
	*lo &= anchor->mask_lo;
}

static void probe(const struct bloom *bloom, unsigned int list_index, __u64 hi, __u64 lo,
		  struct bloom_sample *sample)
{
	struct places places = places_of(bloom, list_index, hi, lo);
	bool first = !(places.bits[0] & ~bloom->words[places.index[0]]);
	bool second = !(places.bits[1] & ~bloom->words[places.index[1]]);

	if (first && second)
		return;
	sample->asked++;
	sample->known += first;
}

void bloom_sample(const struct bloom *bloom, const struct cx_list *list, unsigned int list_index,
		  const struct entry *entries, size_t count, struct bloom_sample *sample)
{
	const struct cx_anchor *anchor = &list->anchor[0];
	__u64 hi, lo;

	if (!list->anchor_count || anchor->len < 8) /* who lists so much has no neighbours */
		return;
	for (size_t i = 0; i < PROBES; i++) {
		const struct prefix *prefix = &entries[i * count / PROBES].prefix;

		prefix_words(prefix, &hi, &lo);
		step_aside(anchor, prefix->family, 1 + i * 37 % DISTANCES, &hi, &lo);
		probe(bloom, list_index, hi, lo, sample);
	}
}

bool bloom_is_unlucky(const struct bloom_sample *sample)
{
	return sample->asked >= ASKED_MIN && sample->known > sample->asked / 8;
}
