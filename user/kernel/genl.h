/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions to families of generic netlink, in the current network namespace. */
#ifndef GENL_H
#define GENL_H

#include <libmnl/libmnl.h>

/*
 * Hands each answer of a family to take(), whose messages begin with a struct
 * genlmsghdr.  Returns 0, -ENOENT if the kernel has no such family (as while its
 * module is not loaded), or another -errno.
 */
int genl_dump(const char *family, __u8 command, mnl_cb_t take, void *context);

#endif
