/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gives a new model what it inherits from the old: policy numbers, entry ids, times. */
#ifndef INHERIT_H
#define INHERIT_H

#include "clocks.h"
#include "settings.h"

/*
 * Renumbers want's policies as have has them, by name, and lets equal
 * prefixes keep their id and the time they were first listed.  What is new
 * gets an id that have does not use, the time now, and its expiry in the
 * boot clock, never later than the wall clock says.  An expiry that a file
 * says again (entry.line) may come nearer by the wall clock, never further;
 * any other keeps its time.  Returns 0, -ENOMEM, or -ENOSPC when no id is left.
 */
int inherit(const struct settings *have, struct settings *want, const struct clocks *now);

#endif
