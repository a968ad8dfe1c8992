/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an instance consists of: whatever else is in a directory makes it somebody else's. */
#include "contents.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "clarent_xdp.h"
#include "object.h"
#include "pindir.h"
#include "scope.h"

/* 1 or 0, also for what is not there; or -errno with *ret_why filled. */
int is_bpffs(const char *path, struct complaint *ret_why)
{
	struct statfs fs;

	if (!statfs(path, &fs))
		return (unsigned long)fs.f_type == BPF_FS_MAGIC;
	return errno == ENOENT ? 0 : complain_errno(ret_why, path, -errno, "cannot be looked at");
}

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
	for (size_t i = 0; i < INSTANCE_MAPS; i++) {
		if (!strcmp(name, shared_maps[i].pin))
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
int check_contents(const char *dir, struct complaint *ret_why)
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
