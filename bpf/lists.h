/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which entry of an access list covers an address: longest prefix first.
 *
 * A flood of forged sources is cache misses, not instructions, so the small
 * filter answers first, and the hash is asked only about lengths that the
 * filter could not rule out.
 */
#ifndef CX_LISTS_H
#define CX_LISTS_H

#include "maps.h"
#include "packet.h"

#define NO_PREFIX 255 /* no length: nothing covers the address */

/* A question to the filter: by which rules, and whose list? */
struct question {
	const struct cx_rules *rules;
	enum cx_family family;
	__u32 list;
};

/* Has the word that the hash says all bits? */
static __always_inline int filter_has(const struct question *question, __u64 hash, __u64 mixed)
{
	const void *words = question->rules->filter[question->family];
	__u64 offset = cx_filter_offset(hash, question->rules->filter_shift[question->family]);
	__u64 bits = cx_filter_bits(mixed, question->list);

	return (*(const __u64 *)(words + offset) & bits) == bits;
}

/* What a mask leaves; by a branch, so that most words need not wait for their mask. */
static __always_inline __u64 masked(__u64 word, __u64 mask)
{
	if (~mask) {
		barrier_var(word);
		word &= mask;
	}
	return word;
}

/* False if nothing that was entered at this anchor can cover the address. */
static __always_inline int filter_knows(const struct question *question,
					const struct cx_anchor *anchor, const struct address *addr)
{
	__u64 hi = question->family == CX_IPV4 ? 0 : masked(addr->hi, anchor->mask_hi);
	__u64 lo = masked(addr->lo, anchor->mask_lo);
	__u64 hash = cx_filter_hash(hi, lo, question->rules->seed[0]);
	__u64 mixed = cx_filter_hash(hi, lo, question->rules->seed[1]);

	if (!filter_has(question, hash, mixed))
		return 0;
	hash = cx_filter_rehash(hash);
	return filter_has(question, hash, cx_filter_remix(hash));
}

/* Index of the first length worth looking up, lens_count if there is none. */
static __always_inline __u32 filter_start(const struct question *question,
					  const struct cx_list *list, const struct address *addr)
{
	__u32 below;
	int i;

	/* an empty list has no lengths, one without anchors begins at 0: both as zeroes say */
	if (!filter_knows(question, &list->anchor[0], addr)) {
		below = list->anchor[0].below;
		barrier_var(below); /* or the loop's would be computed for this one too */
		return below;
	}
	for (i = 1; i < CX_MAX_ANCHORS; i++) {
		if (i >= list->anchor_count)
			break;
		if (!filter_knows(question, &list->anchor[i], addr))
			return list->anchor[i].below;
	}
	return 0;
}

/* Has the word of a filter in a map of its own all bits?  In doubt, so that the hash is asked. */
static __always_inline int outgrown_has(void *filter, const struct question *question, __u64 hash,
					__u64 mixed)
{
	__u32 index = cx_filter_index(hash, question->rules->filter_shift[question->family]);
	const __u64 *word = bpf_map_lookup_elem(filter, &index);
	__u64 bits = cx_filter_bits(mixed, question->list);

	return !word || (*word & bits) == bits;
}

static __always_inline int outgrown_knows(void *filter, const struct question *question,
					  const struct cx_anchor *anchor,
					  const struct address *addr)
{
	__u64 hi = addr->hi & anchor->mask_hi;
	__u64 lo = addr->lo & anchor->mask_lo;
	__u64 hash = cx_filter_hash(hi, lo, question->rules->seed[0]);
	__u64 mixed = cx_filter_hash(hi, lo, question->rules->seed[1]);

	if (!outgrown_has(filter, question, hash, mixed))
		return 0;
	hash = cx_filter_rehash(hash);
	return outgrown_has(filter, question, hash, cx_filter_remix(hash));
}

/*
 * filter_start() where the filter has outgrown the rules.  Apart from it, for
 * who lists few pays nothing for who lists millions.
 */
__noinline __u32 start_outgrown(__u32 slot, __u32 family, __u64 hi, __u64 lo)
{
	__u32 generation = slot / CX_LISTS & 1, which = CX_FILTER(generation, family & 1);
	const struct address addr = { .hi = hi, .lo = lo };
	struct question question = {
		.rules = bpf_map_lookup_elem(&rules, &generation),
		.family = family & 1,
		.list = slot & (CX_LISTS - 1),
	};
	void *filter = bpf_map_lookup_elem(&filters, &which);
	const struct cx_list *list;
	int i;

	if (!question.rules || !filter)
		return 0;
	list = &question.rules->list[question.list][question.family];
	for (i = 0; i < CX_MAX_ANCHORS; i++) {
		if (i >= list->anchor_count)
			break;
		if (!outgrown_knows(filter, &question, &list->anchor[i], &addr))
			return list->anchor[i].below;
	}
	return 0;
}

static __always_inline int has_outgrown(const struct question *question)
{
	return __builtin_expect(
		question->rules->filter_shift[question->family] < CX_FILTER_SHIFT_MIN, 0);
}

/* Index of the first length worth looking up, whichever filter says so. */
static __always_inline __u32 first_length(const struct question *question, __u32 slot,
					  const struct cx_list *list, const struct address *addr)
{
	if (!has_outgrown(question))
		return filter_start(question, list, addr);
	return start_outgrown(slot, question->family, question->family == CX_IPV4 ? 0 : addr->hi,
			      addr->lo);
}

static __always_inline __u32 len_at(const struct cx_list *list, __u32 index)
{
	return list->lens[index & (CX_LENS_SPACE - 1)];
}

/*
 * Is its time over?  Two clocks are asked, since either may have been wrong when
 * it was listed: that of this boot, which nobody can set, by when it would be
 * over as the date was read then; and the date of now (Linux 6.1; TAI, which is
 * UTC or, where its offset is known, half a minute ahead of it).  In doubt it is
 * the side that refuses.
 */
static __always_inline int is_over(const struct cx_entry *entry)
{
	int by_boot = bpf_ktime_get_boot_ns() >= entry->expires;
	int by_date = bpf_ktime_get_tai_ns() >= entry->expires_utc * 1000000000ULL;

	return entry->action == CX_ALLOW ? by_boot | by_date : by_boot & by_date;
}

/* An expired deny is as if absent; an expired allow still decides. */
static __always_inline int is_absent(const struct cx_entry *entry)
{
	return entry->action == CX_DENY && entry->expires && is_over(entry);
}

/* The address with all bits behind len cleared, in written order. */
static __always_inline void key4_set(struct cx_key4 *ret_key, const struct address *addr, __u32 len)
{
	__u32 mask = 0xffffffff00000000ULL >> (len & 63);

	ret_key->prefixlen = len;
	*(__be32 *)ret_key->addr = bpf_htonl((__u32)addr->lo & mask);
}

/* Mask of one of two words for a prefix length of 0 to 64. */
static __always_inline __u64 mask64(__u32 len)
{
	return len ? ~0ULL << (64 - len) : 0;
}

static __always_inline void key6_set(struct cx_key6 *ret_key, const struct address *addr, __u32 len)
{
	__u64 hi = addr->hi & mask64(len < 64 ? len : 64);
	__u64 lo = addr->lo & mask64(len > 64 ? len - 64 : 0);
	__be32 *words = (__be32 *)ret_key->addr;

	ret_key->prefixlen = len;
	words[0] = bpf_htonl(hi >> 32);
	words[1] = bpf_htonl(hi);
	words[2] = bpf_htonl(lo >> 32);
	words[3] = bpf_htonl(lo);
}

/* The map in a slot: a list, or its patch; NULL if there is none. */
static __always_inline void *map_at(enum cx_family family, __u32 slot)
{
	return family == CX_IPV4 ? bpf_map_lookup_elem(&lists4, &slot)
				 : bpf_map_lookup_elem(&lists6, &slot);
}

/* A list's map, and whether there may be a patch beside it: whoever does not know looks. */
struct lookup {
	enum cx_family family;
	__u32 slot;
	void *hash;
	__u32 maybe_patched;
};

/* The entry with this very key: the patch's, if there is one, or else the list's own. */
static __always_inline struct cx_entry *keyed(const struct lookup *in, const void *key)
{
	void *patch = NULL;
	struct cx_entry *entry;

	if (__builtin_expect(in->maybe_patched, 0))
		patch = map_at(in->family, CX_PATCH(in->slot));
	if (__builtin_expect(!!patch, 0)) {
		entry = bpf_map_lookup_elem(patch, key);
		if (entry)
			return entry->action == CX_GONE ? NULL : entry;
	}
	return bpf_map_lookup_elem(in->hash, key);
}

/* The entry with this very length, or NULL. */
static __always_inline struct cx_entry *lookup(const struct lookup *in, const struct address *addr,
					       __u32 len)
{
	struct cx_entry *entry;
	struct cx_key4 key4;
	struct cx_key6 key6;

	if (in->family == CX_IPV4) {
		key4_set(&key4, addr, len);
		entry = keyed(in, &key4);
	} else {
		key6_set(&key6, addr, len);
		entry = keyed(in, &key6);
	}
	return entry && !is_absent(entry) ? entry : NULL;
}

/* The longest length, from index start of lens[], that has an entry for the address. */
static __always_inline __u32 search(enum cx_family family, __u32 slot, __u32 start,
				    const struct address *addr)
{
	__u32 generation = slot / CX_LISTS & 1;
	const struct cx_rules *r = bpf_map_lookup_elem(&rules, &generation);
	void *hash = map_at(family, slot);
	const struct cx_list *list;
	__u32 i, len;

	if (!r || !hash)
		return NO_PREFIX;
	list = &r->list[slot & (CX_LISTS - 1)][family];
	for (i = 0; i < (family == CX_IPV4 ? 33 : CX_MAX_LENS); i++) {
		if (start + i >= list->lens_count)
			break;
		len = len_at(list, start + i);
		if (lookup(&(struct lookup){ family, slot, hash, 1 }, addr, len))
			return len;
	}
	return NO_PREFIX;
}

/*
 * Global functions, so that the loops are verified once and not once per
 * caller.  By value, so that the caller's address can stay in registers.
 */
__noinline __u32 search4(__u32 slot, __u32 start, __u64 lo)
{
	return search(CX_IPV4, slot, start, &(struct address){ .lo = lo });
}

__noinline __u32 search6(__u32 slot, __u32 start, __u64 hi, __u64 lo)
{
	return search(CX_IPV6, slot, start, &(struct address){ .hi = hi, .lo = lo });
}

/*
 * The longest entry of one family's list that covers the address, or NULL.
 * Most lists have one length, or are hit at the first: that lookup stands
 * here, the rest is called.
 */
static __always_inline struct cx_entry *find(const struct cx_rules *r, __u32 generation,
					     __u32 list_index, enum cx_family family,
					     const struct address *addr)
{
	const struct cx_list *list = &r->list[list_index & (CX_LISTS - 1)][family];
	struct cx_entry *entry;
	__u32 slot = CX_SLOT(generation, list_index), start, len;
	void *hash;

	start = first_length(&(struct question){ r, family, list_index }, slot, list, addr);
	if (start >= list->lens_count)
		return NULL;
	hash = map_at(family, slot);
	if (!hash)
		return NULL;
	entry = lookup(&(struct lookup){ family, slot, hash, list->patch_id }, addr,
		       len_at(list, start));
	if (entry || start + 1 >= list->lens_count)
		return entry;
	len = family == CX_IPV4 ? search4(slot, start + 1, addr->lo)
				: search6(slot, start + 1, addr->hi, addr->lo);
	if (len == NO_PREFIX)
		return NULL;
	return lookup(&(struct lookup){ family, slot, hash, 1 }, addr, len);
}

static __always_inline struct cx_entry *list_find(const struct cx_rules *r, __u32 generation,
						  __u32 list_index, enum cx_family family,
						  const struct address *addr)
{
	if (family == CX_IPV4)
		return find(r, generation, list_index, CX_IPV4, addr);
	return find(r, generation, list_index, CX_IPV6, addr);
}

/* One family's part of find_len(), from whichever length its filter says. */
static __always_inline __u32 length_of(const struct cx_rules *r, __u32 slot, enum cx_family family,
				       const struct address *addr)
{
	const struct question question = { r, family, slot & (CX_LISTS - 1) };
	const struct cx_list *list = &r->list[question.list][family];
	const struct address src = *addr;
	__u32 start = 0;

	if (!has_outgrown(&question))
		start = filter_start(&question, list, &src);
	if (start >= list->lens_count)
		return NO_PREFIX;
	return family == CX_IPV4 ? search4(slot, start, src.lo)
				 : search6(slot, start, src.hi, src.lo);
}

/*
 * The same for the source of what is walked anyway, in two steps, as what has
 * much to ask leaves little of the stack: the length of the entry, and it.
 * There is no room for another call: what has outgrown the rules is not asked.
 */
__noinline __u32 find_len(const struct packet *packet, __u32 slot)
{
	__u32 generation = slot / CX_LISTS & 1;
	const struct cx_rules *r = bpf_map_lookup_elem(&rules, &generation);

	if (!r || !packet)
		return NO_PREFIX;
	if (packet->family == CX_IPV4)
		return length_of(r, slot, CX_IPV4, &packet->src);
	return length_of(r, slot, CX_IPV6, &packet->src);
}

static __always_inline struct cx_entry *list_entry(__u32 slot, enum cx_family family,
						   const struct address *addr, __u32 len)
{
	void *hash;

	if (family == CX_IPV4) {
		hash = map_at(CX_IPV4, slot);
		return hash ? lookup(&(struct lookup){ CX_IPV4, slot, hash, 1 }, addr, len) : NULL;
	}
	hash = map_at(CX_IPV6, slot);
	return hash ? lookup(&(struct lookup){ CX_IPV6, slot, hash, 1 }, addr, len) : NULL;
}

#endif
