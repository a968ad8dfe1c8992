/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `apply` does not do without being told so: needs `force`, and then says what was waived. */
#ifndef GUARDS_H
#define GUARDS_H

#include "session.h"

/*
 * Compares session->have with session->want.  whole: the file was meant to
 * hold everything, so what it lacks and was never saved would be lost.
 * Returns an exit status; with force, a warning for each guard waived.
 */
int guards_check(struct cli *cli, const struct session *session, bool whole, bool force);

#endif
