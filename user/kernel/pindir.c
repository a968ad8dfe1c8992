/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pin directory: root's alone, on a bpffs that outlives the caller. */
#include "pindir.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <mntent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "contents.h"
#include "scope.h"

#define DEFAULT_MOUNT "/sys/fs/bpf" /* where everybody mounts it */
#define OWN_MOUNT     "clarent-xdp" /* the source of those made for an instance */

static const char *owner_name(uid_t uid, char buf[static 32])
{
	struct passwd *passwd = getpwuid(uid);

	if (passwd)
		snprintf(buf, 32, "%s", passwd->pw_name);
	else
		snprintf(buf, 32, "uid %u", uid);
	return buf;
}

/* Nobody on the way from the root to dir may be able to swap it for theirs. */
static int check_ancestor(const char *dir, const char *path, struct complaint *ret_why)
{
	char name[32];
	struct stat st;

	if (lstat(path, &st))
		return complain_errno(ret_why, dir, -errno, "cannot look at %s", path);
	if (st.st_uid != 0) {
		complain_failed(ret_why, dir, "lies in %s, which belongs to %s, not root", path,
				owner_name(st.st_uid, name));
		return -EPERM;
	}
	if (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX)) {
		complain_failed(ret_why, dir, "lies in %s, which others can write", path);
		return -EPERM;
	}
	return 0;
}

static int check_ancestors(const char *dir, struct complaint *ret_why)
{
	char path[PIN_PATH_MAX];
	int err = 0;

	snprintf(path, sizeof(path), "%s", dir);
	while (!err && strcmp(path, "/"))
		err = check_ancestor(dir, dirname(path), ret_why);
	return err;
}

/* Was it mounted there for an instance, by this program? */
static bool is_own_mount(const char *dir)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	bool own = false;

	while (mounts && (mount = getmntent(mounts))) {
		if (!strcmp(mount->mnt_dir, dir)) /* the last one is on top */
			own = !strcmp(mount->mnt_fsname, OWN_MOUNT) &&
			      !strcmp(mount->mnt_type, "bpf");
	}
	if (mounts)
		endmntent(mounts);
	return own;
}

static bool is_mount_point(const char *dir)
{
	struct statx stx;

	return !statx(AT_FDCWD, dir, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &stx) &&
	       stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int check_mount(const char *dir, struct complaint *ret_why)
{
	if (!is_mount_point(dir) || is_own_mount(dir))
		return 0;
	complain_failed(ret_why, dir, "is a mount point, which is shared with others");
	complain_hint(ret_why, "name a directory in it: %.200s/clarent-xdp", dir);
	return -EPERM;
}

static int check_owner(const char *dir, const struct stat *st, struct complaint *ret_why)
{
	char name[32];

	if (st->st_uid != 0)
		complain_failed(ret_why, dir, "belongs to %s, not root",
				owner_name(st->st_uid, name));
	else if (S_ISLNK(st->st_mode))
		complain_failed(ret_why, dir, "is a symbolic link of %s",
				owner_name(st->st_uid, name));
	else if (!S_ISDIR(st->st_mode))
		complain_failed(ret_why, dir, "is not a directory");
	else if (st->st_mode & (S_IWGRP | S_IWOTH))
		complain_failed(ret_why, dir, "of %s can be written by others (mode %04o)",
				owner_name(st->st_uid, name), st->st_mode & 07777);
	else
		return 0;
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

static ino_t parents_mount_namespace(void)
{
	char parent[16];

	snprintf(parent, sizeof(parent), "%d", getppid());
	return mount_namespace(parent);
}

/*
 * Are the mounts that are seen here others than who called sees, or pid 1?
 * What cannot be read is no sign of it.
 */
static bool mounts_are_private(void)
{
	ino_t ours = mount_namespace("self"), parents = parents_mount_namespace(),
	      first = mount_namespace("1");

	return ours && ((parents && parents != ours) || (first && first != ours));
}

/* Would a mount made here still be there when this process has ended?  If in doubt, no. */
static bool mount_lasts(void)
{
	ino_t ours = mount_namespace("self");

	return ours && ours == parents_mount_namespace() && !mounts_are_private();
}

static void hint_netns(struct complaint *why)
{
	complain_hint(why, "instead of `ip netns exec NAME`, use: clarent-xdp --netns NAME ...");
}

/* Nothing is there, to all appearance: -ENOENT, unless it may be there for all others. */
static int check_absent(const char *dir, struct complaint *ret_why)
{
	char parent[PIN_PATH_MAX];
	int err;

	snprintf(parent, sizeof(parent), "%s", dir);
	err = is_bpffs(dirname(parent), ret_why);
	if (err < 0)
		return err;
	if (err || !mounts_are_private())
		return -ENOENT;
	complain_failed(ret_why, dir,
			"cannot be seen: this mount namespace is private, and no bpffs is "
			"mounted there");
	hint_netns(ret_why);
	return -EPERM;
}

int pindir_check(const char *dir, struct complaint *ret_why)
{
	struct stat st;
	int err;

	if (lstat(dir, &st)) {
		if (errno == ENOENT)
			return check_absent(dir, ret_why);
		return complain_errno(ret_why, dir, -errno, "cannot be looked at");
	}
	err = check_owner(dir, &st, ret_why);
	if (!err)
		err = check_ancestors(dir, ret_why);
	if (!err)
		err = check_mount(dir, ret_why);
	if (!err)
		err = check_contents(dir, ret_why);
	if (err)
		return err;
	err = is_bpffs(dir, ret_why);
	return err > 0 ? 0 : err ? err : check_absent(dir, ret_why);
}

/* The directory part, resolved; as it is where that is not there. */
static int resolve_parent(char *path, char ret_parent[static PIN_PATH_MAX],
			  struct complaint *ret_why)
{
	const char *parent = dirname(path);
	scoped(memory) resolved = realpath(parent, NULL);

	if (resolved) {
		snprintf(ret_parent, PIN_PATH_MAX, "%s", (char *)resolved);
		return 0;
	}
	if (errno != ENOENT)
		return complain_errno(ret_why, path, -errno, "cannot be resolved");
	if (strstr(parent, "/..")) /* of what is not there, nobody knows what is above */
		return complain_usage(ret_why, parent, "there is no such directory");
	snprintf(ret_parent, PIN_PATH_MAX, "%s", parent);
	return 0;
}

/* Cuts "/", "/." at the end, and folds "//" and "/./" within. */
static void tidy_path(char *path)
{
	char *to = path;

	for (const char *from = path; *from;) {
		size_t len = strcspn(from + 1, "/");

		if (len && !(len == 1 && from[1] == '.')) {
			memmove(to, from, len + 1);
			to += len + 1;
		}
		from += len + 1;
	}
	*to = '\0';
}

int pindir_resolve(const char *given, char ret_dir[static PIN_PATH_MAX], struct complaint *ret_why)
{
	char path[PIN_PATH_MAX], copy[PIN_PATH_MAX], parent[PIN_PATH_MAX];
	const char *name;
	int err;

	if (*given != '/')
		return complain_usage(ret_why, given, "the pin directory must be an absolute path");
	if (strlen(given) >= PINDIR_PATH_MAX)
		return complain_usage(ret_why, NULL, "the name of the pin directory is too long");
	snprintf(path, sizeof(path), "%s", given);
	tidy_path(path);
	snprintf(copy, sizeof(copy), "%s", path);
	name = strrchr(copy, '/');
	if (!name || !name[1])
		return complain_usage(ret_why, given, "is the root directory");
	if (!strcmp(name, "/..")) {
		snprintf(copy, sizeof(copy), "%.300s/.", path); /* then it is a parent */
		return resolve_parent(copy, ret_dir, ret_why);
	}
	err = resolve_parent(path, parent, ret_why);
	if (!err && snprintf(ret_dir, PIN_PATH_MAX, "%s%s", strcmp(parent, "/") ? parent : "",
			     name) >= PINDIR_PATH_MAX)
		err = complain_usage(ret_why, NULL, "the name of the pin directory is too long");
	return err;
}

static int mount_bpffs(const char *point, const char *source, struct complaint *ret_why)
{
	if (!mount_lasts()) {
		complain_failed(ret_why, point,
				"no bpffs is mounted there, and this mount "
				"namespace is private: pins would die with the command");
		hint_netns(ret_why);
		return -EPERM;
	}
	if (mount(source, point, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return complain_errno(ret_why, point, -errno, "cannot mount a bpffs");
	return 0;
}

/* Where a bpffs is to be mounted for dir: the place everybody uses, or dir itself. */
static const char *mount_point(const char *dir, char buf[static PIN_PATH_MAX])
{
	snprintf(buf, PIN_PATH_MAX, "%s", dir);
	return strcmp(dirname(buf), DEFAULT_MOUNT) ? dir : DEFAULT_MOUNT;
}

static int make_dir(const char *dir, bool *ret_made, struct complaint *ret_why)
{
	if (!mkdir(dir, 0700))
		*ret_made = true;
	else if (errno != EEXIST)
		return complain_errno(ret_why, dir, -errno, "cannot be made");
	return 0;
}

/* A bpffs for dir, where there is none: on the place that everybody uses, or on dir itself. */
static int provide_bpffs(const char *dir, bool *ret_made, struct complaint *ret_why)
{
	char buf[PIN_PATH_MAX];
	const char *point = mount_point(dir, buf);
	int err = point == dir ? make_dir(dir, ret_made, ret_why) : 0;

	if (!err)
		err = is_bpffs(point, ret_why);
	if (err)
		return err < 0 ? err : 0;
	return mount_bpffs(point, point == dir ? OWN_MOUNT : "bpf", ret_why);
}

int pindir_make(const char *dir, bool *ret_made, struct complaint *ret_why)
{
	char parent[PIN_PATH_MAX];
	int err;

	*ret_made = false;
	err = pindir_check(dir, ret_why); /* what is there must be ours before anything is done */
	if (err != -ENOENT)
		return err;
	snprintf(parent, sizeof(parent), "%s", dir);
	err = is_bpffs(dirname(parent), ret_why);
	if (!err)
		err = provide_bpffs(dir, ret_made, ret_why);
	if (err >= 0)
		err = make_dir(dir, ret_made, ret_why);
	if (!err)
		err = pindir_check(dir, ret_why);
	if (err && *ret_made)
		pindir_remove(dir);
	return err;
}

void pindir_remove(const char *dir)
{
	if (is_own_mount(dir))
		umount2(dir, MNT_DETACH);
	rmdir(dir);
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
		if (errno != EISDIR)
			return -errno;
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
	char fresh[PIN_PATH_MAX];
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
