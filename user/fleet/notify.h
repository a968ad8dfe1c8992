/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells systemd how it goes: sd_notify(3), spoken by hand. */
#ifndef NOTIFY_H
#define NOTIFY_H

/* Before any child is started, which is not to speak for this. */
void notify_begin(void);

/* "READY=1", "STATUS=...", "STOPPING=1"; without systemd, nothing happens. */
void notify_say(const char *state);

/* It goes on: to be called at least every few seconds, told on once a second. */
void notify_alive(void);

#endif
