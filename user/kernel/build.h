/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Builds the idle generation: rules, lists, filter. */
#ifndef BUILD_H
#define BUILD_H

#include "clocks.h"
#include "instance.h"
#include "list.h"
#include "settings.h"
#include "slots.h"
#include "texts.h"

struct builder {
	struct instance *instance;
	const struct settings *have; /* NULL: nothing */
	struct settings *want;
	unsigned int idle;
	struct cx_rules *rules; /* of the idle generation */
	struct clocks now;
	struct list_types types;
	struct text_numbers *notes;
};

/* One family's part of a list; both families stand together, IPv4 first. NULL: of nothing. */
const struct entry *list_part(const struct settings *settings, const struct list_at *at,
			      size_t *ret_count);

/* Returns 0 or -errno; what is built in part is settled by the next change. */
int build(struct builder *builder);

#endif
