/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A rule set of the model, compiled by the loader's own code for the native filter. */
#ifndef NATIVE_WORLD_H
#define NATIVE_WORLD_H

#include "draw.h"
#include "native.h"
#include "rules.h"

/* What is drawn must not matter: hash seeds, and where the filters stand. Aborts without memory. */
struct native_world *world_new(const struct model_rules *rules, struct draw *draw);
void world_free(struct native_world *world);

/* The filter's number of a policy of the model; MODEL_NO_POLICY's is 0. */
unsigned int world_policy(int policy);

#endif
