/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keys and values, read at one moment and written only if nobody came in between. */
#ifndef STORE_H
#define STORE_H

#include "etcd.h"

#define STORE_KEY_MAX   256
#define STORE_VALUE_MAX (1UL << 20)
#define STORE_TXN_MAX   100 /* operations of one transaction; etcd takes 128 */

struct kv {
	char key[STORE_KEY_MAX];
	char *value; /* NUL-terminated; NULL: no such key */
	size_t len;
	__s64 mod; /* the revision of its last change; 0: no such key */
};

/* PREFIX/WORD[/WORD...], ends with NULL. Returns its length. */
size_t store_key(const struct config *config, char ret_key[static STORE_KEY_MAX], ...)
	__attribute__((sentinel));

/* Fills in values and revisions of these keys, all of one moment; values are the caller's. */
int store_get(struct etcd *etcd, struct kv *kvs, size_t count, __s64 *ret_revision);
void store_free(struct kv *kvs, size_t count);

/* Each key that begins so, in order; fn returns 0, or -errno to end it. */
typedef int store_fn(void *context, const struct kv *kv);
int store_each(struct etcd *etcd, const char *prefix, bool with_values, store_fn *fn,
	       void *context);

/* Of that many of these keys, which are not there: missing[i]. */
int store_missing(struct etcd *etcd, char (*keys)[STORE_KEY_MAX], size_t count, bool *missing);

/* A transaction in the making; store_commit() puts it. */
struct txn {
	struct json_object *compare, *success;
};

struct txn store_txn(void);
void store_if(struct txn *txn, const char *key, __s64 mod); /* 0: if it is not there */
void store_put(struct txn *txn, const char *key, const char *value, size_t len, __s64 lease);
void store_delete(struct txn *txn, const char *key);
/* Returns 0, -ECANCELED: something was not as compared (nothing is written), or an error. */
int store_commit(struct etcd *etcd, struct txn *txn);

/* A lease of that many seconds; its number, or an error. */
int store_lease(struct etcd *etcd, unsigned int seconds, __s64 *ret_lease);
/* Returns 0; -ENOENT: it has run out. */
int store_lease_keep(struct etcd *etcd, __s64 lease);
void store_lease_end(struct etcd *etcd, __s64 lease);

#endif
