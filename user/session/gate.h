/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one gate that every change passes, whichever door it came by: what needs
 * `force`, and what is warned of.
 *
 * Only what packets feel is guarded: with nothing attached, nothing needs force.
 */
#ifndef GATE_H
#define GATE_H

#include "attachments.h"
#include "raised.h"
#include "session.h"

/* A change of settings. Returns an exit status. */
int gate_settings(struct cli *cli, const struct session *session,
		  const struct session_change *change);

/*
 * Before an attach (again: of what is attached already), and what is to be
 * said when it is done.  Returns an exit status.
 */
int gate_attach(struct cli *cli, const struct session *session, bool again, bool force);
void gate_attached(struct cli *cli, const struct session *session,
		   const struct attachment *attachment);

/* After a detach. */
void gate_detached(struct cli *cli, const struct session *session);

/* For a dry run: the same warnings, and what gate_settings() would refuse. */
void gate_foretell(struct cli *cli, const struct session *session,
		   const struct session_change *change, struct raised *ret_raised);

#endif
