/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `top` shows: gathered turn by turn. */
#include "top.h"

#include <stdlib.h>
#include <string.h>

#include "scope.h"
#include "watch.h"

#define LOOK_TRIES 3 /* of a turn that an attach or detach came in between */

const char *const top_titles[TOP_SECTIONS] = {
	[TOP_RATES] = "packets/s, over so many seconds",
	[TOP_SOURCES] = "allowed sources by packets/s, busiest first",
	[TOP_SUSPECTS] = "refused sources that come again",
	[TOP_LOSSES] = "lost, over 10 seconds",
};

/* --- what there is to say beside the rows --- */

/* Of what was not looked at in this turn. */
static void note_age(const struct top *top, char ret_note[static TOP_NOTE_MAX], __u64 when)
{
	__u64 now = top->view.clocks.monotonic, age = when < now ? (now - when) / NSEC_PER_SEC : 0;

	if (age)
		snprintf(ret_note, TOP_NOTE_MAX, "as of %llu s ago, to spare the processor", age);
}

static void note_left_out(char ret_note[static TOP_NOTE_MAX], size_t shown, size_t of)
{
	if (shown < of)
		snprintf(ret_note, TOP_NOTE_MAX, "%zu of %zu", shown, of);
}

static void note_sources(struct top *top)
{
	const struct top_sources *sources = &top->sources;
	char *busiest = top->section[TOP_SOURCES].note, *suspects = top->section[TOP_SUSPECTS].note;

	*busiest = *suspects = '\0';
	if (!top->view.exists)
		return;
	note_left_out(busiest, sources->count, sources->active);
	note_left_out(suspects, top->section[TOP_SUSPECTS].rows.count, sources->suspects.count);
	note_age(top, busiest, sources->scanned);
	note_age(top, suspects, sources->sought);
	if (sources->old)
		snprintf(busiest, TOP_NOTE_MAX, "by lists that were changed since");
}

static void show(struct top *top)
{
	bool json = top->cli->json;

	top->section[TOP_RATES].rows = top_rates_rows(&top->rates);
	top->section[TOP_SOURCES].rows = top_busiest_rows(&top->sources);
	top->section[TOP_SUSPECTS].rows = top_suspects_rows(&top->sources, json);
	top->section[TOP_LOSSES].rows = top_losses_rows(&top->losses, json);
	note_sources(top);
}

void top_attached(const struct top *top, struct buffer *to)
{
	buffer_text(to, top->turn.count ? "attached: " : "nothing is attached");
	for (size_t i = 0; i < top->turn.count; i++) {
		const struct attachment *attachment = &top->turn.list[i];
		const char *netns = attachment_netns(attachment, top->view.here);

		buffer_text(to, i ? ", " : "");
		buffer_text(to, attachment_name(attachment));
		if (*netns) {
			buffer_text(to, " in ");
			buffer_text(to, netns);
		}
		if (!judging_filters(judging_of(&top->facts[i])))
			buffer_text(to, " (does not filter)");
	}
}

/* --- a turn --- */

static int judge(struct top *top)
{
	int err;

	free(top->facts);
	top->facts = calloc(top->turn.count + 1, sizeof(*top->facts));
	if (!top->facts)
		return view_no_memory(top->cli);
	err = watch_attachments(top->turn.list, top->turn.count, top->view.here,
				top->view.clocks.boottime, top->facts);
	if (err)
		warn_add(&top->cli->warnings, "cannot count what each interface receives: %s",
			 strerror(-err));
	return STATUS_DONE;
}

/* What came between two turns is entered in all meters. */
static int count(struct top *top, const struct turn *before)
{
	scoped(memory) counters = turn_difference(before, &top->turn);
	const struct view *view = &top->view;

	if (!counters)
		return view_no_memory(top->cli);
	if (!top->span) /* what was counted before the first look */
		memset(counters, 0, top->turn.count * CX_COUNTERS * sizeof(struct cx_counter));
	timeline_look(&top->timeline, top->turn.monotonic);
	top_rates_add(&top->rates, &view->settings, counters, top->turn.count);
	return top_losses_add(&top->losses, top->cli, view, &top->turn, counters);
}

/* Leaves in top->turn what it saw, and what was there before in *ret_before. */
static int read_turn(struct top *top, struct turn *ret_before)
{
	struct turn turn = {};
	int status = view_open(top->cli, view_rules, NULL, &top->view);

	if (status)
		return status;
	status = turn_read(top->cli, &top->view, &turn);
	if (!status)
		top->confirm = view_waiting(&top->view, top->turn.list, top->turn.count);
	if (status) {
		turn_free(&turn);
		view_close(&top->view);
		return status;
	}
	*ret_before = top->turn;
	top->turn = turn;
	top->span = top->looked ? turn.monotonic - ret_before->monotonic : 0;
	top->looked = true;
	return STATUS_DONE;
}

static void leave_view(struct top *top)
{
	if (top->open)
		view_close(&top->view);
	top->open = false;
}

static int read_turn_again(struct top *top, struct turn *ret_before)
{
	int status = STATUS_FAILED;

	leave_view(top);
	for (int i = 0; i < LOOK_TRIES && status; i++) {
		warnings_free(&top->cli->warnings);
		top->cli->why = (struct complaint){};
		status = read_turn(top, ret_before);
	}
	top->open = !status;
	return status;
}

int top_look(struct top *top)
{
	struct turn before = {};
	int status = STATUS_DONE;

	if (!top->rates.all && top_rates_begin(&top->rates, &top->timeline))
		return view_no_memory(top->cli);
	top->losses.timeline = &top->timeline;
	status = read_turn_again(top, &before);
	if (!status)
		status = count(top, &before);
	turn_free(&before);
	if (!status)
		status = judge(top);
	if (!status)
		status = top_sources_look(&top->sources, top->cli, &top->view);
	if (!status)
		show(top);
	return status;
}

void top_free(struct top *top)
{
	leave_view(top);
	turn_free(&top->turn);
	free(top->facts);
	top_rates_free(&top->rates);
	top_losses_free(&top->losses);
	top_sources_free(&top->sources);
}
