/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How much was dropped, or would have been, since it was first looked: by
 * policy and reason, over all attachments, those that went meanwhile as well.
 */
#ifndef DROPS_H
#define DROPS_H

#include "instance.h"

struct drops {
	__u64 packets[CX_MAX_POLICIES][CX_REASON_COUNT]; /* datagrams; of policy 0: nobody's */
	struct watched *watched;                         /* owned */
	size_t count;
};

/*
 * Begins as zeroes; looks again. New counters begin to count when they are first
 * seen, those that are not pinned any more are looked at for the last time.
 * Returns 0 or -errno.
 */
int drops_look(struct drops *drops, const struct instance *instance);
void drops_free(struct drops *drops);

#endif
