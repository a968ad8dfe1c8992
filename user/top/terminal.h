/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The terminal as a screen of lines, which is given back as it was however this ends. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <linux/types.h>
#include <stddef.h>

#include "libncurses.h" /* KEY_* */

/* Returns an exit status, with *ret_why filled; after a failure the terminal is as it was. */
int terminal_begin(struct complaint *ret_why);
/* Gives it back; it may have been before. */
void terminal_end(void);

#define TERMINAL_NEVER (~0ULL)

/* Beside keys. */
enum terminal_event {
	TERMINAL_TIME = -1, /* that time came */
	TERMINAL_OVER = -2, /* a signal asks to end, or the terminal is gone */
};

/* Waits until then, CLOCK_MONOTONIC ns. Returns a key, KEY_RESIZE, or an enum terminal_event. */
int terminal_wait(__u64 until);

int terminal_lines(void);
int terminal_columns(void);

enum terminal_style {
	TERMINAL_PLAIN,
	TERMINAL_BOLD,
	TERMINAL_BAR, /* reversed, as wide as the screen */
	TERMINAL_BOLD_BAR,
};

/* Begins a picture; puts a line of it, from 0, cut at the edge; shows it. */
void terminal_clear(void);
void terminal_put(int line, enum terminal_style style, const char *text, size_t len);
void terminal_show(void);
/* The next is drawn from nothing: something else may have written there. */
void terminal_redraw(void);

#endif
