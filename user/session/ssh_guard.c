/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The way in of whoever types: the port of the SSH session that a change would guard. */
#include "ssh_guard.h"

#include <stdio.h>
#include <stdlib.h>

/* Server port of the SSH connection that this is typed over, 0 if there is none. */
static unsigned int ssh_port(void)
{
	const char *connection = getenv("SSH_CONNECTION");
	unsigned int port;

	return connection && sscanf(connection, "%*s %*u %*s %u", &port) == 1 && port < 65536 ? port
											      : 0;
}

static bool closes_port(const struct settings *settings, unsigned int tcp_port)
{
	const struct policy *policy = &settings->policy[settings->port[CX_TCP][tcp_port]];

	return policy->name[0] &&
	       (policy->mode == CX_MODE_ENFORCE || policy->mode == CX_MODE_CLOSED);
}

void guard_ssh(const struct settings *have, const struct settings *want, struct raised *raised)
{
	unsigned int port = ssh_port();

	if (!port || (have && closes_port(have, port)) || !closes_port(want, port))
		return;
	raised_add(raised, want->policy[want->port[CX_TCP][port]].name, "append: confirm 60 force",
		   "would guard TCP port %u, over which this is typed", port);
}
