/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a device does with an XDP program: whether one may be attached to it. */
#ifndef DEVICE_H
#define DEVICE_H

#include "attach.h"
#include "interfaces.h"

/* What its frames begin with, enum cx_link_type; -1 for what the parser does not know. */
int device_link_type(const struct interface *interface);

/* Complains that its driver has none. Returns -EOPNOTSUPP. */
int device_no_native(const char *ifname, struct complaint *ret_why);

/* What the interface (NULL: there is none) must be for what was asked. */
int device_check(const struct interface *interface, const struct attach_request *request,
		 struct complaint *ret_why);

/* A bond and its members may not both be attached; all: every interface of the namespace. */
int device_check_bond(const struct instance *instance, const struct interface *all, size_t count,
		      const struct interface *interface, struct complaint *ret_why);

#endif
