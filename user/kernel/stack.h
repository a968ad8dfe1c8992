/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which devices lie on which, so that one packet is received by both. */
#ifndef STACK_H
#define STACK_H

#include "complaint.h"
#include "interfaces.h"

#define STACK_DEPTH 8 /* how deep Linux stacks devices (MAX_NEST_DEV) */

/* Another device that judges the packets of one as well. */
struct stack_twin {
	char name[CX_NAME_MAX];
	bool below;     /* else it lies above */
	bool elsewhere; /* in another network namespace */
};

/*
 * Has a device above or below that interface, however far, a program of ours,
 * of whatever instance and at either hook?  all: every interface of the
 * namespace, and no other is looked into for what lies above.
 */
bool stack_find_twin(const struct interface *interface, const struct interface *all, size_t count,
		     struct stack_twin *ret_twin);

/*
 * Refuses to have each packet judged twice, by one in another namespace too; an
 * interface that has our program may keep it.
 */
int stack_check(const struct interface *interface, const struct interface *all, size_t count,
		struct complaint *ret_why);

/* Complains of an interface that is not this instance's, but another's of ours, at either hook. */
int stack_check_hooks(const struct interface *interface, enum cx_attach_mode mode,
		      struct complaint *ret_why);

/* Says of an interface that is attached if its packets are judged twice. */
void stack_warn(const struct interface *interface, const struct interface *all, size_t count,
		struct warnings *warnings);

#endif
