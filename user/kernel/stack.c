/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which devices lie on which, so that one packet is received by both. */
#include "stack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "object.h"
#include "programs.h"
#include "tc.h"

/* What the search goes by. */
struct stack {
	const struct interface *all;
	size_t count;
	bool below;
};

static bool hands_on(const struct interface *upper, const struct interface *lower)
{
	if (upper->lower)
		return upper->lower == lower->ifindex;
	return lower->master == upper->ifindex && device_kind(upper)->by_members;
}

/* Whatever the instance: two of them judge a packet twice as well. */
static bool is_ours(__u32 prog_id)
{
	struct cx_attachment self;

	return !object_read_self(prog_id, &self);
}

static bool has_ours(const __u32 *ids, int count)
{
	for (int i = 0; i < count; i++) {
		if (is_ours(ids[i]))
			return true;
	}
	return false;
}

static bool has_ours_at_xdp(const struct interface *interface)
{
	__u32 ids[PROGRAMS_AT_XDP_MAX];

	return has_ours(ids, programs_at_xdp(interface, ids));
}

static bool has_ours_at_tc(const struct interface *interface)
{
	__u32 ids[TC_PROGRAMS_MAX];

	return has_ours(ids, tc_programs(interface->ifindex, ids));
}

/* elsewhere: in another network namespace, where nobody is asked about tc */
static bool has_our_program(const struct interface *interface, bool elsewhere)
{
	return has_ours_at_xdp(interface) || (!elsewhere && has_ours_at_tc(interface));
}

static bool is_twin(const struct interface *other, bool below, bool elsewhere,
		    struct stack_twin *ret_twin)
{
	if (!has_our_program(other, elsewhere))
		return false;
	ret_twin->below = below;
	ret_twin->elsewhere = elsewhere;
	snprintf(ret_twin->name, sizeof(ret_twin->name), "%s", other->name);
	return true;
}

static bool is_next(const struct stack *stack, const struct interface *interface,
		    const struct interface *other)
{
	return stack->below ? hands_on(interface, other) : hands_on(other, interface);
}

static bool find_elsewhere(const struct interface *interface, struct stack_twin *ret_twin)
{
	struct interface lower;

	return interface->elsewhere.ifindex &&
	       !interface_read_elsewhere(interface->elsewhere.netnsid, interface->elsewhere.ifindex,
					 &lower) &&
	       is_twin(&lower, /* below= */ true, /* elsewhere= */ true, ret_twin);
}

static bool find(const struct stack *stack, const struct interface *interface, int depth,
		 struct stack_twin *ret_twin)
{
	for (size_t i = 0; depth && i < stack->count; i++) {
		const struct interface *other = &stack->all[i];

		if (!is_next(stack, interface, other))
			continue;
		if (is_twin(other, stack->below, /* elsewhere= */ false, ret_twin) ||
		    find(stack, other, depth - 1, ret_twin))
			return true;
	}
	return stack->below && find_elsewhere(interface, ret_twin);
}

bool stack_find_twin(const struct interface *interface, const struct interface *all, size_t count,
		     struct stack_twin *ret_twin)
{
	struct stack below = { all, count, .below = true }, above = { all, count, .below = false };

	return find(&below, interface, STACK_DEPTH, ret_twin) ||
	       find(&above, interface, STACK_DEPTH, ret_twin);
}

int stack_check(const struct interface *interface, const struct interface *all, size_t count,
		struct complaint *ret_why)
{
	struct stack_twin twin;

	if (has_our_program(interface, /* elsewhere= */ false) ||
	    !stack_find_twin(interface, all, count, &twin))
		return 0;
	complain_failed(ret_why, interface->name, "%s %s it%s is attached already", twin.name,
			twin.below ? "below" : "above",
			twin.elsewhere ? " (in another network namespace)" : "");
	complain_hint(ret_why, "each packet would be judged and charged twice: detach %s first",
		      twin.name);
	return -EBUSY;
}

int stack_check_hooks(const struct interface *interface, enum cx_attach_mode mode,
		      struct complaint *ret_why)
{
	/* elsewhere at XDP, the kernel refuses */
	bool at_xdp = (mode == CX_ATTACH_TC || dispatcher_is(interface->xdp_prog_id)) &&
		      has_ours_at_xdp(interface);

	if (!at_xdp && !has_ours_at_tc(interface))
		return 0;
	complain_failed(ret_why, interface->name, "another instance has attached it, at %s",
			at_xdp ? "XDP" : "tc");
	complain_hint(ret_why, "each packet would be judged and charged twice: detach it first, "
			       "with --bpffs DIR");
	return -EBUSY;
}

void stack_warn(const struct interface *interface, const struct interface *all, size_t count,
		struct warnings *warnings)
{
	struct stack_twin twin;

	if (stack_find_twin(interface, all, count, &twin))
		warn_add(warnings,
			 "%s %s %s is attached as well: each packet is judged and charged twice "
			 "until one of them is detached",
			 twin.name, twin.below ? "below" : "above", interface->name);
}
