/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where `rpf` cannot tell right from wrong, though the routing table answers. */
#ifndef REVERSE_PATH_GUARD_H
#define REVERSE_PATH_GUARD_H

#include "raised.h"
#include "session.h"

/*
 * Guards against beginning rpf where it would refuse what is right: several
 * interfaces stand for one.  Warns where it would refuse nothing.  Returns 0
 * or -errno.
 */
int reverse_path_guard(struct cli *cli, const struct session *session, struct raised *raised);

/* Warns of both for an interface of this network namespace that has been attached. */
void reverse_path_warn(struct cli *cli, const struct session *session, const char *ifname);

#endif
