/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What entries and policies have seen: segments of state, by the id of an entry. */
#include "states.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "object.h"
#include "scope.h"
#include "slots.h"

/* An fd of a segment, or -errno. */
static int segment_open(const struct instance *instance, __u32 segment)
{
	__u32 id = instance->meta->segment[segment];
	int fd = id ? bpf_map_get_fd_by_id(id) : -1;

	return !id ? -ENOENT : fd < 0 ? -errno : fd;
}

/* The same, made if there is none yet. */
static int segment_make(const struct instance *instance, const struct list_types *types,
			__u32 segment)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE, .btf_fd = types->btf_fd,
		    .btf_key_type_id = types->index, .btf_value_type_id = types->state);
	scoped(fd) fd = segment_open(instance, segment);
	__u32 id;
	int err;

	if (fd != -ENOENT)
		return scope_take(&fd);
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "state", sizeof(__u32), sizeof(struct cx_state),
			    CX_SEGMENT_SIZE, &opts);
	if (fd < 0)
		return -errno;
	err = object_check_map(fd, "state");
	if (!err)
		err = map_id_of(fd, &id);
	if (err)
		return err;
	if (bpf_map_update_elem(instance->fd[MAP_STATES], &segment, &fd, BPF_ANY))
		return -errno;
	instance->meta->segment[segment] = id;
	return scope_take(&fd);
}

/* For the life of the process, or until an instance has another in its place. */
static const struct cx_state *mapped[CX_SEGMENTS];
static __u32 mapped_id[CX_SEGMENTS];

static void unmap_segment(__u32 segment)
{
	if (mapped[segment])
		munmap((void *)mapped[segment], CX_SEGMENT_SIZE * sizeof(struct cx_state));
	mapped[segment] = NULL;
}

/* What has no segment yet has seen nothing. */
static int map_segment(const struct instance *instance, __u32 segment)
{
	scoped(fd) fd = segment_open(instance, segment);
	void *memory;

	unmap_segment(segment);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	memory =
		mmap(NULL, CX_SEGMENT_SIZE * sizeof(struct cx_state), PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	mapped[segment] = memory;
	mapped_id[segment] = instance->meta->segment[segment];
	return 0;
}

int states_open(const struct instance *instance, const struct settings *settings)
{
	int err = 0;

	for (size_t i = 0; i < settings->count && !err; i++) {
		__u32 segment = settings->entry[i].id >> CX_SEGMENT_SHIFT;

		if (segment < CX_SEGMENTS &&
		    (!mapped[segment] || mapped_id[segment] != instance->meta->segment[segment]))
			err = map_segment(instance, segment);
	}
	return err;
}

struct cx_state states_of(__u32 id)
{
	__u32 segment = id >> CX_SEGMENT_SHIFT;

	if (segment >= CX_SEGMENTS || !mapped[segment])
		return (struct cx_state){};
	return mapped[segment][id & (CX_SEGMENT_SIZE - 1)];
}

/* Clears the state of new entries, and makes room for it. */
int states_clear(const struct instance *instance, const struct list_types *types,
		 const struct settings *have, const struct settings *want)
{
	scoped(memory) kept = calloc(CX_MAX_IDS / 8, 1);
	size_t size = CX_SEGMENT_SIZE * sizeof(struct cx_state);
	struct cx_state *segment[CX_SEGMENTS] = {};
	__u8 *bit = kept;
	int err = 0;

	if (!kept)
		return -ENOMEM;
	for (size_t i = 0; have && i < have->count; i++)
		bit[have->entry[i].id / 8] |= 1 << have->entry[i].id % 8;
	for (size_t i = 0; i < want->count && !err; i++) {
		__u32 id = want->entry[i].id, nr = id >> CX_SEGMENT_SHIFT;
		scoped(fd) fd = -1;

		if (bit[id / 8] >> id % 8 & 1)
			continue;
		if (!segment[nr]) {
			fd = segment_make(instance, types, nr);
			segment[nr] = fd < 0 ? MAP_FAILED
					     : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
						    fd, 0);
			err = segment[nr] == MAP_FAILED ? -errno : 0;
		}
		if (!err)
			memset(&segment[nr][id & (CX_SEGMENT_SIZE - 1)], 0,
			       sizeof(struct cx_state));
	}
	for (int i = 0; i < CX_SEGMENTS; i++) {
		if (segment[i] && segment[i] != MAP_FAILED)
			munmap(segment[i], size);
	}
	return err;
}
