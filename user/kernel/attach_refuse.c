/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What cannot be changed about an interface that is attached already. */
#include "attach_refuse.h"

#include <errno.h>

static int refuse_other_mode(const struct attachment *old, const struct attach_request *request,
			     struct complaint *ret_why)
{
	if (!request->mode_named || request->mode == old->self.mode)
		return 0;
	complain_failed(ret_why, request->ifname, "is attached in mode %s",
			attachment_mode(&old->self));
	complain_hint(ret_why, "detach it first: the kernel cannot change the mode without a gap");
	return -EBUSY;
}

/* What it hands on to is no part of a trial, which knows of judging and passing. */
static int refuse_then(const struct attachment *old, const struct attach_request *request,
		       struct complaint *ret_why)
{
	if (request->then != ATTACH_THEN_PINNED)
		return 0;
	if (old->self.mode == CX_ATTACH_TC)
		return complain_failed(ret_why, request->ifname,
				       "then is for XDP: in mode tc, tc says who is next");
	if (old->self.features & CX_FEATURE_JOIN)
		return complain_failed(ret_why, request->ifname,
				       "is joined: the dispatcher says who is next");
	if (request->confirm)
		return complain_failed(ret_why, request->ifname,
				       "is attached already: then cannot wait for a confirmation");
	return 0;
}

/* One way or the other: the kernel cannot change it without a gap. */
static int refuse_other_way(const struct attachment *old, const struct attach_request *request,
			    struct complaint *ret_why)
{
	if (!request->join || old->self.features & CX_FEATURE_JOIN)
		return 0;
	complain_failed(ret_why, request->ifname, "is attached by itself");
	complain_hint(ret_why, "detach it first: a dispatcher cannot take its place without a gap");
	return -EBUSY;
}

int attach_refuse(const struct attachment *old, const struct attach_request *request,
		  struct complaint *ret_why)
{
	int err = refuse_then(old, request, ret_why);

	if (!err)
		err = refuse_other_way(old, request, ret_why);
	return err ? err : refuse_other_mode(old, request, ret_why);
}
