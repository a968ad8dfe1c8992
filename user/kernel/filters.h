/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The filters in front of the lists: in the rules, or, where they have outgrown
 * them, in a map of their own.
 */
#ifndef FILTERS_H
#define FILTERS_H

#include "build.h"

/* Those of the idle generation, whose lists are known, with seeds of their own. Returns 0 or -errno. */
int filters_build(struct builder *builder);

/* Gives back the maps of a generation that no packet is judged by. Returns 0 or -errno. */
int filters_drop(const struct instance *instance, unsigned int generation);

#endif
