/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The slots of both generations: which map each list is in. */
#include "slots.h"

#include <bpf/bpf.h>
#include <errno.h>

#include "scope.h"

void list_next(struct list_at *at)
{
	at->family = !at->family;
	if (at->family == CX_IPV6)
		return;
	at->direction = !at->direction;
	if (at->direction == CX_SOURCE)
		at->policy++;
}

static __u32 slot_of(unsigned int generation, const struct list_at *at)
{
	return CX_SLOT(generation, CX_LIST(at->direction, at->policy));
}

struct cx_list *list_of(const struct instance *instance, unsigned int generation,
			const struct list_at *at)
{
	return &instance->rules[generation].list[CX_LIST(at->direction, at->policy)][at->family];
}

struct cx_counts *list_counts(const struct instance *instance, unsigned int generation,
			      const struct list_at *at)
{
	return &instance->rules[generation].counts[CX_LIST(at->direction, at->policy)][at->family];
}

/*
 * Id of the map in a slot, 0 if it is empty.  Noted beside the slot, because
 * Linux before 6.7 takes a grace period for every look into a map of maps.
 */
__u32 slot_map(const struct instance *instance, unsigned int generation, const struct list_at *at)
{
	return list_of(instance, generation, at)->map_id;
}

int slot_open(const struct instance *instance, unsigned int generation, const struct list_at *at,
	      int *ret_fd)
{
	bool is_empty = !list_of(instance, generation, at)->count;
	__u32 id = is_empty ? 0 : slot_map(instance, generation, at);

	*ret_fd = id ? bpf_map_get_fd_by_id(id) : -1;
	return id && *ret_fd < 0 ? -errno : 0;
}

/* Id of a map, 0 if there is none. Returns 0 or -errno. */
int map_id_of(int map_fd, __u32 *ret_id)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int err = map_fd < 0 ? 0 : bpf_obj_get_info_by_fd(map_fd, &info, &len);

	if (err)
		return err;
	*ret_id = info.id;
	return 0;
}

__u32 slot_patch(const struct instance *instance, unsigned int generation, const struct list_at *at)
{
	return list_of(instance, generation, at)->patch_id;
}

/* ret_note: where the id of what is in that slot is noted. */
static int set(const struct instance *instance, const struct list_at *at, __u32 slot, int map_fd,
	       __u32 *ret_note)
{
	int outer = instance->fd[at->family == CX_IPV4 ? MAP_LISTS4 : MAP_LISTS6];
	__u32 id = 0;
	int err = map_id_of(map_fd, &id);

	if (err)
		return err;
	*ret_note = SLOT_UNKNOWN; /* should this be cut short here */
	if (map_fd < 0 && bpf_map_delete_elem(outer, &slot) && errno != ENOENT)
		return -errno;
	if (map_fd >= 0 && bpf_map_update_elem(outer, &slot, &map_fd, BPF_ANY))
		return -errno;
	*ret_note = id;
	return 0;
}

int slot_set(const struct instance *instance, unsigned int generation, const struct list_at *at,
	     int map_fd)
{
	return set(instance, at, slot_of(generation, at), map_fd,
		   &list_of(instance, generation, at)->map_id);
}

int slot_set_patch(const struct instance *instance, unsigned int generation,
		   const struct list_at *at, int map_fd)
{
	return set(instance, at, CX_PATCH(slot_of(generation, at)), map_fd,
		   &list_of(instance, generation, at)->patch_id);
}

int slot_open_patch(const struct instance *instance, unsigned int generation,
		    const struct list_at *at)
{
	int outer = instance->fd[at->family == CX_IPV4 ? MAP_LISTS4 : MAP_LISTS6], fd;
	__u32 slot = CX_PATCH(slot_of(generation, at)), id;

	if (bpf_map_lookup_elem(outer, &slot, &id))
		return -errno;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : fd;
}

void slot_note_patch(const struct instance *instance, unsigned int generation,
		     const struct list_at *at, __u32 id)
{
	__atomic_store_n(&list_of(instance, generation, at)->patch_id, id, __ATOMIC_SEQ_CST);
}

static int empty(int map_fd)
{
	struct cx_key6 key; /* or the shorter of IPv4 */

	for (__u32 i = 0; !bpf_map_get_next_key(map_fd, NULL, &key); i++) {
		if (i == CX_MAX_ENTRIES) /* who else fills it? */
			return -EBUSY;
		if (bpf_map_delete_elem(map_fd, &key) && errno != ENOENT)
			return -errno;
	}
	return errno == ENOENT ? 0 : -errno;
}

/* What is noted needs no look, which before Linux 6.7 takes a grace period. */
static int open_noted(const struct instance *instance, unsigned int generation,
		      const struct list_at *at)
{
	__u32 id = slot_patch(instance, generation, at);
	int fd;

	if (id == SLOT_UNKNOWN)
		return slot_open_patch(instance, generation, at);
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : fd;
}

int slot_empty_patch(const struct instance *instance, unsigned int generation,
		     const struct list_at *at)
{
	scoped(fd) fd = -1;
	int err = 0;

	if (!slot_patch(instance, generation, at))
		return 0;
	fd = open_noted(instance, generation, at);
	if (fd < 0 && fd != -ENOENT)
		return fd;
	slot_note_patch(instance, generation, at, SLOT_UNKNOWN);
	if (fd >= 0)
		err = empty(fd);
	if (!err)
		slot_note_patch(instance, generation, at, 0);
	return err;
}

bool slots_agree(const struct instance *instance, unsigned int live)
{
	struct list_at at;

	FOR_EACH_LIST (at) {
		if (slot_map(instance, live, &at) != slot_map(instance, !live, &at) ||
		    slot_patch(instance, live, &at) || slot_patch(instance, !live, &at))
			return false;
	}
	return true;
}

static int sync_slot(const struct instance *instance, unsigned int live, const struct list_at *at)
{
	__u32 id = slot_map(instance, live, at);
	scoped(fd) fd = -1;
	int err = slot_empty_patch(instance, !live, at);

	if (err || id == slot_map(instance, !live, at))
		return err;
	fd = id ? bpf_map_get_fd_by_id(id) : -1;
	return id && fd < 0 ? -errno : slot_set(instance, !live, at, fd);
}

/* Makes the idle slots equal to the live ones, whatever a build has put there. */
int sync_slots(const struct instance *instance, unsigned int live)
{
	struct list_at at;
	int err = 0;

	FOR_EACH_LIST (at) {
		err = sync_slot(instance, live, &at);
		if (err)
			break;
	}
	return err;
}
