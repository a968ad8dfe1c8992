/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which devices lie on which, so that one packet is received by both. */
#include "stack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "object.h"

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
static bool has_our_program(const struct interface *interface)
{
	struct cx_attachment self;

	return interface->xdp_prog_id && !object_read_self(interface->xdp_prog_id, &self);
}

static bool is_twin(const struct interface *other, bool below, bool elsewhere,
		    struct stack_twin *ret_twin)
{
	if (!has_our_program(other))
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

	if (has_our_program(interface) || !stack_find_twin(interface, all, count, &twin))
		return 0;
	complain_failed(ret_why, interface->name, "%s %s it%s is attached already", twin.name,
			twin.below ? "below" : "above",
			twin.elsewhere ? " (in another network namespace)" : "");
	complain_hint(ret_why, "each packet would be judged and charged twice: detach %s first",
		      twin.name);
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
