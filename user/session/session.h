/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One change, from the lock to the log line: open, read, let a verb change it, put in force. */
#ifndef SESSION_H
#define SESSION_H

#include "cli.h"
#include "history.h"
#include "settings.h"

struct window; /* reading.h */

struct session {
	struct instance instance;
	struct settings have; /* in force */
	struct settings want; /* a copy, to be changed */
	struct history history;
	bool unused; /* made by this session, and nothing is in it yet */
	/* Seconds until a change of settings, an attach or detach is to be confirmed, 0: none waits. */
	unsigned int settings_wait, attach_waits;
};

/*
 * Opens for a change: makes the instance if there is none, mends what a
 * killed change or a lapsed deadline left, and refuses while a change waits
 * for its confirmation (unless any).  Returns an exit status.
 */
enum session_while_pending { SESSION_REFUSE, SESSION_ANYWAY };
int session_open(struct cli *cli, enum session_while_pending pending, struct session *ret_session);

/*
 * The same for who changes no more than these entries, or none: of long lists no others may be
 * read, and have and want be windows; see settings.h.
 */
int session_open_window(struct cli *cli, enum session_while_pending pending,
			const struct window *window, struct session *ret_session);

/* The same for who puts other settings in the place of all: want is fresh, and not a copy of have. */
int session_open_anew(struct cli *cli, enum session_while_pending pending,
		      struct session *ret_session);

/*
 * The same for who knows only then which entries these are: find is called when the history is read
 * and settled.  It returns NULL if all must be read, and complains of nothing.
 */
typedef const struct window *session_find_fn(struct cli *cli, const struct session *session,
					     void *context);
int session_open_finding(struct cli *cli, enum session_while_pending pending, session_find_fn *find,
			 void *context, struct session *ret_session);

/* The same, but where there is no instance, that is the complaint. */
int session_open_existing(struct cli *cli, enum session_while_pending pending,
			  const struct window *window, struct session *ret_session);

/*
 * Reads again what others may have changed while the lock was let go, and
 * serial was that of the rules in force.  Returns 0 or -errno.
 */
int session_read_again(struct cli *cli, struct session *session, __u64 serial);

/* How a change of settings is to be put in force. */
struct session_change {
	unsigned int confirm; /* seconds, 0: for good */
	bool force;           /* what gate.h guards is meant */
	bool whole;           /* a whole policy takes the place of another: `apply` */
	bool parts;           /* a file of lines: `apply ... add` and `... peer` */
};

/*
 * Passes the gate and puts session->want in force, if it says anything new.
 * Returns an exit status.
 */
int session_commit(struct cli *cli, struct session *session, const struct session_change *change);

/* What that would do, and whether it would be refused. Returns an exit status. */
int session_dry_run(struct cli *cli, struct session *session, const struct session_change *change);

/*
 * The end of an attach or detach that is done: it is entered, and what is gone
 * is dropped.  did: "attached eth0".
 */
void session_end_attaching(struct cli *cli, struct session *session, const char *did, bool waits);

/* A purge is entered before its pins go, and marked behind that. */
void session_enter_purge(struct cli *cli, struct session *session);
void session_mark_purge(struct cli *cli, struct session *session, bool done);

/*
 * Before a session is opened for what seems to need these features: programs
 * that have them are loaded while nobody has to wait.  What was not foreseen is
 * loaded in the session.
 */
void session_make_ready(const struct cli *cli, __u32 features);

/* The live rules without entries, to foresee by. Returns 0, or -errno without a complaint. */
int session_peek(const struct cli *cli, struct settings *ret_settings);

/* Seconds until whatever waits is to be confirmed, 0: nothing does. */
unsigned int session_waits(const struct session *session);

/* The waiting change is kept for good, or ended. Return an exit status. */
int session_confirm(struct cli *cli, struct session *session);
int session_give_up(struct cli *cli, struct session *session);

/* One line to syslog: who, the words, the generation before and after. */
void session_log(struct cli *cli, __u64 before, __u64 after);

/* Something is in force: the instance stays, should this session have made it. */
void session_keep(struct session *session);

/* A session that changed nothing leaves nothing behind. */
void session_close(struct session *session);

/*
 * The history as a reader shows it: what nobody has marked yet is settled, and
 * what never was in force is not in it.  instance: NULL if there is none.
 * Returns 0, or -errno and nothing to free.
 */
int session_read_history(const struct instance *instance, const char *bpffs,
			 struct history *ret_history);

#endif
