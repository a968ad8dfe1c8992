/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which entries are meant: [POLICY] [peer NAME] [ADDRESS | under PREFIX] [denied | expired | ...]. */
#ifndef SELECTION_H
#define SELECTION_H

#include "settings.h"

enum selection_place {
	SELECTION_ANYWHERE,
	SELECTION_COVERS, /* ADDRESS: what covers it */
	SELECTION_UNDER,  /* PREFIX: what is in it */
};

enum selection_state {
	SELECTION_ANY,
	SELECTION_DENIED,
	SELECTION_EXPIRED,
	SELECTION_EXPIRING, /* by when */
	SELECTION_UNUSED,   /* since when */
};

/* Texts are the words', borrowed. */
struct selection {
	const char *policy; /* NULL: any */
	const char *peer;   /* NULL: any */
	enum selection_place place;
	struct prefix prefix; /* of the place */
	enum selection_state state;
	__u64 when; /* seconds since the epoch */
};

/* When an entry was last met by a packet that it judged, seconds since the epoch; 0: never. */
typedef __u64 selection_met_fn(const void *context, const struct entry *entry);

/*
 * Reads one of these and its value.  Returns how many words it took; -EINVAL
 * with *ret_why filled; 0 if the word is none of them, or one too many.
 */
int selection_read(struct selection *selection, int count, char **words, __u64 now,
		   struct complaint *ret_why);

/*
 * Takes all other entries out of the model.  Returns 0, or -EPERM with
 * *ret_why filled if there is no such policy, or nobody of that name.
 */
int selection_apply(const struct selection *selection, struct settings *settings, __u64 now,
		    selection_met_fn *met, const void *context, struct complaint *ret_why);

/* What it was that no entry is: "no entry of gateway for peer acme covers 192.0.2.1". Returns buf. */
const char *selection_nothing(const struct selection *selection, char *buf, size_t size);

#endif
