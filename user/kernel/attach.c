/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attaching and detaching: the program on an interface, held by a pinned link. */
#include "attach.h"

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
#include "kernel_said.h"
#include "netns.h"
#include "object.h"
#include "pindir.h"
#include "scope.h"
#include "stack.h"
#include "version.h"

#define UNLOCKED_TRIES 3 /* then the program is verified with the instance locked */

/* Pins of one attachment */

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
static int unpin(const char *dir)
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

/* Swaps programs in for those of an attachment: no packet goes unjudged. */
static int swap_in(const struct attachment *attachment, const struct object_programs *programs,
		   const char *name, struct complaint *ret_why)
{
	scoped(fd) link_fd = attachment_open_pin(attachment->pin, "link");
	int err = link_fd < 0 ? link_fd : 0;

	if (!err)
		err = pin_replace(programs->check_fd, attachment->pin, "check");
	if (!err)
		err = pin_replace(programs->counters_fd, attachment->pin, "counters");
	if (!err && bpf_link_update(link_fd, programs->judge_fd, NULL))
		err = -errno;
	return err ? complain_errno(ret_why, name, err, "cannot replace the program") : 0;
}

/* The counters of an attachment, -1 in *ret_fd if it has none. Returns 0 or -errno. */
static int open_counters(const struct attachment *attachment, int *ret_fd,
			 struct complaint *ret_why)
{
	*ret_fd = attachment_open_pin(attachment->pin, "counters");
	if (*ret_fd >= 0 || *ret_fd == -ENOENT)
		return 0;
	return complain_errno(ret_why, attachment_name(attachment), *ret_fd,
			      "cannot open its counters");
}

/* Loads programs for an attachment that there is, and swaps them in. */
static int replace_programs(struct instance *instance, const struct attachment *attachment,
			    const struct cx_attachment *self, struct complaint *ret_why)
{
	scoped(fd) counters_fd = -1;
	struct object_programs programs;
	int err = open_counters(attachment, &counters_fd, ret_why);

	if (!err)
		err = object_load(instance, self, counters_fd, &programs, ret_why);
	if (err)
		return err;
	err = swap_in(attachment, &programs, attachment_name(attachment), ret_why);
	object_close(&programs);
	return err;
}

static int complain_list(struct complaint *ret_why, int err)
{
	return complain_errno(ret_why, NULL, err, "cannot tell what is attached");
}

int attach_set_features(struct instance *instance, __u32 features, struct complaint *ret_why)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (err)
		return complain_list(ret_why, err);
	attachment = list;
	for (size_t i = 0; i < count && !err; i++) {
		struct cx_attachment self = attachment[i].self;

		if (!attachment[i].ifindex || self.features == features)
			continue;
		self.features = features;
		err = replace_programs(instance, &attachment[i], &self, ret_why);
	}
	return err;
}

/* What the kernel says of a link that it does not make */

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

/* Attaching */

/* What an attach comes to, as things stand. */
struct plan {
	struct interface interface;
	struct cx_attachment self;
	bool again;   /* it is attached: by... */
	bool renamed; /* ... and is called otherwise now: so are its rules from now on */
	struct attachment old;
	int counters_fd; /* to go on with, -1: new ones; owned */
};

static int refuse_other_mode(const struct attachment *old, const struct attach_request *request,
			     struct complaint *ret_why)
{
	static const char *const mode_name[] = { "native", "generic" };

	if (!request->mode_named || request->mode == old->self.mode)
		return 0;
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

	if (instance_pending(instance))
		features |= instance->rules[!live].features;
	return features;
}

/*
 * Rules go on to mean it under its new name, unless by its old one they mean
 * others as well, or something by the new one already.
 */
static bool takes_its_rules_along(const struct instance *instance, const struct attachment *list,
				  size_t count, const struct plan *plan)
{
	__u16 dev = plan->old.self.dev;
	size_t known_so = 0;

	for (size_t i = 0; i < count; i++)
		known_so += list[i].self.dev == dev;
	return plan->again && known_so == 1 &&
	       !instance_find_device(instance, plan->interface.name);
}

static int fill_self(struct instance *instance, const struct attach_request *request,
		     struct plan *plan, struct complaint *ret_why)
{
	const struct clocks *now = &instance->moment.clocks;
	const struct interface *interface = &plan->interface;
	struct cx_attachment *self = &plan->self;
	int err, dev = plan->renamed ? plan->old.self.dev
				     : instance_device(instance, interface->name);

	*self = (struct cx_attachment){
		.abi = CX_ABI,
		.features = needed_features(instance),
		.dev = (__u16)(dev < 0 ? 0 : dev),
		.link_type = device_link_type(interface),
		.mode = plan->again ? plan->old.self.mode : request->mode,
		.since_utc = plan->again ? plan->old.self.since_utc : now->utc,
	};
	snprintf(self->ifname, sizeof(self->ifname), "%s", interface->name);
	snprintf(self->netns_name, sizeof(self->netns_name), "%s",
		 request->netns_name ? request->netns_name : "");
	snprintf(self->version, sizeof(self->version), "%s", VERSION);
	if (dev == -E2BIG)
		return complain_failed(ret_why, interface->name,
				       "more than %d interface names are in use", CX_MAX_DEVS - 1);
	if (dev < 0)
		return complain_errno(ret_why, interface->name, dev, "cannot number it");
	err = netns_cookie(&self->netns);
	return err ? complain_errno(ret_why, NULL, err, "cannot number the network namespace") : 0;
}

/* An interface that went away and came back goes on counting. */
static int find_counters(struct attachment *list, size_t count, struct plan *plan,
			 struct complaint *ret_why)
{
	if (plan->again)
		return open_counters(&plan->old, &plan->counters_fd, ret_why);
	for (size_t i = 0; i < count; i++) {
		const struct cx_attachment *self = &list[i].self;

		if (!list[i].ifindex && self->netns == plan->self.netns &&
		    !strcmp(self->ifname, plan->self.ifname))
			return open_counters(&list[i], &plan->counters_fd, ret_why);
	}
	return 0;
}

static int find_old(struct attachment *list, size_t count, const struct attach_request *request,
		    struct plan *plan, struct complaint *ret_why)
{
	const struct attachment *old = attachments_on(list, count, &plan->interface);

	plan->again = plan->interface.xdp_prog_id && old;
	if (!plan->again)
		return 0;
	plan->old = *old;
	return refuse_other_mode(old, request, ret_why);
}

static int check_interfaces(const struct attach_request *request, struct plan *plan,
			    struct complaint *ret_why)
{
	const struct interface *interface;
	scoped(memory) all = NULL;
	size_t count;
	int err = interfaces_read((struct interface **)&all, &count);

	if (err)
		return complain_errno(ret_why, NULL, err, "cannot list interfaces");
	interface = interfaces_named(all, count, request->ifname);
	err = device_check(interface, request, all, count, ret_why);
	if (!err)
		err = stack_check(interface, all, count, ret_why);
	if (!err)
		plan->interface = *interface;
	return err;
}

static int make_plan(struct instance *instance, const struct attach_request *request,
		     struct plan *ret_plan, struct complaint *ret_why)
{
	scoped(memory) list = NULL;
	size_t count;
	int err = check_interfaces(request, ret_plan, ret_why);

	ret_plan->counters_fd = -1;
	if (err)
		return err;
	err = attachments_read(instance, (struct attachment **)&list, &count);
	if (err)
		return complain_list(ret_why, err);
	err = find_old(list, count, request, ret_plan, ret_why);
	ret_plan->renamed = takes_its_rules_along(instance, list, count, ret_plan);
	if (!err)
		err = fill_self(instance, request, ret_plan, ret_why);
	if (!err)
		err = find_counters(list, count, ret_plan, ret_why);
	return err;
}

static void free_plan(struct plan *plan)
{
	if (plan->counters_fd >= 0)
		close(plan->counters_fd);
}

/* Would it be planned the same way now?  Others may have been at work. */
static bool plan_stands(struct instance *instance, const struct attach_request *request,
			const struct plan *plan)
{
	struct complaint unheard = {};
	struct plan now = {};
	bool same = !make_plan(instance, request, &now, &unheard) &&
		    now.interface.ifindex == plan->interface.ifindex &&
		    !strcmp(now.interface.name, plan->interface.name) && now.again == plan->again &&
		    (!plan->again || now.old.prog_id == plan->old.prog_id) &&
		    now.self.features == plan->self.features && now.self.dev == plan->self.dev;

	free_plan(&now);
	return same;
}

static int create_link(struct instance *instance, const struct plan *plan,
		       const struct object_programs *programs, struct complaint *ret_why)
{
	const struct interface *interface = &plan->interface;
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = xdp_flags(plan->self.mode));
	scoped(fd) link_fd = -1;
	char dir[PIN_PATH_MAX];
	int err = make_pin_dir(instance, programs->judge_fd, dir);

	if (err)
		return complain_errno(ret_why, instance->dir, err, "cannot make its directory");
	err = pin_replace(programs->check_fd, dir, "check");
	if (!err)
		err = pin_replace(programs->counters_fd, dir, "counters");
	if (err)
		complain_errno(ret_why, dir, err, "cannot pin");
	if (!err)
		link_fd = bpf_link_create(programs->judge_fd, interface->ifindex, BPF_XDP, &opts);
	if (!err && link_fd < 0)
		err = complain_attach(interface, programs->judge_fd, plan->self.mode, -errno,
				      ret_why);
	/* until it is pinned, the link lives as long as this process */
	if (!err && (err = pin_link(link_fd, dir)))
		complain_errno(ret_why, dir, err, "cannot pin");
	if (err)
		(void)unpin(dir); /* or the next change does */
	return err;
}

static int replace(struct instance *instance, const struct plan *plan,
		   const struct object_programs *programs, struct complaint *ret_why)
{
	const char *ifname = plan->interface.name;
	int err = swap_in(&plan->old, programs, ifname, ret_why);

	if (err || !plan->renamed)
		return err;
	err = instance_rename_device(instance, plan->self.dev, ifname);
	return err ? complain_errno(ret_why, ifname, err, "attached, but rules say its former name")
		   : 0;
}

static int carry_out(struct instance *instance, const struct plan *plan,
		     const struct object_programs *programs, struct complaint *ret_why)
{
	return plan->again ? replace(instance, plan, programs, ret_why)
			   : create_link(instance, plan, programs, ret_why);
}

static int refuse_meanwhile(const struct instance *instance, struct complaint *ret_why)
{
	unsigned int left = 0;
	int err = instance_pending(instance) ? 0 : attach_pending(instance, &left);

	if (err)
		return complain_list(ret_why, err);
	if (!instance_pending(instance) && !left)
		return 0;
	complain_failed(ret_why, NULL,
			"meanwhile a change was made that waits for its confirmation");
	complain_hint(ret_why, "to keep it: clarent-xdp confirm; to end it: clarent-xdp rollback");
	return -EBUSY;
}

/* Loads the programs, with the instance unlocked if that is wanted and it has been used before. */
static int load(struct instance *instance, const struct plan *plan, bool unlocked,
		struct object_programs *ret_programs, struct complaint *ret_why)
{
	int err;

	if (unlocked)
		instance_unlock(instance);
	err = object_load(instance, &plan->self, plan->counters_fd, ret_programs, ret_why);
	if (err || !unlocked)
		return err;
	err = instance_lock_again(instance, ret_why);
	if (!err)
		err = refuse_meanwhile(instance, ret_why);
	if (err)
		object_close(ret_programs);
	return err;
}

/* Returns 1 if others changed what it was planned by: to be tried again. */
static int try_attach(struct instance *instance, const struct attach_request *request,
		      bool unlocked, struct complaint *ret_why)
{
	struct object_programs programs;
	struct plan plan = {};
	int err = make_plan(instance, request, &plan, ret_why);

	if (!err) {
		if (request->confirm && !plan.again)
			plan.self.gate = clocks_now().boottime + request->confirm * NSEC_PER_SEC;
		err = load(instance, &plan, unlocked, &programs, ret_why);
	}
	if (!err) {
		if (unlocked && !plan_stands(instance, request, &plan))
			err = 1;
		else
			err = carry_out(instance, &plan, &programs, ret_why);
		object_close(&programs);
	}
	free_plan(&plan);
	return err;
}

static bool is_attached(const struct instance *instance, const char *ifname)
{
	struct attachment unused;

	return !attachments_find(instance, ifname, &unused);
}

int attach_interface(struct instance *instance, const struct attach_request *request,
		     struct complaint *ret_why, struct warnings *warnings)
{
	int err = 1;

	if (request->confirm && is_attached(instance, request->ifname))
		warn_add(warnings, "%s is attached already: there is nothing to confirm",
			 request->ifname);
	/* what this call has made, and would remove should it fail, is nobody else's yet */
	for (int i = instance->made ? UNLOCKED_TRIES : 0; err == 1; i++)
		err = try_attach(instance, request, i < UNLOCKED_TRIES, ret_why);
	return err;
}

/* Detaching */

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
	return err ? complain_errno(ret_why, attachment_name(attachment), err, "cannot unpin") : 0;
}

int attach_drop_gone(struct instance *instance, struct complaint *ret_why,
		     struct warnings *warnings)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int dropped = 0;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (err)
		return complain_list(ret_why, err);
	attachment = list;
	for (size_t i = 0; i < count && !err; i++) {
		if (attachment[i].ifindex)
			continue;
		err = attach_detach(instance, &attachment[i], /* confirm= */ 0, ret_why);
		if (err)
			return err;
		warn_add(warnings, "%s is gone: its attachment is dropped",
			 attachment[i].self.ifname);
		dropped++;
	}
	return dropped;
}

/* Attach and detach on trial */

int attach_pending(const struct instance *instance, unsigned int *ret_left)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	unsigned int left;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (err)
		return err;
	*ret_left = 0;
	attachment = list;
	for (size_t i = 0; i < count; i++) {
		left = clocks_seconds_left(attachment[i].self.gate, &instance->moment.clocks);
		*ret_left = left > *ret_left ? left : *ret_left;
	}
	return 0;
}

/* Ends one gate: the new state for good if confirmed, else the former one. */
static int end_gate(struct instance *instance, const struct attachment *attachment, bool confirmed,
		    struct complaint *ret_why)
{
	struct cx_attachment self = attachment->self;
	bool attached = self.gate_passes ? !confirmed : confirmed;

	/* what is gone is attached no more, whatever was to become of it */
	if (!attached || !attachment->ifindex)
		return attach_detach(instance, attachment, /* confirm= */ 0, ret_why);
	self.gate = 0;
	self.gate_passes = 0;
	return replace_programs(instance, attachment, &self, ret_why);
}

static int end_gates(struct instance *instance, bool pending, bool confirmed,
		     struct complaint *ret_why)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (err)
		return complain_list(ret_why, err);
	attachment = list;
	for (size_t i = 0; i < count && !err; i++) {
		__u64 gate = attachment[i].self.gate;

		if (gate && !!clocks_seconds_left(gate, &instance->moment.clocks) == pending)
			err = end_gate(instance, &attachment[i], confirmed, ret_why);
	}
	return err;
}

int attach_confirm(struct instance *instance, struct complaint *ret_why)
{
	return end_gates(instance, /* pending= */ true, /* confirmed= */ true, ret_why);
}

int attach_give_up(struct instance *instance, struct complaint *ret_why)
{
	return end_gates(instance, /* pending= */ true, /* confirmed= */ false, ret_why);
}

/* Without a link, all of it is what a killed attach or detach left. */
static int sweep_dir(const char *dir, void *unused)
{
	scoped(fd) link_fd = attachment_open_pin(dir, "link");

	(void)unused;
	return link_fd == -ENOENT ? unpin(dir) : pindir_sweep(dir);
}

int attach_mend(struct instance *instance, struct complaint *ret_why)
{
	int err = attachments_visit_pins(instance, sweep_dir, NULL);

	if (err)
		return complain_errno(ret_why, NULL, err,
				      "cannot tidy up after an earlier command");
	return end_gates(instance, /* pending= */ false, /* confirmed= */ false, ret_why);
}
