/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The signals by which a verb that goes on is told to end. */
#include "interrupts.h"

#include <signal.h>

static volatile sig_atomic_t came;

static void note(int number)
{
	(void)number;
	came = 1;
}

void interrupts_catch(void)
{
	const struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESETHAND };
	struct sigaction former;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* by nohup(1) it is to go on when its terminal goes */
	if (!sigaction(SIGHUP, NULL, &former) && former.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

bool interrupted(void)
{
	return came;
}
