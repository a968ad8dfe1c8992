/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How much the live lists hold: from their counts, and from a list itself where these are over. */
#ifndef COUNTING_H
#define COUNTING_H

#include "instance.h"

struct policy_counts {
	size_t sources[2], denied[2], destinations[2]; /* by enum cx_family */
	size_t bare; /* sources, of both: neither dev nor min-ttl is asked of them */
	bool ending; /* some source has an end, or had one */
};

/* By policy, as of that moment's time. Returns 0 or -errno. */
int generation_count(const struct instance *instance,
		     struct policy_counts ret_counts[static CX_MAX_POLICIES]);

#endif
