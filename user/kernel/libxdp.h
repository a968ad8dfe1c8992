/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libxdp, which runs several XDP programs on one interface behind a dispatcher
 * of its own: loaded when it is asked for, and not needed before.  It shares
 * the libbpf that we use, and so what that has opened.
 */
#ifndef LIBXDP_H
#define LIBXDP_H

#include <bpf/libbpf.h>

#include "clarent_xdp.h"
#include "complaint.h"

#define LIBXDP_WHERE "libxdp.so.1 is not here: Debian has it in the package libxdp1"

/*
 * Has the dispatcher of an interface of the current namespace call the XDP
 * program of an object that is opened, not loaded; makes the dispatcher if
 * there is none.  The object stays the caller's, to be closed after.  Without a
 * gap for those that run there.  Returns 0 or a negative errno with *ret_why
 * filled.
 */
int libxdp_join(struct bpf_object *object, __u32 ifindex, const char *ifname,
		enum cx_attach_mode mode, struct complaint *ret_why);

/*
 * Takes the program of that id out of it, and leaves the others there.  mode:
 * the dispatcher's.  Returns 0 or -errno; -ENOPKG: there is no libxdp.
 */
int libxdp_leave(__u32 prog_id, __u32 ifindex, enum cx_attach_mode mode);

#endif
