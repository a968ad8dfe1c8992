/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The filter in front of the lists: of the right size, a superset, and seldom wrong. */
#include "bloom.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "unit.h"

#define LIST   5
#define TRIALS 200000

static const __u64 seeds[2][2] = {
	{ 0x9e3779b97f4a7c15ULL, 0xd1342543de82ef95ULL },
	{ 0xbf58476d1ce4e5b9ULL, 0x94d049bb133111ebULL },
};

/* A list of one family, and the filter of nothing else. */
struct rig {
	struct entry *entry;
	size_t count;
	struct cx_list list;
	struct bloom bloom;
};

static __u64 drawn = 1;

static __u32 draw(void)
{
	drawn = drawn * 6364136223846793005ULL + 1442695040888963407ULL;
	return drawn >> 32;
}

static struct prefix prefix_of(enum cx_family family, __u64 high, __u64 low, unsigned int len)
{
	struct prefix prefix = { .family = family, .len = len };
	__be32 words[4] = { htonl(high >> 32), htonl(high), htonl(low >> 32), htonl(low) };

	memcpy(prefix.addr, family == CX_IPV4 ? &words[3] : words, family == CX_IPV4 ? 4 : 16);
	return prefix;
}

static struct rig rig_new(size_t count)
{
	struct rig rig = { .entry = calloc(count, sizeof(struct entry)), .count = count };

	assert_non_null(rig.entry);
	return rig;
}

static void rig_build(struct rig *rig, const __u64 (*seed)[2])
{
	compile_list(rig->entry, rig->count, rig->entry->prefix.family, &rig->list);
	rig->bloom.seed = seed;
	rig->bloom.shift = bloom_shift(bloom_load(&rig->list, rig->entry, rig->count));
	rig->bloom.words = calloc(1, bloom_size(rig->bloom.shift));
	assert_non_null(rig->bloom.words);
	bloom_fill(&rig->bloom, &rig->list, LIST, rig->entry, rig->count);
}

static void rig_free(struct rig *rig)
{
	free(rig->entry);
	free(rig->bloom.words);
}

/* As the fast path asks, at one anchor: its first word, or both. */
static bool knows(const struct rig *rig, const struct cx_anchor *anchor, __u64 hi, __u64 lo,
		  bool both)
{
	const struct bloom *bloom = &rig->bloom;
	__u64 hash, mixed, bits;

	hi &= anchor->mask_hi;
	lo &= anchor->mask_lo;
	hash = cx_filter_hash(hi, lo, bloom->seed[0]);
	mixed = cx_filter_hash(hi, lo, bloom->seed[1]);
	bits = cx_filter_bits(mixed, LIST);
	if ((bloom->words[hash >> (bloom->shift + 3)] & bits) != bits)
		return false;
	hash = cx_filter_rehash(hash);
	bits = cx_filter_bits(cx_filter_remix(hash), LIST);
	return !both || (bloom->words[hash >> (bloom->shift + 3)] & bits) == bits;
}

static void knows_all(const struct rig *rig)
{
	__u64 hi, lo;

	for (size_t i = 0; i < rig->count; i++) {
		prefix_words(&rig->entry[i].prefix, &hi, &lo);
		for (unsigned int a = 0; a < rig->list.anchor_count; a++) {
			if (rig->entry[i].prefix.len >= rig->list.anchor[a].len)
				assert_true(knows(rig, &rig->list.anchor[a], hi, lo, true));
		}
	}
}

/* Every fourth address of a quarter of IPv4 is too regular: as many, drawn apart. */
static struct rig as_many_as_there_may_be(void)
{
	struct rig rig = rig_new(CX_MAX_ENTRIES);

	for (size_t i = 0; i < rig.count; i++)
		rig.entry[i].prefix = prefix_of(CX_IPV4, 0, (i << 10) + draw() % 1024, 32);
	rig_build(&rig, seeds);
	return rig;
}

static void is_seldom_wrong_at_the_limit(void **state)
{
	struct rig rig = as_many_as_there_may_be();
	unsigned int first = 0, both = 0;

	(void)state;
	knows_all(&rig);
	for (int i = 0; i < TRIALS; i++) {
		__u32 address = draw();

		first += knows(&rig, &rig.list.anchor[0], 0, address, false);
		both += knows(&rig, &rig.list.anchor[0], 0, address, true);
	}
	/* 0.1 % of these addresses are listed */
	assert_true(first < TRIALS / 20);
	assert_true(both < TRIALS / 300);
	rig_free(&rig);
}

static void is_as_large_as_what_it_holds(void **state)
{
	(void)state;
	assert_int_equal(bloom_size(bloom_shift(0)), 512);
	assert_int_equal(bloom_size(bloom_shift(1000)), 2048);
	assert_int_equal(bloom_size(bloom_shift(1 << 20)), CX_FILTER_WORDS * sizeof(__u64));
	assert_int_equal(bloom_shift(1 << 20), CX_FILTER_SHIFT_MIN);
	assert_int_equal(bloom_shift((1 << 24) / 12), CX_FILTER_SHIFT_MIN);
	assert_int_equal(bloom_size(bloom_shift((1 << 24) / 12 + 1)), 4 << 20);
	assert_int_equal(bloom_size(bloom_shift(CX_MAX_ENTRIES)), 8 << 20);
	/* the most that there can be: IPv6, each at four anchors */
	assert_int_equal(bloom_size(bloom_shift(4UL * CX_MAX_ENTRIES)), 32 << 20);
}

/* A thousand hosts in each of two /32s, and prefixes between: no /32 is entered twice. */
static void holds_each_truncated_prefix_once(void **state)
{
	struct rig rig = rig_new(2002);
	size_t i = 0;

	(void)state;
	for (__u64 net = 0; net < 2; net++) {
		__u64 high = (0x20010db8ULL + net) << 32;

		rig.entry[i++].prefix = prefix_of(CX_IPV6, high, 0, 32);
		for (__u64 host = 0; host < 1000; host++)
			rig.entry[i++].prefix = prefix_of(CX_IPV6, high | 7, host, 128);
	}
	rig_build(&rig, seeds);
	assert_int_equal(bloom_load(&rig.list, rig.entry, rig.count), 2 + 2000);
	knows_all(&rig);
	rig_free(&rig);
}

/* Of 97 lengths, whoever is in the shortest is looked up in few of them. */
static void many_lengths_are_asked_by_and_by(void **state)
{
	struct rig rig = rig_new(97);

	(void)state;
	for (size_t i = 0; i < rig.count; i++)
		rig.entry[i].prefix = prefix_of(CX_IPV6, (0x20010000ULL + i) << 32, 0, 32 + i);
	rig_build(&rig, seeds);
	knows_all(&rig);
	assert_int_equal(rig.list.anchor_count, CX_MAX_ANCHORS);
	assert_int_equal(rig.list.anchor[0].len, 32);
	assert_true(rig.list.anchor[1].len > 33 && rig.list.anchor[1].len < 41);
	assert_true(rig.list.anchor[2].len > 43 && rig.list.anchor[2].len < 65);
	assert_int_equal(rig.list.anchor[3].len, 128);
	rig_free(&rig);
}

static bool is_unlucky(const __u64 (*seed)[2])
{
	struct rig rig = rig_new(100);
	struct bloom_sample sample = {};
	bool unlucky;

	for (size_t i = 0; i < rig.count; i++)
		rig.entry[i].prefix = prefix_of(CX_IPV4, 0, 0xc0000200 + i, 32);
	rig_build(&rig, seed);
	knows_all(&rig);
	bloom_sample(&rig.bloom, &rig.list, LIST, rig.entry, rig.count, &sample);
	unlucky = bloom_is_unlucky(&sample);
	rig_free(&rig);
	return unlucky;
}

/* By half of 2^64, neighbours fall into two words by turns. */
static void tells_an_unlucky_seed(void **state)
{
	__u64 bad[2][2] = {
		{ seeds[0][0], 1ULL << 63 | 1 },
		{ seeds[1][0], seeds[1][1] },
	};

	(void)state;
	assert_false(is_unlucky(seeds));
	assert_true(is_unlucky(bad));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_seldom_wrong_at_the_limit),
		cmocka_unit_test(is_as_large_as_what_it_holds),
		cmocka_unit_test(holds_each_truncated_prefix_once),
		cmocka_unit_test(many_lengths_are_asked_by_and_by),
		cmocka_unit_test(tells_an_unlucky_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
