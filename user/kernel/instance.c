/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One instance: a pin directory, its lock, and the shared maps in it. */
#include "instance.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object.h"
#include "pindir.h"
#include "scope.h"
#include "slots.h"

#define RULES_SIZE   (2UL * sizeof(struct cx_rules))
#define DEVICES_SIZE ((size_t)CX_MAX_DEVS * CX_NAME_MAX)
#define OPEN_TRIES   100 /* of an instance that others purge and make again meanwhile */

static unsigned int patience = 10;

void instance_set_patience(unsigned int seconds)
{
	patience = seconds;
}

static const char *maps_path(const struct instance *instance, const char *name,
			     char buf[static PIN_PATH_MAX])
{
	if (snprintf(buf, PIN_PATH_MAX, "%s/" PINDIR_MAPS "/%s", instance->dir, name) >=
	    PIN_PATH_MAX)
		buf[0] = '\0';
	return buf;
}

/* Returns 0 if there is an instance (meta is pinned last), -ENOENT if not, or another -errno. */
static int check_sealed(const struct instance *instance)
{
	char path[PIN_PATH_MAX];

	/* by what is effective: access() would ask what the real user may, without capabilities */
	return faccessat(AT_FDCWD, maps_path(instance, "meta", path), F_OK, AT_EACCESS) ? -errno
											: 0;
}

/* Writable for readers too: what cannot be written cannot be mapped shared. */
static int open_pin(struct instance *instance, enum instance_map map)
{
	char path[PIN_PATH_MAX];
	int *fd = &instance->fd[map];

	if (*fd < 0)
		*fd = bpf_obj_get(maps_path(instance, shared_maps[map].pin, path));
	return *fd < 0 ? -errno : 0;
}

static int open_pins(struct instance *instance)
{
	int err = 0;

	for (int map = 0; map < INSTANCE_MAPS && !err; map++)
		err = open_pin(instance, map);
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
	int err = map_one(instance->fd[MAP_RULES], RULES_SIZE, write, &instance->rules);

	if (!err)
		err = map_one(instance->fd[MAP_DEVICES], DEVICES_SIZE, write, &instance->devices);
	if (!err)
		err = map_one(instance->fd[MAP_META], sizeof(*instance->meta), write,
			      &instance->meta);
	if (!err)
		err = map_one(instance->fd[MAP_LIVE], sizeof(*instance->live), write,
			      &instance->live);
	if (!err)
		err = map_one(instance->fd[MAP_PACE], sizeof(*instance->pace), write,
			      &instance->pace);
	return err;
}

/* Whose turn it is to be looked at is for nobody to know. */
static int draw_seed(struct cx_pace *pace)
{
	if (getrandom(pace->seed, sizeof(pace->seed), 0) != sizeof(pace->seed))
		return -errno;
	pace->seed[0] |= 1;
	pace->seed[1] |= 1;
	return 0;
}

/* Returns 0, -EBADMSG if it is another program's map, or another -errno. */
static int read_abi(int meta_fd, __u32 *ret_abi)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), zero = 0;
	scoped(memory) meta = NULL; /* another version's may be of another size */

	if (bpf_obj_get_info_by_fd(meta_fd, &info, &len))
		return -errno;
	if (strcmp(info.name, "meta"))
		return -EBADMSG;
	meta = calloc(1, info.value_size + sizeof(*ret_abi));
	if (!meta || bpf_map_lookup_elem(meta_fd, &zero, meta))
		return -errno;
	*ret_abi = *(__u32 *)meta;
	return 0;
}

/* Are these the maps of this version?  Asked before any other is opened: it may have others. */
static int check_version(const struct instance *instance, struct complaint *ret_why)
{
	__u32 abi = 0;
	int err = read_abi(instance->fd[MAP_META], &abi);

	if (err == -EBADMSG) {
		complain_failed(ret_why, instance->dir, "holds pins of something else");
		return -EINVAL;
	}
	if (err)
		return complain_errno(ret_why, instance->dir, err,
				      "cannot tell whose pins it holds");
	if (abi == CX_ABI)
		return 0;
	complain_failed(ret_why, instance->dir,
			"pins left by another version of clarent-xdp (ABI %u, this one has %d)",
			abi, CX_ABI);
	complain_hint(ret_why,
		      "save with that version, detach all and purge; then apply with this one");
	return -EPROTO;
}

/* Makes the maps, in place of what a killed attempt may have left. */
static int create(struct instance *instance, struct complaint *ret_why)
{
	char path[PIN_PATH_MAX];
	int err = pindir_empty(instance->dir);

	if (!err && mkdir(maps_path(instance, "", path), 0700))
		err = -errno;
	if (err)
		return complain_errno(ret_why, instance->dir, err, "cannot be filled");
	instance->fresh = true;
	instance->fd[MAP_META] = object_create_maps(path, ret_why);
	return instance->fd[MAP_META] < 0 ? instance->fd[MAP_META] : 0;
}

/* An open directory's inode is not given again: is it still the one that the path leads to? */
static bool is_same_dir(int fd, const char *path)
{
	struct stat opened, there;

	return fd >= 0 && !fstat(fd, &opened) && !stat(path, &there) &&
	       opened.st_ino == there.st_ino && opened.st_dev == there.st_dev;
}

static int open_maps(struct instance *instance, bool write, struct complaint *ret_why)
{
	int err = open_pin(instance, MAP_META);

	if (!err && !instance->fresh) {
		err = check_version(instance, ret_why);
		if (err)
			return err;
	}
	if (!err)
		err = open_pins(instance);
	if (!err)
		err = map_all(instance, write);
	if (!err && instance->fresh)
		err = draw_seed(instance->pace);
	if (err) {
		complain_errno(ret_why, instance->dir, err, "cannot open its maps");
	} else {
		instance_look(instance);
	}
	return err;
}

static int open_sealed(struct instance *instance, enum instance_access access,
		       struct complaint *ret_why)
{
	char path[PIN_PATH_MAX];
	scoped(fd) maps_fd = open(maps_path(instance, "", path), O_PATH | O_CLOEXEC);
	int err = check_sealed(instance);

	if (err && err != -ENOENT) /* what cannot be seen is not made anew */
		complain_errno(ret_why, instance->dir, err, "cannot be looked at");
	if (err == -ENOENT && access == INSTANCE_CREATE)
		err = create(instance, ret_why);
	if (!err)
		err = open_maps(instance, access != INSTANCE_READ, ret_why);
	if (access != INSTANCE_READ || is_same_dir(maps_fd, path))
		return err;
	/* purged, and perhaps made again, while its pins were opened one by one */
	*ret_why = (struct complaint){};
	return check_sealed(instance) == -ENOENT ? -ENOENT : -ESTALE;
}

static void let_go(struct instance *instance)
{
	if (instance->lock_fd >= 0 && (instance->made || instance->fresh))
		instance_discard(instance);
	instance_close(instance);
}

/* Once; -ESTALE without a complaint if the directory was removed meanwhile. */
static int try_to_open(enum instance_access access, struct instance *instance,
		       struct complaint *ret_why)
{
	int err = access == INSTANCE_CREATE ? pindir_make(instance->dir, &instance->made, ret_why)
					    : pindir_check(instance->dir, ret_why);

	if (err)
		return err;
	if (access != INSTANCE_READ) {
		instance->lock_fd = pindir_lock(instance->dir, PINDIR_ALONE, patience, ret_why);
		if (instance->lock_fd < 0)
			return instance->lock_fd;
		instance->seen = calloc(1, sizeof(*instance->seen));
		if (!instance->seen)
			return complain_memory(ret_why);
	}
	return open_sealed(instance, access, ret_why);
}

void instance_forget_attachments(const struct instance *instance)
{
	if (!instance->seen)
		return;
	free(instance->seen->list);
	*instance->seen = (struct seen_attachments){};
}

static void clear(struct instance *instance)
{
	instance->lock_fd = -1;
	instance->made = instance->fresh = false;
	for (int map = 0; map < INSTANCE_MAPS; map++)
		instance->fd[map] = -1;
}

int instance_open(const char *dir, enum instance_access access, struct instance *ret_instance,
		  struct complaint *ret_why)
{
	struct instance instance = {};
	int err = -ESTALE;

	if (snprintf(instance.dir, sizeof(instance.dir), "%s", dir) >= PINDIR_PATH_MAX)
		return complain_usage(ret_why, NULL, "the name of the pin directory is too long");
	for (int i = 0; i < OPEN_TRIES && err == -ESTALE; i++) {
		clear(&instance);
		err = try_to_open(access, &instance, ret_why);
		if (err)
			let_go(&instance);
	}
	if (err == -ESTALE)
		complain_failed(ret_why, dir, "others remove it and make it again all the time");
	if (!err)
		*ret_instance = instance;
	return err;
}

void instance_unlock(struct instance *instance)
{
	instance_forget_attachments(instance);
	close(instance->lock_fd);
	instance->lock_fd = -1;
}

/* Is what is pinned still what was opened? Returns 0, -ESTALE if not, or another -errno. */
static int check_same_meta(const struct instance *instance)
{
	struct bpf_map_info ours = {}, theirs = {};
	__u32 len = sizeof(ours), same_len = sizeof(theirs);
	char path[PIN_PATH_MAX];
	scoped(fd) fd = bpf_obj_get(maps_path(instance, "meta", path));

	if (fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	if (bpf_obj_get_info_by_fd(fd, &theirs, &same_len) ||
	    bpf_obj_get_info_by_fd(instance->fd[MAP_META], &ours, &len))
		return -errno;
	return ours.id == theirs.id ? 0 : -ESTALE;
}

/* Under the number that everybody knows. */
static int take_texts(const struct instance *instance, int map_fd)
{
	return dup3(map_fd, instance->fd[MAP_TEXTS], O_CLOEXEC) < 0 ? -errno : 0;
}

int instance_reopen_texts(const struct instance *instance)
{
	char path[PIN_PATH_MAX];
	scoped(fd) fd = bpf_obj_get(maps_path(instance, shared_maps[MAP_TEXTS].pin, path));
	__u32 before = 0, after = 0;
	int err = fd < 0 ? -errno : map_id_of(fd, &after);

	if (!err)
		err = map_id_of(instance->fd[MAP_TEXTS], &before);
	if (err || before == after)
		return err;
	err = take_texts(instance, fd);
	return err ? err : 1;
}

int instance_replace_texts(const struct instance *instance, int map_fd)
{
	char path[PIN_PATH_MAX];
	int err = pindir_replace(map_fd, maps_path(instance, shared_maps[MAP_TEXTS].pin, path));

	return err ? err : take_texts(instance, map_fd);
}

int instance_lock_again(struct instance *instance, struct complaint *ret_why)
{
	int err;

	instance->lock_fd = pindir_lock(instance->dir, PINDIR_ALONE, patience, ret_why);
	if (instance->lock_fd < 0 && instance->lock_fd != -ESTALE)
		return instance->lock_fd;
	err = instance->lock_fd < 0 ? -ESTALE : check_same_meta(instance);
	if (err == -ESTALE)
		return complain_failed(ret_why, instance->dir, "was purged meanwhile"), err;
	if (!err)
		err = instance_reopen_texts(instance);
	if (err < 0)
		return complain_errno(ret_why, instance->dir, err, "cannot open its maps");
	instance_look(instance);
	return 0;
}

int instance_note_compared(const struct instance *instance, const struct cx_compared *compared)
{
	struct cx_meta *meta = NULL; /* readers have it mapped for reading */
	int err = map_one(instance->fd[MAP_META], sizeof(*meta), /* write= */ true, &meta);

	if (err)
		return err;
	meta->compared = *compared;
	munmap(meta, sizeof(*meta));
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
	unmap(instance->pace, sizeof(*instance->pace));
	instance->rules = NULL;
	instance->devices = NULL;
	instance->meta = NULL;
	instance->live = NULL;
	instance->pace = NULL;
	for (int map = 0; map < INSTANCE_MAPS; map++) {
		if (instance->fd[map] >= 0)
			close(instance->fd[map]);
		instance->fd[map] = -1;
	}
	instance_forget_attachments(instance);
	free(instance->seen);
	instance->seen = NULL;
	if (instance->lock_fd >= 0)
		close(instance->lock_fd);
	instance->lock_fd = -1;
}

int instance_seal(struct instance *instance)
{
	char path[PIN_PATH_MAX];

	instance->meta->abi = CX_ABI;
	if (bpf_obj_pin(instance->fd[MAP_META], maps_path(instance, "meta", path)))
		return -errno;
	instance->fresh = false;
	return 0;
}

void instance_discard(struct instance *instance)
{
	(void)pindir_empty(instance->dir);
	if (instance->made)
		pindir_remove(instance->dir);
}

int instance_purge(struct instance *instance)
{
	char path[PIN_PATH_MAX];

	/* meta first: what is left if this is cut short is no instance. */
	if (unlink(maps_path(instance, "meta", path)))
		return -errno;
	return pindir_empty(instance->dir);
}

void instance_remove(struct instance *instance)
{
	pindir_remove(instance->dir);
}

static __u64 live_word(const struct instance *instance)
{
	return __atomic_load_n(instance->live, __ATOMIC_SEQ_CST);
}

/* The serial of what a reading of word and clocks says is in force. */
static __u64 serial_of(const struct instance *instance)
{
	return __atomic_load_n(&instance->rules[instance_generation(instance)].serial,
			       __ATOMIC_SEQ_CST);
}

/*
 * The word stands before and after the serial: so the serial is of a
 * generation that was in force while it was read, and not under construction.
 */
void instance_look(struct instance *instance)
{
	do {
		instance->moment.word = live_word(instance);
		instance->moment.clocks = clocks_now();
		instance->moment.serial = serial_of(instance);
	} while (live_word(instance) != instance->moment.word);
}

bool instance_stands(const struct instance *instance)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* what was read was read before */
	/* the serial last: else two changes in between could bring back the word */
	return live_word(instance) == instance->moment.word &&
	       serial_of(instance) == instance->moment.serial;
}

static __u64 deadline(const struct instance *instance)
{
	return instance->moment.word & CX_LIVE_DEADLINE;
}

bool instance_lapsed(const struct instance *instance)
{
	return deadline(instance) && deadline(instance) <= instance->moment.clocks.boottime;
}

unsigned int instance_generation(const struct instance *instance)
{
	unsigned int generation = instance->moment.word & CX_LIVE_GENERATION;

	return instance_lapsed(instance) ? !generation : generation;
}

__u64 instance_serial(const struct instance *instance)
{
	return instance->moment.serial;
}

unsigned int instance_pending(const struct instance *instance)
{
	if (!deadline(instance) || instance_lapsed(instance))
		return 0;
	return clocks_seconds_left(deadline(instance), &instance->moment.clocks);
}
