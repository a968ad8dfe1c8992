/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Measured values, as Prometheus reads them (text format 0.0.4), or as JSON. */
#ifndef METRICS_TEXT_H
#define METRICS_TEXT_H

#include <json-c/json.h>

#include "buffer.h"

struct metrics_text {
	struct buffer text;
	struct json_object *samples; /* an array that is filled in place of text; NULL: none */
	const char *family;          /* of the samples to come */
	const char *type;
};

/* One of what tells a sample from others of its family; an empty value is as if absent. */
struct label {
	const char *name; /* NULL: the last is before it */
	const char *value;
};

/* What the samples to come are of.  name: without "clarent_xdp_". */
void metrics_family(struct metrics_text *to, const char *name, const char *type, const char *help);

void metrics_count(struct metrics_text *to, const struct label *labels, __u64 value);
void metrics_ratio(struct metrics_text *to, const struct label *labels, double value);

#endif
