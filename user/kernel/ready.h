/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs that are loaded before the lock is asked for.
 *
 * The kernel takes a tenth of a second to verify one, and each attachment has
 * its own: for two hundred of them nobody else is to wait.  Loaded for nothing,
 * they go with this process; what is not ready is loaded when it is needed.
 */
#ifndef READY_H
#define READY_H

#include "attachments.h"
#include "object.h"

/* Features of the rules in force, of the former ones while those may come back, and of who reads. */
__u32 ready_needed(const struct instance *instance);

/*
 * For what is attached and lacks one of these features, on top of those that it
 * has; or, with exact, for what has not just these.  instance: opened for
 * reading will do.
 */
void ready_load(const struct instance *instance, __u32 features, bool exact);

/*
 * Programs for an attachment that is still as it was, with what self says and
 * at least its features, that tell through the maps of readers_ids() (0: do not).  They
 * are the caller's; counters and then are not among them.  False: there are none.
 */
bool ready_take(const struct attachment *attachment, const struct cx_attachment *self,
		__u64 readers_ids, struct object_programs *ret_programs);

#endif
