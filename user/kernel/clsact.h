/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* tc ingress where it has no links, before Linux 6.6: a filter of a clsact qdisc. */
#ifndef CLSACT_H
#define CLSACT_H

#include "hold.h"

extern const struct hold clsact_hold;

/* Refuses if another's filter has come to see frames before that of our program. */
int clsact_check_place(const struct interface *interface, __u32 prog_id, struct complaint *ret_why);

#endif
