/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Policies that demand a tunnel while there is none: nobody can come in. */
#ifndef TUNNEL_GUARD_H
#define TUNNEL_GUARD_H

#include "raised.h"
#include "session.h"

/*
 * Guards against a change after which a policy in force demands a tunnel while
 * what is attached is none that is named; warns of it where nobody came in before.
 * Returns 0 or -errno.
 */
int tunnel_guard(struct cli *cli, const struct session *session, struct raised *raised);

/* Warns that it is so, after an interface was attached or detached. */
void tunnel_warn(struct cli *cli, const struct session *session);

#endif
