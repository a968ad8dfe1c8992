/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many packets a second meet each entry: what `list rates` measures while it waits. */
#ifndef LIST_RATES_H
#define LIST_RATES_H

#include "settings.h"

#define LIST_RATES_MAX 3600 /* seconds */

/* Of one entry, in packets/s, passed and dropped together. */
struct list_rate {
	__u64 met; /* so far, before it was measured */
	__u64 average;
	__u64 peak; /* of the seconds that were looked at apart */
};

struct list_rates {
	struct list_rate *rate; /* owned; one for each entry of the settings */
};

/*
 * Looks once a second at what the entries have met, for so many seconds or until
 * it is interrupted; states_open() has been called. Returns 0 or -ENOMEM.
 */
int list_rates_measure(const struct settings *settings, __u32 seconds,
		       struct list_rates *ret_rates);
void list_rates_free(struct list_rates *rates);

#endif
