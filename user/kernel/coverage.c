/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which interfaces of the current network namespace the filter does not cover. */
#include "coverage.h"

#include "device.h"
#include "stack.h"

bool attachment_judges(const struct attachment *attachment, __u64 boottime)
{
	const struct cx_attachment *self = &attachment->self;

	if (!attachment->ifindex)
		return false;
	return !self->gate || (boottime < self->gate) == !self->gate_passes;
}

bool coverage_filtered(const struct coverage *coverage, const struct interface *interface)
{
	for (size_t i = 0; i < coverage->attachments; i++) {
		const struct attachment *attachment = &coverage->attachment[i];

		if (attachment->netns == coverage->here &&
		    attachment->ifindex == interface->ifindex)
			return judging_filters(judging_of(&coverage->facts[i]));
	}
	return false;
}

static bool is_judged(const struct coverage *coverage, const struct interface *interface,
		      int depth);

/* False also for what has no members, or receives what they have not. */
static bool are_members_judged(const struct coverage *coverage, const struct interface *master,
			       int depth)
{
	bool has_members = false;

	if (!device_kind(master)->by_members)
		return false;
	for (size_t i = 0; i < coverage->interfaces; i++) {
		const struct interface *member = &coverage->interface[i];

		if (member->master != master->ifindex)
			continue;
		if (!is_judged(coverage, member, depth))
			return false;
		has_members = true;
	}
	return has_members;
}

static bool is_judged(const struct coverage *coverage, const struct interface *interface, int depth)
{
	const struct interface *lower = NULL;

	if (coverage_filtered(coverage, interface))
		return true;
	if (!depth)
		return false;
	if (interface->lower)
		lower = interfaces_find(coverage->interface, coverage->interfaces,
					interface->lower);
	if (lower && is_judged(coverage, lower, depth - 1))
		return true;
	return are_members_judged(coverage, interface, depth - 1);
}

bool coverage_judged(const struct coverage *coverage, const struct interface *interface)
{
	return is_judged(coverage, interface, STACK_DEPTH);
}
