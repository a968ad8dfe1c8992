/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For `top`: draws the screen. */
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "terminal.h"
#include "text.h"
#include "top_screen.h"
#include "when.h"

#define LEAST 3 /* lines of a section that is not chosen, if it has as many: its head, two rows */

/* A picture that is under way. */
struct drawing {
	struct top_screen *screen;
	int line, end; /* the next, and the one of the keys */
};

static void put(struct drawing *drawing, enum terminal_style style, const char *text, size_t len)
{
	if (drawing->line < drawing->end)
		terminal_put(drawing->line++, style, text, len);
}

static void put_text(struct drawing *drawing, enum terminal_style style, const char *text)
{
	put(drawing, style, text, strlen(text));
}

/* --- the head --- */

static void put_time(struct drawing *drawing)
{
	const struct top_screen *screen = drawing->screen;
	char now[WHEN_TEXT_MAX], text[PATH_MAX];

	snprintf(text, sizeof(text), "clarent-xdp top  %s  every %u s%s  %s",
		 when_format(screen->top->view.clocks.utc, now), screen->seconds,
		 screen->paused ? "  PAUSED" : "", screen->top->cli->bpffs);
	put_text(drawing, TERMINAL_BOLD, text);
}

static void put_attached(struct drawing *drawing)
{
	struct buffer attached = {};
	char text[512];

	top_attached(drawing->screen->top, &attached);
	buffer_add(&attached, "", 1);
	text_printable(attached.failed ? "" : attached.data, text, sizeof(text));
	put_text(drawing, TERMINAL_PLAIN, text);
	buffer_free(&attached);
}

/* What there is seldom. */
static void put_unusual(struct drawing *drawing)
{
	const struct top *top = drawing->screen->top;
	char text[512];

	if (top->confirm) {
		snprintf(text, sizeof(text),
			 "confirm: awaited, %u s left before the former state is back",
			 top->confirm);
		put_text(drawing, TERMINAL_BOLD, text);
	}
	for (size_t i = 0; i < top->cli->warnings.count && i < 1; i++) {
		snprintf(text, sizeof(text), "warning: %s", top->cli->warnings.text[i]);
		put_text(drawing, TERMINAL_BOLD, text);
	}
}

/* --- a section --- */

/* Lines of a table, of which some are shown. */
struct table {
	struct drawing *drawing;
	size_t at;       /* 0: the head */
	size_t from, to; /* rows, from 0 */
};

static bool take_line(void *context, const char *line, size_t len)
{
	struct table *table = context;
	size_t at = table->at++;

	if (!at || (at > table->from && at <= table->to))
		put(table->drawing, at ? TERMINAL_PLAIN : TERMINAL_BOLD, line, len - 1);
	return at < table->to;
}

static void put_title(struct drawing *drawing, enum top_section section)
{
	const struct top_screen *screen = drawing->screen;
	const struct top_section_view *view = &screen->top->section[section];
	bool chosen = screen->chosen == section;
	char text[256], part[64] = ": none";

	if (view->rows.count)
		*part = '\0';
	if (screen->shown[section] < view->rows.count)
		snprintf(part, sizeof(part), ", %zu-%zu of %zu",
			 screen->from[section] + !!screen->shown[section],
			 screen->from[section] + screen->shown[section], view->rows.count);
	snprintf(text, sizeof(text), "%c%d %s%s%s%s", chosen ? '>' : ' ', section + 1,
		 top_titles[section], part, *view->note ? "; " : "", view->note);
	put_text(drawing, chosen ? TERMINAL_BOLD_BAR : TERMINAL_BAR, text);
}

static void put_section(struct drawing *drawing, enum top_section section)
{
	const struct top_screen *screen = drawing->screen;
	const struct top_section_view *view = &screen->top->section[section];
	struct table table = {
		.drawing = drawing,
		.from = screen->from[section],
		.to = screen->from[section] + screen->shown[section],
	};

	put_title(drawing, section);
	if (screen->shown[section])
		rows_lines(&view->rows, screen->top->view.clocks.utc, take_line, &table);
}

/* --- how much room each has --- */

static size_t lines_of(const struct top_screen *screen, enum top_section section)
{
	size_t rows = screen->top->section[section].rows.count;

	return rows ? rows + 1 : 0;
}

/* Gives a section as many lines as it wants, up to a limit, and there are. */
static void give(const struct top_screen *screen, enum top_section section, size_t most,
		 size_t *lines, size_t *room)
{
	size_t want = lines_of(screen, section), more;

	want = want < most ? want : most;
	more = want > *lines ? want - *lines : 0;
	more = more < *room ? more : *room;
	*lines += more;
	*room -= more;
}

/* The chosen section first, but a little for each; what is left goes round. */
static void share(struct top_screen *screen, size_t room)
{
	size_t lines[TOP_SECTIONS] = {}, rows;

	give(screen, screen->chosen, LEAST, &lines[screen->chosen], &room);
	for (int i = 0; i < TOP_SECTIONS; i++)
		give(screen, i, LEAST, &lines[i], &room);
	give(screen, screen->chosen, ~0UL, &lines[screen->chosen], &room);
	for (int i = 0; i < TOP_SECTIONS; i++)
		give(screen, i, ~0UL, &lines[i], &room);
	for (int i = 0; i < TOP_SECTIONS; i++) {
		rows = screen->top->section[i].rows.count;
		screen->shown[i] = lines[i] ? lines[i] - 1 : 0;
		if (screen->from[i] + screen->shown[i] > rows)
			screen->from[i] = rows - screen->shown[i];
	}
}

/* --- all of it --- */

static void put_help(struct drawing *drawing)
{
	static const char *const lines[] = {
		"",
		"q            quit",
		"p            pause: nothing is read, and nothing changes",
		"s, Tab       the next section is given the room that there is; 1 to 4: that one",
		"Up, Down     scroll in it; Page Up, Page Down, Home, End",
		"+, -         more, or fewer, seconds from turn to turn",
		"h            this, and back",
		"",
		"1 packets by policy, reason and verdict, of all interfaces together",
		"2 allowed sources by the last 5 to 10 seconds; LIMIT is the entry's, POLICY'S",
		"  what all sources of the policy together may send",
		"3 as clarent-xdp suspects shows them",
		"4 lost by the card and its driver, dropped by the filter, and by UDP sockets",
		"  that nobody reads fast enough: so each loss has an owner",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put_text(drawing, TERMINAL_PLAIN, lines[i]);
}

static void put_sections(struct drawing *drawing)
{
	int room = drawing->end - drawing->line - TOP_SECTIONS;

	share(drawing->screen, room > 0 ? (size_t)room : 0);
	for (int i = 0; i < TOP_SECTIONS; i++)
		put_section(drawing, i);
}

void top_draw(struct top_screen *screen)
{
	static const char keys[] =
		"q quit  p pause  s section  Up/Down scroll  +/- seconds  h help";
	struct drawing drawing = { .screen = screen, .end = terminal_lines() - 1 };

	terminal_clear();
	put_time(&drawing);
	put_attached(&drawing);
	put_unusual(&drawing);
	if (screen->helping)
		put_help(&drawing);
	else
		put_sections(&drawing);
	terminal_put(drawing.end, TERMINAL_BAR, keys, strlen(keys));
	terminal_show();
}
