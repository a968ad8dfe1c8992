/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What of the current network namespace's main routing table makes `rpf` mean less, or err. */
#ifndef ROUTES_H
#define ROUTES_H

#include <stdbool.h>

#include "prefix.h"

struct routes {
	bool has_default; /* in either family: there is a route to everybody */
	bool has_multipath;
	struct prefix multipath; /* one that is reached through several interfaces */
};

/* Returns 0 or -errno. */
int routes_read(struct routes *ret_routes);

#endif
