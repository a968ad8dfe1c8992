/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Peer names and comments in the kernel: kept once, known by number. */
#include "texts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "scope.h"

#define BATCH 1024
#define GROW  4 /* times as much room, where there is none left */

struct text_cache {
	const struct instance *instance;
	struct strings *strings;
	__u32 count;
	bool reopened;
	__u32 string[]; /* by number, 0: not looked up yet */
};

struct text_cache *texts_open(const struct instance *instance, struct strings *strings)
{
	__u32 count = instance->meta->next_text + 1;
	struct text_cache *cache = calloc(1, sizeof(*cache) + count * sizeof(__u32));

	if (!cache)
		return NULL;
	cache->instance = instance;
	cache->strings = strings;
	cache->count = count;
	return cache;
}

void texts_close(struct text_cache *cache)
{
	free(cache);
}

/* Returns 0, -ENOENT, or another -errno.  What is missing may be in a map that is newer than ours. */
static int look_up(struct text_cache *cache, __u32 number, char ret_text[static CX_TEXT_MAX])
{
	const struct instance *instance = cache->instance;
	int err = bpf_map_lookup_elem(instance->fd[MAP_TEXTS], &number, ret_text) ? -errno : 0;

	if (err != -ENOENT || cache->reopened)
		return err;
	cache->reopened = true;
	err = instance_reopen_texts(instance);
	if (err <= 0)
		return err ? err : -ENOENT;
	return bpf_map_lookup_elem(instance->fd[MAP_TEXTS], &number, ret_text) ? -errno : 0;
}

int texts_string(struct text_cache *cache, __u32 number, __u32 *ret_string)
{
	char text[CX_TEXT_MAX];

	*ret_string = 0;
	if (!number || number >= cache->count)
		return 0;
	if (!cache->string[number]) {
		int err = look_up(cache, number, text);

		if (err)
			return err == -ENOENT ? 0 : err;
		text[sizeof(text) - 1] = '\0';
		cache->string[number] = strings_intern(cache->strings, text);
	}
	*ret_string = cache->string[number];
	return 0;
}

struct text_numbers {
	__u32 strings; /* highest string */
	__u32 *number; /* by string */
	__u32 *unused; /* numbers that nothing wanted refers to */
	size_t unused_count;
	size_t unused_space;
};

void texts_free_numbers(struct text_numbers *numbers)
{
	if (!numbers)
		return;
	free(numbers->number);
	free(numbers->unused);
	free(numbers);
}

__u32 texts_number(const struct text_numbers *numbers, __u32 string)
{
	return string <= numbers->strings ? numbers->number[string] : 0;
}

static int add_unused(struct text_numbers *numbers, __u32 number)
{
	if (numbers->unused_count == numbers->unused_space) {
		size_t space = numbers->unused_space ? numbers->unused_space * 2 : 64;
		__u32 *grown = reallocarray(numbers->unused, space, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		numbers->unused = grown;
		numbers->unused_space = space;
	}
	numbers->unused[numbers->unused_count++] = number;
	return 0;
}

/* Which strings are peers or comments, and so need a number: WANTED for now. */
#define WANTED (~0U)

static unsigned int mark(struct text_numbers *numbers, __u32 string)
{
	if (!string || numbers->number[string])
		return 0;
	numbers->number[string] = WANTED;
	return 1;
}

/* Returns 0, or -E2BIG if they are too many. */
static int mark_wanted(const struct settings *settings, struct text_numbers *numbers,
		       unsigned int *ret_count)
{
	unsigned int count = 0;

	for (size_t i = 0; i < settings->count; i++) {
		count += mark(numbers, settings->entry[i].peer);
		count += mark(numbers, settings->entry[i].comment);
	}
	*ret_count = count;
	return count > CX_MAX_TEXTS ? -E2BIG : 0;
}

/* Of a batch of texts; each has CX_TEXT_MAX bytes. Returns 0 or -errno, which ends the reading. */
typedef int batch_fn(void *context, const __u32 *numbers, const char *texts, __u32 count);

static int each_batch(int map_fd, batch_fn *fn, void *context)
{
	scoped(memory) keys = calloc(BATCH, sizeof(__u32));
	scoped(memory) values = calloc(BATCH, CX_TEXT_MAX);
	__u32 position = 0;
	bool first = true;
	int end = 0, err = 0;

	if (!keys || !values)
		return -ENOMEM;
	while (!end && !err) {
		__u32 count = BATCH;

		if (bpf_map_lookup_batch(map_fd, first ? NULL : &position, &position, keys, values,
					 &count, NULL))
			end = errno;
		if (end && end != ENOENT)
			return -end;
		first = false;
		err = fn(context, keys, values, count);
	}
	return err;
}

struct matching {
	const struct settings *settings;
	struct text_numbers *numbers;
};

/* Gives wanted strings the numbers under which the kernel has them already. */
static int match_batch(void *context, const __u32 *numbers, const char *texts, __u32 count)
{
	const struct matching *matching = context;
	int err = 0;

	for (__u32 i = 0; i < count && !err; i++) {
		__u32 string = strings_find(matching->settings->strings, texts + i * CX_TEXT_MAX);

		if (string && matching->numbers->number[string] == WANTED)
			matching->numbers->number[string] = numbers[i];
		else
			err = add_unused(matching->numbers, numbers[i]);
	}
	return err;
}

static int match_stored(const struct instance *instance, const struct settings *settings,
			struct text_numbers *numbers)
{
	struct matching matching = { settings, numbers };

	return each_batch(instance->fd[MAP_TEXTS], match_batch, &matching);
}

/* Growing: a hash has its buckets from the first on, and most instances have few texts or none. */

/* An empty one of the same kind, with more room. Returns its fd or -errno. */
static int make_larger(int map_fd)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), most = 2 * CX_MAX_TEXTS; /* what was, and what is to be */
	scoped(fd) btf_fd = -1, fd = -1;
	int err;

	if (bpf_obj_get_info_by_fd(map_fd, &info, &len))
		return -errno;
	if (info.max_entries >= most)
		return -E2BIG;
	btf_fd = bpf_btf_get_fd_by_id(info.btf_id);
	if (btf_fd < 0)
		return -errno;
	opts.btf_fd = btf_fd;
	opts.btf_key_type_id = info.btf_key_type_id;
	opts.btf_value_type_id = info.btf_value_type_id;
	fd = bpf_map_create(BPF_MAP_TYPE_HASH, info.name, info.key_size, info.value_size,
			    info.max_entries < most / GROW ? info.max_entries * GROW : most, &opts);
	if (fd < 0)
		return -errno;
	err = object_check_map(fd, info.name);
	return err ? err : scope_take(&fd);
}

static int copy_batch(void *context, const __u32 *numbers, const char *texts, __u32 count)
{
	const int *to_fd = context;

	return count && bpf_map_update_batch(*to_fd, numbers, texts, &count, NULL) ? -errno : 0;
}

/* Whoever reads meanwhile has the one or the other, and finds in both what is in force. */
static int grow(const struct instance *instance)
{
	scoped(fd) fd = make_larger(instance->fd[MAP_TEXTS]);
	int err = fd < 0 ? fd : each_batch(instance->fd[MAP_TEXTS], copy_batch, &fd);

	return err ? err : instance_replace_texts(instance, fd);
}

static int store(const struct instance *instance, __u32 number, const char *text)
{
	int err = 0;

	while (!err && bpf_map_update_elem(instance->fd[MAP_TEXTS], &number, text, BPF_ANY))
		err = errno == E2BIG ? grow(instance) : -errno;
	return err;
}

/* Stores what the kernel does not have yet, under numbers never used. */
static int store_new(struct instance *instance, const struct settings *settings,
		     struct text_numbers *numbers)
{
	__u32 next = instance->meta->next_text ? instance->meta->next_text : 1;
	int err;

	for (__u32 string = 1; string <= numbers->strings; string++) {
		char text[CX_TEXT_MAX] = {};

		if (numbers->number[string] != WANTED)
			continue;
		strncpy(text, strings_text(settings->strings, string), sizeof(text) - 1);
		/* taken first: killed here, it must not be given to another text later */
		instance->meta->next_text = next + 1;
		err = store(instance, next, text);
		if (err)
			return err;
		numbers->number[string] = next++;
	}
	return 0;
}

struct text_numbers *texts_give_numbers(struct instance *instance, const struct settings *settings)
{
	struct text_numbers *numbers = calloc(1, sizeof(*numbers));
	unsigned int wanted = 0;
	int err = -ENOMEM;

	if (!numbers)
		return NULL;
	numbers->strings = strings_count(settings->strings);
	numbers->number = calloc(numbers->strings + 1UL, sizeof(__u32));
	if (numbers->number)
		err = mark_wanted(settings, numbers, &wanted);
	/* a window has none to be dropped: without texts of its own it need not look */
	if (!err && (wanted || !settings->beyond.count))
		err = match_stored(instance, settings, numbers);
	if (!err)
		err = store_new(instance, settings, numbers);
	if (err) {
		texts_free_numbers(numbers);
		errno = -err;
		return NULL;
	}
	return numbers;
}

void texts_drop_unused(struct instance *instance, const struct text_numbers *numbers)
{
	for (size_t i = 0; i < numbers->unused_count; i++)
		(void)bpf_map_delete_elem(instance->fd[MAP_TEXTS], &numbers->unused[i]);
}
