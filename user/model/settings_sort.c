/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sorting a model: by bytes of a key, for a million entries. */
#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/*
 * Sorting by radix, least significant byte first: a million entries in
 * random order cost a few passes over small keys instead of twenty million
 * comparisons of large ones.  Bytes that all keys share cost no pass.
 */
#define KEY_BYTES 20

struct sort_key {
	__u8 byte[KEY_BYTES]; /* most significant first */
	__u32 index;
};

static bool is_sorted(const struct settings *settings)
{
	for (size_t i = 1; i < settings->count; i++)
		if (entry_compare(&settings->entry[i - 1], &settings->entry[i]) > 0)
			return false;
	return true;
}

static void fill_keys(const struct settings *settings, struct sort_key *keys)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct entry *entry = &settings->entry[i];

		keys[i].byte[0] = entry->policy;
		keys[i].byte[1] = entry->direction;
		keys[i].byte[2] = entry->prefix.family;
		memcpy(&keys[i].byte[3], entry->prefix.addr, sizeof(entry->prefix.addr));
		keys[i].byte[KEY_BYTES - 1] = entry->prefix.len;
		keys[i].index = (__u32)i;
	}
}

/* Sorts by one byte.  Returns false, and moves nothing, if all have the same. */
static bool sort_by_byte(const struct sort_key *from, struct sort_key *to, size_t count, int byte)
{
	size_t start[257] = { 0 };

	for (size_t i = 0; i < count; i++)
		start[from[i].byte[byte] + 1]++;
	if (start[from[0].byte[byte] + 1] == count)
		return false;
	for (int i = 1; i < 256; i++)
		start[i] += start[i - 1];
	for (size_t i = 0; i < count; i++)
		to[start[from[i].byte[byte]]++] = from[i];
	return true;
}

static struct sort_key *sort_keys(struct sort_key *keys, struct sort_key *spare, size_t count)
{
	for (int byte = KEY_BYTES - 1; byte >= 0; byte--) {
		struct sort_key *sorted = spare;

		if (!sort_by_byte(keys, spare, count, byte))
			continue;
		spare = keys;
		keys = sorted;
	}
	return keys;
}

/*
 * Moves each entry to its place, along the cycles of the permutation, which it
 * uses up: a second array would double the memory.
 */
static void arrange(struct entry *entry, struct sort_key *sorted, size_t count)
{
	for (size_t first = 0; first < count; first++) {
		struct entry held = entry[first];
		size_t hole = first, from;

		while ((from = sorted[hole].index) != first) {
			entry[hole] = entry[from];
			sorted[hole].index = hole;
			hole = from;
		}
		entry[hole] = held;
		sorted[hole].index = hole;
	}
}

int settings_sort(struct settings *settings)
{
	size_t count = settings->count;
	struct sort_key *keys;

	if (is_sorted(settings))
		return 0;
	keys = memory_new(2 * count, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	fill_keys(settings, keys);
	arrange(settings->entry, sort_keys(keys, keys + count, count), count);
	free(keys);
	return 0;
}
