/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pin directory: root's alone, on a bpffs that outlives the caller, one writer at a time. */
#include "pindir.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "scope.h"

#define DEFAULT_MOUNT "/sys/fs/bpf" /* where everybody mounts it */
#define LOCK_WAIT_MS  10000
#define LOCK_POLL_MS  20
#define FRESH_SUFFIX  "~" /* of a pin that is about to replace another */

/* True or false, also for what is not there; false with *ret_why filled if it cannot be told. */
static bool is_bpffs(const char *path, struct complaint *ret_why)
{
	struct statfs fs;

	if (!statfs(path, &fs))
		return (unsigned long)fs.f_type == BPF_FS_MAGIC;
	if (errno != ENOENT)
		complain_failed(ret_why, path, "%s", strerror(errno));
	return false;
}

static const char *owner_name(uid_t uid, char buf[static 32])
{
	struct passwd *passwd = getpwuid(uid);

	if (passwd)
		snprintf(buf, 32, "%s", passwd->pw_name);
	else
		snprintf(buf, 32, "uid %u", uid);
	return buf;
}

/* The directory that dir lies in must not let others swap dir for theirs. */
static int check_parent(const char *dir, struct complaint *ret_why)
{
	char path[PATH_MAX], name[32];
	struct stat st;

	snprintf(path, sizeof(path), "%s", dir);
	if (stat(dirname(path), &st)) {
		complain_failed(ret_why, dir, "%s", strerror(errno));
		return -EPERM;
	}
	if (st.st_uid != 0) {
		complain_failed(ret_why, dir, "lies in a directory of %s, not root",
				owner_name(st.st_uid, name));
		return -EPERM;
	}
	if (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX)) {
		complain_failed(ret_why, dir, "lies in a directory that others can write");
		return -EPERM;
	}
	return 0;
}

int pindir_check(const char *dir, struct complaint *ret_why)
{
	struct stat st;
	char name[32];

	if (lstat(dir, &st)) {
		if (errno == ENOENT)
			return -ENOENT;
		complain_failed(ret_why, dir, "%s", strerror(errno));
		return -EPERM;
	}
	if (st.st_uid != 0)
		complain_failed(ret_why, dir, "belongs to %s, not root",
				owner_name(st.st_uid, name));
	else if (S_ISLNK(st.st_mode))
		complain_failed(ret_why, dir, "is a symbolic link of %s",
				owner_name(st.st_uid, name));
	else if (!S_ISDIR(st.st_mode))
		complain_failed(ret_why, dir, "is not a directory");
	else if (st.st_mode & (S_IWGRP | S_IWOTH))
		complain_failed(ret_why, dir, "of %s can be written by others (mode %04o)",
				owner_name(st.st_uid, name), st.st_mode & 07777);
	else
		return is_bpffs(dir, ret_why) ? check_parent(dir, ret_why)
		       : ret_why->status      ? -EPERM
					      : -ENOENT;
	complain_hint(ret_why, "pins there could be planted or deleted; make it root's, mode 0700");
	return -EPERM;
}

/* Inode of a process's mount namespace, 0 if it cannot be read. */
static ino_t mount_namespace(const char *pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", pid);
	return stat(path, &st) ? 0 : st.st_ino;
}

/* Would a mount made here still be there when this process has ended?  If in doubt, no. */
static bool mount_lasts(void)
{
	ino_t ours = mount_namespace("self"), parents, first = mount_namespace("1");
	char parent[16];

	snprintf(parent, sizeof(parent), "%d", getppid());
	parents = mount_namespace(parent);
	return ours && ours == parents && ours == first;
}

static int mount_bpffs(const char *point, struct complaint *ret_why)
{
	if (!mount_lasts()) {
		complain_failed(ret_why, point,
				"no bpffs is mounted there, and this mount "
				"namespace is private: pins would die with the command");
		complain_hint(ret_why,
			      "instead of `ip netns exec NAME`, use: clarent-xdp --netns NAME ...");
		return -EPERM;
	}
	if (mount("bpf", point, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700")) {
		int err = -errno;

		complain_failed(ret_why, point, "cannot mount a bpffs: %s", strerror(-err));
		return err;
	}
	return 0;
}

/* Where a bpffs is to be mounted for dir: the place everybody uses, or dir itself. */
static const char *mount_point(const char *dir, char buf[static PATH_MAX])
{
	snprintf(buf, PATH_MAX, "%s", dir);
	return strcmp(dirname(buf), DEFAULT_MOUNT) ? dir : DEFAULT_MOUNT;
}

static int make_dir(const char *dir, struct complaint *ret_why)
{
	if (mkdir(dir, 0700) && errno != EEXIST) {
		int err = -errno;

		complain_failed(ret_why, dir, "%s", strerror(-err));
		return err;
	}
	return 0;
}

int pindir_make(const char *dir, struct complaint *ret_why)
{
	char buf[PATH_MAX], parent[PATH_MAX];
	const char *point = mount_point(dir, buf);
	struct stat st;
	int err;

	if (!lstat(dir, &st)) { /* what is there must be ours before anything is done to it */
		err = pindir_check(dir, ret_why);
		if (err != -ENOENT)
			return err;
	}
	snprintf(parent, sizeof(parent), "%s", dir);
	if (!is_bpffs(dirname(parent), ret_why)) {
		err = point == dir ? make_dir(dir, ret_why) : 0;
		if (!err && !is_bpffs(point, ret_why) && !ret_why->status)
			err = mount_bpffs(point, ret_why);
		if (err || ret_why->status)
			return err ? err : -EPERM;
	}
	err = make_dir(dir, ret_why);
	return err ? err : pindir_check(dir, ret_why);
}

/* Process that holds the lock on a file, from /proc/locks; 0 if it cannot be told. */
static pid_t lock_holder(int fd)
{
	scoped(file) locks = fopen("/proc/locks", "re");
	unsigned long inode;
	char line[256];
	struct stat st;
	pid_t pid;

	if (!locks || fstat(fd, &st))
		return 0;
	while (fgets(line, sizeof(line), locks)) {
		if (sscanf(line, "%*d: FLOCK ADVISORY WRITE %d %*x:%*x:%lu", &pid, &inode) == 2 &&
		    inode == st.st_ino)
			return pid;
	}
	return 0;
}

static int complain_locked(int fd, const char *dir, struct complaint *ret_why)
{
	pid_t pid = lock_holder(fd);
	char path[32], name[32] = "another process";
	scoped(file) comm = NULL;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	comm = pid ? fopen(path, "re") : NULL;
	if (comm && fgets(name, sizeof(name), comm))
		name[strcspn(name, "\n")] = '\0';
	complain_failed(ret_why, dir, "%s (pid %d) has been changing it for %d s", name, pid,
			LOCK_WAIT_MS / 1000);
	complain_hint(ret_why, "try again when it is done");
	return -EBUSY;
}

int pindir_lock(const char *dir, struct complaint *ret_why)
{
	struct timespec pause = { .tv_nsec = LOCK_POLL_MS * 1000000L };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int err;

	if (fd < 0) {
		err = -errno;
		complain_failed(ret_why, dir, "%s", strerror(-err));
		return err;
	}
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited += LOCK_POLL_MS) {
		if (errno != EWOULDBLOCK || waited >= LOCK_WAIT_MS) {
			err = complain_locked(fd, dir, ret_why);
			close(fd);
			return err;
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}

struct dirent *pindir_next(DIR *dir, int *ret_err)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && strchr(entry->d_name, '.'));
	*ret_err = -errno;
	return entry;
}

static int empty_at(int parent_fd, const char *name)
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	scoped(dir) dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = pindir_next(dir, &err))) {
		if (!unlinkat(fd, entry->d_name, 0))
			continue;
		err = empty_at(fd, entry->d_name);
		if (!err && unlinkat(fd, entry->d_name, AT_REMOVEDIR))
			err = -errno;
	}
	return err;
}

int pindir_empty(const char *dir)
{
	return empty_at(AT_FDCWD, dir);
}

int pindir_replace(int fd, const char *path)
{
	char fresh[PATH_MAX];
	int err;

	snprintf(fresh, sizeof(fresh), "%s" FRESH_SUFFIX, path);
	unlink(fresh);
	if (bpf_obj_pin(fd, fresh))
		return -errno;
	if (!rename(fresh, path))
		return 0;
	err = -errno;
	unlink(fresh);
	return err;
}

int pindir_sweep(const char *path)
{
	scoped(dir) dir = opendir(path);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = pindir_next(dir, &err))) {
		if (strstr(entry->d_name, FRESH_SUFFIX) && unlinkat(dirfd(dir), entry->d_name, 0))
			err = -errno;
	}
	return err;
}
