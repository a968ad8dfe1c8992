/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a device does with a program: run it on all it receives, on some, or never. */
#ifndef DEVICE_H
#define DEVICE_H

#include "attach.h"
#include "interfaces.h"

/* What is true of all devices of a kind; empty fields say nothing. */
struct device_kind {
	const char *kind;    /* as struct interface.kind */
	const char *never;   /* a program on it never runs, because... */
	const char *instead; /* ... and what to attach instead; NULL if the table cannot name it */
	const char *around;  /* what gets past a program on it, and what to attach as well */
	bool by_members;     /* what it receives, its members have received before it */
};

/* Never NULL: of a kind that is not in the table, nothing is said. */
const struct device_kind *device_kind(const struct interface *interface);

/* What its frames begin with, enum cx_link_type; -1 for what the parser does not know. */
int device_link_type(const struct interface *interface);

/* Complains that its driver has none. Returns -EOPNOTSUPP. */
int device_no_native(const char *ifname, struct complaint *ret_why);

/* Complains that there is none of that name. Returns -ENODEV. */
int device_unknown(const char *ifname, struct complaint *ret_why);

/*
 * What the interface must be for that mode.
 * all: every interface of the namespace.
 */
int device_check(const struct interface *interface, enum cx_attach_mode mode,
		 const struct interface *all, size_t count, struct complaint *ret_why);

/* True if its driver, or that of a member of a bond, loses a native program when it resets. */
bool device_loses_native(const struct interface *interface, const struct interface *all,
			 size_t count);

/*
 * Why a program in that mode may be given many datagrams as one packet, which a
 * limit then counts as one; NULL if nothing tells that it is.
 */
const char *device_merges(const struct interface *interface, enum cx_attach_mode mode);

/* What a program on it does not see, though it was attached without complaint. */
void device_warn(const struct interface *interface, enum cx_attach_mode mode,
		 const struct interface *all, size_t count, struct warnings *warnings);

#endif
