/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy's text in pieces that lie under their digests. */
#include "pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "notify.h"

#define PIECE_LEAST (128UL << 10) /* bytes; none but the last is smaller */
#define CUT_MASK    0xfffU        /* one line of 4096 ends a piece: 160 KiB of short lines */

/* FNV-1a, 32 bits, after Fowler, Noll and Vo; who forges cuts spoils but what is shared. */
static __u32 hash_of(const char *text, size_t len)
{
	__u32 hash = 0x811c9dc5U;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x01000193U;
	return hash ^ hash >> 16;
}

/* Bytes of the piece that begins here. */
static size_t piece_len(const char *text, size_t left)
{
	size_t len = 0;

	while (len < left) {
		const char *end = memchr(text + len, '\n', left - len);
		size_t line = end ? (size_t)(end + 1 - text) - len : left - len;

		if (len && len + line > POINTER_PIECE_MAX)
			break;
		len += line;
		if (len >= PIECE_LEAST && !(hash_of(text + len - line, line) & CUT_MASK))
			break;
	}
	return len;
}

int pieces_cut(const char *text, size_t len, struct pointer *pointer)
{
	if (len > POINTER_POLICY_MAX)
		return -E2BIG;
	digest_of(text, len, pointer->digest);
	pointer->size = len;
	pointer->pieces = 0;
	pointer->piece = calloc(POINTER_PIECES_MAX, sizeof(*pointer->piece));
	if (!pointer->piece)
		return -ENOMEM;
	for (size_t at = 0; at < len;) {
		struct piece *piece = &pointer->piece[pointer->pieces];
		size_t size = piece_len(text + at, len - at);

		if (pointer->pieces++ == POINTER_PIECES_MAX || size > POINTER_PIECE_MAX)
			return -E2BIG;
		digest_of(text + at, size, piece->digest);
		piece->size = size;
		at += size;
	}
	return 0;
}

static int put_piece(struct etcd *etcd, const char *key, const char *text, size_t len)
{
	struct txn txn = store_txn();

	store_put(&txn, key, text, len, 0);
	return store_commit(etcd, &txn);
}

static int put_missing(struct etcd *etcd, const struct pointer *pointer, const char *text,
		       char (*keys)[STORE_KEY_MAX], const bool *missing,
		       int (*between)(void *context), void *context)
{
	size_t at = 0;
	int err = 0;

	for (size_t i = 0; i < pointer->pieces && !err; i++) {
		size_t size = pointer->piece[i].size;

		if (missing[i])
			err = between(context);
		if (missing[i] && !err)
			err = put_piece(etcd, keys[i], text + at, size);
		at += size;
	}
	return err;
}

int pieces_put(struct etcd *etcd, const struct pointer *pointer, const char *text, bool all,
	       int (*between)(void *context), void *context)
{
	size_t count = pointer->pieces;
	char(*keys)[STORE_KEY_MAX] = calloc(count + 1, sizeof(*keys));
	bool *missing = calloc(count + 1, sizeof(*missing));
	int err = keys && missing ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !err; i++)
		store_key(etcd->config, keys[i], "piece", pointer->piece[i].digest, NULL);
	if (err)
		complain_memory(etcd->why);
	if (!err)
		err = store_missing(etcd, keys, count, missing);
	for (size_t i = 0; i < count && all && !err; i++)
		missing[i] = true;
	if (!err)
		err = put_missing(etcd, pointer, text, keys, missing, between, context);
	free(keys);
	free(missing);
	return err;
}

/* --- Fetching --- */

/* Where the pieces of a former text are. */
struct shelf {
	const char *text;
	struct pointer cut;
};

static const char *on_shelf(const struct shelf *shelf, const struct piece *piece)
{
	const char *at = shelf->text;

	for (size_t i = 0; i < shelf->cut.pieces; i++) {
		if (!strcmp(shelf->cut.piece[i].digest, piece->digest) &&
		    shelf->cut.piece[i].size == piece->size)
			return at;
		at += shelf->cut.piece[i].size;
	}
	return NULL;
}

static int check_piece(struct etcd *etcd, const struct piece *piece, const struct kv *kv)
{
	char digest[DIGEST_MAX];

	if (!kv->value) {
		complain_failed(etcd->why, NULL, "piece %.12s is not there", piece->digest);
		return -ENOENT;
	}
	digest_of(kv->value, kv->len, digest);
	if (kv->len == piece->size && !strcmp(digest, piece->digest))
		return 0;
	complain_failed(etcd->why, NULL, "piece %.12s is not what its digest says", piece->digest);
	return -EBADMSG;
}

static int fetch_piece(struct etcd *etcd, const struct piece *piece, char *to)
{
	struct kv kv;
	int err;

	store_key(etcd->config, kv.key, "piece", piece->digest, NULL);
	err = store_get(etcd, &kv, 1, NULL);
	if (!err)
		err = check_piece(etcd, piece, &kv);
	if (!err)
		memcpy(to, kv.value, kv.len);
	free(kv.value);
	return err;
}

static int fetch(struct etcd *etcd, const struct pointer *pointer, const struct shelf *shelf,
		 char *text)
{
	char digest[DIGEST_MAX];
	size_t at = 0;
	int err = 0;

	for (size_t i = 0; i < pointer->pieces && !err; i++) {
		const struct piece *piece = &pointer->piece[i];
		const char *have = on_shelf(shelf, piece);

		notify_alive();
		if (have)
			memcpy(text + at, have, piece->size);
		else
			err = fetch_piece(etcd, piece, text + at);
		at += piece->size;
	}
	if (err)
		return err;
	digest_of(text, pointer->size, digest);
	if (!strcmp(digest, pointer->digest))
		return 0;
	complain_failed(etcd->why, NULL, "the whole is not what its digest says");
	return -EBADMSG;
}

int pieces_get(struct etcd *etcd, const struct pointer *pointer, const char *have, size_t have_len,
	       char **ret_text)
{
	char *text = calloc(1, pointer->size + 1);
	struct shelf shelf = { .text = have };
	int err = text ? 0 : -ENOMEM;

	if (err)
		complain_memory(etcd->why);
	if (!err && have && pieces_cut(have, have_len, &shelf.cut))
		shelf.cut.pieces = 0; /* all of them are fetched, then */
	if (!err)
		err = fetch(etcd, pointer, &shelf, text);
	pointer_free(&shelf.cut);
	if (err)
		return free(text), err;
	*ret_text = text;
	return 0;
}
