/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Interface names in settings: what they mean at this moment, and whether they mean anything. */
#ifndef NAMES_H
#define NAMES_H

#include "session.h"

/*
 * A name that a change brings in, alternative or of after a renaming, becomes
 * the one by which rules know the attachment.  Returns 0 or -errno.
 */
int names_resolve(struct cli *cli, struct session *session);

/*
 * Warns of names that mean nothing here, or more than one thing: of those that
 * the change brings in, that the command says, or all of a file.
 */
void names_warn(struct cli *cli, const struct session *session, bool file);

/* Warns if rules name an interface that several attachments are called by. */
void names_warn_ambiguous(struct cli *cli, const struct session *session, const char *ifname);

#endif
