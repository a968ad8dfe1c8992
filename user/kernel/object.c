/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The embedded BPF object: given its maps, loaded, and read back. */
#include "object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "clarent_xdp.skel.h"
#include "kernel_said.h"
#include "scope.h"

#define KERNEL_MAJOR_MIN 6 /* the oldest kernel that the tests pass on: 6.1 */
#define KERNEL_MINOR_MIN 1
#define LIVE_MAP         ".data.live"
#define PACE_MAP         ".data.pace"
#define TYPES_MAP        ".data.types"

DEFINE_SCOPED(struct clarent_xdp *, skeleton, clarent_xdp__destroy)

const struct shared_map shared_maps[INSTANCE_MAPS] = {
	[MAP_RULES] = { "rules", "rules" },    [MAP_LISTS4] = { "lists4", "lists4" },
	[MAP_LISTS6] = { "lists6", "lists6" }, [MAP_FILTERS] = { "filters", "filters" },
	[MAP_STATES] = { "states", "states" }, [MAP_DEVICES] = { "devices", "devices" },
	[MAP_TEXTS] = { "texts", "texts" },    [MAP_LIVE] = { LIVE_MAP, "live" },
	[MAP_SEEN] = { "seen", "seen" },       [MAP_PACE] = { PACE_MAP, "pace" },
	[MAP_META] = { "meta", "meta" },
};

static int kernel_is_too_old(struct utsname *ret_name)
{
	unsigned int major = 0, minor = 0;

	if (uname(ret_name) || sscanf(ret_name->release, "%u.%u", &major, &minor) != 2)
		return 0;
	return major < KERNEL_MAJOR_MIN || (major == KERNEL_MAJOR_MIN && minor < KERNEL_MINOR_MIN);
}

/* Does it lie at what there is on this machine now, whatever its kernel can? */
static bool is_want(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE || err == -EPERM;
}

/* It has errors of its own, of what it is given, before it asks the kernel. */
static int complain_libbpf(struct complaint *ret_why, const char *what, int err)
{
	char text[128];

	libbpf_strerror(err, text, sizeof(text));
	complain_failed(ret_why, NULL, "cannot load %s: libbpf: %s", what, text);
	return err;
}

/* what: the program or the maps */
static int complain_load(struct complaint *ret_why, const char *what, int err)
{
	const char *said = kernel_said();
	struct utsname name;

	if (!is_want(err) && kernel_is_too_old(&name)) {
		complain_failed(ret_why, NULL, "kernel %s is too old: needs Linux %d.%d",
				name.release, KERNEL_MAJOR_MIN, KERNEL_MINOR_MIN);
		return err;
	}
	if (err <= -__LIBBPF_ERRNO__START)
		return complain_libbpf(ret_why, what, err);
	complain_errno(ret_why, NULL, err, "%s %s",
		       is_want(err) && !*said ? "cannot load" : "the kernel refused", what);
	complain_said(ret_why, said);
	if (*said)
		complain_hint(ret_why, "-v shows all that the kernel said");
	return err;
}

int object_check_map(int map_fd, const char *name)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(map_fd, &info, &len))
		return -errno;
	/* the kernel takes no BTF for maps of maps */
	if (!strncmp(info.name, name, sizeof(info.name) - 1) &&
	    (info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || (info.btf_id && info.btf_value_type_id)))
		return 0;
	return kernel_refused_types() ? kernel_refused_types() : -EIO;
}

/* A descriptor that stays when libbpf closes its own. */
static int keep_fd(int fd, int *ret_fd)
{
	*ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return *ret_fd < 0 ? -errno : 0;
}

static int pin_shared_maps(struct clarent_xdp *skel, const char *maps_dir)
{
	char path[PIN_PATH_MAX];

	for (size_t i = 0; i < INSTANCE_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, shared_maps[i].map);
		int err;

		err = object_check_map(bpf_map__fd(map), shared_maps[i].map);
		if (err)
			return err;
		if (i == MAP_META) /* last, when all else is there */
			continue;
		snprintf(path, sizeof(path), "%s/%s", maps_dir, shared_maps[i].pin);
		err = bpf_obj_pin(bpf_map__fd(map), path);
		if (err)
			return -errno;
	}
	return 0;
}

/*
 * Leaves out of a load what is not asked for.  Then the skeleton's own load,
 * which maps every data section, would trip over the missing ones:
 * bpf_object__load() does not.
 */
static void leave_out(struct bpf_object *object, bool counters)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object)
		bpf_program__set_autoload(program, false);
	bpf_map__set_autocreate(bpf_object__find_map_by_name(object, TYPES_MAP), false);
	bpf_map__set_autocreate(bpf_object__find_map_by_name(object, "counters"), counters);
	bpf_map__set_autocreate(bpf_object__find_map_by_name(object, "then"), false);
	bpf_map__set_autocreate(bpf_object__find_map_by_name(object, "readers"), false);
	bpf_map__set_autocreate(bpf_object__find_map_by_name(object, "quotas"), false);
	bpf_map__set_autocreate(bpf_object__find_map_by_name(object, "wishes"), false);
}

static struct clarent_xdp *open_skeleton(void)
{
	kernel_forget();
	return clarent_xdp__open();
}

int object_create_maps(const char *maps_dir, struct complaint *ret_why)
{
	scoped(skeleton) skel = open_skeleton();
	int err, meta_fd;

	if (!skel)
		return complain_load(ret_why, "the maps", -errno);
	leave_out(skel->obj, /* counters= */ false);
	err = bpf_object__load(skel->obj);
	if (err)
		return complain_load(ret_why, "the maps", err);
	err = pin_shared_maps(skel, maps_dir);
	if (!err)
		err = keep_fd(bpf_map__fd(skel->maps.meta), &meta_fd);
	return err ? complain_errno(ret_why, maps_dir, err, "cannot make the maps") : meta_fd;
}

static int reuse_own(struct bpf_map *map, int fd)
{
	return fd < 0 ? 0 : bpf_map__reuse_fd(map, fd);
}

static int reuse_maps(struct clarent_xdp *skel, const struct instance *instance,
		      const struct object_maps *maps)
{
	int err;

	for (size_t i = 0; i < INSTANCE_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, shared_maps[i].map);

		err = bpf_map__reuse_fd(map, instance->fd[i]);
		if (err)
			return err;
	}
	err = reuse_own(skel->maps.counters, maps->counters_fd);
	if (!err)
		err = reuse_own(skel->maps.then, maps->then_fd);
	if (err || !(skel->rodata_self->self.features & CX_FEATURE_LOG))
		return err;
	err = reuse_own(skel->maps.readers, maps->readers_fd);
	return err ? err : reuse_own(skel->maps.wishes, maps->wishes_fd);
}

/*
 * A driver may hand a large frame over in several buffers.  A generic program
 * is given linear packets: since Linux 6.9, one that takes several buffers is
 * given a copy which has lost the length of its link header (skb_pp_cow_data),
 * so that what tc sends on behind it is garbage.  libxdp's dispatcher takes
 * them only if all that it calls do, and join.bpf.c does not.
 */
static __u32 frags_flag(const struct cx_attachment *self)
{
	bool alone = !(self->features & CX_FEATURE_JOIN);

	return self->mode == CX_ATTACH_NATIVE && alone ? BPF_F_XDP_HAS_FRAGS : 0;
}

/* The one to attach. */
static struct bpf_program *judge_of(const struct clarent_xdp *skel)
{
	const struct cx_attachment *self = (const struct cx_attachment *)&skel->rodata_self->self;
	bool tells = self->features & CX_FEATURE_LOG;

	if (self->mode == CX_ATTACH_TC)
		return tells ? skel->progs.clarent_tc_log : skel->progs.clarent_tc;
	return tells ? skel->progs.clarent_xdp_log : skel->progs.clarent_xdp;
}

/* Loads the one that is to be attached, and the one for `check`. */
static void choose_programs(struct clarent_xdp *skel, const struct cx_attachment *self)
{
	leave_out(skel->obj, /* counters= */ true);
	*(struct cx_attachment *)&skel->rodata_self->self = *self;
	bpf_program__set_autoload(judge_of(skel), true);
	bpf_program__set_autoload(skel->progs.clarent_check, true);
	bpf_program__set_flags(judge_of(skel), frags_flag(self));
	/* since Linux 6.18 it must agree with the caller's, and an extension has none */
	if (self->features & CX_FEATURE_JOIN)
		bpf_program__set_expected_attach_type(judge_of(skel), 0);
	bpf_map__set_autocreate(skel->maps.then, self->features & CX_FEATURE_THEN);
	bpf_map__set_autocreate(skel->maps.readers, self->features & CX_FEATURE_LOG);
	bpf_map__set_autocreate(skel->maps.quotas, self->features & CX_FEATURE_LOG);
	bpf_map__set_autocreate(skel->maps.wishes, self->features & CX_FEATURE_LOG);
}

static int keep_programs(const struct clarent_xdp *skel, struct object_programs *ret_programs)
{
	int err = object_check_map(bpf_map__fd(skel->maps.counters), "counters");

	*ret_programs = (struct object_programs){ -1, -1, -1, -1 };
	if (!err)
		err = object_check_map(bpf_map__fd(skel->maps.rodata_self), ".rodata.self");
	if (!err)
		err = keep_fd(bpf_program__fd(judge_of(skel)), &ret_programs->judge_fd);
	if (!err)
		err = keep_fd(bpf_program__fd(skel->progs.clarent_check), &ret_programs->check_fd);
	if (!err)
		err = keep_fd(bpf_map__fd(skel->maps.counters), &ret_programs->counters_fd);
	if (!err && skel->rodata_self->self.features & CX_FEATURE_THEN)
		err = keep_fd(bpf_map__fd(skel->maps.then), &ret_programs->then_fd);
	if (err)
		object_close(ret_programs);
	return err;
}

int object_load(const struct instance *instance, const struct cx_attachment *self,
		const struct object_maps *maps, struct object_programs *ret_programs,
		struct complaint *ret_why)
{
	scoped(skeleton) skel = open_skeleton();
	int err;

	if (!skel)
		return complain_load(ret_why, "the program", -errno);
	choose_programs(skel, self);
	err = reuse_maps(skel, instance, maps);
	if (!err)
		err = bpf_object__load(skel->obj);
	if (!err)
		err = keep_programs(skel, ret_programs);
	return err ? complain_load(ret_why, "the program", err) : 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void object_close(struct object_programs *programs)
{
	close_fd(programs->judge_fd);
	close_fd(programs->check_fd);
	close_fd(programs->counters_fd);
	close_fd(programs->then_fd);
}

/* Reads the one value of a map if it is the program's struct cx_attachment. */
static int read_self_map(__u32 map_id, struct cx_attachment *ret_self)
{
	scoped(fd) fd = bpf_map_get_fd_by_id(map_id);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), zero = 0;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.max_entries != 1 ||
	    info.value_size != sizeof(*ret_self) || !(info.map_flags & BPF_F_RDONLY_PROG))
		return -ENOENT;
	return bpf_map_lookup_elem(fd, &zero, ret_self) ? -errno : 0;
}

int object_read_self(__u32 prog_id, struct cx_attachment *ret_self)
{
	scoped(fd) fd = bpf_prog_get_fd_by_id(prog_id);
	__u32 map_ids[INSTANCE_MAPS + 8] = {};
	struct bpf_prog_info info = {
		.map_ids = (__u64)(uintptr_t)map_ids,
		.nr_map_ids = sizeof(map_ids) / sizeof(map_ids[0]),
	};
	__u32 len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	for (__u32 i = 0; i < info.nr_map_ids; i++) {
		if (!read_self_map(map_ids[i], ret_self))
			return 0;
	}
	return -ENOENT;
}
