/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One access list in the kernel: a hash map, made, filled, checked and read. */
#include "list.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "progress.h"
#include "scope.h"

#define BATCH       16384 /* entries per system call */
#define ENTRIES_MIN 64    /* room in the smallest list */
#define SAMPLE      16    /* entries read back after a load */

union acl_key {
	struct cx_key4 ipv4;
	struct cx_key6 ipv6;
};

static size_t key_size(enum cx_family family)
{
	return family == CX_IPV4 ? sizeof(struct cx_key4) : sizeof(struct cx_key6);
}

static void key_set(const struct prefix *prefix, void *ret_key)
{
	struct cx_key4 *key4 = ret_key;
	struct cx_key6 *key6 = ret_key;

	if (prefix->family == CX_IPV4) {
		key4->prefixlen = prefix->len;
		memcpy(key4->addr, prefix->addr, sizeof(key4->addr));
	} else {
		key6->prefixlen = prefix->len;
		memcpy(key6->addr, prefix->addr, sizeof(key6->addr));
	}
}

static void key_get(const void *key, enum cx_family family, struct prefix *ret_prefix)
{
	memset(ret_prefix, 0, sizeof(*ret_prefix));
	ret_prefix->family = family;
	ret_prefix->len = *(const __u32 *)key;
	memcpy(ret_prefix->addr, (const char *)key + sizeof(__u32), family == CX_IPV4 ? 4 : 16);
}

const char *list_name(const char *policy, enum cx_direction direction, enum cx_family family,
		      char buf[static CX_NAME_MAX])
{
	static const char *const suffix[2][2] = {
		[CX_SOURCE] = { CX_ACL4_SUFFIX, CX_ACL6_SUFFIX },
		[CX_DEST] = { CX_DST4_SUFFIX, CX_DST6_SUFFIX },
	};

	snprintf(buf, CX_NAME_MAX, "%.10s%s", policy, suffix[direction][family]);
	return buf;
}

static int find_types(const struct btf *btf, struct list_types *types)
{
	const struct {
		const char *name;
		__u32 kind;
		__u32 *ret_id;
	} wanted[] = {
		{ "cx_key4", BTF_KIND_STRUCT, &types->key[CX_IPV4] },
		{ "cx_key6", BTF_KIND_STRUCT, &types->key[CX_IPV6] },
		{ "cx_entry", BTF_KIND_STRUCT, &types->value },
		{ "cx_state", BTF_KIND_STRUCT, &types->state },
		{ "__u32", BTF_KIND_TYPEDEF, &types->index },
		{ "__u64", BTF_KIND_TYPEDEF, &types->word },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		int id = btf__find_by_name_kind(btf, wanted[i].name, wanted[i].kind);

		if (id < 0)
			return id;
		*wanted[i].ret_id = id;
	}
	return 0;
}

int list_types_open(const struct instance *instance, struct list_types *ret_types)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	struct btf *btf;
	int err;

	if (bpf_obj_get_info_by_fd(instance->fd[MAP_RULES], &info, &len))
		return -errno;
	btf = btf__load_from_kernel_by_id(info.btf_id);
	if (!btf)
		return -errno;
	err = find_types(btf, ret_types);
	btf__free(btf);
	if (err)
		return err;
	ret_types->btf_fd = bpf_btf_get_fd_by_id(info.btf_id);
	return ret_types->btf_fd < 0 ? -errno : 0;
}

static int make_map(const struct list_types *types, const char *name, enum cx_family family,
		    size_t count)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .btf_fd = types->btf_fd,
		    .btf_key_type_id = types->key[family], .btf_value_type_id = types->value);
	size_t room = count + count / 4;
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, name, key_size(family), sizeof(struct cx_entry),
				room < ENTRIES_MIN ? ENTRIES_MIN : room, &opts);

	return fd < 0 ? -errno : fd;
}

static int fill(int map_fd, enum cx_family family, const struct entry *entries, size_t count,
		list_value_fn *value, const void *context)
{
	size_t size = key_size(family);
	scoped(memory) keys = calloc(BATCH, size);
	scoped(memory) values = calloc(BATCH, sizeof(struct cx_entry));

	if (!keys || !values)
		return -ENOMEM;
	for (size_t done = 0; done < count;) {
		__u32 batch = count - done < BATCH ? count - done : BATCH, filled = batch;

		progress_tell("loading the lists", done, count);
		for (__u32 i = 0; i < batch; i++) {
			key_set(&entries[done + i].prefix, (char *)keys + i * size);
			value(context, &entries[done + i], (struct cx_entry *)values + i);
		}
		if (bpf_map_update_batch(map_fd, keys, values, &filled, NULL))
			return -errno;
		if (filled != batch)
			return -EIO;
		done += batch;
	}
	return 0;
}

/* A load is believed when a sample spread over it reads back as it was written. */
static int check_sample(int map_fd, const struct entry *entries, size_t count, list_value_fn *value,
			const void *context)
{
	size_t step = count / SAMPLE + 1;

	for (size_t i = 0; i < count; i += step) {
		struct cx_entry wanted, found;
		union acl_key key;

		key_set(&entries[i].prefix, &key);
		value(context, &entries[i], &wanted);
		if (bpf_map_lookup_elem(map_fd, &key, &found))
			return -errno;
		if (memcmp(&wanted, &found, sizeof(wanted)))
			return -EIO;
	}
	return 0;
}

int list_fill(int map_fd, enum cx_family family, const struct entry *entries, size_t count,
	      list_value_fn *value, const void *context)
{
	int err = fill(map_fd, family, entries, count, value, context);

	return err ? err : check_sample(map_fd, entries, count, value, context);
}

int list_create(const struct list_types *types, const char *name, enum cx_family family,
		const struct entry *entries, size_t count, list_value_fn *value,
		const void *context)
{
	scoped(fd) fd = make_map(types, name, family, count);
	int err;

	if (fd < 0)
		return fd;
	err = object_check_map(fd, name);
	if (!err)
		err = list_fill(fd, family, entries, count, value, context);
	return err ? err : scope_take(&fd);
}

int list_find(int map_fd, const struct prefix *prefix, struct cx_entry *ret_value)
{
	union acl_key key;

	key_set(prefix, &key);
	return bpf_map_lookup_elem(map_fd, &key, ret_value) ? -errno : 0;
}

int list_enter(int map_fd, const struct prefix *prefix, const struct cx_entry *value)
{
	union acl_key key;

	key_set(prefix, &key);
	return bpf_map_update_elem(map_fd, &key, value, BPF_ANY) ? -errno : 0;
}

int list_remove(int map_fd, const struct prefix *prefix)
{
	union acl_key key;

	key_set(prefix, &key);
	return bpf_map_delete_elem(map_fd, &key) && errno != ENOENT ? -errno : 0;
}

static int take_batch(const void *keys, const struct cx_entry *values, __u32 count,
		      enum cx_family family, list_read_fn *take, void *context)
{
	struct prefix prefix;
	int err = 0;

	for (__u32 i = 0; i < count && !err; i++) {
		key_get((const char *)keys + i * key_size(family), family, &prefix);
		err = take(context, &prefix, &values[i]);
	}
	return err;
}

int list_read(int map_fd, enum cx_family family, list_read_fn *take, void *context)
{
	scoped(memory) keys = calloc(BATCH, key_size(family));
	scoped(memory) values = calloc(BATCH, sizeof(struct cx_entry));
	__u32 position = 0;
	__u64 done = 0;
	int err, end = 0;

	if (!keys || !values)
		return -ENOMEM;
	while (!end) {
		__u32 count = BATCH;

		if (bpf_map_lookup_batch(map_fd, done ? &position : NULL, &position, keys, values,
					 &count, NULL))
			end = errno;
		if (end && end != ENOENT)
			return -end;
		done += count;
		progress_tell("reading the lists", done, 0);
		err = take_batch(keys, values, count, family, take, context);
		if (err)
			return err;
	}
	return 0;
}
