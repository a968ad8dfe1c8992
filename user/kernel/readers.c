/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who reads what is dropped: each reader's ring, and that programs tell them. */
#include "readers.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach.h"
#include "links.h"
#include "ready.h"
#include "scope.h"

#define MAP_NAME "readers"

/* The map that this process has made, or has found before; -1: none. */
static int known_fd = -1;

/* Places */

static int open_places(const char *dir)
{
	char path[PIN_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/" PINDIR_MAPS, dir) >= PIN_PATH_MAX)
		return -ENAMETOOLONG;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Asks about, or takes, the lock on some places; not a process, an open file has it. */
static int lock_places(int fd, int command, short type, unsigned int first, unsigned int count,
		       bool *ret_held)
{
	struct flock lock = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = first, .l_len = count
	};

	if (fcntl(fd, command, &lock))
		return -errno;
	*ret_held = lock.l_type != F_UNLCK;
	return 0;
}

/* Does somebody have one of them?  If that cannot be told, nobody does. */
static bool are_held(int fd, unsigned int first, unsigned int count)
{
	bool held = false;

	return !lock_places(fd, F_OFD_GETLK, F_WRLCK, first, count, &held) && held;
}

static bool is_read(const char *dir)
{
	scoped(fd) fd = open_places(dir);

	return fd >= 0 && are_held(fd, 0, CX_LOG_READERS);
}

/* The map */

__u32 readers_map_id(int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

static bool is_readers_map(__u32 id)
{
	scoped(fd) fd = bpf_map_get_fd_by_id(id);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS && !strcmp(info.name, MAP_NAME);
}

__u32 readers_map_of(__u32 prog_id)
{
	scoped(fd) fd = bpf_prog_get_fd_by_id(prog_id);
	__u32 map_ids[INSTANCE_MAPS + 8] = {};
	struct bpf_prog_info info = {
		.map_ids = (__u64)(uintptr_t)map_ids,
		.nr_map_ids = sizeof(map_ids) / sizeof(map_ids[0]),
	};
	__u32 len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return 0;
	for (__u32 i = 0; i < info.nr_map_ids && i < sizeof(map_ids) / sizeof(map_ids[0]); i++) {
		if (is_readers_map(map_ids[i]))
			return map_ids[i];
	}
	return 0;
}

/* That of any attached program that tells: an fd, the caller's, or -1. */
static int find_map(const struct instance *instance)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int fd = -1;

	if (attachments_read(instance, (struct attachment **)&list, &count))
		return -1;
	attachment = list;
	for (size_t i = 0; i < count && fd < 0; i++) {
		__u32 id = attachment[i].self.features & CX_FEATURE_LOG
				   ? readers_map_of(attachment[i].prog_id)
				   : 0;

		fd = id ? bpf_map_get_fd_by_id(id) : -1;
	}
	return fd < 0 ? -1 : fd;
}

/* Which of them are in force is looked at once, by a verb that ends soon. */
static int know_map(const struct instance *instance)
{
	if (known_fd < 0)
		known_fd = find_map(instance);
	return known_fd;
}

__u32 readers_feature(const struct instance *instance)
{
	return is_read(instance->dir) && know_map(instance) >= 0 ? CX_FEATURE_LOG : 0;
}

int readers_open(const struct instance *instance, struct cx_attachment *self)
{
	int fd = -1;

	if (!(self->features & CX_FEATURE_LOG))
		return -1;
	if (know_map(instance) >= 0)
		fd = fcntl(known_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (fd < 0)
		self->features &= ~CX_FEATURE_LOG;
	return fd;
}

/* One reader */

/* The programs in force may be of another reader's map by now. */
static int settle_map(const struct instance *instance, struct reader *reader)
{
	int found = find_map(instance);

	if (found >= 0) {
		close(reader->map_fd);
		reader->map_fd = found;
	}
	known_fd = reader->map_fd;
	reader->map_id = readers_map_id(reader->map_fd);
	return bpf_map_update_elem(reader->map_fd, &reader->place, &reader->ring_fd, BPF_ANY)
		       ? -errno
		       : 0;
}

static int make_maps(struct reader *reader)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);

	reader->ring_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, CX_LOG_RING, NULL);
	if (reader->ring_fd < 0)
		return reader->ring_fd;
	opts.inner_map_fd = reader->ring_fd;
	reader->map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, MAP_NAME, sizeof(__u32),
					sizeof(__u32), CX_LOG_READERS, &opts);
	return reader->map_fd < 0 ? reader->map_fd : 0;
}

/* The instance is locked: who looks for a place does so alone. */
static int take_place(struct reader *reader, struct complaint *ret_why)
{
	bool held;
	int err;

	reader->lock_fd = open_places(reader->dir);
	if (reader->lock_fd < 0)
		return complain_errno(ret_why, reader->dir, -errno, "cannot be opened");
	while (reader->place < CX_LOG_READERS && are_held(reader->lock_fd, reader->place, 1))
		reader->place++;
	if (reader->place == CX_LOG_READERS) {
		complain_failed(ret_why, NULL, "%d read what is dropped already", CX_LOG_READERS);
		return -EBUSY;
	}
	err = lock_places(reader->lock_fd, F_OFD_SETLK, F_RDLCK, reader->place, 1, &held);
	return err ? complain_errno(ret_why, reader->dir, err, "cannot be locked") : 0;
}

static void let_go(struct reader *reader)
{
	known_fd = -1;
	for (size_t i = 0; i < 3; i++) {
		int *fd = (int *[]){ &reader->ring_fd, &reader->map_fd, &reader->lock_fd }[i];

		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
}

int reader_open(const char *dir, struct reader *ret_reader, struct complaint *ret_why)
{
	struct reader reader = { .dir = dir, .lock_fd = -1, .ring_fd = -1, .map_fd = -1 };
	struct instance instance;
	int err = instance_open(dir, INSTANCE_WRITE, &instance, ret_why);

	if (err)
		return err;
	err = make_maps(&reader);
	if (err)
		complain_errno(ret_why, NULL, err, "cannot make a ring to read from");
	else
		err = take_place(&reader, ret_why);
	instance_close(&instance);
	if (err)
		let_go(&reader);
	else
		*ret_reader = reader;
	return err;
}

static bool tells(const struct reader *reader, const struct attachment *attachment)
{
	return !attachment->ifindex || (attachment->self.features & CX_FEATURE_LOG &&
					readers_map_of(attachment->prog_id) == reader->map_id);
}

/* Does one not tell this reader? */
static int is_any_silent(const struct instance *instance, const struct reader *reader,
			 bool *ret_silent)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	attachment = list;
	*ret_silent = false;
	for (size_t i = 0; i < count && !err; i++)
		*ret_silent |= !tells(reader, &attachment[i]);
	return err;
}

static int replace_silent(struct instance *instance, const struct reader *reader,
			  struct complaint *ret_why)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (err)
		return complain_list(ret_why, err);
	attachment = list;
	for (size_t i = 0; i < count && !err; i++) {
		struct cx_attachment self = attachment[i].self;

		self.features |= ready_needed(instance) | CX_FEATURE_LOG;
		if (!tells(reader, &attachment[i]))
			err = replace_programs(instance, &attachment[i], &self, ret_why);
	}
	return err;
}

/* Programs are loaded while others may work; what has changed since is loaded under the lock. */
static int make_tell(struct reader *reader, struct complaint *ret_why)
{
	struct instance instance;
	int err = instance_open(reader->dir, INSTANCE_WRITE, &instance, ret_why);

	if (err)
		return err == -ENOENT ? -ESTALE : err;
	err = settle_map(&instance, reader);
	if (err)
		complain_errno(ret_why, NULL, err, "cannot be told what is dropped");
	else
		err = replace_silent(&instance, reader, ret_why);
	instance_close(&instance);
	return err;
}

/* Is the instance still that which it has its place in? */
static bool is_same(const struct reader *reader)
{
	scoped(fd) fd = open_places(reader->dir);
	struct stat held, there;

	return fd >= 0 && !fstat(fd, &there) && !fstat(reader->lock_fd, &held) &&
	       held.st_ino == there.st_ino && held.st_dev == there.st_dev;
}

int reader_attend(struct reader *reader, struct complaint *ret_why)
{
	struct instance instance;
	bool silent = false;
	int err;

	if (!is_same(reader))
		return -ESTALE;
	known_fd = reader->map_fd;
	err = instance_open(reader->dir, INSTANCE_READ, &instance, ret_why);
	if (err)
		return err == -ENOENT ? -ESTALE : err;
	err = is_any_silent(&instance, reader, &silent);
	if (err)
		complain_list(ret_why, err);
	if (silent)
		ready_load(&instance, ready_needed(&instance) | CX_FEATURE_LOG, /* exact= */ false);
	instance_close(&instance);
	return err || !silent ? err : make_tell(reader, ret_why);
}

int reader_close(struct reader *reader)
{
	struct complaint unheard = {};
	const char *dir = reader->dir;

	(void)bpf_map_delete_elem(reader->map_fd, &reader->place);
	let_go(reader);
	return is_read(dir) ? 0 : attach_slim(dir, &unheard);
}
