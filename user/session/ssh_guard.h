/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The way in of whoever types: the port of the SSH session that a change would guard. */
#ifndef SSH_GUARD_H
#define SSH_GUARD_H

#include "raised.h"
#include "settings.h"

/* have: NULL if nothing was in force before. */
void guard_ssh(const struct settings *have, const struct settings *want, struct raised *raised);

#endif
