/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* XDP behind libxdp's dispatcher, among others' programs. */
#ifndef JOIN_H
#define JOIN_H

#include "hold.h"

extern const struct hold join_hold;

/*
 * May an interface that is not attached be joined, and in which mode?  mode_named:
 * in *mode or not at all; else the dispatcher that there is decides.  Returns 0
 * or a negative errno with *ret_why filled.
 */
int join_check(const struct interface *interface, bool mode_named, enum cx_attach_mode *mode,
	       struct complaint *ret_why);

#endif
