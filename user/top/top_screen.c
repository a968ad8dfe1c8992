/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `top` on the screen: turns, and what keys do. */
#include "top_screen.h"

#include <string.h>
#include <time.h>

#include "terminal.h"

#define KEY_OF_CONTROL(letter) ((letter)&0x1f)

static __u64 now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return clocks_ns(&now);
}

/* --- keys --- */

/* top_draw() sees to it that this is not beyond the last row. */
static void scroll_rows(struct top_screen *screen, bool down, size_t rows)
{
	size_t *from = &screen->from[screen->chosen];

	if (down)
		*from += rows;
	else
		*from -= rows < *from ? rows : *from;
}

static void choose(struct top_screen *screen, int section)
{
	screen->chosen = section % TOP_SECTIONS;
}

static void set_seconds(struct top_screen *screen, bool more)
{
	if (more && screen->seconds < TOP_SECONDS_MAX)
		screen->seconds++;
	else if (!more && screen->seconds > 1)
		screen->seconds--;
}

/* Returns false if it is none of these. */
static bool scroll_by(struct top_screen *screen, int key)
{
	size_t page = screen->shown[screen->chosen] ?: 1;
	size_t all = screen->top->section[screen->chosen].rows.count;

	switch (key) {
	case KEY_UP:
	case 'k':
		return scroll_rows(screen, false, 1), true;
	case KEY_DOWN:
	case 'j':
		return scroll_rows(screen, true, 1), true;
	case KEY_PPAGE:
		return scroll_rows(screen, false, page), true;
	case KEY_NPAGE:
		return scroll_rows(screen, true, page), true;
	case KEY_HOME:
		return scroll_rows(screen, false, all), true;
	case KEY_END:
		return scroll_rows(screen, true, all), true;
	}
	return false;
}

static void press(struct top_screen *screen, int key)
{
	switch (key) {
	case TERMINAL_OVER:
	case 'q':
		screen->quitting = true;
		break;
	case 'p':
		screen->paused = !screen->paused;
		break;
	case 's':
	case '\t':
		choose(screen, screen->chosen + 1);
		break;
	case '1' ... '0' + TOP_SECTIONS:
		choose(screen, key - '1');
		break;
	case '+':
	case '-':
		set_seconds(screen, key == '+');
		break;
	case 'h':
	case '?':
		screen->helping = !screen->helping;
		break;
	case KEY_OF_CONTROL('L'):
		terminal_redraw();
		break;
	default:
		scroll_by(screen, key);
	}
}

/* --- turns --- */

/* When the next turn is due: late ones are not made up for. */
static __u64 next_turn(const struct top_screen *screen, __u64 last)
{
	__u64 next = last + screen->seconds * NSEC_PER_SEC, earliest = now();

	if (screen->paused)
		return TERMINAL_NEVER;
	return next > earliest ? next : earliest;
}

static int run(struct top_screen *screen, __u32 count)
{
	int key, status = top_look(screen->top);
	__u64 last = now();
	__u32 turns = 0;

	while (!status && !screen->quitting && (!count || turns < count)) {
		top_draw(screen);
		key = terminal_wait(next_turn(screen, last));
		if (key != TERMINAL_TIME) {
			press(screen, key);
			continue;
		}
		last = now();
		turns++;
		status = top_look(screen->top);
	}
	return status;
}

int top_screen(struct top *top, const struct pace *pace)
{
	static const char waiting[] = "clarent-xdp top: reading the lists";
	struct top_screen screen = { .top = top, .seconds = pace->seconds };
	int status = terminal_begin(&top->cli->why);

	if (status)
		return status;
	terminal_put(0, TERMINAL_BOLD, waiting, strlen(waiting));
	terminal_show();
	status = run(&screen, pace->count);
	terminal_end();
	return status;
}
