/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * suspects: who attacks?  Of those who are refused, suspects_show() says it by
 * what is kept anyway; of the hosts of an allowed prefix this watches for a
 * while, through programs that tell of what they admit.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "inside.h"
#include "interrupts.h"
#include "readers.h"
#include "suspects.h"
#include "when.h"
#include "words.h"

#define SECONDS_USUAL 10
#define SECONDS_MAX   86400
#define PAUSE         (NSEC_PER_SEC / 20) /* a ring holds what comes in twenty of them */
#define TICK          NSEC_PER_SEC        /* from look to look at the programs */

struct wanted {
	struct prefix prefix;
	__u32 seconds;
};

struct watch {
	struct cli *cli;
	struct inside *inside;
	struct reader reader;
	struct ring_buffer *ring;
};

static __u64 monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return clocks_ns(&now);
}

/* For ring_buffer__new(). */
static int on_record(void *context, void *data, size_t size)
{
	const struct cx_inside *record = data;
	struct watch *watch = context;

	if (size == sizeof(*record) && record->policy < CX_MAX_POLICIES)
		crowd_add(&watch->inside->crowd, record);
	return 0;
}

/* --- watching --- */

static int complain_ring(struct watch *watch, int err)
{
	return complain_errno(&watch->cli->why, NULL, err, "cannot read what comes");
}

/* Once a second: programs that others have put in force meanwhile are to tell, too. */
static int look_again(struct watch *watch)
{
	struct complaint unheard = {};
	int err = reader_attend(&watch->reader, &unheard);

	if (err != -ESTALE)
		return 0; /* the next look tries again */
	complain_failed(&watch->cli->why, NULL, "the filter was purged");
	return err;
}

static void pause_until(__u64 until)
{
	const struct timespec time = { .tv_sec = (time_t)(until / NSEC_PER_SEC),
				       .tv_nsec = (long)(until % NSEC_PER_SEC) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* Until that time, or until it is told to end. Returns 0 or -errno with cli->why filled. */
static int watch_until(struct watch *watch, __u64 end)
{
	__u64 now = monotonic(), look = now + TICK;
	int err = 0;

	while (!err && now < end && !interrupted()) {
		pause_until(now + PAUSE < end ? now + PAUSE : end);
		ring_buffer__consume(watch->ring);
		now = monotonic();
		if (now < look || now >= end)
			continue;
		err = look_again(watch);
		look = now + TICK;
	}
	return err;
}

static int follow(struct watch *watch, __u32 seconds)
{
	__u64 begin;
	int err;

	watch->ring = ring_buffer__new(watch->reader.ring_fd, on_record, watch, NULL);
	if (!watch->ring)
		return complain_ring(watch, -errno);
	err = reader_attend(&watch->reader, &watch->cli->why);
	if (err)
		return err;
	begin = monotonic();
	err = watch_until(watch, begin + seconds * NSEC_PER_SEC);
	watch->inside->lasted = monotonic() - begin;
	return err;
}

/* Gives the place back; then what still came is read. */
static void stop(struct watch *watch)
{
	int err = reader_close(&watch->reader);

	if (err)
		warn_add(&watch->cli->warnings,
			 "cannot take out what told of packets (%s): the next change does",
			 strerror(-err));
	if (watch->ring)
		ring_buffer__consume(watch->ring);
	ring_buffer__free(watch->ring);
	watch->inside->packets = watch->reader.packets;
}

static int watch_inside(struct cli *cli, struct inside *inside, __u32 seconds)
{
	struct watch watch = { .cli = cli, .inside = inside };
	int err = reader_open(inside->view->instance.dir, inside->prefix, &watch.reader, &cli->why);

	if (err == -ENOENT)
		complain_failed(&cli->why, NULL, "the filter was purged");
	if (err)
		return STATUS_FAILED;
	interrupts_catch(); /* whatever ends it, programs are to be put back */
	err = follow(&watch, seconds);
	stop(&watch);
	inside->monotonic_epoch = clocks_monotonic_epoch();
	return err ? STATUS_FAILED : STATUS_DONE;
}

/* --- is there anything to watch? --- */

static bool is_admitted(const struct settings *settings, const struct prefix *prefix, __u64 now)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct entry *entry = &settings->entry[i];

		if (entry->direction == CX_SOURCE && entry_admits(entry, now) &&
		    (prefix_covers(&entry->prefix, prefix) ||
		     prefix_covers(prefix, &entry->prefix)))
			return true;
	}
	return false;
}

static int check_attached(struct cli *cli, const struct view *view)
{
	struct attachment *list = NULL;
	size_t count = 0;
	int status = view_attachments(cli, view, &list, &count);

	free(list);
	if (status || count)
		return status;
	complain_failed(&cli->why, NULL,
			view->exists ? "nothing is attached" : "there is no filter");
	complain_hint(&cli->why, "see: clarent-xdp help attach");
	return STATUS_FAILED;
}

static int check_admitted(struct cli *cli, const struct view *view, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	if (is_admitted(&view->settings, prefix, view->clocks.utc))
		return STATUS_DONE;
	prefix_format(prefix, text);
	complain_failed(&cli->why, text, "no policy admits anybody from there");
	complain_hint(&cli->why, "who was refused: clarent-xdp suspects under %s", text);
	return STATUS_FAILED;
}

static int show_inside(struct cli *cli, const struct view *view, const struct wanted *wanted)
{
	struct inside inside = { .view = view, .prefix = &wanted->prefix };
	__u64 seed[2];
	int status = check_attached(cli, view);

	if (!status)
		status = check_admitted(cli, view, &wanted->prefix);
	if (status)
		return status;
	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed) || crowd_init(&inside.crowd, seed))
		return view_no_memory(cli);
	status = watch_inside(cli, &inside, wanted->seconds);
	if (!status) {
		inside_choose(&inside);
		status = inside_answer(cli, &inside);
	}
	crowd_free(&inside.crowd);
	return status;
}

/* --- its words --- */

static int read_words(struct cli *cli, struct wanted *ret_wanted)
{
	struct wanted *wanted = ret_wanted;

	*wanted = (struct wanted){ .seconds = SECONDS_USUAL };
	if (cli->count < 2)
		return cli_usage(cli, "inside", "needs a prefix");
	if (prefix_parse(cli->words[1], &wanted->prefix, &cli->why))
		return STATUS_USAGE;
	if (cli->count > 3)
		return cli_misplaced(cli, cli->words[3]);
	if (cli->count == 3 &&
	    when_span(cli->words[2], 1, SECONDS_MAX, &wanted->seconds, &cli->why))
		return STATUS_USAGE;
	return STATUS_DONE;
}

static int suspects_inside(struct cli *cli)
{
	struct wanted wanted;
	struct view view;
	int status = read_words(cli, &wanted);

	if (!status)
		status = cli_own(cli);
	if (!status)
		status = view_open(cli, view_all, NULL, &view);
	if (status)
		return status;
	status = show_inside(cli, &view, &wanted);
	view_close(&view);
	return status;
}

int verb_suspects(struct cli *cli)
{
	if (cli->count && !strcmp(cli->words[0], "inside"))
		return suspects_inside(cli);
	return suspects_show(cli);
}
