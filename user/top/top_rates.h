/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For `top`: packets by the second, by policy, reason and what became of them. */
#ifndef TOP_RATES_H
#define TOP_RATES_H

#include "meter.h"
#include "show.h"

struct top_rate {
	const struct top_rates *of;
	unsigned int policy, reason;
	bool would; /* passed, and would have been dropped were the policy enforced */
	struct meter meter;
};

struct top_rates {
	const struct settings *settings; /* whose policies have the names */
	const struct timeline *timeline;
	struct top_rate *all; /* owned; one for each policy, reason and would */
	unsigned int *shown;  /* owned; of which of them anything came lately */
	size_t count;
};

/* Returns 0 or -ENOMEM. The timeline is the caller's, and stays. */
int top_rates_begin(struct top_rates *rates, const struct timeline *timeline);
void top_rates_free(struct top_rates *rates);

/* After timeline_look(). counters: what came since, CX_COUNTERS of each attachment. */
void top_rates_add(struct top_rates *rates, const struct settings *settings,
		   const struct cx_counter *counters, size_t attachments);

/* As rows, good until more is added. */
struct rows top_rates_rows(const struct top_rates *rates);

#endif
