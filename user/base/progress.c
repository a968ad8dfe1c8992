/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How far a verb has come that takes more than a second. */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "clocks.h"

#define PATIENCE NSEC_PER_SEC        /* before anything is shown */
#define PACE     (NSEC_PER_SEC / 10) /* from one to the next */
#define WIDTH    60                  /* columns that are wiped */

static struct {
	bool wanted;
	bool shown;
	__u64 next; /* CLOCK_MONOTONIC_COARSE ns: not before this */
} progress;

static __u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return clocks_ns(&time);
}

void progress_begin(bool wanted)
{
	progress.wanted = wanted && isatty(STDERR_FILENO);
	progress.next = now() + PATIENCE;
}

void progress_tell(const char *doing, __u64 done, __u64 of)
{
	char text[WIDTH];

	if (!progress.wanted || now() < progress.next)
		return;
	progress.next = now() + PACE;
	progress.shown = true;
	if (of)
		snprintf(text, sizeof(text), "%s: %llu %%", doing,
			 (unsigned long long)(done < of ? done * 100 / of : 100));
	else
		snprintf(text, sizeof(text), "%s: %llu", doing, (unsigned long long)done);
	/* blanks, not an escape sequence: any terminal knows them */
	fprintf(stderr, "\r%-*s", WIDTH, text);
}

void progress_wipe(void)
{
	if (progress.shown)
		fprintf(stderr, "\r%*s\r", WIDTH, "");
	progress.shown = false;
}
