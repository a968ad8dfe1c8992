/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One frame before the shipped filter and before the model: do they agree? */
#ifndef NATIVE_COMPARE_H
#define NATIVE_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "model.h"
#include "native.h"

/* What must not matter to the answer. */
struct compare_how {
	unsigned int generation; /* 0 or 1: where the rules lie */
	unsigned int deadline;   /* 0: none, 1: to come, 2: past, the other one was live */
	bool all_features;       /* the program has also the checks that no rule uses */
	size_t linear_size;      /* of the frame; what lies behind is in other buffers */
};
#define COMPARE_DEADLINES 3

struct compare_case {
	const struct model_rules *rules;
	const struct native_world *world; /* the same, compiled */
	struct model_where where;
	const void *data;
	size_t size;
	struct compare_how how;
};

/*
 * True if reason, policy, verdict and counter agree, and asking moved nothing.
 * Else both answers and the frame are on out.
 */
bool compare_frame(const struct compare_case *frame, FILE *out, enum model_reason *ret_reason);

/* True if both spell all reasons alike, in the same order. */
bool compare_names(void);

#endif
