/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which programs an interface of the current namespace runs, whatever hook holds them. */
#include "programs.h"

int programs_on(const struct interface *interface, __u32 ret_ids[static PROGRAMS_MAX])
{
	int count = 0, at_tc;

	if (interface->xdp_prog_id)
		ret_ids[count++] = interface->xdp_prog_id;
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
