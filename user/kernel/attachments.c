/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is attached: pinned links or programs, as the kernel tells of them now. */
#include "attachments.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clocks.h"
#include "netns.h"
#include "object.h"
#include "pindir.h"
#include "programs.h"
#include "scope.h"
#include "whereabouts.h"

#define FIND_TRIES 5 /* a program that is just being replaced is looked for again */

struct found {
	struct attachment *list; /* owned */
	size_t count;
};

/* Its link, and what the link's program was loaded with. Returns 0 or -errno. */
static int read_link(int link_fd, struct bpf_link_info *ret_info, struct cx_attachment *ret_self)
{
	__u32 len = sizeof(*ret_info), seen;
	int err;

	do {
		seen = ret_info->prog_id;
		if (bpf_obj_get_info_by_fd(link_fd, ret_info, &len))
			return -errno;
		err = object_read_self(ret_info->prog_id, ret_self);
		/* a program that a writer has just replaced is gone: look again */
	} while (err == -ENOENT && ret_info->prog_id != seen);
	return err == -ENOENT ? -EINVAL : err;
}

/* What it hands on to. Returns 0 or -errno. */
static int read_then(struct attachment *attachment)
{
	scoped(fd) fd = -1;

	if (!(attachment->self.features & CX_FEATURE_THEN))
		return 0;
	fd = attachment_open_pin(attachment->pin, "then");
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd; /* just taken back */
	return then_read(fd, &attachment->then);
}

/*
 * Reads one attachment from its pins.  Returns 0, -ENOENT if there is no link
 * (any more), or another -errno: an attachment that cannot be read is there.
 */
static int read_linked(const char *dir, struct attachment *ret)
{
	scoped(fd) link_fd = attachment_open_pin(dir, "link");
	struct bpf_link_info info = {};
	int err;

	if (link_fd < 0)
		return link_fd;
	*ret = (struct attachment){ .linked = true };
	err = read_link(link_fd, &info, &ret->self);
	if (err)
		return err;
	ret->ifindex = info.xdp.ifindex; /* at tc: of a struct that begins alike */
	ret->prog_id = info.prog_id;
	snprintf(ret->pin, sizeof(ret->pin), "%s", dir);
	return read_then(ret);
}

/* The same of one without a link, by one of its programs. */
static int read_program(const char *dir, const char *pin, struct attachment *ret)
{
	scoped(fd) fd = attachment_open_pin(dir, pin);
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int err;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*ret = (struct attachment){ .prog_id = info.id, .next = !strcmp(pin, "next") };
	snprintf(ret->pin, sizeof(ret->pin), "%s", dir);
	err = object_read_self(info.id, &ret->self);
	return err ? err : read_then(ret);
}

static int read_next(const char *dir, struct attachment *ret)
{
	return read_program(dir, "next", ret);
}

static int read_present(const char *dir, struct attachment *ret)
{
	return read_program(dir, "program", ret);
}

static int by_name(const void *a, const void *b)
{
	const struct attachment *x = a, *y = b;
	int order = strncmp(x->self.ifname, y->self.ifname, CX_NAME_MAX);

	if (order)
		return order;
	return x->self.netns < y->self.netns ? -1 : x->self.netns > y->self.netns;
}

int attachments_visit_pins(const struct instance *instance,
			   int (*visit)(const char *dir, void *context), void *context)
{
	char path[PIN_PATH_MAX], dir_path[PIN_PATH_MAX];
	scoped(dir) dir = NULL;
	struct dirent *entry;
	int err = 0;

	snprintf(dir_path, sizeof(dir_path), "%.400s/" PINDIR_ATTACHMENTS, instance->dir);
	dir = opendir(dir_path);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!err && (entry = pindir_next(dir, &err))) {
		if (snprintf(path, sizeof(path), "%s/%s", dir_path, entry->d_name) < PIN_PATH_MAX)
			err = visit(path, context);
	}
	return err;
}

static int add(struct found *found, const char *dir,
	       int (*read)(const char *dir, struct attachment *ret))
{
	struct attachment *grown = reallocarray(found->list, found->count + 1, sizeof(*grown));
	int err;

	if (!grown)
		return -ENOMEM;
	found->list = grown;
	err = read(dir, &grown[found->count]);
	if (!err)
		found->count++;
	return err;
}

/*
 * Adds the attachment in dir, if it is one.  Without a link, what is about to
 * be in force comes before what is: it may have become that in between.
 */
static int add_attachment(const char *dir, void *context)
{
	struct found *found = context;
	int err = add(found, dir, read_linked), next_err;

	if (err != -ENOENT)
		return err;
	next_err = add(found, dir, read_next);
	err = add(found, dir, read_present);
	if (next_err && next_err != -ENOENT)
		return next_err;
	return err == -ENOENT ? 0 : err;
}

/* Of two programs of one attachment, the one that runs stands for it: else the present one. */
static bool is_superseded(const struct found *found, size_t index)
{
	const struct attachment *one = &found->list[index], *before = one - 1;

	if (one->next)
		return !one->ifindex;
	return index && before->next && before->ifindex && !strcmp(before->pin, one->pin);
}

static void settle(struct found *found)
{
	for (size_t i = found->count; i > 0; i--) {
		if (is_superseded(found, i - 1))
			memmove(&found->list[i - 1], &found->list[i],
				(found->count-- - i) * sizeof(*found->list));
	}
}

/* Reads them once. *ret_found is the caller's to free, whatever is returned. */
static int read_once(const struct instance *instance, struct found *ret_found)
{
	int err = attachments_visit_pins(instance, add_attachment, ret_found);

	if (!err)
		err = whereabouts_find(ret_found->list, ret_found->count);
	if (!err)
		settle(ret_found);
	return err;
}

static bool is_any_off(const struct found *found)
{
	for (size_t i = 0; i < found->count; i++) {
		if (!found->list[i].linked && !found->list[i].ifindex)
			return true;
	}
	return false;
}

static bool are_same(const struct found *one, const struct found *other)
{
	bool same = one->count == other->count;

	for (size_t i = 0; same && i < one->count; i++)
		same = one->list[i].prog_id == other->list[i].prog_id &&
		       one->list[i].ifindex == other->list[i].ifindex;
	return same;
}

/* What is not found may just have been replaced: until they are the same twice. */
static int read_again(const struct instance *instance, struct found *found)
{
	int err = 0;
	bool same = false;

	for (int i = 0; i < FIND_TRIES && !same && !err && is_any_off(found); i++) {
		struct found again = {};

		err = read_once(instance, &again);
		same = !err && are_same(found, &again);
		free(found->list);
		*found = again;
	}
	return err;
}

static int read_pins(const struct instance *instance, struct attachment **ret_list,
		     size_t *ret_count)
{
	struct found found = {};
	int err = read_once(instance, &found);

	if (!err)
		err = read_again(instance, &found);
	if (err) {
		free(found.list);
		return err;
	}
	if (found.count)
		qsort(found.list, found.count, sizeof(*found.list), by_name);
	*ret_list = found.list;
	*ret_count = found.count;
	return 0;
}

/* A copy: who goes through a list changes what is attached. */
static int copy_list(const struct attachment *list, size_t count, struct attachment **ret_copy)
{
	*ret_copy = NULL;
	if (!count)
		return 0;
	*ret_copy = calloc(count, sizeof(**ret_copy));
	if (!*ret_copy)
		return -ENOMEM;
	memcpy(*ret_copy, list, count * sizeof(**ret_copy));
	return 0;
}

int attachments_read(const struct instance *instance, struct attachment **ret_list,
		     size_t *ret_count)
{
	struct seen_attachments *seen = instance->lock_fd >= 0 ? instance->seen : NULL;
	int err;

	if (!seen)
		return read_pins(instance, ret_list, ret_count);
	err = seen->known ? 0 : read_pins(instance, &seen->list, &seen->count);
	if (err)
		return err;
	seen->known = true;
	*ret_count = seen->count;
	return copy_list(seen->list, seen->count, ret_list);
}

int attachment_is_on(const struct attachment *attachment, const struct interface *interface)
{
	if (attachment->ifindex != interface->ifindex)
		return 0;
	if (attachment->linked && attachment->self.mode != CX_ATTACH_TC)
		return attachment->prog_id == interface->xdp_prog_id;
	return programs_include(interface, attachment->prog_id);
}

int attachments_on(struct attachment *list, size_t count, const struct interface *interface,
		   struct attachment **ret_found)
{
	int is_on = 0;

	*ret_found = NULL;
	for (size_t i = 0; i < count && !is_on; i++) {
		is_on = attachment_is_on(&list[i], interface);
		if (is_on > 0)
			*ret_found = &list[i];
	}
	return is_on < 0 ? is_on : 0;
}

int attachments_of(struct attachment *list, size_t count, const struct interface *interface,
		   __u64 netns, struct attachment **ret_found)
{
	int err = attachments_on(list, count, interface, ret_found);

	for (size_t i = 0; !err && i < count && !*ret_found; i++) {
		if (list[i].off && list[i].self.netns == netns &&
		    list[i].self.ifindex == interface->ifindex)
			*ret_found = &list[i];
	}
	return err;
}

static bool all_are_placed(const struct found *found)
{
	for (size_t i = 0; i < found->count; i++) {
		if (found->list[i].ifindex && !found->list[i].netns)
			return false;
	}
	return true;
}

/* Places what is in the current namespace. Returns 1 when no more is to be looked for. */
static int place_all(void *context, __u64 netns, const char *netns_name)
{
	struct found *found = context;
	scoped(memory) all = NULL;
	size_t count;
	int err = interfaces_read((struct interface **)&all, &count);

	if (err)
		return err;
	for (size_t i = 0; i < count && !err; i++) {
		const struct interface *interface = (struct interface *)all + i;
		struct attachment *attachment;

		err = attachments_on(found->list, found->count, interface, &attachment);
		if (!err && attachment)
			attachment_place(attachment, interface, netns, netns_name);
	}
	return err ? err : all_are_placed(found);
}

/* Where they are is kept as well, of each that is still as it was read. */
static void keep_places(const struct instance *instance, const struct found *found)
{
	const struct seen_attachments *seen = instance->seen;

	for (size_t i = 0; seen && i < seen->count && i < found->count; i++) {
		const struct attachment *placed = &found->list[i];

		if (!strcmp(seen->list[i].pin, placed->pin) &&
		    seen->list[i].prog_id == placed->prog_id)
			seen->list[i] = *placed;
	}
}

int attachments_locate(const struct instance *instance, struct attachment *list, size_t count)
{
	struct found found = { list, count };
	__u64 here;
	int ret = 0;

	if (all_are_placed(&found))
		return 0;
	ret = netns_cookie(&here);
	if (!ret)
		ret = place_all(&found, here, "");
	if (!ret && !all_are_placed(&found))
		ret = netns_visit_others(place_all, &found);
	keep_places(instance, &found);
	return ret < 0 ? ret : 0;
}

/* Might one be on it whose program is just being replaced? */
static bool may_be_on(const struct attachment *list, size_t count,
		      const struct interface *interface)
{
	bool is_near = interface->xdp_prog_id;

	for (size_t i = 0; i < count; i++)
		is_near |= list[i].ifindex == interface->ifindex;
	return is_near;
}

/* Returns as attachments_find(). */
static int find_once(const struct instance *instance, const char *ifname, struct attachment *ret)
{
	scoped(memory) all = NULL;
	scoped(memory) list = NULL;
	const struct interface *interface;
	struct attachment *found;
	size_t interfaces, count;
	__u64 here;
	int err = interfaces_read((struct interface **)&all, &interfaces);

	if (!err)
		err = netns_cookie(&here);
	if (!err)
		err = attachments_read(instance, (struct attachment **)&list, &count);
	if (err)
		return err;
	interface = interfaces_named(all, interfaces, ifname);
	if (!interface)
		return -ENODEV;
	err = attachments_of(list, count, interface, here, &found);
	if (err)
		return err;
	if (!found)
		return may_be_on(list, count, interface) ? -EAGAIN : -ENOENT;
	*ret = *found;
	attachment_place(ret, interface, here, "");
	return 0;
}

int attachments_find(const struct instance *instance, const char *ifname, struct attachment *ret)
{
	int err = -EAGAIN;

	for (int i = 0; i < FIND_TRIES && err == -EAGAIN; i++)
		err = find_once(instance, ifname, ret);
	return err == -EAGAIN ? -ENOENT : err;
}

unsigned int attachments_left(const struct attachment *list, size_t count,
			      const struct clocks *clocks)
{
	unsigned int longest = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned int left = clocks_seconds_left(list[i].self.gate, clocks);

		longest = left > longest ? left : longest;
	}
	return longest;
}

int attachments_wait(const struct instance *instance, unsigned int *ret_left)
{
	scoped(memory) list = NULL;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (!err)
		*ret_left = attachments_left(list, count, &instance->moment.clocks);
	return err;
}
