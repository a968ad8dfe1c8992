/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attaching and detaching: the program on an interface, held by a pinned link. */
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach_refuse.h"
#include "clsact.h"
#include "device.h"
#include "hold.h"
#include "join.h"
#include "libxdp.h"
#include "links.h"
#include "netns.h"
#include "readers.h"
#include "ready.h"
#include "scope.h"
#include "seen.h"
#include "stack.h"
#include "tc.h"
#include "version.h"

/* Which features an attachment is to have, so many being needed. */
typedef __u32 features_fn(const struct cx_attachment *self, __u32 needed);

static __u32 no_less(const struct cx_attachment *self, __u32 needed)
{
	return self->features | needed;
}

static __u32 no_more(const struct cx_attachment *self, __u32 needed)
{
	return (needed & ~CX_FEATURES_OWN) | (self->features & CX_FEATURES_OWN);
}

static int reload_all(struct instance *instance, features_fn *features_of, __u32 needed,
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
		struct cx_attachment self = attachment[i].self;

		self.features = features_of(&self, needed);
		if (attachment[i].ifindex && self.features != attachment[i].self.features)
			err = replace_programs(instance, &attachment[i], &self, ret_why);
	}
	return err;
}

int attach_need_features(struct instance *instance, __u32 features, struct complaint *ret_why)
{
	return reload_all(instance, no_less, features, ret_why);
}

int attach_exceed_features(const struct instance *instance, __u32 features, bool *ret_exceed)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	attachment = list;
	features |= readers_feature(instance);
	*ret_exceed = false;
	for (size_t i = 0; i < count && !err; i++)
		*ret_exceed |=
			attachment[i].ifindex &&
			attachment[i].self.features != no_more(&attachment[i].self, features);
	return err;
}

static void load_slim(const char *dir)
{
	struct complaint unheard = {};
	struct instance instance;

	if (instance_open(dir, INSTANCE_READ, &instance, &unheard))
		return;
	ready_load(&instance, ready_needed(&instance), /* exact= */ true);
	instance_close(&instance);
}

int attach_slim(const char *dir, struct complaint *ret_why)
{
	struct instance instance;
	int err;

	load_slim(dir);
	err = instance_open(dir, INSTANCE_WRITE, &instance, ret_why);
	if (err)
		return err == -ENOENT ? 0 : err;
	err = reload_all(&instance, no_more, ready_needed(&instance), ret_why);
	instance_close(&instance);
	return err;
}

/* Attaching */

/* What an attach comes to, as things stand. */
struct plan {
	struct interface interface;
	struct cx_attachment self;
	bool again;   /* it is attached: by... */
	bool behind;  /* ... what another's program at tc came to precede: it is to be the first */
	bool renamed; /* ... and is called otherwise now: so are its rules from now on */
	struct attachment old;
	bool supersedes; /* it is off, and this one takes its place */
	enum cx_attach_mode mode;
	struct object_maps maps; /* owned */
};

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

/* What is named is set, the rest stays. */
static __u32 own_features(const struct attach_request *request, const struct plan *plan)
{
	__u32 own = plan->again ? plan->old.self.features & CX_FEATURES_OWN : 0;

	if (request->then == ATTACH_THEN_PINNED)
		own |= CX_FEATURE_THEN;
	if (request->then == ATTACH_THEN_OFF)
		own &= ~CX_FEATURE_THEN;
	return own | (request->join ? CX_FEATURE_JOIN : 0);
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
		.features = ready_needed(instance) | own_features(request, plan),
		.dev = (__u16)(dev < 0 ? 0 : dev),
		.link_type = device_link_type(interface),
		.mode = plan->mode,
		.ifindex = interface->ifindex,
		.window_shift = seen_window_shift(now->coarse_tick),
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
		return open_counters(&plan->old, &plan->maps.counters_fd, ret_why);
	for (size_t i = 0; i < count; i++) {
		const struct cx_attachment *self = &list[i].self;

		if (!list[i].ifindex && self->netns == plan->self.netns &&
		    !strcmp(self->ifname, plan->self.ifname))
			return open_counters(&list[i], &plan->maps.counters_fd, ret_why);
	}
	return 0;
}

/* What is off is mended if it is that which is asked for; else its interface is free. */
static bool is_meant(const struct attachment *old, const struct attach_request *request,
		     const struct interface *interface)
{
	if (!old->off)
		return true;
	return !strcmp(old->self.ifname, interface->name) &&
	       (!request->join || old->self.features & CX_FEATURE_JOIN) &&
	       (!request->mode_named || request->mode == old->self.mode);
}

static int check_new(struct plan *plan, const struct attach_request *request,
		     struct complaint *ret_why)
{
	int err = stack_check_hooks(&plan->interface, plan->mode, ret_why);

	if (!err && request->join)
		err = join_check(&plan->interface, request->mode_named, &plan->mode, ret_why);
	return err;
}

/* At tc it is the first, or not at all. */
static int check_place(struct plan *plan, struct complaint *ret_why)
{
	const struct attachment *old = &plan->old;
	int behind = plan->mode == CX_ATTACH_TC && !old->off
			     ? tc_is_behind(plan->interface.ifindex, old->prog_id)
			     : 0;

	if (behind < 0)
		return complain_errno(ret_why, plan->interface.name, behind,
				      "cannot tell what is at tc ingress");
	plan->behind = behind;
	return behind && !old->linked ? clsact_check_place(&plan->interface, old->prog_id, ret_why)
				      : 0;
}

static int find_old(struct attachment *list, size_t count, const struct attach_request *request,
		    struct plan *plan, struct complaint *ret_why)
{
	struct attachment *old;
	__u64 here;
	int err = netns_cookie(&here);

	if (!err)
		err = attachments_of(list, count, &plan->interface, here, &old);
	if (err)
		return complain_list(ret_why, err);
	if (old)
		plan->old = *old;
	plan->again = old && is_meant(old, request, &plan->interface);
	plan->supersedes = old && !plan->again;
	plan->mode = plan->again ? old->self.mode : request->mode;
	if (!plan->again)
		return check_new(plan, request, ret_why);
	err = attach_refuse(old, request, ret_why);
	return err ? err : check_place(plan, ret_why);
}

/* Finds the interface, and what is attached to it; then: may it be attached so? */
static int check_interfaces(struct attachment *list, size_t count,
			    const struct attach_request *request, struct plan *plan,
			    struct complaint *ret_why)
{
	const struct interface *interface;
	scoped(memory) all = NULL;
	size_t interfaces;
	int err = interfaces_read((struct interface **)&all, &interfaces);

	if (err)
		return complain_errno(ret_why, NULL, err, "cannot list interfaces");
	interface = interfaces_named(all, interfaces, request->ifname);
	if (!interface)
		return device_unknown(request->ifname, ret_why);
	plan->interface = *interface;
	err = find_old(list, count, request, plan, ret_why);
	if (!err)
		err = device_check(interface, plan->mode, all, interfaces, ret_why);
	if (!err)
		err = stack_check(interface, all, interfaces, ret_why);
	return err;
}

static int make_plan(struct instance *instance, const struct attach_request *request,
		     struct plan *ret_plan, struct complaint *ret_why)
{
	scoped(memory) list = NULL;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	ret_plan->maps = (struct object_maps)OBJECT_NO_MAPS;
	if (err)
		return complain_list(ret_why, err);
	err = check_interfaces(list, count, request, ret_plan, ret_why);
	if (err)
		return err;
	ret_plan->renamed = takes_its_rules_along(instance, list, count, ret_plan);
	err = fill_self(instance, request, ret_plan, ret_why);
	if (!err)
		err = find_counters(list, count, ret_plan, ret_why);
	if (!err && ret_plan->again)
		err = open_then(&ret_plan->old, &ret_plan->maps.then_fd, ret_why);
	if (!err)
		ret_plan->maps.readers_fd =
			readers_open(instance, &ret_plan->self, &ret_plan->maps.wishes_fd);
	return err;
}

static void free_plan(struct plan *plan)
{
	if (plan->maps.counters_fd >= 0)
		close(plan->maps.counters_fd);
	if (plan->maps.then_fd >= 0)
		close(plan->maps.then_fd);
	if (plan->maps.readers_fd >= 0)
		close(plan->maps.readers_fd);
	if (plan->maps.wishes_fd >= 0)
		close(plan->maps.wishes_fd);
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
		    now.behind == plan->behind && now.self.features == plan->self.features &&
		    now.self.dev == plan->self.dev;

	free_plan(&now);
	return same;
}

static int replace(struct instance *instance, const struct plan *plan,
		   const struct object_programs *programs, struct complaint *ret_why)
{
	const char *ifname = plan->interface.name;
	int err;

	if (plan->old.off)
		err = put_back(instance, &plan->old, &plan->interface, programs, ret_why);
	else if (plan->behind)
		err = swap_in_first(instance, &plan->old, programs, ifname, ret_why);
	else
		err = swap_in(instance, &plan->old, programs, ifname, ret_why);
	if (err || !plan->renamed)
		return err;
	err = instance_rename_device(instance, plan->self.dev, ifname);
	return err ? complain_errno(ret_why, ifname, err, "attached, but rules say its former name")
		   : 0;
}

static int create(struct instance *instance, const struct plan *plan,
		  const struct object_programs *programs, struct complaint *ret_why)
{
	int err = create_attachment(instance, &plan->interface, &plan->self, programs, ret_why);

	return err || !plan->supersedes
		       ? err
		       : attach_detach(instance, &plan->old, /* until= */ 0, ret_why);
}

static int put_in_force(struct instance *instance, const struct plan *plan,
			const struct object_programs *programs, struct complaint *ret_why)
{
	return plan->again ? replace(instance, plan, programs, ret_why)
			   : create(instance, plan, programs, ret_why);
}

/* The program to hand on to comes first: whatever passes from now on finds it. */
static int carry_out(struct instance *instance, const struct plan *plan,
		     const struct attach_request *request, const struct object_programs *programs,
		     struct complaint *ret_why)
{
	int err;

	if (request->then == ATTACH_THEN_PINNED) {
		err = then_put(programs->then_fd, request->then_fd, request->then_path,
			       plan->self.mode, ret_why);
		if (err)
			return err;
	}
	err = put_in_force(instance, plan, programs, ret_why);
	if (err && request->then == ATTACH_THEN_PINNED)
		then_put_back(programs->then_fd, &plan->old.then);
	return err;
}

static int refuse_meanwhile(const struct instance *instance, struct complaint *ret_why)
{
	unsigned int left = 0;
	int err = instance_pending(instance) ? 0 : attachments_wait(instance, &left);

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
	err = object_load(instance, &plan->self, &plan->maps, ret_programs, ret_why);
	if (err || !unlocked)
		return err;
	err = instance_lock_again(instance, ret_why);
	if (!err)
		err = refuse_meanwhile(instance, ret_why);
	if (err)
		object_close(ret_programs);
	return err;
}

int attach_interface(struct instance *instance, const struct attach_request *request, bool unlocked,
		     struct complaint *ret_why)
{
	const __u64 serial = instance_serial(instance);
	struct object_programs programs;
	struct plan plan = {};
	int err = make_plan(instance, request, &plan, ret_why);

	if (!err) {
		if (request->confirm && (!plan.again || plan.old.off))
			plan.self.gate = clocks_now().boottime + request->confirm * NSEC_PER_SEC;
		err = load(instance, &plan, unlocked, &programs, ret_why);
	}
	if (!err) {
		if (serial != instance_serial(instance) ||
		    (unlocked && !plan_stands(instance, request, &plan)))
			err = 1;
		else
			err = carry_out(instance, &plan, request, &programs, ret_why);
		object_close(&programs);
	}
	free_plan(&plan);
	return err;
}

/* Detaching */

int attach_detach(struct instance *instance, const struct attachment *attachment, __u64 until,
		  struct complaint *ret_why)
{
	struct cx_attachment self = attachment->self;
	int err;

	if (until && attachment->ifindex) {
		self.gate = until;
		self.gate_passes = 1;
		return replace_programs(instance, attachment, &self, ret_why);
	}
	instance_forget_attachments(instance);
	err = attachment->linked ? 0 : hold_take_off(attachment);
	if (err) {
		complain_errno(ret_why, attachment_name(attachment), err,
			       "cannot take the program off");
		if (err == -ENOPKG)
			complain_hint(ret_why, LIBXDP_WHERE);
		return err;
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
		if (!attachment_is_gone(&attachment[i]))
			continue;
		err = attach_detach(instance, &attachment[i], /* until= */ 0, ret_why);
		if (err)
			return err;
		warn_add(warnings, "%s is gone%s: its attachment is dropped",
			 attachment[i].self.ifname,
			 attachment_may_be_moved(&attachment[i])
				 ? ", or was moved, which takes tc filters off"
				 : "");
		dropped++;
	}
	return dropped;
}
