/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs on hooks that no link of ours leads to: put there, replaced, taken off. */
#include "hold.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clsact.h"
#include "join.h"
#include "netns.h"
#include "object.h"
#include "pindir.h"
#include "scope.h"
#include "tc.h"

/* By how it was attached. */
static const struct hold *hold_by(const struct cx_attachment *self)
{
	if (self->features & CX_FEATURE_JOIN)
		return &join_hold;
	return self->mode == CX_ATTACH_TC ? &clsact_hold : NULL;
}

const struct hold *hold_of(const struct cx_attachment *self)
{
	return self->mode == CX_ATTACH_TC && tc_has_links() ? NULL : hold_by(self);
}

/* Pins */

static int pin_path(const char *dir, const char *pin, char ret_path[static PIN_PATH_MAX])
{
	return snprintf(ret_path, PIN_PATH_MAX, "%s/%s", dir, pin) < PIN_PATH_MAX ? 0
										  : -ENAMETOOLONG;
}

static int rename_pin(const char *dir, const char *from, const char *to)
{
	char from_path[PIN_PATH_MAX], to_path[PIN_PATH_MAX];
	int err = pin_path(dir, from, from_path);

	if (!err)
		err = pin_path(dir, to, to_path);
	return err ? err : rename(from_path, to_path) ? -errno : 0;
}

static int unpin_next(const char *dir)
{
	char path[PIN_PATH_MAX];
	int err = pin_path(dir, "next", path);

	return err ? err : unlink(path) && errno != ENOENT ? -errno : 0;
}

static int pin_next(int prog_fd, const char *dir)
{
	char path[PIN_PATH_MAX];
	int err = pin_path(dir, "next", path);

	return err ? err : pindir_replace(prog_fd, path);
}

/* It runs: from now on it is the one. */
static int settle_next(const char *dir)
{
	return rename_pin(dir, "next", "program");
}

/* In the namespace where it is */

struct visit {
	const struct attachment *attachment;
	int prog_fd;
};

static int replace_there(void *context)
{
	const struct visit *visit = context;
	const struct attachment *attachment = visit->attachment;

	return hold_by(&attachment->self)
		->replace(attachment->ifindex, attachment->prog_id, visit->prog_fd);
}

/* What is off was on the interface of that number. */
static int take_off_there(void *context)
{
	const struct visit *visit = context;
	const struct attachment *attachment = visit->attachment;
	__u32 ifindex = attachment->ifindex ? attachment->ifindex : attachment->self.ifindex;

	return hold_by(&attachment->self)->take_off(ifindex, attachment->prog_id, attachment->pin);
}

static __u64 netns_of(const struct attachment *attachment)
{
	return attachment->ifindex ? attachment->netns : attachment->self.netns;
}

/* All of it */

int hold_put(const struct interface *interface, const struct cx_attachment *self, int prog_fd,
	     const char *dir, struct complaint *ret_why)
{
	int err = pin_next(prog_fd, dir);

	if (err)
		return complain_errno(ret_why, dir, err, "cannot pin");
	err = hold_by(self)->put(interface, prog_fd, dir, ret_why);
	(void)(err ? unpin_next(dir) : settle_next(dir)); /* or the next change does */
	return err;
}

int hold_replace(const struct attachment *attachment, int prog_fd)
{
	struct visit visit = { attachment, prog_fd };
	int err = pin_next(prog_fd, attachment->pin);

	if (!err && attachment->ifindex)
		err = netns_visit(netns_of(attachment), replace_there, &visit);
	(void)(err ? unpin_next(attachment->pin) : settle_next(attachment->pin));
	return err;
}

int hold_take_off(const struct attachment *attachment)
{
	struct visit visit = { attachment, -1 };
	int err = attachment->next ? 0 : rename_pin(attachment->pin, "program", "next");

	if (!err)
		err = netns_visit(netns_of(attachment), take_off_there, &visit);
	if (err == -ENOENT && !attachment->ifindex)
		return 0; /* its namespace is gone, and all in it */
	if (err)
		(void)settle_next(attachment->pin);
	return err;
}

/* What is in dir as "next", as an attachment that is nowhere. Returns 0 or -errno. */
static int read_next(const char *dir, struct attachment *ret)
{
	scoped(fd) fd = attachment_open_pin(dir, "next");
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*ret = (struct attachment){ .prog_id = info.id };
	snprintf(ret->pin, sizeof(ret->pin), "%s", dir);
	return object_read_self(info.id, &ret->self);
}

static const struct attachment *find_in(const struct attachment *list, size_t count,
					const char *dir)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(list[i].pin, dir))
			return &list[i];
	}
	return NULL;
}

int hold_sweep(const struct attachment *list, size_t count, const char *dir)
{
	const struct attachment *settled = find_in(list, count, dir);
	struct attachment left;
	struct visit visit = { &left, -1 };
	int err;

	if (settled)
		return settled->next ? settle_next(dir) : unpin_next(dir);
	err = read_next(dir, &left);
	if (!err)
		err = netns_visit(left.self.netns, take_off_there, &visit);
	return err && err != -ENOENT ? err : 1;
}
