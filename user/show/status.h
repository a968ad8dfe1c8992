/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The two faces of `status`. */
#ifndef STATUS_H
#define STATUS_H

#include "show.h"

/* The whole host. Returns an exit status. */
int show_status(struct cli *cli);

/* A policy that holds nobody off. */
bool is_relaxed(const struct policy *policy);

#endif
