/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An instance of another version: what is in its maps cannot be read, its pins can. */
#include "other_version.h"

#include <bpf/bpf.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "programs.h"
#include "scope.h"
#include "tc.h"

/*
 * A pin does not tell what it is of, and what a map answers would pass for the answer of a link.
 * "anon_inode:bpf-link" on 6.1, "bpf_link" on others.
 */
static bool is_a(int fd, const char *what)
{
	char path[32], target[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, target, sizeof(target) - 1) > 0 && strstr(target, what);
}

static bool runs(const struct bpf_link_info *info, const struct interface *interface)
{
	if (info->xdp.ifindex != interface->ifindex) /* at tc: of a struct that begins alike */
		return false;
	if (info->type == TC_LINK_TYPE)
		return programs_include(interface, info->prog_id) > 0;
	return info->type == BPF_LINK_TYPE_XDP && info->prog_id == interface->xdp_prog_id;
}

static bool is_its_link(int fd, const struct interface *interface)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);

	return is_a(fd, "link") && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       runs(&info, interface);
}

static bool is_its_program(int fd, const struct interface *interface)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	return is_a(fd, "prog") && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       programs_include(interface, info.id) > 0;
}

static bool is_its_pin(const char *pin, const struct interface *interface)
{
	scoped(fd) fd = bpf_obj_get(pin);

	return fd >= 0 && (is_its_link(fd, interface) || is_its_program(fd, interface));
}

bool other_version_filters(const char *dir, const struct interface *interface)
{
	char *paths[] = { (char *)dir, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	bool found = false;
	const FTSENT *entry;

	if (!tree)
		return false;
	while (!found && (entry = fts_read(tree)))
		found = entry->fts_info == FTS_F && is_its_pin(entry->fts_path, interface);
	fts_close(tree);
	return found;
}
