/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The small signed text that says which policy a group, or a host, is to have.
 *
 *   clarent-xdp fleet 1
 *   for group canary
 *   serial 1790000000
 *   published 2026-09-21T14:13:20Z
 *   digest SHA-256          of the whole text
 *   size BYTES              0: it says nothing
 *   piece SHA-256 BYTES     in order, at most 512 KiB each
 *
 * In etcd it lies as {"pointer": TEXT, "signature": MINISIG}, under a key that
 * says the same as its second line, so that none can be taken for another.
 */
#ifndef POINTER_H
#define POINTER_H

#include "buffer.h"
#include "config.h"
#include "digest.h"

#define POINTER_FORMAT     1
#define POINTER_PIECE_MAX  (512UL << 10) /* bytes */
#define POINTER_PIECES_MAX 2000
#define POINTER_POLICY_MAX (256UL << 20) /* bytes of a whole policy */
#define POINTER_TEXT_MAX   (256UL << 10)
#define SIGNATURE_MAX      2048

struct piece {
	char digest[DIGEST_MAX];
	size_t size;
};

enum pointer_kind { POINTER_GROUP, POINTER_HOST };
extern const char *const pointer_kinds[]; /* "group", "host" */

struct pointer {
	enum pointer_kind kind;
	char name[CONFIG_NAME_MAX];
	__u64 serial;    /* grows; the time of publishing, unless that is behind */
	__u64 published; /* seconds since the epoch */
	char digest[DIGEST_MAX];
	size_t size;
	struct piece *piece;
	size_t pieces;
	char *text, *signature; /* as read; NULL of one that is being made */
};

void pointer_free(struct pointer *pointer);

/* Its text, to be signed. */
void pointer_write(const struct pointer *pointer, struct buffer *to);

/* What lies in etcd. Both are texts. */
struct json_object;
struct json_object *pointer_envelope(const char *text, const char *signature);

/*
 * Reads what lies there; the signature is not looked at.  Returns 0, -EINVAL
 * with *ret_why filled, or -ENOMEM.
 */
int pointer_read(const char *envelope, size_t len, struct pointer *ret_pointer,
		 struct complaint *ret_why);

/* Is it about that one? If not, -EINVAL with *ret_why filled. */
int pointer_is_for(const struct pointer *pointer, enum pointer_kind kind, const char *name,
		   struct complaint *ret_why);

#endif
