/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For verbs that go on until they are told to end, and then have something left to say or to put back. */
#ifndef INTERRUPTS_H
#define INTERRUPTS_H

#include <stdbool.h>

/*
 * From now on the first SIGINT, SIGTERM or, unless that is ignored, SIGHUP is noted;
 * a second one ends the process.  Calls that wait return with EINTR.
 */
void interrupts_catch(void);

/* Has one come? */
bool interrupted(void);

#endif
