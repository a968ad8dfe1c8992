/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One change, from the lock to the log line: open, read, let a verb change it, put in force. */
#ifndef SESSION_H
#define SESSION_H

#include "cli.h"
#include "settings.h"

struct session {
	struct instance instance;
	struct settings have; /* in force */
	struct settings want; /* a copy, to be changed */
	bool unused;          /* made by this session, and nothing is in it yet */
};

/*
 * Opens for a change: makes the instance if there is none, mends what a
 * killed change or a lapsed deadline left, and refuses while a change waits
 * for its confirmation (unless any).  Returns an exit status.
 */
enum session_while_pending { SESSION_REFUSE, SESSION_ANYWAY };
int session_open(struct cli *cli, enum session_while_pending pending, struct session *ret_session);

/*
 * Puts session->want in force, for confirm seconds or for good (0), and keeps
 * a copy of it and of the former state.  Returns an exit status.
 */
int session_commit(struct cli *cli, struct session *session, unsigned int confirm);

/* Something is in force: the instance stays, should this session have made it. */
void session_keep(struct session *session);

/* A session that changed nothing leaves nothing behind. */
void session_close(struct session *session);

/* Warns if a copy could not be written (err: of copies_write()); the change itself is in force. */
void session_warn_copy(struct cli *cli, int err);

/* One line to syslog: who, the words, the generation before and after. */
void session_log(struct cli *cli, __u64 before, __u64 after);

/*
 * Refuses, without force, what would close a door that is in use: the port of
 * the SSH connection this is typed over, or the way in of a policy's sources.
 */
int session_guard(struct cli *cli, const struct session *session, bool force);

#endif
