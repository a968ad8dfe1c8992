/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What entries and policies have seen: segments of state, by the id of an entry. */
#ifndef STATES_H
#define STATES_H

#include "instance.h"
#include "list.h"
#include "settings.h"

/*
 * So that what these entries have seen can be read, until it is opened for another
 * instance, or the process ends.
 */
int states_open(const struct instance *instance, const struct settings *settings);
/* What an entry has seen, by its id. Zeroes if it has no state, or that was not opened. */
struct cx_state states_of(__u32 id);

/* Clears the state of those entries of want that have (NULL: nothing) has not, and makes room. */
int states_clear(const struct instance *instance, const struct list_types *types,
		 const struct settings *have, const struct settings *want);

#endif
