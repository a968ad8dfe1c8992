/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One instance: a pin directory, its lock, and the shared maps in it. */
#include "instance.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "object.h"
#include "pindir.h"

#define MAPS_DIR "maps"

#define RULES_SIZE   (2UL * sizeof(struct cx_rules))
#define DEVICES_SIZE ((size_t)CX_MAX_DEVS * CX_NAME_MAX)

static int *pin_fd(struct instance *instance, size_t i)
{
	return (int *)((char *)instance + shared_maps[i].fd_offset);
}

static const char *maps_path(const struct instance *instance, const char *name,
			     char buf[static PATH_MAX])
{
	if (snprintf(buf, PATH_MAX, "%s/" MAPS_DIR "/%s", instance->dir, name) >= PATH_MAX)
		buf[0] = '\0';
	return buf;
}

/* Returns 0 if there is an instance (meta is pinned last), -ENOENT if not, or another -errno. */
static int check_sealed(const struct instance *instance)
{
	char path[PATH_MAX];

	return access(maps_path(instance, "meta", path), F_OK) ? -errno : 0;
}

static int open_pin(struct instance *instance, size_t i)
{
	char path[PATH_MAX];
	int *fd = pin_fd(instance, i);

	if (*fd < 0)
		*fd = bpf_obj_get(maps_path(instance, shared_maps[i].pin, path));
	return *fd < 0 ? -errno : 0;
}

static int open_pins(struct instance *instance)
{
	int err = 0;

	for (size_t i = 0; i < SHARED_MAPS && !err; i++)
		err = open_pin(instance, i);
	return err;
}

static int map_one(int fd, size_t size, bool write, void *ret_mapped)
{
	void *mapped =
		mmap(NULL, size, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);

	if (mapped == MAP_FAILED)
		return -errno;
	*(void **)ret_mapped = mapped;
	return 0;
}

static int map_all(struct instance *instance, bool write)
{
	int err = map_one(instance->rules_fd, RULES_SIZE, write, &instance->rules);

	if (!err)
		err = map_one(instance->devices_fd, DEVICES_SIZE, write, &instance->devices);
	if (!err)
		err = map_one(instance->meta_fd, sizeof(*instance->meta), write, &instance->meta);
	if (!err)
		err = map_one(instance->live_fd, sizeof(*instance->live), write, &instance->live);
	return err;
}

/* Are these the maps of this version?  Asked before any other is opened: it may have others. */
static int check_version(const struct instance *instance, struct complaint *ret_why)
{
	struct bpf_map_info info = {};
	struct cx_meta meta = {};
	__u32 len = sizeof(info), zero = 0;

	if (bpf_obj_get_info_by_fd(instance->meta_fd, &info, &len) ||
	    info.value_size != sizeof(meta) ||
	    bpf_map_lookup_elem(instance->meta_fd, &zero, &meta)) {
		complain_failed(ret_why, instance->dir, "holds pins of something else");
		return -EINVAL;
	}
	if (meta.abi == CX_ABI)
		return 0;
	complain_failed(ret_why, instance->dir,
			"pins left by another version of clarent-xdp (ABI %u, this one has %d)",
			meta.abi, CX_ABI);
	complain_hint(ret_why,
		      "save with that version, detach all and purge; then apply with this one");
	return -EINVAL;
}

/* Makes the maps, in place of what a killed attempt may have left. */
static int create(struct instance *instance, struct complaint *ret_why)
{
	char path[PATH_MAX];
	int err = pindir_empty(instance->dir);

	if (!err && mkdir(maps_path(instance, "", path), 0700))
		err = -errno;
	if (err) {
		complain_failed(ret_why, instance->dir, "%s", strerror(-err));
		return err;
	}
	instance->meta_fd = object_create_maps(path, ret_why);
	if (instance->meta_fd < 0)
		return instance->meta_fd;
	instance->fresh = true;
	return 0;
}

static int open_maps(struct instance *instance, bool write, struct complaint *ret_why)
{
	int err = open_pin(instance, SHARED_META);

	if (!err && !instance->fresh) {
		err = check_version(instance, ret_why);
		if (err)
			return err;
	}
	if (!err)
		err = open_pins(instance);
	if (!err)
		err = map_all(instance, write);
	if (err) {
		complain_failed(ret_why, instance->dir, "cannot open its maps: %s", strerror(-err));
		if (err == -EPERM || err == -EACCES)
			complain_hint(ret_why, "needs root, or CAP_BPF and CAP_NET_ADMIN");
	}
	return err;
}

static int open_locked(struct instance *instance, enum instance_access access,
		       struct complaint *ret_why)
{
	int err;

	if (access != INSTANCE_READ) {
		instance->lock_fd = pindir_lock(instance->dir, ret_why);
		if (instance->lock_fd < 0)
			return instance->lock_fd;
	}
	err = check_sealed(instance);
	if (err && err != -ENOENT) /* what cannot be seen is not made anew */
		complain_failed(ret_why, instance->dir, "%s", strerror(-err));
	if (err == -ENOENT && access == INSTANCE_CREATE)
		err = create(instance, ret_why);
	return err ? err : open_maps(instance, access != INSTANCE_READ, ret_why);
}

int instance_open(const char *dir, enum instance_access access, struct instance *ret_instance,
		  struct complaint *ret_why)
{
	struct instance instance = { .lock_fd = -1 };
	int err;

	for (size_t i = 0; i < SHARED_MAPS; i++)
		*pin_fd(&instance, i) = -1;
	if (snprintf(instance.dir, sizeof(instance.dir), "%s", dir) >= PATH_MAX - 64) {
		complain_usage(ret_why, NULL, "the name of the pin directory is too long");
		return -ENAMETOOLONG;
	}
	err = access == INSTANCE_CREATE ? pindir_make(dir, ret_why) : pindir_check(dir, ret_why);
	if (err)
		return err;
	err = open_locked(&instance, access, ret_why);
	if (err) {
		instance_close(&instance);
		return err;
	}
	*ret_instance = instance;
	return 0;
}

static void unmap(void *mapped, size_t size)
{
	if (mapped)
		munmap(mapped, size);
}

void instance_close(struct instance *instance)
{
	unmap(instance->rules, RULES_SIZE);
	unmap(instance->devices, DEVICES_SIZE);
	unmap(instance->meta, sizeof(*instance->meta));
	unmap(instance->live, sizeof(*instance->live));
	for (size_t i = 0; i < SHARED_MAPS; i++) {
		if (*pin_fd(instance, i) >= 0)
			close(*pin_fd(instance, i));
	}
	if (instance->lock_fd >= 0)
		close(instance->lock_fd);
}

int instance_seal(struct instance *instance)
{
	char path[PATH_MAX];

	instance->meta->abi = CX_ABI;
	instance->meta->created_utc = time(NULL);
	if (bpf_obj_pin(instance->meta_fd, maps_path(instance, "meta", path)))
		return -errno;
	instance->fresh = false;
	return 0;
}

int instance_purge(struct instance *instance)
{
	char path[PATH_MAX];
	int err;

	/* meta first: what is left if this is cut short is no instance. */
	if (unlink(maps_path(instance, "meta", path)))
		return -errno;
	err = pindir_empty(instance->dir);
	if (!err && rmdir(instance->dir) && errno != EBUSY) /* EBUSY: we mounted it there */
		err = -errno;
	return err;
}

unsigned int instance_generation(const struct instance *instance)
{
	__u64 word = __atomic_load_n(instance->live, __ATOMIC_SEQ_CST);
	__u64 deadline = word & CX_LIVE_DEADLINE;
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (deadline && now.tv_sec * 1000000000ULL + now.tv_nsec >= deadline)
		word ^= CX_LIVE_GENERATION;
	return word & CX_LIVE_GENERATION;
}

__u64 instance_serial(const struct instance *instance)
{
	return instance->rules[instance_generation(instance)].serial;
}

unsigned int instance_device(struct instance *instance, const char *ifname)
{
	char name[CX_NAME_MAX] = {};

	for (unsigned int i = 1; i < CX_MAX_DEVS; i++) {
		if (!strncmp(instance->devices[i], ifname, CX_NAME_MAX))
			return i;
		if (instance->devices[i][0])
			continue;
		strncpy(name, ifname, sizeof(name) - 1);
		/* a system call, so that a killed caller leaves no half name */
		return bpf_map_update_elem(instance->devices_fd, &i, name, BPF_ANY) ? 0 : i;
	}
	return 0;
}
