/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A small change of a long list: beside it, and then in it. */
#include "patch.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filters.h"
#include "scope.h"

#define PATCH_MAX 4096 /* entries; more of them are no small change */

/* Finding */

static bool is_same(const struct builder *builder, const struct entry *before,
		    const struct entry *after)
{
	return before->id == after->id && before->boottime_expires == after->boottime_expires &&
	       entry_same(builder->have, before, builder->want, after);
}

static bool add_pair(struct patch *patch, const struct entry *before, const struct entry *after)
{
	if (patch->count == PATCH_MAX)
		return false;
	patch->added += !before;
	patch->removed += !after;
	patch->pair[patch->count++] = (struct patch_pair){ before, after };
	return true;
}

/* False if more differs than a patch may hold. */
static bool compare(const struct builder *builder, const struct list_at *at, struct patch *patch)
{
	size_t have_count, want_count;
	const struct entry *have = list_part(builder->have, at, &have_count);
	const struct entry *want = list_part(builder->want, at, &want_count);
	const struct entry *have_end = have + have_count, *want_end = want + want_count;
	bool fits = true;

	while (fits && (have < have_end || want < want_end)) {
		int order = have == have_end   ? 1
			    : want == want_end ? -1
					       : prefix_compare(&have->prefix, &want->prefix);

		if (order < 0)
			fits = add_pair(patch, have, NULL);
		else if (order > 0)
			fits = add_pair(patch, NULL, want);
		else if (!is_same(builder, have, want))
			fits = add_pair(patch, have, want);
		have += order <= 0;
		want += order >= 0;
	}
	return fits;
}

/* Does a map have room for so many?  Returns 1, 0 or -errno. */
static int has_room(int map_fd, size_t count)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(map_fd, &info, &len))
		return -errno;
	return count <= info.max_entries;
}

int patch_has_room(const struct instance *instance, unsigned int generation,
		   const struct list_at *at, size_t added)
{
	scoped(fd) fd = bpf_map_get_fd_by_id(slot_map(instance, generation, at));

	return fd < 0 ? -errno : has_room(fd, list_of(instance, generation, at)->count + added);
}

int patch_find(const struct builder *builder, const struct list_at *at, struct patch *ret_patch)
{
	int found = 0;

	*ret_patch = (struct patch){};
	if (list_of(builder->instance, !builder->idle, at)->count < LIST_LONG)
		return 0;
	ret_patch->pair = calloc(PATCH_MAX, sizeof(*ret_patch->pair));
	if (!ret_patch->pair)
		return -ENOMEM;
	if (compare(builder, at, ret_patch))
		found = patch_has_room(builder->instance, !builder->idle, at, ret_patch->added);
	if (found <= 0)
		patch_free(ret_patch);
	return found;
}

void patch_free(struct patch *patch)
{
	free(patch->pair);
	*patch = (struct patch){};
}

/* Putting */

/* Into the map that a former patch has left there, if it has the room. Returns 1, 0 or -errno. */
static int refill(struct builder *builder, const struct list_at *at, const struct entry *entries,
		  size_t count, list_value_fn *value)
{
	scoped(fd) fd = slot_open_patch(builder->instance, builder->idle, at);
	__u32 id;
	int err;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	err = has_room(fd, count);
	if (err <= 0)
		return err;
	err = map_id_of(fd, &id);
	if (err)
		return err;
	slot_note_patch(builder->instance, builder->idle, at, SLOT_UNKNOWN);
	err = list_fill(fd, at->family, entries, count, value, builder);
	if (err)
		return err;
	slot_note_patch(builder->instance, builder->idle, at, id);
	return 1;
}

static int put_entries(struct builder *builder, const struct list_at *at,
		       const struct entry *entries, size_t count, list_value_fn *value)
{
	int done = refill(builder, at, entries, count, value);
	scoped(fd) fd = -1;

	if (done)
		return done < 0 ? done : 0;
	fd = list_create(&builder->types, at->family == CX_IPV4 ? "patch4" : "patch6", at->family,
			 entries, count, value, builder);
	return fd < 0 ? fd : slot_set_patch(builder->instance, builder->idle, at, fd);
}

int patch_put(struct builder *builder, const struct list_at *at, const struct patch *patch,
	      list_value_fn *value)
{
	scoped(memory) memory = calloc(patch->count, sizeof(struct entry));
	struct entry *entries = memory;

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < patch->count; i++) {
		const struct patch_pair *pair = &patch->pair[i];

		if (pair->after)
			entries[i] = *pair->after;
		else
			entries[i] =
				(struct entry){ .prefix = pair->before->prefix, .action = CX_GONE };
	}
	return put_entries(builder, at, entries, patch->count, value);
}

/* Reading */

static int by_prefix(const void *a, const void *b)
{
	return prefix_compare(&((const struct patch_line *)a)->prefix,
			      &((const struct patch_line *)b)->prefix);
}

static int take_line(void *context, const struct prefix *prefix, const struct cx_entry *value)
{
	struct patch_lines *lines = context;

	if (lines->count == PATCH_MAX)
		return -E2BIG;
	lines->line[lines->count++] = (struct patch_line){ *prefix, *value };
	return 0;
}

/* An fd of the patch, or -ENOENT: there is none, or what it says is in the list. */
static int open_patch(const struct instance *instance, unsigned int generation,
		      const struct list_at *at)
{
	__u32 id = slot_patch(instance, generation, at);
	int fd;

	if (!id || id == SLOT_UNKNOWN)
		return -ENOENT;
	fd = bpf_map_get_fd_by_id(id);
	if (fd >= 0)
		return fd;
	return errno == ENOENT && slot_patch(instance, generation, at) != id ? -ENOENT : -errno;
}

int patch_read(const struct instance *instance, unsigned int generation, const struct list_at *at,
	       struct patch_lines *ret_lines)
{
	scoped(fd) fd = open_patch(instance, generation, at);
	int err;

	*ret_lines = (struct patch_lines){};
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	ret_lines->line = calloc(PATCH_MAX, sizeof(*ret_lines->line));
	if (!ret_lines->line)
		return -ENOMEM;
	err = list_read(fd, at->family, take_line, ret_lines);
	if (err)
		patch_free_lines(ret_lines);
	else
		qsort(ret_lines->line, ret_lines->count, sizeof(*ret_lines->line), by_prefix);
	return err;
}

void patch_free_lines(struct patch_lines *lines)
{
	free(lines->line);
	*lines = (struct patch_lines){};
}

const struct patch_line *patch_line(const struct patch_lines *lines, const struct prefix *prefix)
{
	struct patch_line wanted = { .prefix = *prefix };

	if (!lines->count)
		return NULL;
	return bsearch(&wanted, lines->line, lines->count, sizeof(wanted), by_prefix);
}

struct patched {
	const struct patch_lines *lines;
	list_read_fn *take;
	void *context;
};

static int take_unpatched(void *context, const struct prefix *prefix, const struct cx_entry *value)
{
	const struct patched *patched = context;

	return patch_line(patched->lines, prefix) ? 0
						  : patched->take(patched->context, prefix, value);
}

int patched_read(const struct instance *instance, unsigned int generation, const struct list_at *at,
		 int map_fd, list_read_fn *take, void *context)
{
	struct patch_lines lines;
	struct patched patched = { .lines = &lines, .take = take, .context = context };
	int err = patch_read(instance, generation, at, &lines);

	for (size_t i = 0; i < lines.count && !err; i++) {
		const struct patch_line *line = &lines.line[i];

		if (line->value.action != CX_GONE)
			err = take(context, &line->prefix, &line->value);
	}
	if (!err)
		err = list_read(map_fd, at->family, take_unpatched, &patched);
	patch_free_lines(&lines);
	return err;
}

/* Settling */

/* What is gone first: there must be room for what is new. */
static int enter_lines(int map_fd, const struct patch_lines *lines)
{
	int err = 0;

	for (size_t i = 0; i < lines->count && !err; i++) {
		if (lines->line[i].value.action == CX_GONE)
			err = list_remove(map_fd, &lines->line[i].prefix);
	}
	for (size_t i = 0; i < lines->count && !err; i++) {
		if (lines->line[i].value.action != CX_GONE)
			err = list_enter(map_fd, &lines->line[i].prefix, &lines->line[i].value);
	}
	return err;
}

static int settle_list(const struct instance *instance, unsigned int live, const struct list_at *at)
{
	struct patch_lines lines;
	scoped(fd) fd = -1;
	int err = patch_read(instance, live, at, &lines);

	if (err || !lines.count)
		return err;
	err = filters_learn(instance, live, at, &lines);
	if (!err) {
		fd = bpf_map_get_fd_by_id(slot_map(instance, live, at));
		err = fd < 0 ? -errno : enter_lines(fd, &lines);
	}
	patch_free_lines(&lines);
	return err;
}

/*
 * Who finds nothing in a patch must find what it said in the list.  x86 looks at both in
 * that order (Intel SDM, Memory Ordering: loads are not reordered with other loads).
 */
#if defined(__x86_64__) || defined(__i386__)
#define LOADS_IN_ORDER true
#else
#define LOADS_IN_ORDER false
#endif

int patches_settle(const struct instance *instance, unsigned int live, void (*wait)(void))
{
	struct list_at at;
	bool any = false;
	int err = 0;

	FOR_EACH_LIST (at) {
		if (!slot_patch(instance, live, &at))
			continue;
		any = true;
		err = settle_list(instance, live, &at);
		if (err)
			return err;
	}
	if (any && !LOADS_IN_ORDER)
		wait();
	FOR_EACH_LIST (at) {
		err = slot_empty_patch(instance, live, &at);
		if (err)
			break;
	}
	return err;
}
