/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ncurses, loaded when a screen is to be drawn: every other verb begins sooner without it. */
#ifndef LIBNCURSES_H
#define LIBNCURSES_H

#define NCURSES_NOMACROS 1
#include <curses.h>

#include "complaint.h"

/* X(what it returns, its name, what it takes) */
#define LIBNCURSES_FUNCTIONS(X)                                             \
	X(SCREEN *, newterm, (const char *type, FILE *output, FILE *input)) \
	X(int, endwin, (void))                                              \
	X(int, cbreak, (void))                                              \
	X(int, noecho, (void))                                              \
	X(int, keypad, (WINDOW * window, bool on))                          \
	X(int, nodelay, (WINDOW * window, bool on))                         \
	X(int, curs_set, (int visibility))                                  \
	X(int, set_escdelay, (int ms))                                      \
	X(int, wgetch, (WINDOW * window))                                   \
	X(int, werase, (WINDOW * window))                                   \
	X(int, clearok, (WINDOW * window, bool on))                         \
	X(int, wmove, (WINDOW * window, int y, int x))                      \
	X(int, wattrset, (WINDOW * window, int attributes))                 \
	X(int, waddnstr, (WINDOW * window, const char *text, int bytes))    \
	X(int, wrefresh, (WINDOW * window))                                 \
	X(int, getmaxx, (const WINDOW *window))                             \
	X(int, getmaxy, (const WINDOW *window))                             \
	X(char *, tigetstr, (const char *capability))

/* Its functions by their own names. */
struct libncurses {
#define X(returns, name, takes) returns(*name) takes;
	LIBNCURSES_FUNCTIONS(X)
#undef X
	WINDOW **standard; /* stdscr */
};

/* Returns the library, which stays loaded, or NULL with *ret_why filled. */
const struct libncurses *libncurses_load(struct complaint *ret_why);

#endif
