/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From one group to the next, once the first has shown that it does no harm. */
#ifndef PROMOTE_H
#define PROMOTE_H

#include "fleet.h"
#include "store.h"

struct promotion {
	const char *from, *to;
	unsigned int within; /* seconds that the first group has */
	unsigned int drops;  /* packets/s that a host may refuse more than before */
	bool force;          /* hosts that are silent do not count, nor do guards */
};

/* Returns an exit status. *ret_serial: of the pointer that is there now. */
int promote(struct fleet *fleet, struct etcd *etcd, const struct promotion *promotion,
	    __u64 *ret_serial);

#endif
