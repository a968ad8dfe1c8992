/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The filters of a generation: where they stand, filled from the settings. */
#include "filters.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "object.h"
#include "patch.h"
#include "scope.h"

#define TRIES 8 /* of seeds: more would be no luck either */

static bool has_own_map(__u32 shift)
{
	return shift && shift < CX_FILTER_SHIFT_MIN; /* 0: never built */
}

/* An empty map for a filter of that size. Returns its fd or -errno. */
static int make_map(const struct builder *builder, enum cx_family family, __u32 shift)
{
	const struct list_types *types = &builder->types;
	const char *name = family == CX_IPV4 ? "filter4" : "filter6";
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP,
		    .btf_fd = types->btf_fd, .btf_key_type_id = types->index,
		    .btf_value_type_id = types->word);
	scoped(fd) fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(__u32), sizeof(__u64),
				       bloom_size(shift) / sizeof(__u64), &opts);
	int err = fd < 0 ? -errno : object_check_map(fd, name);

	return err ? err : scope_take(&fd);
}

static int drop(const struct instance *instance, unsigned int generation, enum cx_family family)
{
	__u32 which = CX_FILTER(generation, family);

	if (bpf_map_delete_elem(instance->fd[MAP_FILTERS], &which) && errno != ENOENT)
		return -errno;
	return 0;
}

int filters_drop(const struct instance *instance, unsigned int generation)
{
	const struct cx_rules *rules = &instance->rules[generation];
	int err = 0;

	for (enum cx_family family = CX_IPV4; family <= CX_IPV6 && !err; family++) {
		if (has_own_map(rules->filter_shift[family]))
			err = drop(instance, generation, family);
	}
	return err;
}

static size_t load_of(const struct builder *builder, enum cx_family family)
{
	size_t load = 0, count;
	struct list_at at;

	FOR_EACH_LIST (at) {
		const struct entry *entries = list_part(builder->want, &at, &count);

		if (at.family == family && count)
			load += bloom_load(list_of(builder->instance, builder->idle, &at), entries,
					   count);
	}
	return load;
}

static void fill(const struct builder *builder, enum cx_family family, const struct bloom *bloom,
		 struct bloom_sample *sample)
{
	struct list_at at;
	size_t count;

	memset(bloom->words, 0, bloom_size(bloom->shift));
	FOR_EACH_LIST (at) {
		const struct entry *entries = list_part(builder->want, &at, &count);

		if (at.family == family && count)
			bloom_fill(bloom, list_of(builder->instance, builder->idle, &at),
				   CX_LIST(at.direction, at.policy), entries, count);
	}
	FOR_EACH_LIST (at) {
		const struct entry *entries = list_part(builder->want, &at, &count);

		if (at.family == family && count)
			bloom_sample(bloom, list_of(builder->instance, builder->idle, &at),
				     CX_LIST(at.direction, at.policy), entries, count, sample);
	}
}

/* Where a family's filter is filled: in the rules, or in a map that is not in its slot yet. */
static int open_words(const struct builder *builder, enum cx_family family, struct bloom *bloom,
		      int *ret_fd)
{
	int fd;

	*ret_fd = -1;
	bloom->words = builder->rules->filter[family];
	if (!has_own_map(bloom->shift))
		return 0;
	fd = make_map(builder, family, bloom->shift);
	if (fd < 0)
		return fd;
	bloom->words =
		mmap(NULL, bloom_size(bloom->shift), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bloom->words == MAP_FAILED) {
		close(fd);
		return -ENOMEM;
	}
	*ret_fd = fd;
	return 0;
}

static int set_slot(const struct builder *builder, enum cx_family family, int fd)
{
	__u32 which = CX_FILTER(builder->idle, family);

	if (bpf_map_update_elem(builder->instance->fd[MAP_FILTERS], &which, &fd, BPF_ANY))
		return -errno;
	return 0;
}

/* One family's, in its place, by the seeds that the rules have. Returns 0 or -errno. */
static int build_one(const struct builder *builder, enum cx_family family, __u32 shift,
		     struct bloom_sample *sample)
{
	struct bloom bloom = { .seed = builder->rules->seed, .shift = shift };
	scoped(fd) fd = -1;
	int err = open_words(builder, family, &bloom, &fd);

	if (err)
		return err;
	fill(builder, family, &bloom, sample);
	builder->rules->filter_shift[family] = shift;
	if (fd < 0)
		return 0;
	munmap(bloom.words, bloom_size(shift));
	return set_slot(builder, family, fd);
}

static int draw_seeds(struct cx_rules *rules)
{
	if (getrandom(rules->seed, sizeof(rules->seed), 0) != sizeof(rules->seed))
		return -errno;
	for (int i = 0; i < 4; i++)
		rules->seed[i / 2][i % 2] |= 1;
	return 0;
}

/* Returns 1 if these seeds will do, 0 if others would do better, or -errno. */
static int try_seeds(const struct builder *builder, const __u32 *shift)
{
	bool good = true;
	int err = draw_seeds(builder->rules);

	for (enum cx_family family = CX_IPV4; family <= CX_IPV6 && !err; family++) {
		struct bloom_sample sample = {};

		err = build_one(builder, family, shift[family], &sample);
		good &= !bloom_is_unlucky(&sample);
	}
	return err ? err : good;
}

int filters_build(struct builder *builder)
{
	const __u32 shift[2] = {
		[CX_IPV4] = bloom_shift(load_of(builder, CX_IPV4)),
		[CX_IPV6] = bloom_shift(load_of(builder, CX_IPV6)),
	};
	int done = filters_drop(builder->instance, builder->idle);

	builder->rules->patched = 0;
	for (int i = 0; i < TRIES && !done; i++)
		done = try_seeds(builder, shift);
	return done < 0 ? done : 0;
}

#define STALE_PART 8 /* of all entries: patched since the filters were filled */

bool filters_are_stale(const struct instance *instance, unsigned int generation, size_t total)
{
	return total < LIST_LONG || instance->rules[generation].patched > total / STALE_PART;
}

/* Adding */

/* An fd of a filter that has a map of its own, or -errno. */
static int open_map(const struct instance *instance, unsigned int generation, enum cx_family family)
{
	__u32 which = CX_FILTER(generation, family), id;
	int fd;

	if (bpf_map_lookup_elem(instance->fd[MAP_FILTERS], &which, &id))
		return -errno;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : fd;
}

/* Of those that outgrew the rules both generations have the same. */
static int share_map(const struct builder *builder, enum cx_family family)
{
	scoped(fd) fd = open_map(builder->instance, !builder->idle, family);

	return fd < 0 ? fd : set_slot(builder, family, fd);
}

static bool same_seeds(const struct instance *instance)
{
	const struct cx_rules *rules = instance->rules;

	return !memcmp(rules[0].seed, rules[1].seed, sizeof(rules[0].seed)) &&
	       !memcmp(rules[0].filter_shift, rules[1].filter_shift, sizeof(rules[0].filter_shift));
}

/* The seeds last: cut short, the words are not taken for those that belong to them. */
static void copy_words(struct cx_rules *to, const struct cx_rules *from)
{
	memset(to->seed, 0, sizeof(to->seed));
	for (enum cx_family family = CX_IPV4; family <= CX_IPV6; family++) {
		if (!has_own_map(from->filter_shift[family]))
			memcpy(to->filter[family], from->filter[family],
			       bloom_size(from->filter_shift[family]));
		to->filter_shift[family] = from->filter_shift[family];
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	memcpy(to->seed, from->seed, sizeof(to->seed));
}

int filters_take_over(const struct builder *builder)
{
	const struct cx_rules *live = &builder->instance->rules[!builder->idle];
	int err = 0;

	if (!same_seeds(builder->instance))
		copy_words(builder->rules, live);
	for (enum cx_family family = CX_IPV4; family <= CX_IPV6 && !err; family++) {
		if (has_own_map(live->filter_shift[family]))
			err = share_map(builder, family);
	}
	return err;
}

void filters_forget(const struct instance *instance, unsigned int idle)
{
	memset(instance->rules[idle].seed, 0, sizeof(instance->rules[idle].seed));
}

int filter_open(const struct instance *instance, unsigned int generation, enum cx_family family,
		struct filter *ret_filter)
{
	struct cx_rules *rules = &instance->rules[generation];
	__u32 shift = rules->filter_shift[family];
	scoped(fd) fd = -1;

	*ret_filter = (struct filter){ .bloom = { .seed = rules->seed, .shift = shift } };
	ret_filter->bloom.words = rules->filter[family];
	if (!has_own_map(shift))
		return 0;
	fd = open_map(instance, generation, family);
	if (fd < 0)
		return fd;
	ret_filter->bloom.words =
		mmap(NULL, bloom_size(shift), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ret_filter->bloom.words == MAP_FAILED)
		return -errno;
	ret_filter->is_mapped = true;
	return 0;
}

void filter_close(struct filter *filter)
{
	if (filter->is_mapped)
		munmap(filter->bloom.words, bloom_size(filter->bloom.shift));
}

int filters_learn(const struct instance *instance, unsigned int live, const struct list_at *at,
		  const struct patch_lines *lines)
{
	struct filter filter;
	int err;

	/* one that has a map of its own is the same for both */
	if (!same_seeds(instance) || has_own_map(instance->rules[live].filter_shift[at->family]))
		return 0;
	err = filter_open(instance, !live, at->family, &filter);
	if (err)
		return err;
	for (size_t i = 0; i < lines->count; i++)
		bloom_enter(&filter.bloom, list_of(instance, live, at),
			    CX_LIST(at->direction, at->policy), &lines->line[i].prefix);
	filter_close(&filter);
	return 0;
}
