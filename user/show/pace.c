/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From turn to turn: how often, how many, and the wait for the next. */
#include "pace.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "clocks.h"

#define SECONDS_MAX 86400

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

void pace_catch_ends(void)
{
	const struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool pace_wait(__u64 monotonic)
{
	const struct timespec until = { .tv_sec = (time_t)(monotonic / NSEC_PER_SEC),
					.tv_nsec = (long)(monotonic % NSEC_PER_SEC) };
	int err = EINTR;

	while (err == EINTR && !interrupted)
		err = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	return !err && !interrupted;
}

int pace_read(struct cli *cli, int at, struct pace *ret_pace)
{
	*ret_pace = (struct pace){ .seconds = 1 };
	if (at < cli->count && strcmp(cli->words[at], "count") &&
	    grammar_number(cli->words[at++], 1, SECONDS_MAX, &ret_pace->seconds))
		return cli_usage(cli, cli->words[at - 1], "is no number of seconds, 1 to 86400");
	if (at < cli->count && !strcmp(cli->words[at], "count")) {
		if (++at >= cli->count)
			return cli_usage(cli, "count", "needs a number");
		if (grammar_number(cli->words[at++], 1, ~0U, &ret_pace->count))
			return cli_usage(cli, cli->words[at - 1], "is no number of turns");
	}
	return at < cli->count ? cli_misplaced(cli, cli->words[at]) : STATUS_DONE;
}
