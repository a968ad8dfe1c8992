/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The terminal as a screen of lines, which is given back as it was however this ends. */
#include "terminal.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "clocks.h"

#define ESCAPE_MS 25 /* so long the rest of a key that begins with ESC may take */

static const struct libncurses *ncurses;
static WINDOW *window; /* NULL: there is no screen */

/* --- how it is given back --- */

/* What a handler of signals may use: how it was, and what says so to the terminal. */
static struct termios former;
static char leave[128];
static volatile sig_atomic_t is_taken;

/* NULL: this terminal cannot do that. */
static const char *capability(const char *name)
{
	const char *text = ncurses->tigetstr(name);

	return text == (char *)-1 ? NULL : text;
}

/* Without the delays that terminals of old wanted: "$<2>". */
static void add_capability(const char *name)
{
	const char *text = capability(name) ?: "";
	size_t len = strlen(leave);

	while (*text && len < sizeof(leave) - 1) {
		if (!strncmp(text, "$<", 2))
			text += strcspn(text, ">") + !!strchr(text, '>');
		else
			leave[len++] = *text++;
	}
}

/* Then nothing else can be relied upon, and the default does what it does. */
static void on_fault(int number)
{
	if (is_taken && write(STDOUT_FILENO, leave, strlen(leave)) >= 0)
		tcsetattr(STDIN_FILENO, TCSANOW, &former);
	is_taken = 0;
	raise(number);
}

static void catch_faults(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
	const struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_RESETHAND };

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaction(faults[i], &action, NULL);
}

/* --- signals that come while it waits, and then alone --- */

static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static volatile sig_atomic_t over;
static sigset_t usual; /* what is blocked outside */

static void on_end(int number)
{
	(void)number;
	over = 1;
}

/* Before ncurses, which leaves what has a handler alone. */
static void catch_ends(void)
{
	const struct sigaction action = { .sa_handler = on_end };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGWINCH);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		sigaction(ends[i], &action, NULL);
		sigaddset(&blocked, ends[i]);
	}
	sigprocmask(SIG_BLOCK, &blocked, &usual);
}

static int is_over(const struct pollfd *terminal)
{
	return over || terminal->revents & (POLLHUP | POLLERR | POLLNVAL);
}

static struct timespec left_until(__u64 until)
{
	struct timespec now;
	__u64 left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = clocks_ns(&now) < until ? until - clocks_ns(&now) : 0;
	return (struct timespec){ .tv_sec = (time_t)(left / NSEC_PER_SEC),
				  .tv_nsec = (long)(left % NSEC_PER_SEC) };
}

int terminal_wait(__u64 until)
{
	struct pollfd terminal = { .fd = STDIN_FILENO, .events = POLLIN };
	int key, ready;

	while ((key = ncurses->wgetch(window)) == ERR) {
		struct timespec left = left_until(until);

		ready = ppoll(&terminal, 1, until == TERMINAL_NEVER ? NULL : &left, &usual);
		if (is_over(&terminal) || (ready < 0 && errno != EINTR))
			return TERMINAL_OVER;
		if (!ready)
			return TERMINAL_TIME;
	}
	return key;
}

/* --- begin and end --- */

static int refuse(struct complaint *ret_why)
{
	const char *type = getenv("TERM");

	complain_failed(ret_why, type ?: "", "no terminal that a screen can be drawn on (TERM)");
	complain_hint(ret_why, "clarent-xdp top batch shows the same as lines");
	return STATUS_FAILED;
}

int terminal_begin(struct complaint *ret_why)
{
	ncurses = libncurses_load(ret_why);
	if (!ncurses)
		return STATUS_FAILED;
	setlocale(LC_CTYPE, ""); /* names may be in UTF-8 */
	tcgetattr(STDIN_FILENO, &former);
	catch_ends();
	if (!ncurses->newterm(NULL, stdout, stdin)) {
		sigprocmask(SIG_SETMASK, &usual, NULL);
		return refuse(ret_why);
	}
	window = *ncurses->standard;
	if (!capability("cup")) { /* no line but the last can be written on */
		terminal_end();
		return refuse(ret_why);
	}
	add_capability("sgr0");
	add_capability("cnorm");
	add_capability("rmcup");
	is_taken = 1;
	catch_faults();
	atexit(terminal_end);
	ncurses->set_escdelay(ESCAPE_MS);
	ncurses->cbreak();
	ncurses->noecho();
	ncurses->keypad(window, true);
	ncurses->nodelay(window, true);
	ncurses->curs_set(0);
	return STATUS_DONE;
}

void terminal_end(void)
{
	if (!window)
		return;
	if (!capability("rmcup")) { /* what was there before is gone: what comes begins anew */
		ncurses->werase(window);
		ncurses->wrefresh(window);
	}
	window = NULL;
	ncurses->endwin();
	is_taken = 0;
	sigprocmask(SIG_SETMASK, &usual, NULL);
}

/* --- a picture --- */

int terminal_lines(void)
{
	return ncurses->getmaxy(window);
}

int terminal_columns(void)
{
	return ncurses->getmaxx(window);
}

void terminal_clear(void)
{
	ncurses->werase(window);
}

void terminal_show(void)
{
	ncurses->wrefresh(window);
}

void terminal_redraw(void)
{
	ncurses->clearok(window, true);
}

/* How many bytes the first character has, and how many places it takes; 0 bytes: it is none here. */
static size_t character(const char *text, size_t len, int *ret_places)
{
	mbstate_t state = {};
	wchar_t wide;
	size_t bytes = mbrtowc(&wide, text, len, &state);

	if (!bytes || bytes > len)
		return 0;
	*ret_places = wcwidth(wide);
	return *ret_places < 0 ? 0 : bytes;
}

/* Returns how many places it took. */
static int put_text(const char *text, size_t len, int room)
{
	int used = 0, places;

	while (len) {
		size_t bytes = character(text, len, &places);

		if (!bytes)
			places = 1;
		if (used + places > room)
			break;
		ncurses->waddnstr(window, bytes ? text : "?", bytes ? (int)bytes : 1);
		used += places;
		text += bytes ?: 1;
		len -= bytes ?: 1;
	}
	return used;
}

void terminal_put(int line, enum terminal_style style, const char *text, size_t len)
{
	static const int attributes[] = {
		[TERMINAL_PLAIN] = A_NORMAL,
		[TERMINAL_BOLD] = A_BOLD,
		[TERMINAL_BAR] = A_REVERSE,
		[TERMINAL_BOLD_BAR] = A_REVERSE | A_BOLD,
	};
	int used, columns = terminal_columns();

	if (ncurses->wmove(window, line, 0) == ERR)
		return; /* the screen is too small for it */
	ncurses->wattrset(window, attributes[style]);
	used = put_text(text, len, columns);
	if (style < TERMINAL_BAR)
		return;
	for (; used < columns; used++)
		ncurses->waddnstr(window, " ", 1);
}
