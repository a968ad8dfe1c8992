/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shipped filter as functions of this process: its maps are tables here,
 * its helpers read them.  One filter, one thread.
 */
#ifndef NATIVE_H
#define NATIVE_H

#include <linux/bpf.h>

#include "clarent_xdp.h"

#define NATIVE_ENTRIES 32 /* per list */

/* A hash map: any order, no key twice. */
struct native_list {
	__u32 key_size;
	__u32 count;
	struct {
		union {
			struct cx_key4 four;
			struct cx_key6 six;
		} key;
		struct cx_entry value;
	} entry[NATIVE_ENTRIES];
};

/* One generation of all that the loader writes for a packet to be judged by. */
struct native_world {
	struct cx_rules rules;
	struct native_list *list[CX_LISTS][2]; /* by CX_LIST(), family; NULL: empty slot */
	struct native_list *patch[CX_LISTS][2];
	__u64 *outgrown[2]; /* filters, by family; NULL: empty slot */
};

/* Two generations, and what else the program finds when a packet comes. */
struct native_machine {
	const struct native_world *world[2];
	__u64 live;
	__u64 boottime; /* ns */
	struct cx_attachment attachment;
};

/*
 * A frame as a driver hands it over: what is not in the linear part is in
 * other buffers.  Memory of just these sizes lets a sanitizer see one byte
 * too much being read.
 */
struct native_frame {
	const void *linear;
	const void *rest;
	__u32 linear_size;
	__u32 rest_size;
};

/* Builds the machine; what it points to stays the caller's. */
void native_set(const struct native_machine *machine);

int native_run(const struct native_frame *frame);     /* enum xdp_action */
int native_run_tc(const struct native_frame *frame);  /* TC_ACT_* */
__u32 native_check(const struct native_frame *frame); /* CX_ANSWER() */

const struct cx_counter *native_counter(__u32 index);

#endif
