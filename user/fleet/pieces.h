/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A policy's text in pieces that lie under their digests.
 *
 * It is cut where a line says so itself, so that a line more or less changes
 * one piece, and the others are there already.
 */
#ifndef PIECES_H
#define PIECES_H

#include "pointer.h"
#include "store.h"

/* Fills in digest, size and pieces; the text ends in a newline. Returns 0, -E2BIG or -ENOMEM. */
int pieces_cut(const char *text, size_t len, struct pointer *pointer);

/*
 * Writes those that are not there, or (all) each of them: what lies there may be spoilt. between: called before each, it may end it
 * with a negative errno.  Returns 0 or an error of store.h's.
 */
int pieces_put(struct etcd *etcd, const struct pointer *pointer, const char *text, bool all,
	       int (*between)(void *context), void *context);

/*
 * The whole text, with a NUL that is not counted, the caller's.  have: a text of
 * former times whose pieces need not be fetched, or NULL.  Returns 0; -ENOENT:
 * a piece is not there (yet); -EBADMSG: it is not what its digest says; or an
 * error of store.h's, all with etcd->why filled.
 */
int pieces_get(struct etcd *etcd, const struct pointer *pointer, const char *have, size_t have_len,
	       char **ret_text);

#endif
