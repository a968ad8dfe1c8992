/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Builds the idle generation: rules, lists, filters. */
#ifndef BUILD_H
#define BUILD_H

#include "clocks.h"
#include "instance.h"
#include "list.h"
#include "settings.h"
#include "slots.h"
#include "texts.h"

/* An entry before and after; NULL: it is not there. */
struct patch_pair {
	const struct entry *before, *after; /* of the builder's settings */
};

/* What differs in one list, see patch.h. */
struct patch {
	struct patch_pair *pair; /* owned */
	size_t count, added, removed;
};

/* What becomes of a list. */
enum list_plan {
	LIST_NONE,  /* there is none any more */
	LIST_KEPT,  /* the live generation's, as it is */
	LIST_PATCH, /* the same, and what differs beside it */
	LIST_ANEW,  /* a map of its own */
};

struct builder {
	struct instance *instance;
	const struct settings *have; /* NULL: nothing */
	struct settings *want;
	unsigned int idle;
	struct cx_rules *rules; /* of the idle generation */
	struct clocks now;
	struct list_types types;
	struct text_numbers *notes;
	enum list_plan plan[CX_LISTS][2]; /* by CX_LIST(), enum cx_family */
	struct patch patch[CX_LISTS][2];
	bool refill; /* the filters, for all lists; else they are the live ones', and what is new */
};

/* One family's part of a list; both families stand together, IPv4 first. NULL: of nothing. */
const struct entry *list_part(const struct settings *settings, const struct list_at *at,
			      size_t *ret_count);

/* Returns 0 or -errno; what is built in part is settled by the next change. */
int build(struct builder *builder);

#endif
