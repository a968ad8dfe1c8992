/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who reads what is dropped: each reader's ring, and that programs tell them. */
#include "readers.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach.h"
#include "links.h"
#include "ready.h"
#include "scope.h"

#define RINGS_NAME  "readers"
#define WISHES_NAME "wishes"

/* The maps that this process has made, or has found before; -1: none. */
static int known_fd = -1, known_wishes_fd = -1;

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

/* The maps */

static __u32 map_id(int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

/* A program has no other of these types and names. */
static bool is_map(__u32 id, const char *name)
{
	scoped(fd) fd = bpf_map_get_fd_by_id(id);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) && !strcmp(info.name, name) &&
	       (info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
		(info.type == BPF_MAP_TYPE_PERCPU_ARRAY &&
		 info.value_size == sizeof(struct cx_wish) && info.max_entries == CX_WISHES));
}

/* Id of a program's map of that name, 0: none. */
static __u32 map_of(__u32 prog_id, const char *name)
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
		if (is_map(map_ids[i], name))
			return map_ids[i];
	}
	return 0;
}

static __u64 join_ids(__u32 rings, __u32 wishes)
{
	return (__u64)wishes << 32 | rings;
}

__u64 readers_ids(int rings_fd, int wishes_fd)
{
	return join_ids(map_id(rings_fd), map_id(wishes_fd));
}

static int open_map_of(__u32 prog_id, const char *name)
{
	__u32 id = map_of(prog_id, name);
	int fd = id ? bpf_map_get_fd_by_id(id) : -1;

	return fd < 0 ? -1 : fd;
}

/* Those of any attached program that tells: fds, the caller's, or -1. */
static int find_maps(const struct instance *instance, int *ret_wishes_fd)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int fd = -1;

	*ret_wishes_fd = -1;
	if (attachments_read(instance, (struct attachment **)&list, &count))
		return -1;
	attachment = list;
	for (size_t i = 0; i < count && fd < 0; i++) {
		if (!(attachment[i].self.features & CX_FEATURE_LOG))
			continue;
		fd = open_map_of(attachment[i].prog_id, RINGS_NAME);
		if (fd >= 0)
			*ret_wishes_fd = open_map_of(attachment[i].prog_id, WISHES_NAME);
	}
	return fd;
}

/* Which of them are in force is looked at once, by a verb that ends soon. */
static int know_maps(const struct instance *instance)
{
	if (known_fd < 0)
		known_fd = find_maps(instance, &known_wishes_fd);
	return known_fd;
}

__u32 readers_feature(const struct instance *instance)
{
	return is_read(instance->dir) && know_maps(instance) >= 0 ? CX_FEATURE_LOG : 0;
}

static int duplicate(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

int readers_open(const struct instance *instance, struct cx_attachment *self, int *ret_wishes_fd)
{
	int fd = -1;

	*ret_wishes_fd = -1;
	if (!(self->features & CX_FEATURE_LOG))
		return -1;
	if (know_maps(instance) >= 0)
		fd = duplicate(known_fd);
	if (fd >= 0)
		*ret_wishes_fd = duplicate(known_wishes_fd);
	if (fd < 0)
		self->features &= ~CX_FEATURE_LOG;
	return fd;
}

/* Wishes */

/* A copy for each CPU, in memory of the caller's; NULL: there is none. */
static struct cx_wish *new_copies(int *ret_cpus)
{
	*ret_cpus = libbpf_num_possible_cpus();
	return *ret_cpus > 0 ? calloc(*ret_cpus, sizeof(struct cx_wish)) : NULL;
}

static __u64 mask_of(unsigned int bits)
{
	return bits ? ~0ULL << (64 - bits) : 0;
}

static struct cx_wish wish_for(const struct prefix *inside, int cpus)
{
	unsigned int len = inside->len, quota = CX_INSIDE_QUOTA / (unsigned int)cpus;
	struct cx_wish wish = {
		.wanted = 1,
		.family = inside->family,
		.quota = quota < CX_INSIDE_LEAST ? CX_INSIDE_LEAST : quota,
	};

	prefix_words(inside, &wish.hi, &wish.lo);
	if (inside->family == CX_IPV4) {
		wish.mask_lo = mask_of(32 + len) & 0xffffffff;
	} else {
		wish.mask_hi = mask_of(len < 64 ? len : 64);
		wish.mask_lo = mask_of(len > 64 ? len - 64 : 0);
	}
	return wish;
}

/* Puts the same into each CPU's copy; without a wish nothing. Returns 0 or -errno. */
static int put_wish(int fd, __u32 place, const struct prefix *inside)
{
	int cpus;
	scoped(memory) memory = new_copies(&cpus);
	struct cx_wish *copies = memory;

	if (!copies)
		return -ENOMEM;
	for (int i = 0; i < cpus && inside; i++)
		copies[i] = wish_for(inside, cpus);
	return bpf_map_update_elem(fd, &place, copies, BPF_ANY) ? -errno : 0;
}

/* Datagrams that came from within since it was put; 0 if nobody can tell. */
static __u64 came_inside(int fd, __u32 place)
{
	int cpus;
	scoped(memory) memory = new_copies(&cpus);
	const struct cx_wish *copies = memory;
	__u64 packets = 0;

	if (!copies || bpf_map_lookup_elem(fd, &place, memory))
		return 0;
	for (int i = 0; i < cpus; i++)
		packets += copies[i].wanted ? copies[i].packets : 0;
	return packets;
}

/* Puts its wish, or that it has none where somebody killed may have left one. */
static int settle_wish(const struct reader *reader)
{
	const struct prefix *inside = reader->wishes ? &reader->inside : NULL;
	int err = put_wish(reader->wishes_fd, reader->place, inside);

	/* stays until the maps go: there may be others who wish */
	return err || !inside ? err : put_wish(reader->wishes_fd, CX_WISHES_ANY, inside);
}

/* One reader */

static void replace_fd(int *fd, int found)
{
	if (found < 0)
		return;
	close(*fd);
	*fd = found;
}

/* The programs in force may be of another reader's maps by now. */
static int settle_maps(const struct instance *instance, struct reader *reader)
{
	int wishes_fd, found = find_maps(instance, &wishes_fd), err = 0;
	__u64 packets = reader->ids ? came_inside(reader->wishes_fd, reader->place) : 0;
	__u64 ids;

	replace_fd(&reader->map_fd, found);
	replace_fd(&reader->wishes_fd, wishes_fd);
	known_fd = reader->map_fd;
	known_wishes_fd = reader->wishes_fd;
	ids = readers_ids(reader->map_fd, reader->wishes_fd);
	if (ids != reader->ids) {
		reader->packets += packets;
		err = settle_wish(reader); /* before its ring, so that it is told nothing else */
	}
	reader->ids = ids;
	if (err)
		return err;
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
	reader->map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, RINGS_NAME, sizeof(__u32),
					sizeof(__u32), CX_LOG_READERS, &opts);
	if (reader->map_fd < 0)
		return reader->map_fd;
	reader->wishes_fd = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, WISHES_NAME, sizeof(__u32),
					   sizeof(struct cx_wish), CX_WISHES, NULL);
	return reader->wishes_fd < 0 ? reader->wishes_fd : 0;
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
		complain_failed(ret_why, NULL, "%d read already", CX_LOG_READERS);
		return -EBUSY;
	}
	err = lock_places(reader->lock_fd, F_OFD_SETLK, F_RDLCK, reader->place, 1, &held);
	return err ? complain_errno(ret_why, reader->dir, err, "cannot be locked") : 0;
}

static void let_go(struct reader *reader)
{
	known_fd = known_wishes_fd = -1;
	for (size_t i = 0; i < 4; i++) {
		int *fd = (int *[]){ &reader->ring_fd, &reader->map_fd, &reader->wishes_fd,
				     &reader->lock_fd }[i];

		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
}

int reader_open(const char *dir, const struct prefix *inside, struct reader *ret_reader,
		struct complaint *ret_why)
{
	struct reader reader = {
		.dir = dir,
		.lock_fd = -1,
		.ring_fd = -1,
		.map_fd = -1,
		.wishes_fd = -1,
		.wishes = inside,
	};
	struct instance instance;
	int err = instance_open(dir, INSTANCE_WRITE, &instance, ret_why);

	if (err)
		return err;
	if (inside)
		reader.inside = *inside;
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

static __u64 ids_of(__u32 prog_id)
{
	return join_ids(map_of(prog_id, RINGS_NAME), map_of(prog_id, WISHES_NAME));
}

static bool tells(const struct reader *reader, const struct attachment *attachment)
{
	return !attachment->ifindex || (attachment->self.features & CX_FEATURE_LOG &&
					ids_of(attachment->prog_id) == reader->ids);
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
	err = settle_maps(&instance, reader);
	if (err)
		complain_errno(ret_why, NULL, err, "cannot be told what comes");
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
	known_wishes_fd = reader->wishes_fd;
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

	/* once this returns nobody uses the ring or counts any more */
	(void)bpf_map_delete_elem(reader->map_fd, &reader->place);
	if (reader->wishes && reader->ids) {
		reader->packets += came_inside(reader->wishes_fd, reader->place);
		(void)put_wish(reader->wishes_fd, reader->place, NULL);
	}
	let_go(reader);
	return is_read(dir) ? 0 : attach_slim(dir, &unheard);
}
