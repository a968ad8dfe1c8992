/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What differs between two policy models, line by line. */
#ifndef DIFF_H
#define DIFF_H

#include "settings.h"

enum diff_kind {
	DIFF_MODE,   /* a policy's mode: what it does to packets is another thing now */
	DIFF_POLICY, /* another attribute of a policy, or the policy as a whole */
	DIFF_GLOBAL, /* fragments, tunnels */
	DIFF_ADD,
	DIFF_REMOVE,
	DIFF_CHANGE,
};

struct diff_line {
	enum diff_kind kind;
	unsigned int policy;        /* 0 for DIFF_GLOBAL */
	const struct entry *before; /* entries; NULL where there is none */
	const struct entry *after;
	const char *text; /* DIFF_GLOBAL: "fragments: pass -> drop" */
};

typedef void diff_fn(void *context, const struct diff_line *line);

/*
 * Calls tell (may be NULL) for each difference, effects first, then entries.
 * want must be aligned with have, see align.h.  Returns how many there are.
 */
size_t diff(const struct settings *have, const struct settings *want, diff_fn *tell, void *context);

/*
 * The same in one line, for people: "gateway +1 -0 ~0, command mode enforce ->
 * monitor"; a buffer that is too small for all of it ends in "...".  ""
 * if both models say the same: whatever is a setting shows.  Returns how
 * many differences there are.
 */
size_t diff_summary(const struct settings *have, const struct settings *want, char *buf,
		    size_t size);

/* True if a policy does not have the same ports in both. */
bool diff_ports(const struct settings *have, const struct settings *want, unsigned int policy);

#endif
