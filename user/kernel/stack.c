/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which devices lie on which, so that one packet is received by both. */
#include "stack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "netlink.h"
#include "netns.h"
#include "object.h"
#include "programs.h"
#include "scope.h"
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

static bool has_our_program(const struct interface *interface)
{
	return has_ours_at_xdp(interface) || has_ours_at_tc(interface);
}

static bool is_twin(const struct interface *other, bool below, struct stack_twin *ret_twin)
{
	if (!has_our_program(other))
		return false;
	ret_twin->below = below;
	ret_twin->elsewhere = false;
	snprintf(ret_twin->name, sizeof(ret_twin->name), "%s", other->name);
	return true;
}

static bool is_next(const struct stack *stack, const struct interface *interface,
		    const struct interface *other)
{
	return stack->below ? hands_on(interface, other) : hands_on(other, interface);
}

static bool find(const struct stack *stack, const struct interface *interface, int depth,
		 struct stack_twin *ret_twin)
{
	for (size_t i = 0; depth && i < stack->count; i++) {
		const struct interface *other = &stack->all[i];

		if (!is_next(stack, interface, other))
			continue;
		if (is_twin(other, stack->below, ret_twin) ||
		    find(stack, other, depth - 1, ret_twin))
			return true;
	}
	return false;
}

/* Other network namespaces: a device may lie on one that is in another than itself. */

struct journey {
	const struct interface *interface; /* whose twin is looked for... */
	struct mnl_socket *home;           /* ... in the namespace of this socket */
	int home_fd;
	struct stack_twin *ret_twin;
};

/* Is it the one below, in the current namespace?  By the number that its own knows this one by. */
static bool is_lower(const struct journey *journey, const struct interface *other)
{
	const struct interface *interface = journey->interface;

	return interface->elsewhere.ifindex && interface->elsewhere.ifindex == other->ifindex &&
	       netns_number(journey->home, -1) == (int)interface->elsewhere.netnsid;
}

static bool is_upper(const struct journey *journey, const struct interface *other)
{
	scoped(socket) socket = NULL;

	if (!other->elsewhere.ifindex || other->elsewhere.ifindex != journey->interface->ifindex)
		return false;
	socket = netlink_open();
	return socket && netns_number(socket, journey->home_fd) == (int)other->elsewhere.netnsid;
}

/* Its neighbour there, or what lies beyond that. */
static bool is_twin_there(const struct journey *journey, const struct interface *other,
			  const struct interface *all, size_t count)
{
	struct stack beyond = { all, count, .below = is_lower(journey, other) };

	if (!beyond.below && !is_upper(journey, other))
		return false;
	if (!is_twin(other, beyond.below, journey->ret_twin) &&
	    !find(&beyond, other, STACK_DEPTH, journey->ret_twin))
		return false;
	journey->ret_twin->elsewhere = true;
	return true;
}

static int look_there(void *context, __u64 netns, const char *netns_name)
{
	const struct journey *journey = context;
	scoped(memory) memory = NULL;
	const struct interface *all;
	bool found = false;
	size_t count;
	int err = interfaces_read((struct interface **)&memory, &count);

	(void)netns;
	(void)netns_name;
	all = memory;
	for (size_t i = 0; !err && !found && i < count; i++)
		found = is_twin_there(journey, &all[i], all, count);
	return err ? err : found;
}

static bool find_elsewhere(const struct interface *interface, struct stack_twin *ret_twin)
{
	scoped(socket) home = netlink_open();
	scoped(fd) home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct journey journey = { interface, home, home_fd, ret_twin };

	return home && home_fd >= 0 && netns_visit_others(look_there, &journey) > 0;
}

bool stack_find_twin(const struct interface *interface, const struct interface *all, size_t count,
		     struct stack_twin *ret_twin)
{
	struct stack below = { all, count, .below = true }, above = { all, count, .below = false };

	return find(&below, interface, STACK_DEPTH, ret_twin) ||
	       find(&above, interface, STACK_DEPTH, ret_twin) ||
	       (interface->elsewhere.ifindex && find_elsewhere(interface, ret_twin));
}

int stack_check(const struct interface *interface, const struct interface *all, size_t count,
		struct complaint *ret_why)
{
	struct stack_twin twin;

	if (has_our_program(interface) ||
	    (!stack_find_twin(interface, all, count, &twin) && !find_elsewhere(interface, &twin)))
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
