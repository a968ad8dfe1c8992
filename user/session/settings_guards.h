/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is not done to settings without being told so, as far as the settings alone tell. */
#ifndef SETTINGS_GUARDS_H
#define SETTINGS_GUARDS_H

#include "raised.h"
#include "session.h"

/*
 * Compares session->have with session->want.  What a file says without words
 * for it (change->whole, change->parts) is guarded more than what is typed.
 */
void guards_check(const struct cli *cli, const struct session *session,
		  const struct session_change *change, struct raised *raised);

/*
 * Does a packet of anybody come in for the ports of a policy, 0: which is not
 * there?  Where none did, none feels what keeps it out.
 */
bool guards_lets_in(const struct settings *settings, unsigned int policy);

#endif
