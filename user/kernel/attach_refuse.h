/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What cannot be changed about an interface that is attached already. */
#ifndef ATTACH_REFUSE_H
#define ATTACH_REFUSE_H

#include "attach.h"

/* Returns 0, or a negative errno with *ret_why filled. */
int attach_refuse(const struct attachment *old, const struct attach_request *request,
		  struct complaint *ret_why);

#endif
