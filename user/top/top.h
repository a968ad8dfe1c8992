/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What `top` shows: gathered turn by turn, for a screen or as lines.
 *
 * All that a turn gathers stays as it is until the next, the view it was seen in
 * as well, so that a screen can be drawn anew from it.
 */
#ifndef TOP_H
#define TOP_H

#include "judging.h"
#include "pace.h"
#include "show.h"
#include "top_losses.h"
#include "top_rates.h"
#include "top_sources.h"
#include "turns.h"

enum top_section { TOP_RATES, TOP_SOURCES, TOP_SUSPECTS, TOP_LOSSES, TOP_SECTIONS };

#define TOP_NOTE_MAX 80

struct top_section_view {
	struct rows rows;
	char note[TOP_NOTE_MAX]; /* what is left out, or old; empty: nothing */
};

struct top {
	struct cli *cli;
	bool looked; /* there was a turn */
	bool open;   /* its view is */
	struct view view;
	struct turn turn;
	struct judging_facts *facts; /* owned; of each attachment */
	unsigned int confirm;        /* seconds until a trial is due, 0: none waits */
	__u64 span;                  /* from the turn before to this one, ns; 0: there was none */
	struct timeline timeline;
	struct top_rates rates;
	struct top_losses losses;
	struct top_sources sources;
	struct top_section_view section[TOP_SECTIONS];
};

/*
 * Looks once more.  Returns an exit status; after a failure, what was seen before
 * is gone.
 */
int top_look(struct top *top);
void top_free(struct top *top);

/* "attached: eth0, eth1 (not judged)" */
void top_attached(const struct top *top, struct buffer *to);

extern const char *const top_titles[TOP_SECTIONS]; /* for people */

/* `top batch`: turn by turn as lines, until it is interrupted. Returns an exit status. */
int top_batch(struct top *top, const struct pace *pace);

/* On the screen, until somebody ends it. Returns an exit status. */
int top_screen(struct top *top, const struct pace *pace);

#endif
