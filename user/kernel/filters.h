/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The filters in front of the lists: in the rules, or, where they have outgrown
 * them, in a map of their own.
 */
#ifndef FILTERS_H
#define FILTERS_H

#include "bloom.h"
#include "build.h"

/* Those of the idle generation, whose lists are known, with seeds of their own. Returns 0 or -errno. */
int filters_build(struct builder *builder);

/*
 * Has a generation of so many entries been patched so often since its filters were filled that
 * they are to be filled again?
 */
bool filters_are_stale(const struct instance *instance, unsigned int generation, size_t total);

/* The live generation's instead, to be added to. Returns 0 or -errno. */
int filters_take_over(const struct builder *builder);

/*
 * Opens one family's of a generation, to add to it with bloom_enter() and to be closed.
 * Returns 0, or -errno and nothing is to be closed.
 */
struct filter {
	struct bloom bloom;
	bool is_mapped;
};

int filter_open(const struct instance *instance, unsigned int generation, enum cx_family family,
		struct filter *ret_filter);
void filter_close(struct filter *filter);

/*
 * What a patch of the live generation says is known to the former one's filter, too, if
 * that is of the same seeds: so it knows all that the live one does.  Returns 0 or -errno.
 */
struct patch_lines;
int filters_learn(const struct instance *instance, unsigned int live, const struct list_at *at,
		  const struct patch_lines *lines);

/*
 * That of the idle generation knows less than the live one's, unless all that is new is
 * in patches: it is not to be added to.
 */
void filters_forget(const struct instance *instance, unsigned int idle);

/* Gives back the maps of a generation that no packet is judged by. Returns 0 or -errno. */
int filters_drop(const struct instance *instance, unsigned int generation);

#endif
