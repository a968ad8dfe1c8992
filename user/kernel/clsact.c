/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tc ingress where it has no links, before Linux 6.6: a filter of a clsact qdisc.
 *
 * Ours has the first priority, and so sees each frame before all others.  The
 * qdisc may be there, and is then another's; that it was made for the filter
 * is told by a directory beside the pins.
 */
#include "clsact.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel_said.h"
#include "pindir.h"
#include "scope.h"
#include "tc_filters.h"

#define FIRST 1 /* priority, and the handle in it */
#define TRIES 3 /* of what is left over if it fails */

static int qdisc_path(const char *dir, char ret_path[static PIN_PATH_MAX])
{
	return snprintf(ret_path, PIN_PATH_MAX, "%s/qdisc", dir) < PIN_PATH_MAX ? 0 : -ENAMETOOLONG;
}

static struct bpf_tc_hook hook_on(__u32 ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = BPF_TC_INGRESS);

	return hook;
}

/* Filters */

/* The one of a program. Returns 1, 0 if there is none, or -errno. */
static int find_filter(__u32 ifindex, __u32 prog_id, struct tc_filter *ret_filter)
{
	scoped(memory) memory = NULL;
	const struct tc_filter *filter;
	size_t count;
	int err = tc_filters_read(ifindex, TC_SIDE_INGRESS, (struct tc_filter **)&memory, &count);

	filter = memory;
	for (size_t i = 0; !err && i < count; i++) {
		if (filter[i].prog_id != prog_id)
			continue;
		*ret_filter = filter[i];
		return 1;
	}
	return err;
}

static int complain_tc(const struct interface *interface, int err, struct complaint *ret_why)
{
	return complain_errno(ret_why, interface->name, err, "cannot tell what is at tc ingress");
}

static int refuse_behind(const char *ifname, const struct tc_filter *first,
			 struct complaint *ret_why)
{
	char program[32] = "";

	if (first->prog_id)
		snprintf(program, sizeof(program), ", program id %u", first->prog_id);
	complain_failed(ret_why, ifname,
			"another's filter is the first at tc ingress (%s, priority %u%s)",
			first->kind, first->priority, program);
	complain_hint(ret_why, "give it a priority above 1; see: tc filter show dev %s ingress",
		      ifname);
	return -EBUSY;
}

/* Before all that is there, or not at all. */
static int check_first(const struct interface *interface, struct complaint *ret_why)
{
	scoped(memory) memory = NULL;
	const struct tc_filter *filter, *first = NULL;
	size_t count;
	int err = tc_filters_read(interface->ifindex, TC_SIDE_INGRESS, (struct tc_filter **)&memory,
				  &count);

	if (err)
		return complain_tc(interface, err, ret_why);
	filter = memory;
	for (size_t i = 0; i < count; i++) {
		/* the last of a priority says most of it: what has a handle */
		if (!filter[i].chain && filter[i].priority <= FIRST)
			first = &filter[i];
	}
	return first ? refuse_behind(interface->name, first, ret_why) : 0;
}

int clsact_check_place(const struct interface *interface, __u32 prog_id, struct complaint *ret_why)
{
	struct tc_filter before;
	int found = tc_filters_before(interface->ifindex, prog_id, &before);

	if (found < 0)
		return complain_tc(interface, found, ret_why);
	return found ? refuse_behind(interface->name, &before, ret_why) : 0;
}

/* The qdisc */

/* Is any filter on it, on either side? Returns 1, 0 or -errno. */
static int is_used(__u32 ifindex)
{
	static const enum tc_side sides[] = { TC_SIDE_INGRESS, TC_SIDE_EGRESS };
	size_t count = 0;
	int err = 0;

	for (int i = 0; i < 2 && !err && !count; i++) {
		scoped(memory) memory = NULL;

		err = tc_filters_read(ifindex, sides[i], (struct tc_filter **)&memory, &count);
	}
	return err ? err : count > 0;
}

static int remove_qdisc(__u32 ifindex)
{
	struct bpf_tc_hook hook = hook_on(ifindex);
	int err;

	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS; /* with them, the qdisc */
	err = bpf_tc_hook_destroy(&hook);
	return err == -ENOENT || err == -EINVAL || err == -ENODEV ? 0 : err;
}

static int try_release(__u32 ifindex, const char *path)
{
	int used = is_used(ifindex);
	int made = used ? 0 : tc_filters_possible(ifindex);
	int err = used < 0 ? used : made < 0 ? made : 0;

	if (!err && made)
		err = remove_qdisc(ifindex);
	return !err && rmdir(path) ? -errno : err;
}

/* If it was made for our filter, and nobody else has come to use it. */
static int release_qdisc(__u32 ifindex, const char *dir)
{
	char path[PIN_PATH_MAX];
	int err = qdisc_path(dir, path);

	if (err || access(path, F_OK))
		return err;
	err = -EAGAIN;
	for (int i = 0; i < TRIES && err; i++)
		err = try_release(ifindex, path);
	return err;
}

/* That it is ours is noted before it is made, and only if there is none. */
static int provide_qdisc(__u32 ifindex, const char *dir)
{
	struct bpf_tc_hook hook = hook_on(ifindex);
	char path[PIN_PATH_MAX];
	int err = tc_filters_possible(ifindex);

	if (err)
		return err < 0 ? err : 0;
	err = qdisc_path(dir, path);
	if (!err && mkdir(path, 0700) && errno != EEXIST)
		err = -errno;
	if (!err)
		err = bpf_tc_hook_create(&hook);
	if (err && err != -EEXIST && tc_filters_possible(ifindex) > 0)
		err = 0;              /* only the answer was lost */
	if (!err || err == -EEXIST) { /* ... and somebody was quicker */
		if (err)
			rmdir(path);
		return 0;
	}
	rmdir(path);
	return err;
}

/* The hold */

/* What was asked for may be done, and the answer have been lost: so it is looked. */
static int attach(__u32 ifindex, struct bpf_tc_opts *opts)
{
	struct bpf_tc_hook hook = hook_on(ifindex);
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	struct tc_filter there;
	const int prog_fd = opts->prog_fd;
	int err = bpf_tc_attach(&hook, opts);

	if (err && !bpf_obj_get_info_by_fd(prog_fd, &info, &len) &&
	    find_filter(ifindex, info.id, &there) > 0)
		return 0;
	return err;
}

static int put_filter(__u32 ifindex, int prog_fd)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd, .handle = FIRST, .priority = FIRST);

	return attach(ifindex, &opts);
}

static int put(const struct interface *interface, int prog_fd, const char *dir,
	       struct complaint *ret_why)
{
	int err = check_first(interface, ret_why);

	if (err)
		return err;
	kernel_forget();
	err = provide_qdisc(interface->ifindex, dir);
	if (!err)
		err = put_filter(interface->ifindex, prog_fd);
	if (!err)
		return 0;
	complain_errno(ret_why, interface->name, err, "cannot attach at tc ingress");
	complain_said(ret_why, kernel_said());
	(void)release_qdisc(interface->ifindex, dir); /* or the next change does */
	return err;
}

static int replace(__u32 ifindex, __u32 prog_id, int prog_fd)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd, .flags = BPF_TC_F_REPLACE);
	struct tc_filter old;
	int found = find_filter(ifindex, prog_id, &old);

	if (found <= 0)
		return found ? found : -ENOENT;
	opts.handle = old.handle;
	opts.priority = old.priority;
	return attach(ifindex, &opts);
}

static int take_off(__u32 ifindex, __u32 prog_id, const char *dir)
{
	struct bpf_tc_hook hook = hook_on(ifindex);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	struct tc_filter old;
	int err = find_filter(ifindex, prog_id, &old);

	if (err > 0) {
		opts.handle = old.handle;
		opts.priority = old.priority;
		err = bpf_tc_detach(&hook, &opts);
		if (err && !find_filter(ifindex, prog_id, &old)) /* that was lost which says so */
			err = 0;
	}
	return err ? err : release_qdisc(ifindex, dir);
}

const struct hold clsact_hold = { .put = put, .replace = replace, .take_off = take_off };
