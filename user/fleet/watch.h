/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A hint that it is worth reading again: etcd's watch, on a connection of its own.
 *
 * Whatever it says, and whatever becomes of it, is no more than that: a watch
 * may end, be cancelled and stay open for ever, or fall silent.
 */
#ifndef WATCH_H
#define WATCH_H

#include "etcd.h"

struct watch;

/* Of changes of these keys after a revision. NULL without memory. */
struct watch *watch_open(const struct etcd *etcd, const char *const *keys, size_t count,
			 __s64 revision);
void watch_close(struct watch *watch);

/*
 * Waits so many ms at most; true: something was said, or the watch is no more.
 * watch: NULL waits, too.  A signal ends it.
 */
bool watch_wait(struct watch *watch, unsigned int ms);

/* Will it say anything more? */
bool watch_ended(const struct watch *watch);

#endif
