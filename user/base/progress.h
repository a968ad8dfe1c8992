/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How far a verb has come that takes more than a second.
 *
 * Whoever works through much tells it, at no cost worth counting; it is shown
 * on standard error, and only where that is a terminal.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <linux/types.h>
#include <stdbool.h>

/* From here on a second is waited for; wanted: may anything be shown at all? */
void progress_begin(bool wanted);

/* So much of it is done; of: 0 if nobody knows how much there is. */
void progress_tell(const char *doing, __u64 done, __u64 of);

/* Before anything else is printed: what was shown is wiped away. It may be told on. */
void progress_wipe(void);

#endif
