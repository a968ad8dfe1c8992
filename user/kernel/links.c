/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pins of one attachment: what holds it, its counters, its program for `check`. */
#include "links.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.h"
#include "dispatcher.h"
#include "hold.h"
#include "kernel_said.h"
#include "pindir.h"
#include "readers.h"
#include "ready.h"
#include "scope.h"
#include "tc.h"

static int pin_replace(int fd, const char *dir, const char *pin)
{
	char path[PIN_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, pin) >= PIN_PATH_MAX)
		return -ENAMETOOLONG;
	return pindir_replace(fd, path);
}

/*
 * The link goes first: what is left without it filters nothing, and the next
 * change removes it.  It is then told to let go, since a link that is no longer
 * pinned does so only some time later.
 */
int unpin(const char *dir)
{
	scoped(fd) link_fd = attachment_open_pin(dir, "link");
	char path[PIN_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/link", dir) >= PIN_PATH_MAX)
		return -ENAMETOOLONG;
	if (unlink(path) && errno != ENOENT)
		return -errno;
	if (link_fd >= 0)
		(void)bpf_link_detach(link_fd);
	if (!pindir_empty(dir))
		rmdir(dir);
	return 0;
}

/* In one step: killed before it the attach has not happened, after it it has. */
static int pin_link(int link_fd, const char *dir)
{
	char path[PIN_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/link", dir) >= PIN_PATH_MAX)
		return -ENAMETOOLONG;
	return bpf_obj_pin(link_fd, path) ? -errno : 0;
}

/*
 * A directory of its own for an attachment, named by a number that is unique
 * while it is needed: the id of its first program.
 */
static int make_pin_dir(const struct instance *instance, int prog_fd,
			char ret_dir[static PIN_PATH_MAX])
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return -errno;
	snprintf(ret_dir, PIN_PATH_MAX, "%.400s/" PINDIR_ATTACHMENTS, instance->dir);
	if (mkdir(ret_dir, 0700) && errno != EEXIST)
		return -errno;
	snprintf(ret_dir, PIN_PATH_MAX, "%.400s/" PINDIR_ATTACHMENTS "/%u", instance->dir, info.id);
	return mkdir(ret_dir, 0700) ? -errno : 0;
}

/* Without a pin the kernel empties it. */
static int pin_then(const struct object_programs *programs, const char *dir)
{
	return programs->then_fd < 0 ? 0 : pin_replace(programs->then_fd, dir, "then");
}

/* Not before the program that used it is replaced. */
static void drop_then(const struct object_programs *programs, const char *dir)
{
	char path[PIN_PATH_MAX];

	if (programs->then_fd < 0 && snprintf(path, sizeof(path), "%s/then", dir) < PIN_PATH_MAX)
		(void)unlink(path); /* or the next replacement does */
}

/* What stands beside the program itself. */
static int pin_others(const struct object_programs *programs, const char *dir)
{
	int err = pin_replace(programs->check_fd, dir, "check");

	if (!err)
		err = pin_replace(programs->counters_fd, dir, "counters");
	return err ? err : pin_then(programs, dir);
}

static int update_link(const char *dir, int prog_fd)
{
	scoped(fd) link_fd = attachment_open_pin(dir, "link");

	if (link_fd < 0)
		return link_fd;
	return bpf_link_update(link_fd, prog_fd, NULL) ? -errno : 0;
}

/* The kernel moves no link: for a moment there are two, and both judge. */
static int relink_first(const struct attachment *attachment, int prog_fd)
{
	scoped(fd) old_fd = attachment_open_pin(attachment->pin, "link");
	scoped(fd) link_fd = old_fd < 0 ? old_fd : tc_link(prog_fd, attachment->ifindex);
	int err = link_fd < 0 ? link_fd : pin_replace(link_fd, attachment->pin, "link");

	if (!err)
		(void)bpf_link_detach(old_fd);
	return err;
}

static int replace(const struct attachment *attachment, int prog_fd)
{
	return attachment->linked ? update_link(attachment->pin, prog_fd)
				  : hold_replace(attachment, prog_fd);
}

static int swap(const struct instance *instance, const struct attachment *attachment,
		const struct object_programs *programs,
		int (*put)(const struct attachment *attachment, int prog_fd), const char *name,
		struct complaint *ret_why)
{
	int err = pin_others(programs, attachment->pin);

	instance_forget_attachments(instance);
	if (!err)
		err = put(attachment, programs->judge_fd);
	if (!err)
		drop_then(programs, attachment->pin);
	return err ? complain_errno(ret_why, name, err, "cannot replace the program") : 0;
}

int swap_in(const struct instance *instance, const struct attachment *attachment,
	    const struct object_programs *programs, const char *name, struct complaint *ret_why)
{
	return swap(instance, attachment, programs, replace, name, ret_why);
}

int swap_in_first(const struct instance *instance, const struct attachment *attachment,
		  const struct object_programs *programs, const char *name,
		  struct complaint *ret_why)
{
	return swap(instance, attachment, programs, relink_first, name, ret_why);
}

int put_back(const struct instance *instance, const struct attachment *attachment,
	     const struct interface *interface, const struct object_programs *programs,
	     struct complaint *ret_why)
{
	int err = pin_others(programs, attachment->pin);

	instance_forget_attachments(instance);
	if (err)
		return complain_errno(ret_why, attachment->pin, err, "cannot pin");
	return hold_put(interface, &attachment->self, programs->judge_fd, attachment->pin, ret_why);
}

/* The counters of an attachment, -1 in *ret_fd if it has none. Returns 0 or -errno. */
int open_counters(const struct attachment *attachment, int *ret_fd, struct complaint *ret_why)
{
	*ret_fd = attachment_open_pin(attachment->pin, "counters");
	if (*ret_fd >= 0 || *ret_fd == -ENOENT)
		return 0;
	return complain_errno(ret_why, attachment_name(attachment), *ret_fd,
			      "cannot open its counters");
}

int open_then(const struct attachment *attachment, int *ret_fd, struct complaint *ret_why)
{
	*ret_fd = -1;
	if (!(attachment->self.features & CX_FEATURE_THEN))
		return 0;
	*ret_fd = attachment_open_pin(attachment->pin, "then");
	return *ret_fd >= 0 ? 0
			    : complain_errno(ret_why, attachment_name(attachment), *ret_fd,
					     "cannot open what it hands on to");
}

int replace_programs(struct instance *instance, const struct attachment *attachment,
		     const struct cx_attachment *wanted, struct complaint *ret_why)
{
	struct cx_attachment self = *wanted;
	scoped(fd) wishes_fd = -1;
	scoped(fd) readers_fd = readers_open(instance, &self, &wishes_fd);
	scoped(fd) counters_fd = -1;
	scoped(fd) then_fd = -1;
	struct object_programs programs;
	int err = open_counters(attachment, &counters_fd, ret_why);

	if (!err)
		err = open_then(attachment, &then_fd, ret_why);
	if (!err && ready_take(attachment, &self, readers_ids(readers_fd, wishes_fd), &programs)) {
		programs.counters_fd = scope_take(&counters_fd);
		programs.then_fd = scope_take(&then_fd);
	} else if (!err) {
		err = object_load(
			instance, &self,
			&(struct object_maps){ counters_fd, then_fd, readers_fd, wishes_fd },
			&programs, ret_why);
	}
	if (err)
		return err;
	err = swap_in(instance, attachment, &programs, attachment_name(attachment), ret_why);
	object_close(&programs);
	return err;
}

static __u32 xdp_flags(enum cx_attach_mode mode)
{
	return mode == CX_ATTACH_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
}

/*
 * A link's creation fails without the kernel's own words; the netlink way of
 * attaching has them.  So it is asked once more that way, and undone should
 * it succeed.
 */
static const char *quote_kernel(const struct interface *interface, int prog_fd,
				enum cx_attach_mode mode)
{
	__u32 flags = xdp_flags(mode) | XDP_FLAGS_UPDATE_IF_NOEXIST;

	kernel_forget();
	if (!bpf_xdp_attach(interface->ifindex, prog_fd, flags, NULL))
		bpf_xdp_detach(interface->ifindex, xdp_flags(mode), NULL);
	return kernel_said();
}

/* Other errors come as EOPNOTSUPP as well: the kernel says which it is. */
static bool has_no_native(enum cx_attach_mode mode, int err, const char *said)
{
	return err == -EOPNOTSUPP && mode == CX_ATTACH_NATIVE &&
	       (!*said || strstr(said, "does not support XDP in native mode"));
}

static bool lies_on(const struct interface *upper, const struct interface *interface)
{
	return upper->lower == interface->ifindex || interface->master == upper->ifindex;
}

/* Once a device has a program, the kernel takes none below it, in whatever mode. */
static void hint_upper(const struct interface *interface, struct complaint *ret_why)
{
	scoped(memory) list = NULL;
	size_t count;

	if (interfaces_read((struct interface **)&list, &count))
		return;
	complain_hint(ret_why, "that may be in another network namespace: detach it first");
	for (size_t i = 0; i < count; i++) {
		const struct interface *upper = (struct interface *)list + i;

		if (upper->xdp_prog_id && lies_on(upper, interface))
			complain_hint(
				ret_why,
				"that is %s: detach it before you attach %s, whatever the mode",
				upper->name, interface->name);
	}
}

static int complain_attach(const struct interface *interface, int prog_fd, enum cx_attach_mode mode,
			   int err, struct complaint *ret_why)
{
	const char *said;

	if (interface->xdp_prog_id) {
		complain_failed(ret_why, interface->name, "another XDP program is attached (id %u)",
				interface->xdp_prog_id);
		complain_hint(ret_why, "see: bpftool prog show id %u", interface->xdp_prog_id);
		if (dispatcher_is(interface->xdp_prog_id))
			complain_hint(ret_why,
				      "it is libxdp's dispatcher; to run among its programs: "
				      "clarent-xdp attach %s join",
				      interface->name);
		return err;
	}
	said = quote_kernel(interface, prog_fd, mode);
	if (has_no_native(mode, err, said))
		return device_no_native(interface->name, ret_why);
	complain_errno(ret_why, interface->name, err, "cannot attach");
	complain_said(ret_why, said);
	if (err == -EEXIST)
		hint_upper(interface, ret_why);
	else if (mode == CX_ATTACH_NATIVE)
		complain_hint(ret_why,
			      "if that cannot be mended: clarent-xdp attach %s mode generic",
			      interface->name);
	return err;
}

/* Returns the link's fd, or -errno with *ret_why filled. */
static int attach_program(const struct interface *interface, int prog_fd, enum cx_attach_mode mode,
			  struct complaint *ret_why)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = xdp_flags(mode));
	int link_fd;

	if (mode == CX_ATTACH_TC) {
		link_fd = tc_link(prog_fd, interface->ifindex);
		return link_fd < 0 ? complain_errno(ret_why, interface->name, link_fd,
						    "cannot attach at tc ingress")
				   : link_fd;
	}
	link_fd = bpf_link_create(prog_fd, (int)interface->ifindex, BPF_XDP, &opts);
	return link_fd < 0 ? complain_attach(interface, prog_fd, mode, -errno, ret_why) : link_fd;
}

/* Until it is pinned, the link lives as long as this process. */
static int hold_by_link(const struct interface *interface, int prog_fd, enum cx_attach_mode mode,
			const char *dir, struct complaint *ret_why)
{
	scoped(fd) link_fd = attach_program(interface, prog_fd, mode, ret_why);
	int err = link_fd < 0 ? link_fd : pin_link(link_fd, dir);

	return link_fd >= 0 && err ? complain_errno(ret_why, dir, err, "cannot pin") : err;
}

int create_attachment(const struct instance *instance, const struct interface *interface,
		      const struct cx_attachment *self, const struct object_programs *programs,
		      struct complaint *ret_why)
{
	char dir[PIN_PATH_MAX];
	int err = make_pin_dir(instance, programs->judge_fd, dir);

	if (err)
		return complain_errno(ret_why, instance->dir, err, "cannot make its directory");
	err = pin_others(programs, dir);
	if (err)
		complain_errno(ret_why, dir, err, "cannot pin");
	else if (hold_of(self))
		err = hold_put(interface, self, programs->judge_fd, dir, ret_why);
	else
		err = hold_by_link(interface, programs->judge_fd, self->mode, dir, ret_why);
	if (err)
		(void)unpin(dir); /* or the next change does */
	instance_forget_attachments(instance);
	return err;
}

/* What sweep_dir() goes by. */
struct attachment_list {
	struct attachment *list; /* owned */
	size_t count;
};

/* What is neither a link nor a program that runs is what a killed attach or detach left. */
static int sweep_dir(const char *dir, void *context)
{
	const struct attachment_list *all = context;
	scoped(fd) link_fd = attachment_open_pin(dir, "link");
	int left = link_fd == -ENOENT ? hold_sweep(all->list, all->count, dir) : 0;

	if (left)
		return left < 0 ? left : unpin(dir);
	return pindir_sweep(dir);
}

int sweep_attachments(const struct instance *instance)
{
	struct attachment_list all;
	int err = attachments_read(instance, &all.list, &all.count);

	if (err)
		return err;
	err = attachments_visit_pins(instance, sweep_dir, &all);
	for (size_t i = 0; i < all.count; i++) {
		if (all.list[i].next) /* not any more */
			instance_forget_attachments(instance);
	}
	free(all.list);
	return err;
}

int complain_list(struct complaint *ret_why, int err)
{
	return complain_errno(ret_why, NULL, err, "cannot tell what is attached");
}
