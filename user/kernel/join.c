/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * XDP behind libxdp's dispatcher, among others' programs.
 *
 * What the dispatcher calls is join.bpf.c, which goes on to the program that its
 * prog array holds.  The array is pinned beside the program, as "entry": the
 * kernel empties one that no pin or process holds.
 */
#include "join.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#include "dispatcher.h"
#include "join.skel.h"
#include "libxdp.h"
#include "object.h"
#include "pindir.h"
#include "scope.h"

DEFINE_SCOPED(struct join *, join, join__destroy)

static const __u32 zero; /* the one index */

/* Of the program that is to be put there. Returns 0 or -errno. */
static int read_program(int prog_fd, __u32 *ret_id, enum cx_attach_mode *ret_mode)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	struct cx_attachment self = {};
	int err;

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return -errno;
	err = object_read_self(info.id, &self);
	*ret_id = info.id;
	*ret_mode = self.mode;
	return err;
}

/* A prog array that holds the program, pinned: an fd, the caller's, or -errno. */
static int make_entry(int prog_fd, const char *dir)
{
	scoped(fd) fd = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "entry", sizeof(__u32),
				       sizeof(__u32), 1, NULL);
	char path[PIN_PATH_MAX];
	int err;

	if (fd < 0 || bpf_map_update_elem(fd, &zero, &prog_fd, BPF_ANY))
		return -errno;
	if (snprintf(path, sizeof(path), "%s/entry", dir) >= PIN_PATH_MAX)
		return -ENAMETOOLONG;
	err = pindir_replace(fd, path);
	return err ? err : scope_take(&fd);
}

static enum cx_attach_mode mode_of(const struct interface *interface)
{
	return interface->xdp_native ? CX_ATTACH_NATIVE : CX_ATTACH_GENERIC;
}

/* Where our program runs there. Returns 0, -ENOENT or another -errno. */
static int find(__u32 ifindex, __u32 prog_id, struct dispatched *ret, enum cx_attach_mode *ret_mode)
{
	struct dispatched all[DISPATCHED_MAX];
	struct interface interface;
	int count, err = interface_read(ifindex, &interface);

	if (err)
		return err == -ENODEV ? -ENOENT : err;
	*ret_mode = mode_of(&interface);
	count = dispatcher_read(interface.xdp_prog_id, all);
	for (int i = 0; i < count; i++) {
		*ret = all[i];
		if (ret->prog_id == prog_id)
			return 0;
	}
	return count < 0 ? count : -ENOENT;
}

/* Where the kernel takes no dispatcher, libxdp attaches what it was given by itself. */
static int refuse_alone(const struct interface *interface, enum cx_attach_mode mode,
			struct complaint *ret_why)
{
	__u32 flags = mode == CX_ATTACH_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;

	(void)bpf_xdp_detach((int)interface->ifindex, flags, NULL);
	complain_failed(ret_why, interface->name, "this kernel takes no dispatcher of libxdp's");
	complain_hint(ret_why, "attach it without join");
	return -EOPNOTSUPP;
}

static int put(const struct interface *interface, int prog_fd, const char *dir,
	       struct complaint *ret_why)
{
	scoped(join) skel = join__open();
	scoped(fd) entry_fd = -1;
	enum cx_attach_mode mode = CX_ATTACH_NATIVE;
	struct dispatched there;
	__u32 prog_id = 0;
	int err = skel ? read_program(prog_fd, &prog_id, &mode) : -errno;

	if (!err)
		entry_fd = make_entry(prog_fd, dir);
	if (!err && entry_fd < 0)
		err = entry_fd;
	if (!err)
		err = bpf_map__reuse_fd(skel->maps.entry, entry_fd);
	if (err)
		return complain_errno(ret_why, interface->name, err, "cannot join it");
	err = libxdp_join(skel->obj, interface->ifindex, interface->name, mode, ret_why);
	if (!err && find(interface->ifindex, prog_id, &there, &mode) == -ENOENT)
		err = refuse_alone(interface, mode, ret_why);
	return err;
}

static int replace(__u32 ifindex, __u32 prog_id, int prog_fd)
{
	scoped(fd) entry_fd = -1;
	enum cx_attach_mode mode;
	struct dispatched there;
	int err = find(ifindex, prog_id, &there, &mode);

	if (err)
		return err;
	entry_fd = bpf_map_get_fd_by_id(there.entry);
	if (entry_fd < 0 || bpf_map_update_elem(entry_fd, &zero, &prog_fd, BPF_ANY))
		return -errno;
	return 0;
}

/* The others there stay. */
static int take_off(__u32 ifindex, __u32 prog_id, const char *dir)
{
	enum cx_attach_mode mode;
	struct dispatched there;
	int err = find(ifindex, prog_id, &there, &mode);

	(void)dir;
	if (err)
		return err == -ENOENT ? 0 : err;
	return libxdp_leave(there.component, ifindex, mode);
}

int join_check(const struct interface *interface, bool mode_named, enum cx_attach_mode *mode,
	       struct complaint *ret_why)
{
	enum cx_attach_mode there = mode_of(interface);

	if (!interface->xdp_prog_id)
		return 0;
	if (!dispatcher_is(interface->xdp_prog_id)) {
		complain_failed(ret_why, interface->name,
				"another XDP program is attached (id %u), which is no dispatcher",
				interface->xdp_prog_id);
		complain_hint(ret_why, "see: bpftool prog show id %u", interface->xdp_prog_id);
		return -EBUSY;
	}
	if (!mode_named)
		*mode = there;
	if (*mode == there)
		return 0;
	return complain_failed(ret_why, interface->name, "its dispatcher is in mode %s",
			       there == CX_ATTACH_NATIVE ? "native" : "generic");
}

const struct hold join_hold = { .put = put, .replace = replace, .take_off = take_off };
