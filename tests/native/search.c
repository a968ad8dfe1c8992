/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shipped search of a list, compiled natively, against a plain one that knows
 * neither filter nor hash, over every list that is small enough.
 *
 *   native_search [BITS PREFIXES KINDS]
 *
 * Every list of up to so many prefixes (6) of an address of so many bits (3), and
 * every address.  And of eight bits every kind of list of up to so many prefixes
 * (4): which cover address 0, and of those that do not it counts how long they
 * are, not where they stand; every address again.
 *
 * The bits lie where the words of an address begin, end and meet; what stands
 * before and behind them is neither all zeroes nor all ones.  Each list once with
 * its filter in the rules, once with one that has outgrown them; and once patched:
 * some of it stands in the patch alone, some in both and otherwise, and what is no
 * longer listed still stands in the list.  The loader's own code builds lists and
 * filters.
 */
#include "native.c"

#include <endian.h>
#include <stdio.h>

#include "bloom.h"
#include "compile.h"
#include "prefix.h"

#define LIST         7 /* some policy's sources */
#define PREFIXES_MAX 6
#define CLASS_BITS   8
#define OUTGROWN     (CX_FILTER_SHIFT_MIN - 1)
#define NOW          1000
/* Of so many entries one is a deny whose time is over, and one such an allow, which still decides. */
#define GONE_EVERY    5
#define EXPIRED_EVERY 7

/* Where the bits of a small address lie in a whole one. */
static const struct place {
	enum cx_family family;
	unsigned int first;
} places[] = {
	{ CX_IPV4, 0 },  { CX_IPV4, 13 }, { CX_IPV4, 24 },  { CX_IPV6, 0 },
	{ CX_IPV6, 29 }, { CX_IPV6, 60 }, { CX_IPV6, 120 },
};

/* A prefix of a small address. */
struct small {
	unsigned int value, len;
};

struct scope {
	const struct place *place;
	unsigned int bits;
	struct small small[PREFIXES_MAX]; /* of the list at hand */
	size_t count, most;
	unsigned long lists, asked;
};

static struct native_world world;
static struct native_list list, patch;
static struct entry entries[PREFIXES_MAX];
static __u64 outgrown[1 << (64 - OUTGROWN - 3)];
static __u64 nothing[1 << (64 - OUTGROWN - 3)]; /* the other family's: who asks it, misses */

static void set_bit(__u8 *addr, unsigned int bit, unsigned int value)
{
	addr[bit / 8] &= ~(0x80 >> bit % 8);
	addr[bit / 8] |= value ? 0x80 >> bit % 8 : 0;
}

static unsigned int bit_at(const __u8 *addr, unsigned int bit)
{
	return addr[bit / 8] >> (7 - bit % 8) & 1;
}

/* The small address at its place, in written order. */
static void spread(const struct scope *scope, unsigned int value, __u8 ret_addr[static 16])
{
	memset(ret_addr, 0x5a, 16);
	for (unsigned int i = 0; i < scope->bits; i++)
		set_bit(ret_addr, scope->place->first + i, value >> (scope->bits - 1 - i) & 1);
}

static struct prefix whole_prefix(const struct scope *scope, const struct small *small)
{
	struct prefix prefix = {
		.family = scope->place->family,
		.len = scope->place->first + small->len,
	};

	spread(scope, small->value, prefix.addr);
	for (unsigned int bit = prefix.len; bit < 128; bit++)
		set_bit(prefix.addr, bit, 0);
	return prefix;
}

/* The plain search: bit by bit, entry by entry. */

static bool covers(const struct prefix *prefix, const __u8 *addr)
{
	for (unsigned int bit = 0; bit < prefix->len; bit++) {
		if (bit_at(prefix->addr, bit) != bit_at(addr, bit))
			return false;
	}
	return true;
}

static bool is_gone(const struct entry *entry)
{
	return entry->action == CX_DENY && entry->boottime_expires;
}

/* Length of the longest that covers, -1: none. */
static int plain_search(const struct scope *scope, const __u8 *addr)
{
	int longest = -1;

	for (size_t i = 0; i < scope->count; i++) {
		const struct prefix *prefix = &entries[i].prefix;

		if (!is_gone(&entries[i]) && covers(prefix, addr) && prefix->len > longest)
			longest = prefix->len;
	}
	return longest;
}

/* The world of one list */

static int compare_entries(const void *a, const void *b)
{
	return prefix_compare(&((const struct entry *)a)->prefix,
			      &((const struct entry *)b)->prefix);
}

static void add_entry(struct native_list *to, const struct entry *entry)
{
	struct cx_key4 *key4 = &to->entry[to->count].key.four;
	struct cx_key6 *key6 = &to->entry[to->count].key.six;

	if (entry->prefix.family == CX_IPV4) {
		key4->prefixlen = entry->prefix.len;
		memcpy(key4->addr, entry->prefix.addr, sizeof(key4->addr));
	} else {
		key6->prefixlen = entry->prefix.len;
		memcpy(key6->addr, entry->prefix.addr, sizeof(key6->addr));
	}
	compile_entry(entry, 0, &to->entry[to->count].value);
	to->count++;
}

/* The same, as it is not any more; or with the opposite of what it says. */
static struct entry altered(const struct entry *entry, bool gone)
{
	struct entry other = *entry;

	other.action = gone ? CX_GONE : is_gone(entry) ? CX_ALLOW : CX_DENY;
	other.expires = other.boottime_expires = other.action == CX_DENY;
	return other;
}

static bool is_listed(const struct scope *scope, const struct prefix *prefix)
{
	for (size_t i = 0; i < scope->count; i++) {
		if (!prefix_compare(&entries[i].prefix, prefix))
			return true;
	}
	return false;
}

/* What is one bit shorter than an entry was listed, too. */
static void add_former(const struct scope *scope, const struct entry *entry)
{
	struct entry former = { .action = CX_ALLOW }, gone;

	if (entry->prefix.len <= scope->place->first)
		return;
	former.prefix = prefix_shorten(&entry->prefix, entry->prefix.len - 1);
	if (is_listed(scope, &former.prefix))
		return;
	gone = altered(&former, true);
	add_entry(&list, &former);
	add_entry(&patch, &gone);
	compile_add_length(&world.rules.list[LIST][scope->place->family], former.prefix.len);
}

/* Of an entry and the others in turn: in the list, in the patch, and in both. */
static void add_split(const struct entry *entry, size_t turn)
{
	struct entry other = altered(entry, false);

	if (turn % 3)
		add_entry(&patch, entry);
	if (turn % 3 != 1)
		add_entry(&list, turn % 3 ? &other : entry);
}

static void make_entries(const struct scope *scope)
{
	memset(entries, 0, sizeof(entries));
	for (size_t i = 0; i < scope->count; i++) {
		bool gone = (scope->lists + i) % GONE_EVERY == 0;
		bool expired = gone || (scope->lists + i) % EXPIRED_EVERY == 0;

		entries[i].prefix = whole_prefix(scope, &scope->small[i]);
		entries[i].action = gone ? CX_DENY : CX_ALLOW;
		entries[i].expires = entries[i].boottime_expires = expired;
	}
	qsort(entries, scope->count, sizeof(*entries), compare_entries);
}

static void fill_filter(const struct scope *scope, bool large)
{
	enum cx_family family = scope->place->family;
	struct cx_list *compiled = &world.rules.list[LIST][family];
	struct bloom bloom = {
		.seed = world.rules.seed,
		.shift = OUTGROWN,
		.words = outgrown,
	};

	if (!large) {
		bloom.shift = bloom_shift(bloom_load(compiled, entries, scope->count));
		bloom.words = world.rules.filter[family];
		memset(bloom.words, 0, bloom_size(bloom.shift));
	}
	world.rules.filter_shift[family] = bloom.shift;
	world.outgrown[family] = large ? outgrown : NULL;
	world.outgrown[!family] = nothing;
	bloom_fill(&bloom, compiled, LIST, entries, scope->count);
}

/* Empties the large filter again: all of it would take longer than what it is for. */
static void wipe(const struct scope *scope)
{
	const struct cx_list *compiled = &world.rules.list[LIST][scope->place->family];

	for (size_t i = 0; i < scope->count * compiled->anchor_count; i++) {
		const struct cx_anchor *anchor = &compiled->anchor[i % compiled->anchor_count];
		__u64 hi, lo, hash;

		prefix_words(&entries[i / compiled->anchor_count].prefix, &hi, &lo);
		hash = cx_filter_hash(hi & anchor->mask_hi, lo & anchor->mask_lo,
				      world.rules.seed[0]);
		outgrown[cx_filter_index(hash, OUTGROWN)] = 0;
		outgrown[cx_filter_index(cx_filter_rehash(hash), OUTGROWN)] = 0;
	}
}

static void build_world(const struct scope *scope, bool patched)
{
	enum cx_family family = scope->place->family;

	make_entries(scope);
	list.count = patch.count = 0;
	list.key_size = family == CX_IPV4 ? sizeof(struct cx_key4) : sizeof(struct cx_key6);
	patch.key_size = list.key_size;
	compile_list(entries, scope->count, family, &world.rules.list[LIST][family]);
	world.rules.list[LIST][family].patch_id = patched;
	for (size_t i = 0; i < scope->count && patched; i++) {
		add_split(&entries[i], scope->lists + i);
		add_former(scope, &entries[i]);
	}
	for (size_t i = 0; i < scope->count && !patched; i++)
		add_entry(&list, &entries[i]);
	memset(world.list, 0, sizeof(world.list));
	memset(world.patch, 0, sizeof(world.patch));
	world.list[LIST][family] = &list;
	world.patch[LIST][family] = patched ? &patch : NULL;
}

/* The shipped search, by both its ways in */

static struct address address_of(enum cx_family family, const __u8 *addr)
{
	__be32 words[4];

	memcpy(words, addr, sizeof(words));
	if (family == CX_IPV4)
		return (struct address){ .lo = be32toh(words[0]) };
	return (struct address){
		.hi = (__u64)be32toh(words[0]) << 32 | be32toh(words[1]),
		.lo = (__u64)be32toh(words[2]) << 32 | be32toh(words[3]),
	};
}

static int shipped_search(enum cx_family family, const struct address *addr)
{
	const struct cx_entry *entry = list_find(&world.rules, 0, LIST, family, addr);

	return entry ? entry->prefixlen : -1;
}

static int shipped_len(enum cx_family family, const struct address *addr)
{
	struct packet packet = { .family = family, .src = *addr };
	__u32 len = find_len(&packet, CX_SLOT(0, LIST));

	return len == NO_PREFIX ? -1 : (int)len;
}

static void print_list(const struct scope *scope)
{
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < scope->count; i++) {
		printf("  %s%s\n", prefix_format(&entries[i].prefix, text),
		       is_gone(&entries[i]) ? " (expired deny)" : "");
	}
}

static bool try_address(struct scope *scope, unsigned int value, bool large)
{
	enum cx_family family = scope->place->family;
	int wanted, found, len;
	struct address addr;
	__u8 written[16];

	spread(scope, value, written);
	addr = address_of(family, written);
	wanted = plain_search(scope, written);
	found = shipped_search(family, &addr);
	len = shipped_len(family, &addr);
	scope->asked++;
	if (found == wanted && len == wanted)
		return true;
	printf("address %#x of %u bits at bit %u: /%d is wanted, found are /%d and /%d; filter "
	       "%s\n",
	       value, scope->bits, scope->place->first, wanted, found, len,
	       large ? "in a map of its own" : "in the rules");
	print_list(scope);
	return false;
}

/* The list at hand, and every address. */
static bool try_list(struct scope *scope)
{
	bool good = true;

	for (int way = 0; way < 3 && good; way++) {
		build_world(scope, way == 2);
		fill_filter(scope, way == 1);
		for (unsigned int value = 0; value < 1U << scope->bits && good; value++)
			good = try_address(scope, value, way == 1);
		if (way == 1)
			wipe(scope);
	}
	scope->lists++;
	return good;
}

/* Every list of up to so many prefixes: those so far, and each set of later ones. */
static bool try_all(struct scope *scope, unsigned int next)
{
	unsigned int all = (2U << scope->bits) - 1;
	bool good = try_list(scope);

	if (scope->count == scope->most)
		return good;
	/* number n + 1 in binary: a one, and then the bits of the prefix */
	for (unsigned int nr = next; nr < all && good; nr++) {
		unsigned int len = 31 - __builtin_clz(nr + 1);
		unsigned int value = (nr + 1 - (1U << len)) << (scope->bits - len);

		scope->small[scope->count++] = (struct small){ value, len };
		good = try_all(scope, nr + 1);
		scope->count--;
	}
	return good;
}

/* A prefix of that length which does not cover address 0, the n-th of such. */
static struct small beside(const struct scope *scope, unsigned int len, unsigned int nr)
{
	return (struct small){ (1 + nr % ((1U << len) - 1)) << (scope->bits - len), len };
}

/* Up to so many that cover address 0 (longer than the last), and then some that do not. */
static bool try_beside(struct scope *scope, unsigned int len, unsigned int same)
{
	bool good = try_list(scope);

	for (; len <= scope->bits && scope->count < scope->most && good; len++, same = 0) {
		if (same == (1U << len) - 1) /* there are no more */
			continue;
		scope->small[scope->count++] = beside(scope, len, same);
		good = try_beside(scope, len, same + 1);
		scope->count--;
	}
	return good;
}

static bool try_classes(struct scope *scope, unsigned int len)
{
	bool good = try_beside(scope, 1, 0);

	for (; len <= scope->bits && scope->count < scope->most && good; len++) {
		scope->small[scope->count++] = (struct small){ 0, len };
		good = try_classes(scope, len + 1);
		scope->count--;
	}
	return good;
}

static bool report(const struct scope *scope, const char *what, bool good)
{
	printf("%s native_search/%s, %s, bit %u (%lu lists, %lu questions)\n",
	       good ? "PASS" : "FAIL", what, scope->place->family == CX_IPV4 ? "IPv4" : "IPv6",
	       scope->place->first, scope->lists, scope->asked);
	return good;
}

int main(int argc, char **argv)
{
	unsigned int bits = argc > 3 ? strtoul(argv[1], NULL, 0) : 3;
	size_t most = argc > 3 ? strtoul(argv[2], NULL, 0) : PREFIXES_MAX;
	size_t kinds = argc > 3 ? strtoul(argv[3], NULL, 0) : 4;
	struct native_machine only = { .world = { &world, &world }, .boottime = NOW };
	bool good = true;

	if (!bits || bits > CLASS_BITS || most > PREFIXES_MAX || kinds > PREFIXES_MAX)
		return 2;
	for (int i = 0; i < 4; i++)
		world.rules.seed[i / 2][i % 2] = 0x9e3779b97f4a7c15ULL * (2 * i + 1);
	native_set(&only);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && good; i++) {
		struct scope small = { .place = &places[i], .bits = bits, .most = most };
		struct scope kind = { .place = &places[i], .bits = CLASS_BITS, .most = kinds };

		good = report(&small, "every list", try_all(&small, 0)) &&
		       report(&kind, "every kind of list", try_classes(&kind, 0));
	}
	return !good;
}
