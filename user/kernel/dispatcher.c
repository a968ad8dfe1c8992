/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What libxdp's dispatcher calls on an interface, as the kernel tells it. */
#include "dispatcher.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "scope.h"

#define NAME     "xdp_dispatcher" /* of its program, by libxdp's convention */
#define MAPS_MAX 8                /* of a program that may be join.bpf.c */

static bool is_called(__u32 prog_id, const char *name)
{
	scoped(fd) fd = bpf_prog_get_fd_by_id(prog_id);
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) && !strcmp(info.name, name);
}

bool dispatcher_is(__u32 prog_id)
{
	return prog_id && is_called(prog_id, NAME);
}

/* What its prog array holds. Returns true if it is one. */
static bool read_entry(__u32 map_id, struct dispatched *dispatched)
{
	scoped(fd) fd = bpf_map_get_fd_by_id(map_id);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), zero = 0;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ||
	    info.type != BPF_MAP_TYPE_PROG_ARRAY || strcmp(info.name, "entry"))
		return false;
	dispatched->entry = map_id;
	return !bpf_map_lookup_elem(fd, &zero, &dispatched->prog_id);
}

static bool read_component(__u32 prog_id, struct dispatched *ret)
{
	scoped(fd) fd = bpf_prog_get_fd_by_id(prog_id);
	__u32 map_ids[MAPS_MAX] = {};
	struct bpf_prog_info info = { .map_ids = (__u64)(uintptr_t)map_ids,
				      .nr_map_ids = MAPS_MAX };
	__u32 len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	*ret = (struct dispatched){ .component = prog_id };
	for (__u32 i = 0; i < info.nr_map_ids && i < MAPS_MAX; i++) {
		if (read_entry(map_ids[i], ret))
			return true;
	}
	return false;
}

/* The program that a link puts into the place of one of the dispatcher's functions, 0: none. */
static __u32 linked_into(__u32 link_id, __u32 dispatcher_id)
{
	scoped(fd) fd = bpf_link_get_fd_by_id(link_id);
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ||
	    info.type != BPF_LINK_TYPE_TRACING || info.tracing.target_obj_id != dispatcher_id)
		return 0;
	return info.prog_id;
}

int dispatcher_read(__u32 prog_id, struct dispatched ret[static DISPATCHED_MAX])
{
	__u32 link_id = 0, component;
	int count = 0;

	if (!dispatcher_is(prog_id))
		return 0;
	while (count < DISPATCHED_MAX && !bpf_link_get_next_id(link_id, &link_id)) {
		component = linked_into(link_id, prog_id);
		if (component && read_component(component, &ret[count]))
			count++;
	}
	return count == DISPATCHED_MAX || errno == ENOENT ? count : -errno;
}
