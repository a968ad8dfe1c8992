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
#include <mntent.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "clarent_xdp.h"
#include "scope.h"

#define DEFAULT_MOUNT "/sys/fs/bpf" /* where everybody mounts it */
#define OWN_MOUNT     "clarent-xdp" /* the source of those made for an instance */
#define FRESH_SUFFIX  "~"           /* of a pin that is about to replace another */

/* 1 or 0, also for what is not there; or -errno with *ret_why filled. */
static int is_bpffs(const char *path, struct complaint *ret_why)
{
	struct statfs fs;

	if (!statfs(path, &fs))
		return (unsigned long)fs.f_type == BPF_FS_MAGIC;
	return errno == ENOENT ? 0 : complain_errno(ret_why, path, -errno, "cannot be looked at");
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

/* What an instance consists of */

static bool is_attachment_name(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
}

/* Could it be the pin of an access list, or one that is about to become it? */
static bool is_list_name(const char *name)
{
	static const char *const suffixes[] = { CX_ACL4_SUFFIX, CX_ACL6_SUFFIX, CX_DST4_SUFFIX,
						CX_DST6_SUFFIX };
	size_t len = strcspn(name, FRESH_SUFFIX);

	if (name[len] && name[len + 1])
		return false;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t suffix = strlen(suffixes[i]);

		if (len > suffix && !strncmp(name + len - suffix, suffixes[i], suffix))
			return true;
	}
	return false;
}

static bool is_instance_name(const char *name)
{
	return !strcmp(name, PINDIR_MAPS) || !strcmp(name, PINDIR_ATTACHMENTS) ||
	       is_list_name(name);
}

static bool is_map_name(const char *name)
{
	static const char *const names[] = { "rules",   "lists4", "lists6", "states",
					     "devices", "notes",  "live",   "meta" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return false;
}

/* No bpffs is ours, until one is mounted here. */
static bool is_never_ours(const char *name)
{
	(void)name;
	return false;
}

/* Names with dots are the kernel's own on a bpffs, and nobody else's: it takes none. */
static bool is_kernels(const char *name)
{
	return !strcmp(name, "maps.debug") || !strcmp(name, "progs.debug");
}

/* Looks for a name that is not ours; there is no directory: there is none. Returns 0 or -errno. */
static int find_stranger(const char *dir, const char *below, bool (*is_ours)(const char *name),
			 char ret_name[static PIN_PATH_MAX])
{
	char path[PIN_PATH_MAX];
	scoped(dir) open_dir = NULL;
	struct dirent *entry;

	if (snprintf(path, sizeof(path), "%s%s", dir, below) >= PIN_PATH_MAX)
		return -ENAMETOOLONG;
	open_dir = opendir(path);
	if (!open_dir)
		return errno == ENOENT ? 0 : -errno;
	for (;;) {
		errno = 0;
		entry = readdir(open_dir);
		if (!entry)
			return -errno;
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (is_kernels(entry->d_name) || is_ours(entry->d_name))
			continue;
		snprintf(ret_name, PIN_PATH_MAX, "%.200s/%s", path, entry->d_name);
		return 0;
	}
}

static bool is_sealed(const char *dir)
{
	char path[PIN_PATH_MAX];

	return snprintf(path, sizeof(path), "%s/" PINDIR_MAPS "/meta", dir) < PIN_PATH_MAX &&
	       !faccessat(AT_FDCWD, path, F_OK, AT_EACCESS);
}

/* A directory with anything in it that is no instance's is somebody else's, and stays as it is. */
static int check_contents(const char *dir, struct complaint *ret_why)
{
	char stranger[PIN_PATH_MAX] = "";
	int err = is_bpffs(dir, ret_why);

	if (err < 0)
		return err;
	err = find_stranger(dir, "", err ? is_instance_name : is_never_ours, stranger);
	if (!err && !*stranger && !is_sealed(dir)) /* another version's may have others */
		err = find_stranger(dir, "/" PINDIR_MAPS, is_map_name, stranger);
	if (!err && !*stranger)
		err = find_stranger(dir, "/" PINDIR_ATTACHMENTS, is_attachment_name, stranger);
	if (err)
		return complain_errno(ret_why, dir, err, "cannot be read");
	if (!*stranger)
		return 0;
	complain_failed(ret_why, dir, "holds what is not this program's: %.120s", stranger);
	complain_hint(ret_why, "name a directory that is not there yet, or an instance's");
	return -EPERM;
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

static int complain_locked(int fd, const char *dir, unsigned int patience,
			   struct complaint *ret_why)
{
	pid_t pid = lock_holder(fd);
	char path[32], name[32] = "";
	scoped(file) comm = NULL;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	comm = pid ? fopen(path, "re") : NULL;
	if (comm && fgets(name, sizeof(name), comm))
		name[strcspn(name, "\n")] = '\0';
	if (*name)
		complain_failed(ret_why, dir, "%s (pid %d) has been changing it for %u s", name,
				pid, patience);
	else
		complain_failed(ret_why, dir, "others have been changing it for %u s", patience);
	complain_hint(ret_why, "try again when they are done, or wait longer: --wait SECONDS");
	return -EBUSY;
}

static void wake(int signal)
{
	(void)signal; /* that flock() returns is all that is wanted */
}

/* An alarm each so many seconds; 0: no more. */
static void set_alarm(unsigned int seconds)
{
	struct sigaction action = { .sa_handler = seconds ? wake : SIG_DFL };
	struct itimerval timer = { .it_interval.tv_sec = seconds, .it_value.tv_sec = seconds };

	if (seconds)
		sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	if (!seconds)
		sigaction(SIGALRM, &action, NULL);
}

/*
 * Waits in turn: the kernel wakes one waiter at a time, the first first.  A
 * queue that moves is waited in; patience is for one holder.  Returns 0,
 * -EINTR if that is over, or another -errno.
 */
static int wait_for_lock(int fd, int operation, unsigned int patience)
{
	int err = flock(fd, operation | LOCK_NB) ? -errno : 0;
	pid_t holder, before;

	if (err != -EWOULDBLOCK)
		return err;
	if (!patience)
		return -EINTR;
	holder = lock_holder(fd);
	set_alarm(patience);
	do {
		before = holder;
		err = flock(fd, operation) ? -errno : 0;
		holder = err == -EINTR ? lock_holder(fd) : 0;
	} while (err == -EINTR && holder != before);
	set_alarm(0);
	return err;
}

/*
 * Does the path still lead to what was opened?  A purge removes it under its
 * lock.  Returns 0, -ESTALE if not, or another -errno.
 */
static int check_at(int fd, const char *dir)
{
	struct stat held, there;

	if (fstat(fd, &held))
		return -errno;
	if (lstat(dir, &there))
		return errno == ENOENT ? -ESTALE : -errno;
	return held.st_nlink && held.st_dev == there.st_dev && held.st_ino == there.st_ino
		       ? 0
		       : -ESTALE;
}

int pindir_lock(const char *dir, enum pindir_lock kind, unsigned int patience,
		struct complaint *ret_why)
{
	scoped(fd) fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int err;

	if (fd < 0 && errno == ENOENT)
		return -ESTALE;
	if (fd < 0)
		return complain_errno(ret_why, dir, -errno, "cannot be opened");
	err = wait_for_lock(fd, kind == PINDIR_ALONE ? LOCK_EX : LOCK_SH, patience);
	if (err == -EINTR)
		return complain_locked(fd, dir, patience, ret_why);
	if (!err)
		err = check_at(fd, dir);
	if (err == -ESTALE)
		return err;
	return err ? complain_errno(ret_why, dir, err, "cannot be locked") : scope_take(&fd);
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
