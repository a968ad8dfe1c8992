/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For `top`: what is on the screen, and where. */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include "top.h"

#define TOP_SECONDS_MAX 60 /* from turn to turn, by key */

struct top_screen {
	struct top *top;
	__u32 seconds; /* from one turn to the next */
	bool paused, helping, quitting;
	enum top_section chosen;    /* which is given what room there is, and is scrolled */
	size_t from[TOP_SECTIONS];  /* the first row that is shown */
	size_t shown[TOP_SECTIONS]; /* rows that there was room for, when it was drawn last */
};

void top_draw(struct top_screen *screen);

#endif
