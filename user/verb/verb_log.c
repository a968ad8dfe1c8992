/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log: what is dropped, as it happens, within a quota; and how much was not shown.
 *
 * What was not shown is not counted where it is dropped: it is what the counters
 * say beyond what was shown.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drops.h"
#include "grammar.h"
#include "interrupts.h"
#include "logged.h"
#include "pcapng.h"
#include "readers.h"
#include "show.h"
#include "text.h"
#include "when.h"
#include "words.h"

#define TICK      NSEC_PER_SEC /* from look to look at counters and programs */
#define FOR_MAX   86400        /* seconds */
#define COUNT_MAX 1000000000U
#define FILE_MODE 0600 /* it is what others sent */

struct wanted {
	const char *policy; /* NULL: any */
	const char *file;   /* NULL: lines, "-": a capture to standard output */
	__u32 count;        /* 0: no end */
	__u32 seconds;      /* 0: no end */
};

struct log {
	struct cli *cli;
	const struct wanted *wanted;
	struct view *view;
	unsigned int policy; /* 0: any */
	struct reader reader;
	struct ring_buffer *ring;
	FILE *file;
	struct pcapng pcapng;
	struct drops drops;
	__u64 shown[CX_MAX_POLICIES][CX_REASON_COUNT]; /* datagrams */
	__u64 told[CX_MAX_POLICIES][CX_REASON_COUNT];  /* not shown, and said so */
	__u64 records, shown_all, told_all;
	__u64 lost; /* told, and to be noted with the next packet of a capture */
	__u64 epoch;
};

static __u64 monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return clocks_ns(&now);
}

/* --- what is said --- */

static const char *policy_name(const struct log *log, unsigned int policy)
{
	const struct instance *instance = &log->view->instance;
	const char *name = instance->rules[instance_generation(instance)].policy[policy].name;

	if (!policy)
		return NULL;
	return *name ? name : "(deleted)";
}

static bool is_wanted(const struct log *log, unsigned int policy)
{
	return !log->policy || policy == log->policy;
}

static void write_packet(struct log *log, const struct drop_seen *seen)
{
	char comment[128];
	const struct pcapng_packet packet = {
		seen->logged, seen->interface, comment, seen->utc, log->lost,
	};

	snprintf(comment, sizeof(comment), "reason=%s policy=%s", reason_name(seen->logged->reason),
		 seen->policy ?: "-");
	pcapng_add(&log->pcapng, &packet);
	log->lost = 0;
}

static void say(struct log *log, const struct drop_seen *seen)
{
	if (log->file)
		write_packet(log, seen);
	else if (log->cli->json)
		logged_print_json(seen);
	else
		logged_print(seen);
}

static bool is_enough(const struct log *log)
{
	return log->wanted->count && log->records >= log->wanted->count;
}

/* For ring_buffer__new(). */
static int on_record(void *context, void *data, size_t size)
{
	struct log *log = context;
	const struct cx_logged *logged = data;
	const struct drop_seen seen = {
		.logged = logged,
		.interface = log->view->instance.devices[logged->dev % CX_MAX_DEVS],
		.policy = policy_name(log, logged->policy % CX_MAX_POLICIES),
		.utc = log->epoch + logged->time,
	};

	if (size < sizeof(*logged) || logged->reason >= CX_REASON_COUNT ||
	    logged->kept > CX_LOG_FRAME || !is_wanted(log, logged->policy) || is_enough(log))
		return 0;
	log->shown[logged->policy % CX_MAX_POLICIES][logged->reason] += logged->datagrams;
	log->shown_all += logged->datagrams;
	log->records++;
	say(log, &seen);
	return 0;
}

/* --- what is not shown --- */

/* "gateway unlisted 12, " */
static void add_unseen(struct buffer *text, const struct drops_unseen *unseen)
{
	buffer_text(text, text->len ? ", " : "");
	buffer_text(text, unseen->policy ?: "-");
	buffer_text(text, " ");
	buffer_text(text, reason_name(unseen->reason));
	buffer_text(text, " ");
	buffer_number(text, unseen->packets);
}

/* How many more there are than was shown and told. */
static __u64 untold(const struct log *log, unsigned int policy, unsigned int reason)
{
	__u64 known = log->shown[policy][reason] + log->told[policy][reason];
	__u64 all = log->drops.packets[policy][reason];

	return is_wanted(log, policy) && all > known ? all - known : 0;
}

/* Counts what is to be told now, and has each said. */
static void tell_unseen(struct log *log, bool events, struct buffer *text)
{
	for (unsigned int policy = 0; policy < CX_MAX_POLICIES; policy++) {
		for (unsigned int reason = 0; reason < CX_REASON_COUNT; reason++) {
			struct drops_unseen unseen = { policy_name(log, policy), reason,
						       untold(log, policy, reason),
						       log->epoch + monotonic() };

			if (!unseen.packets)
				continue;
			log->told[policy][reason] += unseen.packets;
			log->told_all += unseen.packets;
			log->lost += unseen.packets;
			add_unseen(text, &unseen);
			if (events)
				unseen_print_json(&unseen);
		}
	}
}

static void tell_lately(struct log *log)
{
	struct buffer text = {};

	tell_unseen(log, log->cli->json && !log->file, &text);
	if (text.len && !text.failed && !log->cli->json && !log->file)
		text_print(stdout, "# not shown: %.*s", (int)text.len, text.data);
	buffer_free(&text);
}

/* The sum of what was told, as it was told. */
static void sum_up(const struct log *log, struct buffer *text)
{
	for (unsigned int policy = 0; policy < CX_MAX_POLICIES; policy++) {
		for (unsigned int reason = 0; reason < CX_REASON_COUNT; reason++) {
			const struct drops_unseen unseen = { policy_name(log, policy), reason,
							     log->told[policy][reason], 0 };

			if (unseen.packets)
				add_unseen(text, &unseen);
		}
	}
	if (!text->len)
		buffer_text(text, "none");
	buffer_add(text, "", 1); /* its NUL */
}

static void tell_end(struct log *log)
{
	FILE *to = log->file == stdout ? stderr : stdout;
	struct buffer text = {};

	tell_lately(log);
	sum_up(log, &text);
	if (log->file && !text.failed)
		pcapng_end(&log->pcapng, text.data, log->epoch + monotonic());
	if (log->cli->json)
		logged_print_end_json(log->shown_all, log->told_all, log->epoch + monotonic());
	else
		text_print(to, "# shown: %llu, not shown: %s", log->shown_all,
			   text.failed ? "?" : text.data);
	buffer_free(&text);
}

/* --- reading --- */

static int complain_ring(struct log *log, int err)
{
	return complain_errno(&log->cli->why, NULL, err, "cannot read what is dropped");
}

/* Is it a pipe that nobody reads any more? */
static bool is_unread(FILE *file)
{
	struct pollfd pollfd = { .fd = fileno(file) };

	return poll(&pollfd, 1, 0) > 0 && pollfd.revents & POLLERR;
}

static FILE *output_of(const struct log *log)
{
	return log->file ?: stdout;
}

static bool is_over(const struct log *log)
{
	FILE *output = output_of(log);

	return interrupted() || is_enough(log) || ferror(output) || is_unread(output);
}

/* Once a second; programs that others have put in force meanwhile are to tell, too. */
static int look_again(struct log *log)
{
	struct complaint unheard = {};
	int err = reader_attend(&log->reader, &unheard);

	if (err == -ESTALE) {
		complain_failed(&log->cli->why, NULL, "the filter was purged");
		return err;
	}
	instance_look(&log->view->instance);
	log->epoch = clocks_monotonic_epoch();
	err = drops_look(&log->drops, &log->view->instance);
	if (err)
		return complain_ring(log, err);
	ring_buffer__consume(log->ring);
	tell_lately(log);
	return 0;
}

/* Reads until so many ns are over. Returns 0 or -errno. */
static int read_for(struct log *log, __u64 until)
{
	__u64 now = monotonic();
	int err = 0;

	while (now < until && !err && !is_over(log)) {
		int got = ring_buffer__poll(log->ring, (int)((until - now) / 1000000) + 1);

		if (got < 0 && got != -EINTR)
			err = complain_ring(log, got);
		fflush(output_of(log));
		now = monotonic();
	}
	return err;
}

/* To its end. Returns 0 or -errno with cli->why filled. */
static int read_on(struct log *log)
{
	__u64 now = monotonic(), end = ~0ULL;
	int err = 0;

	if (log->wanted->seconds)
		end = now + log->wanted->seconds * NSEC_PER_SEC;
	while (!err && now < end && !is_over(log)) {
		err = read_for(log, now + TICK < end ? now + TICK : end);
		now = monotonic();
		if (!err && now < end && !is_over(log))
			err = look_again(log);
		fflush(output_of(log));
	}
	return err;
}

/* What still came until the programs were others. */
static void read_rest(struct log *log)
{
	ring_buffer__consume(log->ring);
	if (!drops_look(&log->drops, &log->view->instance))
		tell_end(log);
	fflush(output_of(log));
	if (log->file == stdout)
		fflush(stderr);
}

static int follow(struct log *log)
{
	int err;

	log->ring = ring_buffer__new(log->reader.ring_fd, on_record, log, NULL);
	if (!log->ring)
		return complain_ring(log, -errno);
	log->epoch = clocks_monotonic_epoch();
	err = drops_look(&log->drops, &log->view->instance);
	if (err)
		complain_ring(log, err);
	if (!err)
		err = reader_attend(&log->reader, &log->cli->why);
	if (err)
		return err;
	log->cli->answered = true;
	return read_on(log);
}

/* Gives the place back before the last look, so that nothing comes behind it. */
static void stop(struct log *log, bool began)
{
	int err = reader_close(&log->reader);

	if (err)
		warn_add(&log->cli->warnings,
			 "cannot take out what told of drops (%s): the next change does",
			 strerror(-err));
	if (log->ring && began)
		read_rest(log);
	ring_buffer__free(log->ring);
	drops_free(&log->drops);
}

/* The end that a program has whose reader goes, but for what it had to put back. */
static void end_by_pipe(const struct log *log)
{
	if (!is_unread(output_of(log)))
		return;
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

static int open_place(struct log *log)
{
	int err = reader_open(log->view->instance.dir, NULL, &log->reader, &log->cli->why);

	if (err == -ENOENT)
		complain_failed(&log->cli->why, NULL, "the filter was purged");
	return err;
}

static int run(struct log *log)
{
	int err = open_place(log);

	if (err)
		return STATUS_FAILED;
	interrupts_catch();       /* whatever ends it, programs are to be put back */
	signal(SIGPIPE, SIG_IGN); /* what is closed says so when it is written to */
	if (log->file)
		pcapng_begin(&log->pcapng, log->file);
	err = follow(log);
	stop(log, !log->cli->why.status);
	end_by_pipe(log);
	return err || log->cli->why.status ? STATUS_FAILED : STATUS_DONE;
}

/* --- where it is written --- */

static int open_file(struct log *log)
{
	const char *name = log->wanted->file;
	int fd;

	if (!name)
		return STATUS_DONE;
	if (!strcmp(name, "-")) {
		log->file = stdout;
		return STATUS_DONE;
	}
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
	log->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (log->file)
		return STATUS_DONE;
	complain_errno(&log->cli->why, name, -errno, "cannot be written");
	return STATUS_FAILED;
}

static int close_file(struct log *log, int status)
{
	bool lost;

	if (!log->file || log->file == stdout)
		return status;
	lost = ferror(log->file);
	if (!fclose(log->file) && !lost)
		return status;
	if (!status)
		complain_errno(&log->cli->why, log->wanted->file, errno ? -errno : -EIO,
			       "cannot be written");
	return STATUS_FAILED;
}

static int log_to_file(struct log *log)
{
	int status = open_file(log);

	return status ? status : close_file(log, run(log));
}

static int find_policy(struct log *log)
{
	const char *name = log->wanted->policy;

	if (!name)
		return STATUS_DONE;
	log->policy = settings_policy(&log->view->settings, name);
	if (log->policy)
		return STATUS_DONE;
	complain_failed(&log->cli->why, name, "no such policy");
	return STATUS_FAILED;
}

static int log_drops(struct cli *cli, struct view *view, const struct wanted *wanted)
{
	struct log *log = calloc(1, sizeof(*log));
	int status;

	if (!log)
		return view_no_memory(cli);
	log->cli = cli;
	log->view = view;
	log->wanted = wanted;
	status = find_policy(log);
	if (!status && !view->exists) {
		complain_failed(&cli->why, NULL, "there is no filter");
		complain_hint(&cli->why, "see: clarent-xdp help attach");
		status = STATUS_FAILED;
	}
	if (!status)
		status = log_to_file(log);
	free(log);
	return status;
}

/* --- its words --- */

static int read_count(struct cli *cli, const char *word, __u32 *ret_count)
{
	unsigned long count;
	char *end;

	errno = 0;
	count = strtoul(word, &end, 10);
	if (word[strspn(word, "0123456789")] || !*word || errno || !count || count > COUNT_MAX)
		return cli_usage(cli, word, "no number from 1 to 1000000000");
	*ret_count = (__u32)count;
	return STATUS_DONE;
}

static int read_file(struct cli *cli, const char *word, const char **ret_file)
{
	if (!*word)
		return cli_usage(cli, "", "no file");
	if (!strcmp(word, "-") && isatty(STDOUT_FILENO))
		return cli_usage(cli, "-", "a capture is not for a terminal");
	*ret_file = word;
	return STATUS_DONE;
}

/* A word that wants another, and has not been said. Returns an exit status, or -1: it is none. */
static int read_pair(struct cli *cli, int at, struct wanted *wanted)
{
	static const char *const needs[] = { "write", "count", "for" };
	const char *word = cli->words[at], *next = at + 1 < cli->count ? cli->words[at + 1] : NULL;
	const bool said[] = { wanted->file, wanted->count, wanted->seconds };
	size_t which = 0;

	while (which < sizeof(said) && (strcmp(word, needs[which]) || said[which]))
		which++;
	if (which == sizeof(said))
		return -1;
	if (!next)
		return cli_usage(cli, word, which ? "needs a number" : "needs a file");
	if (which == 0)
		return read_file(cli, next, &wanted->file);
	if (which == 1)
		return read_count(cli, next, &wanted->count);
	return when_span(next, 1, FOR_MAX, &wanted->seconds, &cli->why) ? STATUS_USAGE
									: STATUS_DONE;
}

static int read_words(struct cli *cli, struct wanted *ret_wanted)
{
	struct wanted *wanted = ret_wanted;
	bool json = false;

	*wanted = (struct wanted){};
	for (int at = 0; at < cli->count; at++) {
		const char *word = cli->words[at];
		int status = read_pair(cli, at, wanted);

		if (status > 0)
			return status;
		if (!status)
			at++;
		else if (!strcmp(word, "json") && !json)
			json = true;
		else if (!wanted->policy && !words_reserved(word) && !grammar_is_address(word) &&
			 !words_in(words_of(cli->verb)->usage, word))
			wanted->policy = word;
		else
			return cli_misplaced(cli, word);
	}
	cli->json |= json;
	if (cli->json && wanted->file && !strcmp(wanted->file, "-"))
		return cli_usage(cli, "write -", "is a capture, not JSON");
	return STATUS_DONE;
}

int verb_log(struct cli *cli)
{
	struct wanted wanted;
	struct view view;
	int status = read_words(cli, &wanted);

	if (!status)
		status = cli_own(cli);
	if (!status)
		status = view_open(cli, view_rules, NULL, &view);
	if (status)
		return status;
	status = log_drops(cli, &view, &wanted);
	view_close(&view);
	return status;
}
