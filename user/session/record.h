/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is written down of a change: the state for undo and boot, the history, the system log. */
#ifndef RECORD_H
#define RECORD_H

#include "session.h"

/* Says that it could not be written, if err. */
void warn_copy(struct cli *cli, int err);

/* What the history is to say of the change that this session makes: who, when, the words. */
struct history_record new_record(const struct cli *cli, const struct session *session,
				 enum history_state state, const char *did);

/* Before the flip: the state that is to be, and that it is begun. */
void enter(struct cli *cli, struct session *session, const char *did);
/* Behind it: what became of it. */
void mark(struct cli *cli, struct session *session, enum history_state state);

/* Whether anything was changed, and what; in text, success is silent unless -v asks for it. */
void answer_change(struct cli *cli, const struct session *session, const char *did);

#endif
