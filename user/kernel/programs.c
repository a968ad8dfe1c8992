/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which programs an interface of the current namespace runs, whatever hook holds them. */
#include "programs.h"

/* Those of ours that a dispatcher calls. Returns how many, or -errno. */
static int add_dispatched(__u32 dispatcher_id, __u32 ret_ids[static DISPATCHED_MAX])
{
	struct dispatched dispatched[DISPATCHED_MAX];
	int count = dispatcher_read(dispatcher_id, dispatched);

	for (int i = 0; i < count; i++)
		ret_ids[i] = dispatched[i].prog_id;
	return count;
}

int programs_at_xdp(const struct interface *interface, __u32 ret_ids[static PROGRAMS_AT_XDP_MAX])
{
	int behind;

	if (!interface->xdp_prog_id)
		return 0;
	ret_ids[0] = interface->xdp_prog_id;
	behind = add_dispatched(interface->xdp_prog_id, ret_ids + 1);
	return behind < 0 ? behind : 1 + behind;
}

int programs_on(const struct interface *interface, __u32 ret_ids[static PROGRAMS_MAX])
{
	int count = programs_at_xdp(interface, ret_ids), at_tc;

	if (count < 0)
		return count;
	at_tc = tc_programs(interface->ifindex, ret_ids + count);
	return at_tc < 0 ? at_tc : count + at_tc;
}

int programs_include(const struct interface *interface, __u32 prog_id)
{
	__u32 ids[PROGRAMS_MAX];
	int count;

	if (interface->xdp_prog_id == prog_id)
		return 1;
	count = programs_on(interface, ids);
	for (int i = 0; i < count; i++) {
		if (ids[i] == prog_id)
			return 1;
	}
	return count < 0 ? count : 0;
}
