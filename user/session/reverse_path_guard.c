/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where `rpf` cannot tell right from wrong, though the routing table answers. */
#include "reverse_path_guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attachments.h"
#include "interfaces.h"
#include "netns.h"
#include "routes.h"
#include "scope.h"
#include "settings_guards.h"

/* A policy at an interface, and what there is to say of the two. */
struct meeting {
	const char *policy;
	enum rpf_mode rpf;
	const char *ifname;
	__u32 ifindex;
	__u32 mode;       /* enum cx_attach_mode */
	char trap[160];   /* why it would refuse what is right; empty: it would not */
	bool has_default; /* there is a route to everybody */
};

/* A device that takes its packets from this one, and routes lead to it instead. */
static const struct interface *find_upper(const struct interface *all, size_t count, __u32 ifindex)
{
	for (size_t i = 0; i < count; i++) {
		if (all[i].lower == ifindex)
			return &all[i];
	}
	return NULL;
}

/* A bond runs its program in its members' drivers, and the kernel names those. */
static bool hides_behind_members(const struct interface *self, const struct meeting *meeting)
{
	return meeting->mode == CX_ATTACH_NATIVE && !strcmp(self->kind, "bond");
}

static void find_device_trap(struct meeting *meeting, const struct interface *all, size_t count)
{
	const struct interface *self = interfaces_find(all, count, meeting->ifindex);
	const struct interface *master, *upper = find_upper(all, count, meeting->ifindex);

	if (!self)
		return;
	master = self->master ? interfaces_find(all, count, self->master) : NULL;
	if (self->master && !strcmp(self->master_kind, "vrf"))
		snprintf(meeting->trap, sizeof(meeting->trap),
			 "it belongs to %s, whose own routing table is not asked",
			 master ? master->name : "a VRF");
	else if (self->master && meeting->rpf == RPF_STRICT)
		snprintf(meeting->trap, sizeof(meeting->trap),
			 "it is a port of %s, and routes lead to that",
			 master ? master->name : "another device");
	else if (upper && meeting->rpf == RPF_STRICT)
		snprintf(meeting->trap, sizeof(meeting->trap),
			 "%s lies on it, and routes lead to that", upper->name);
	else if (hides_behind_members(self, meeting) && meeting->rpf == RPF_STRICT)
		snprintf(meeting->trap, sizeof(meeting->trap),
			 "in native mode a bond's packets come in through its members, and routes "
			 "lead to %s",
			 self->name);
}

static int find_route_trap(struct meeting *meeting)
{
	char prefix[PREFIX_TEXT_MAX];
	struct routes routes;
	int err = routes_read(&routes);

	if (err)
		return err;
	meeting->has_default = routes.has_default;
	if (!routes.has_multipath || *meeting->trap || meeting->rpf != RPF_STRICT)
		return 0;
	prefix_format(&routes.multipath, prefix);
	snprintf(meeting->trap, sizeof(meeting->trap),
		 "%s is reached through several interfaces, of which the answer names one",
		 routes.multipath.len ? prefix : "the rest of the world");
	return 0;
}

/* To be run in the interface's network namespace. Returns 0 or -errno. */
static int look(void *context)
{
	struct meeting *meeting = context;
	scoped(memory) all = NULL;
	size_t count;
	int err = interfaces_read((struct interface **)&all, &count);

	if (err)
		return err;
	meeting->trap[0] = '\0';
	find_device_trap(meeting, all, count);
	return find_route_trap(meeting);
}

static const char *word_of(const struct meeting *meeting)
{
	return meeting->rpf == RPF_STRICT ? "strict" : "loose";
}

static void warn_trap(struct cli *cli, const struct meeting *meeting)
{
	if (*meeting->trap)
		warn_add(&cli->warnings,
			 "%s: rpf %s will refuse sources that come in through %s: %s",
			 meeting->policy, word_of(meeting), meeting->ifname, meeting->trap);
}

static void warn_default(struct cli *cli, const struct meeting *meeting)
{
	if (meeting->rpf == RPF_LOOSE && meeting->has_default)
		warn_add(&cli->warnings,
			 "%s: rpf loose: there is a default route, so there is a route to every "
			 "source: only this host's own addresses fail",
			 meeting->policy);
}

static void raise_trap(struct raised *raised, const struct meeting *meeting)
{
	if (*meeting->trap)
		raised_add(raised, meeting->policy,
			   "bind the sources to it with dev, or end with force",
			   "rpf %s would refuse sources that come in through %s: %s",
			   word_of(meeting), meeting->ifname, meeting->trap);
}

/*
 * One warning of a default route is enough for a policy, however many interfaces
 * there are.  raised: NULL if no packet feels it.
 */
static int guard_policy(struct cli *cli, const struct policy *policy, const struct attachment *list,
			size_t count, struct raised *raised)
{
	struct meeting meeting = { .policy = policy->name, .rpf = policy->rpf };
	bool has_default = false;
	int err = 0;

	for (size_t i = 0; i < count; i++) {
		if (!list[i].ifindex)
			continue;
		meeting.ifname = attachment_name(&list[i]);
		meeting.ifindex = list[i].ifindex;
		meeting.mode = list[i].self.mode;
		err = netns_visit(list[i].netns, look, &meeting);
		if (err == -ENOENT)
			continue;
		if (err)
			return err;
		if (raised)
			raise_trap(raised, &meeting);
		else
			warn_trap(cli, &meeting);
		has_default |= meeting.has_default;
	}
	err = count ? 0 : look(&meeting);
	if (err)
		return err;
	if (count)
		meeting.has_default = has_default;
	warn_default(cli, &meeting);
	return 0;
}

/* Does a policy begin to refuse by rpf, or to be enforced with it? */
static bool begins(const struct policy *policy, const struct policy *former)
{
	return policy->name[0] && policy->rpf != RPF_OFF &&
	       (!former->name[0] || policy->rpf != former->rpf || policy->mode != former->mode);
}

int reverse_path_guard(struct cli *cli, const struct session *session, struct raised *raised)
{
	const struct settings *have = &session->have, *want = &session->want;
	scoped(memory) list = NULL;
	size_t count;
	int err = attachments_read(&session->instance, (struct attachment **)&list, &count);

	if (err)
		return err;
	/* one that is nowhere meets nothing */
	(void)attachments_locate(&session->instance, list, count);
	for (unsigned int i = 1; i < CX_MAX_POLICIES && !err; i++) {
		const struct policy *policy = &want->policy[i];
		unsigned int former = settings_policy(have, policy->name);
		bool felt = policy->mode == CX_MODE_ENFORCE && guards_lets_in(have, former);

		if (begins(policy, &have->policy[former]))
			err = guard_policy(cli, policy, list, count, felt ? raised : NULL);
	}
	return err;
}

void reverse_path_warn(struct cli *cli, const struct session *session, const char *ifname)
{
	struct attachment attachment;
	int err = attachments_find(&session->instance, ifname, &attachment);

	if (err)
		return;
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct policy *policy = &session->have.policy[i];
		struct meeting meeting = {
			.policy = policy->name,
			.rpf = policy->rpf,
			.ifname = ifname,
			.ifindex = attachment.ifindex,
			.mode = attachment.self.mode,
		};

		if (!policy->name[0] || policy->rpf == RPF_OFF)
			continue;
		err = look(&meeting);
		if (err)
			warn_add(&cli->warnings,
				 "%s: cannot tell whether rpf %s refuses what is right: %s",
				 policy->name, word_of(&meeting), strerror(-err));
		warn_trap(cli, &meeting);
		warn_default(cli, &meeting);
	}
}
