/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attachments: the program on an interface, held by a pinned link. */
#include "attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "carry.h"
#include "cli.h"
#include "clocks.h"
#include "device.h"
#include "interfaces.h"
#include "object.h"
#include "pindir.h"
#include "scope.h"
#include "stack.h"

#define ATTACHMENTS_DIR "attachments"

struct attachments {
	struct attachment *list;
	size_t count;
};

__u64 netns_cookie(void)
{
	scoped(fd) fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	__u64 cookie = 0;
	socklen_t len = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len))
		return 0;
	return cookie;
}

/* bpffs takes no dots in names: "eth0.100" is pinned as "eth0%2e100". */
static void pin_name(const char *ifname, char buf[static 3 * CX_NAME_MAX])
{
	char *to = buf;

	for (; *ifname && to < buf + 3 * CX_NAME_MAX - 4; ifname++) {
		if (*ifname == '.' || *ifname == '%')
			to += sprintf(to, "%%%02x", *ifname);
		else
			*to++ = *ifname;
	}
	*to = '\0';
}

/* Directory of an attachment's pins, or one of them. Empty if it is too long. */
static void pin_path(const struct instance *instance, __u64 netns, const char *ifname,
		     char ret_path[static PATH_MAX])
{
	char name[3 * CX_NAME_MAX];

	pin_name(ifname, name);
	if (snprintf(ret_path, PATH_MAX, "%s/" ATTACHMENTS_DIR "/%llu_%s", instance->dir,
		     (unsigned long long)netns, name) >= PATH_MAX)
		ret_path[0] = '\0';
}

static int pin_open(const char *dir, const char *pin)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", dir, pin) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

static int pin_replace(int fd, const char *dir, const char *pin)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, pin) >= PATH_MAX)
		return -ENAMETOOLONG;
	return pindir_replace(fd, path);
}

static int pin_remove(const char *dir, const char *pin)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, pin) >= PATH_MAX)
		return -ENAMETOOLONG;
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

/* The link goes first: what is left without it filters nothing, and the next change removes it. */
static int unpin(const char *dir)
{
	int err = pin_remove(dir, "link");

	if (!err && !pindir_empty(dir))
		rmdir(dir);
	return err;
}

/*
 * Pins a link whose place is free, or taken by that of an interface that went
 * away.  In one step: killed before it the attach has not happened, after it
 * it has.
 */
static int pin_link(int link_fd, const char *dir)
{
	char path[PATH_MAX];
	int err = pin_remove(dir, "link");

	if (!err && snprintf(path, sizeof(path), "%s/link", dir) >= PATH_MAX)
		err = -ENAMETOOLONG;
	return err ? err : bpf_obj_pin(link_fd, path) ? -errno : 0;
}

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

/*
 * Reads one attachment from its pins.  Returns 0, -ENOENT if there is no link
 * (any more), or another -errno: an attachment that cannot be read is there.
 */
static int read_attachment(const char *dir, struct attachment *ret_attachment)
{
	scoped(fd) link_fd = pin_open(dir, "link");
	struct bpf_link_info info = {};
	int err;

	if (link_fd < 0)
		return link_fd;
	err = read_link(link_fd, &info, &ret_attachment->self);
	if (err)
		return err;
	ret_attachment->ifindex = info.xdp.ifindex;
	ret_attachment->prog_id = info.prog_id;
	snprintf(ret_attachment->pin, sizeof(ret_attachment->pin), "%s", dir);
	return 0;
}

static int by_ifname(const void *a, const void *b)
{
	const struct attachment *x = a, *y = b;
	int order = strncmp(x->self.ifname, y->self.ifname, CX_NAME_MAX);

	if (order)
		return order;
	return x->self.netns < y->self.netns ? -1 : x->self.netns > y->self.netns;
}

/* Calls visit for each directory of pins, until one returns an error. Returns 0 or -errno. */
static int visit_dirs(const struct instance *instance,
		      int (*visit)(const char *dir, struct attachments *to), struct attachments *to)
{
	char path[PATH_MAX], dir_path[PATH_MAX];
	scoped(dir) dir = NULL;
	struct dirent *entry;
	int err = 0;

	snprintf(dir_path, sizeof(dir_path), "%.4000s/" ATTACHMENTS_DIR, instance->dir);
	dir = opendir(dir_path);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!err && (entry = pindir_next(dir, &err))) {
		if (snprintf(path, sizeof(path), "%s/%s", dir_path, entry->d_name) < PATH_MAX)
			err = visit(path, to);
	}
	return err;
}

/* Adds the attachment in dir, if it is one. */
static int add_attachment(const char *dir, struct attachments *to)
{
	struct attachment *grown = reallocarray(to->list, to->count + 1, sizeof(*grown));
	int err;

	if (!grown)
		return -ENOMEM;
	to->list = grown;
	err = read_attachment(dir, &grown[to->count]);
	if (!err)
		to->count++;
	return err == -ENOENT ? 0 : err;
}

int attach_list(const struct instance *instance, struct attachment **ret_list, size_t *ret_count)
{
	struct attachments found = {};
	int err = visit_dirs(instance, add_attachment, &found);

	if (err) {
		free(found.list);
		return err;
	}
	if (found.count)
		qsort(found.list, found.count, sizeof(*found.list), by_ifname);
	*ret_list = found.list;
	*ret_count = found.count;
	return 0;
}

int attach_find(const struct instance *instance, const char *ifname, struct attachment *ret)
{
	char path[PATH_MAX];

	pin_path(instance, netns_cookie(), ifname, path);
	return read_attachment(path, ret);
}

int attach_counters(const struct attachment *attachment,
		    struct cx_counter ret_counters[static CX_COUNTERS])
{
	scoped(fd) fd = pin_open(attachment->pin, "counters");
	int cpus = libbpf_num_possible_cpus();
	scoped(memory) values = cpus > 0 ? calloc(cpus, sizeof(struct cx_counter)) : NULL;
	const struct cx_counter *value = values;

	if (fd < 0)
		return fd;
	if (!values)
		return -ENOMEM;
	for (__u32 i = 0; i < CX_COUNTERS; i++) {
		ret_counters[i] = (struct cx_counter){};
		if (bpf_map_lookup_elem(fd, &i, values))
			return -errno;
		for (int cpu = 0; cpu < cpus; cpu++) {
			ret_counters[i].packets += value[cpu].packets;
			ret_counters[i].bytes += value[cpu].bytes;
		}
	}
	return 0;
}

int attach_check_fd(const struct attachment *attachment)
{
	return pin_open(attachment->pin, "check");
}

/* Loads programs for an attachment that there is, and swaps them in: no packet goes unjudged. */
static int replace_programs(struct instance *instance, const struct attachment *attachment,
			    const struct cx_attachment *self, struct complaint *ret_why)
{
	scoped(fd) link_fd = pin_open(attachment->pin, "link");
	scoped(fd) counters_fd = pin_open(attachment->pin, "counters");
	struct object_programs programs;
	int err;

	if (link_fd < 0)
		return complain_failed(ret_why, self->ifname, "cannot open its link: %s",
				       strerror(-link_fd));
	if (counters_fd < 0 && counters_fd != -ENOENT)
		return complain_failed(ret_why, self->ifname, "cannot open its counters: %s",
				       strerror(-counters_fd));
	err = object_load(instance, self, counters_fd, &programs, ret_why);
	if (err)
		return err;
	err = pin_replace(programs.check_fd, attachment->pin, "check");
	if (!err && counters_fd < 0)
		err = pin_replace(programs.counters_fd, attachment->pin, "counters");
	if (!err && bpf_link_update(link_fd, programs.judge_fd, NULL))
		err = -errno;
	object_close(&programs);
	return err ? complain_failed(ret_why, self->ifname, "cannot replace the program: %s",
				     strerror(-err))
		   : 0;
}

static int complain_list(struct complaint *ret_why, int err)
{
	return complain_failed(ret_why, NULL, "cannot tell what is attached: %s", strerror(-err));
}

int attach_set_features(struct instance *instance, __u32 features, struct complaint *ret_why)
{
	struct attachment *list;
	size_t count;
	int err = attach_list(instance, &list, &count);

	if (err)
		return complain_list(ret_why, err);
	for (size_t i = 0; i < count && !err; i++) {
		struct cx_attachment self = list[i].self;

		if (!list[i].ifindex || self.features == features)
			continue;
		self.features = features;
		err = replace_programs(instance, &list[i], &self, ret_why);
	}
	free(list);
	return err;
}

static const struct interface *interface_named(const struct interface *all, size_t count,
					       const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(all[i].name, name))
			return &all[i];
	}
	return NULL;
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
static void quote_kernel(const struct interface *interface, int prog_fd, enum cx_attach_mode mode,
			 char buf[static 160])
{
	__u32 flags = xdp_flags(mode) | XDP_FLAGS_UPDATE_IF_NOEXIST;

	object_capture(buf, 160);
	if (!bpf_xdp_attach(interface->ifindex, prog_fd, flags, NULL))
		bpf_xdp_detach(interface->ifindex, xdp_flags(mode), NULL);
	object_capture(NULL, 0);
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
	char said[160] = "";

	if (interface->xdp_prog_id) {
		complain_failed(ret_why, interface->name, "another XDP program is attached (id %u)",
				interface->xdp_prog_id);
		complain_hint(ret_why, "see: bpftool prog show id %u", interface->xdp_prog_id);
		return err;
	}
	if (err == -EOPNOTSUPP && mode == CX_ATTACH_NATIVE)
		return device_no_native(interface->name, ret_why);
	quote_kernel(interface, prog_fd, mode, said);
	complain_failed(ret_why, interface->name, "%s%s%s", strerror(-err), *said ? ": " : "",
			said);
	if (err == -EEXIST)
		hint_upper(interface, ret_why);
	else if (mode == CX_ATTACH_NATIVE)
		complain_hint(ret_why,
			      "if that cannot be mended: clarent-xdp attach %s mode generic",
			      interface->name);
	return err;
}

static int make_dirs(const struct instance *instance, const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s/" ATTACHMENTS_DIR, instance->dir);
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	return 0;
}

static int create_link(const struct interface *interface, const struct object_programs *programs,
		       const struct cx_attachment *self, const char *dir, struct complaint *ret_why)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = xdp_flags(self->mode));
	scoped(fd) link_fd = -1;
	int err = pin_replace(programs->check_fd, dir, "check");

	if (!err)
		err = pin_replace(programs->counters_fd, dir, "counters");
	if (err)
		return complain_failed(ret_why, dir, "cannot pin: %s", strerror(-err));
	link_fd = bpf_link_create(programs->judge_fd, interface->ifindex, BPF_XDP, &opts);
	if (link_fd < 0)
		return complain_attach(interface, programs->judge_fd, self->mode, -errno, ret_why);
	/* until it is pinned, the link lives as long as this process */
	err = pin_link(link_fd, dir);
	return err ? complain_failed(ret_why, dir, "cannot pin: %s", strerror(-err)) : 0;
}

static int attach_new(struct instance *instance, const struct interface *interface,
		      const struct cx_attachment *self, struct complaint *ret_why)
{
	scoped(fd) counters_fd = -1;
	struct object_programs programs;
	char dir[PATH_MAX];
	int err;

	pin_path(instance, self->netns, self->ifname, dir);
	counters_fd = pin_open(dir, "counters"); /* of an interface that went away */
	if (counters_fd < 0 && counters_fd != -ENOENT)
		return complain_failed(ret_why, self->ifname, "cannot open its counters: %s",
				       strerror(-counters_fd));
	err = object_load(instance, self, counters_fd, &programs, ret_why);
	if (err)
		return err;
	err = make_dirs(instance, dir);
	if (err)
		complain_failed(ret_why, dir, "%s", strerror(-err));
	else
		err = create_link(interface, &programs, self, dir, ret_why);
	object_close(&programs);
	if (err && counters_fd < 0)
		(void)unpin(dir); /* or the next change does */
	return err;
}

static int refuse_other_mode(const struct attachment *old, const struct attach_request *request,
			     struct complaint *ret_why)
{
	static const char *const mode_name[] = { "native", "generic" };

	complain_failed(ret_why, request->ifname, "is attached in mode %s",
			mode_name[old->self.mode]);
	complain_hint(ret_why, "detach it first: the kernel cannot change the mode without a gap");
	return -EBUSY;
}

/* Of the rules in force, and of the former ones while those may come back. */
static __u32 needed_features(const struct instance *instance)
{
	unsigned int live = instance_generation(instance);
	__u32 features = instance->rules[live].features;

	if (carry_pending(instance))
		features |= instance->rules[!live].features;
	return features;
}

static int fill_self(struct instance *instance, const struct interface *interface,
		     const struct attach_request *request, struct cx_attachment *ret_self,
		     struct complaint *ret_why)
{
	struct clocks now = clocks_now();

	*ret_self = (struct cx_attachment){
		.abi = CX_ABI,
		.features = needed_features(instance),
		.dev = instance_device(instance, interface->name),
		.link_type = device_link_type(interface),
		.mode = request->mode,
		.netns = netns_cookie(),
		.since_utc = now.utc,
		.gate = request->confirm ? now.boottime + request->confirm * NSEC_PER_SEC : 0,
	};
	snprintf(ret_self->ifname, sizeof(ret_self->ifname), "%s", interface->name);
	snprintf(ret_self->netns_name, sizeof(ret_self->netns_name), "%s",
		 request->netns_name ? request->netns_name : "");
	snprintf(ret_self->version, sizeof(ret_self->version), "%s", CLI_VERSION);
	if (!ret_self->dev)
		return complain_failed(ret_why, interface->name,
				       "more than %d interface names are in use", CX_MAX_DEVS - 1);
	if (!ret_self->netns)
		return complain_failed(
			ret_why, NULL,
			"the kernel does not number network namespaces (Linux 5.14 does)");
	return 0;
}

static int attach_again(struct instance *instance, const struct attachment *old,
			const struct attach_request *request, struct cx_attachment *self,
			struct complaint *ret_why, struct warnings *warnings)
{
	if (request->mode_named && request->mode != old->self.mode)
		return refuse_other_mode(old, request, ret_why);
	if (request->confirm)
		warn_add(warnings, "%s is attached already: there is nothing to confirm",
			 request->ifname);
	self->mode = old->self.mode;
	self->since_utc = old->self.since_utc;
	self->gate = 0;
	return replace_programs(instance, old, self, ret_why);
}

int attach_interface(struct instance *instance, const struct attach_request *request,
		     struct complaint *ret_why, struct warnings *warnings)
{
	const struct interface *interface;
	struct cx_attachment self;
	scoped(memory) all = NULL;
	struct attachment old;
	size_t count;
	int err = interfaces_read((struct interface **)&all, &count);

	if (err)
		return complain_failed(ret_why, NULL, "cannot list interfaces: %s", strerror(-err));
	interface = interface_named(all, count, request->ifname);
	err = device_check(interface, request, all, count, ret_why);
	if (!err)
		err = stack_check(interface, all, count, ret_why);
	if (!err)
		err = fill_self(instance, interface, request, &self, ret_why);
	if (err)
		return err;
	err = attach_find(instance, request->ifname, &old);
	if (err && err != -ENOENT)
		return complain_list(ret_why, err);
	if (!err && old.ifindex == interface->ifindex)
		return attach_again(instance, &old, request, &self, ret_why, warnings);
	return attach_new(instance, interface, &self, ret_why);
}

int attach_detach(struct instance *instance, const struct attachment *attachment,
		  unsigned int confirm, struct complaint *ret_why)
{
	struct cx_attachment self = attachment->self;
	int err;

	if (confirm && attachment->ifindex) {
		self.gate = clocks_now().boottime + confirm * NSEC_PER_SEC;
		self.gate_passes = 1;
		return replace_programs(instance, attachment, &self, ret_why);
	}
	err = unpin(attachment->pin);
	return err ? complain_failed(ret_why, attachment->self.ifname, "cannot unpin: %s",
				     strerror(-err))
		   : 0;
}

/* Seconds until a gate is due, 0 if it is or if there is none. */
static unsigned int gate_left(const struct cx_attachment *self, const struct clocks *now)
{
	if (self->gate <= now->boottime)
		return 0;
	return (self->gate - now->boottime + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
}

unsigned int attach_pending(const struct instance *instance)
{
	struct clocks now = clocks_now();
	unsigned int pending = 0, left;
	struct attachment *list;
	size_t count;

	if (attach_list(instance, &list, &count))
		return 0;
	for (size_t i = 0; i < count; i++) {
		left = gate_left(&list[i].self, &now);
		pending = left > pending ? left : pending;
	}
	free(list);
	return pending;
}

/* Ends one gate: the new state for good if confirmed, else the former one. */
static int end_gate(struct instance *instance, const struct attachment *attachment, bool confirmed,
		    struct complaint *ret_why)
{
	struct cx_attachment self = attachment->self;
	bool attached = self.gate_passes ? !confirmed : confirmed;

	if (!attached)
		return attach_detach(instance, attachment, /* confirm= */ 0, ret_why);
	self.gate = 0;
	self.gate_passes = 0;
	return replace_programs(instance, attachment, &self, ret_why);
}

static int end_gates(struct instance *instance, bool confirmed, struct complaint *ret_why)
{
	struct clocks now = clocks_now();
	struct attachment *list;
	size_t count;
	int err = attach_list(instance, &list, &count);

	if (err)
		return complain_list(ret_why, err);
	for (size_t i = 0; i < count && !err; i++) {
		if (list[i].self.gate && !!gate_left(&list[i].self, &now) == confirmed)
			err = end_gate(instance, &list[i], confirmed, ret_why);
	}
	free(list);
	return err;
}

int attach_confirm(struct instance *instance, struct complaint *ret_why)
{
	return end_gates(instance, /* confirmed= */ true, ret_why);
}

/* Without a link, all of it is what a killed attach or detach left. */
static int sweep_dir(const char *dir, struct attachments *unused)
{
	scoped(fd) link_fd = pin_open(dir, "link");

	(void)unused;
	return link_fd == -ENOENT ? unpin(dir) : pindir_sweep(dir);
}

int attach_mend(struct instance *instance, struct complaint *ret_why)
{
	int err = visit_dirs(instance, sweep_dir, NULL);

	if (err)
		return complain_failed(ret_why, NULL, "cannot tidy up after an earlier command: %s",
				       strerror(-err));
	return end_gates(instance, /* confirmed= */ false, ret_why);
}
