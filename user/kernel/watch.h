/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Watches attachments: what their interfaces receive, and what their programs judge. */
#ifndef WATCH_H
#define WATCH_H

#include "attachments.h"
#include "judging.h"

/* Notes where counting begins, once an attachment of the current namespace is in force. */
void watch_begin(const struct attachment *attachment);

/*
 * What is known of each attachment, as attachments_locate() has left it.
 * here: netns_cookie(); boottime: now, CLOCK_BOOTTIME ns.  Returns 0, or -errno
 * if not all counts could be read.  Where the counters leave it in doubt
 * whether packets are judged, it takes a tenth of a second.
 */
int watch_attachments(const struct attachment *list, size_t count, __u64 here, __u64 boottime,
		      struct judging_facts *ret_facts);

#endif
