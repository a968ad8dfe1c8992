/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keys and values, read at one moment and written only if nobody came in between. */
#include "store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE       500     /* keys of one answer, without values */
#define VALUE_PAGE 100     /* with them: those of states are small */
#define KEYS_MAX   1000000 /* whatever it says */

size_t store_key(const struct config *config, char ret_key[static STORE_KEY_MAX], ...)
{
	size_t used = (size_t)snprintf(ret_key, STORE_KEY_MAX, "%s", config->prefix);
	const char *word;
	va_list words;

	va_start(words, ret_key);
	while ((word = va_arg(words, const char *)) && used < STORE_KEY_MAX)
		used += (size_t)snprintf(ret_key + used, STORE_KEY_MAX - used, "/%s", word);
	va_end(words);
	return used < STORE_KEY_MAX ? used : STORE_KEY_MAX - 1;
}

static int nonsense(struct etcd *etcd)
{
	complain_failed(etcd->why, etcd->config->endpoint[etcd->endpoint],
			"an answer that makes no sense");
	return -EPROTO;
}

static struct json_object *operation(const char *kind, struct json_object *request)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, kind, request);
	return object;
}

static struct json_object *range_of(const char *key)
{
	struct json_object *range = json_object_new_object();

	json_add_bytes(range, "key", key, strlen(key));
	return range;
}

static int take_kv(struct json_object *json, bool with_value, struct kv *ret_kv)
{
	size_t len;
	char *key = json_bytes(json, "key", STORE_KEY_MAX - 1, &len);

	if (!key || strlen(key) != len) {
		free(key);
		return -EPROTO;
	}
	memcpy(ret_kv->key, key, len + 1);
	free(key);
	ret_kv->mod = json_number(json, "mod_revision");
	ret_kv->value = NULL;
	ret_kv->len = 0;
	if (with_value)
		ret_kv->value = json_bytes(json, "value", STORE_VALUE_MAX, &ret_kv->len);
	return ret_kv->mod > 0 && (ret_kv->value || !with_value) ? 0 : -EPROTO;
}

/* The answer to one of the questions: that key, or none. */
static int take_response(struct json_object *response, struct kv *kv)
{
	struct json_object *kvs = json_member(json_member(response, "response_range"), "kvs");
	struct kv got = {};
	int err;

	if (!json_member(response, "response_range"))
		return -EPROTO;
	if (!json_count(kvs))
		return 0;
	err = take_kv(json_object_array_get_idx(kvs, 0), true, &got);
	if (!err && strcmp(got.key, kv->key))
		err = -EPROTO;
	if (err)
		return free(got.value), err;
	*kv = got;
	return 0;
}

int store_get(struct etcd *etcd, struct kv *kvs, size_t count, __s64 *ret_revision)
{
	struct json_object *request = json_object_new_object(), *list = json_object_new_array();
	struct json_object *answer, *responses;
	int err;

	for (size_t i = 0; i < count; i++) {
		kvs[i].value = NULL;
		kvs[i].len = 0;
		kvs[i].mod = 0;
		json_object_array_add(list, operation("request_range", range_of(kvs[i].key)));
	}
	json_object_object_add(request, "success", list);
	err = etcd_call(etcd, "/v3/kv/txn", request, &answer);
	if (err)
		return err;
	responses = json_member(answer, "responses");
	if (json_count(responses) != count)
		err = -EPROTO;
	for (size_t i = 0; i < count && !err; i++)
		err = take_response(json_object_array_get_idx(responses, i), &kvs[i]);
	if (ret_revision)
		*ret_revision = json_number(json_member(answer, "header"), "revision");
	json_object_put(answer);
	if (!err)
		return 0;
	store_free(kvs, count);
	return nonsense(etcd);
}

void store_free(struct kv *kvs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(kvs[i].value);
		kvs[i].value = NULL;
	}
}

/* --- Many keys --- */

/* The first key that does not begin so any more; or that comes behind it alone. */
static void add_end(struct json_object *range, const char *prefix)
{
	char end[STORE_KEY_MAX];

	snprintf(end, sizeof(end), "%s", prefix);
	end[strlen(end) - 1]++; /* a slash: never the last of its kind */
	json_add_bytes(range, "range_end", end, strlen(end));
}

static int each_of(struct json_object *kvs, bool with_values, store_fn *fn, void *context,
		   char ret_last[static STORE_KEY_MAX])
{
	int err = 0;

	for (size_t i = 0; i < json_count(kvs) && !err; i++) {
		struct kv kv = {};

		err = take_kv(json_object_array_get_idx(kvs, i), with_values, &kv);
		if (!err)
			memcpy(ret_last, kv.key, STORE_KEY_MAX);
		if (!err)
			err = fn(context, &kv);
		free(kv.value);
	}
	return err;
}

/* The keys from one on. *ret_more: there are others behind the last of these. */
static int page(struct etcd *etcd, const char *prefix, bool with_values, store_fn *fn,
		void *context, char *last, size_t last_len, bool *ret_more)
{
	struct json_object *range = json_object_new_object(), *answer;
	int err;

	json_add_bytes(range, "key", last, last_len);
	add_end(range, prefix);
	json_add_number(range, "limit", with_values ? VALUE_PAGE : PAGE);
	if (!with_values)
		json_object_object_add(range, "keys_only", json_object_new_boolean(true));
	err = etcd_call(etcd, "/v3/kv/range", range, &answer);
	if (err)
		return err;
	err = each_of(json_member(answer, "kvs"), with_values, fn, context, last);
	*ret_more = json_object_get_boolean(json_member(answer, "more")) &&
		    json_count(json_member(answer, "kvs"));
	json_object_put(answer);
	return err == -EPROTO ? nonsense(etcd) : err;
}

int store_each(struct etcd *etcd, const char *prefix, bool with_values, store_fn *fn, void *context)
{
	char last[STORE_KEY_MAX];
	size_t len = (size_t)snprintf(last, sizeof(last), "%s", prefix);
	bool more = true;
	int err = 0;

	for (size_t pages = 0; more && !err && pages < KEYS_MAX / VALUE_PAGE; pages++) {
		err = page(etcd, prefix, with_values, fn, context, last, len, &more);
		len = strlen(last) + 1; /* its NUL too: the next possible key */
	}
	return err;
}

static int missing_of(struct etcd *etcd, char (*keys)[STORE_KEY_MAX], size_t count, bool *missing)
{
	struct json_object *request = json_object_new_object(), *list = json_object_new_array();
	struct json_object *answer, *responses;
	int err;

	for (size_t i = 0; i < count; i++) {
		struct json_object *range = range_of(keys[i]);

		json_object_object_add(range, "keys_only", json_object_new_boolean(true));
		json_object_array_add(list, operation("request_range", range));
	}
	json_object_object_add(request, "success", list);
	err = etcd_call(etcd, "/v3/kv/txn", request, &answer);
	if (err)
		return err;
	responses = json_member(answer, "responses");
	for (size_t i = 0; i < count && i < json_count(responses); i++) {
		struct json_object *response = json_object_array_get_idx(responses, i);

		missing[i] =
			!json_count(json_member(json_member(response, "response_range"), "kvs"));
	}
	err = json_count(responses) == count ? 0 : nonsense(etcd);
	json_object_put(answer);
	return err;
}

int store_missing(struct etcd *etcd, char (*keys)[STORE_KEY_MAX], size_t count, bool *missing)
{
	int err = 0;

	for (size_t at = 0; at < count && !err; at += STORE_TXN_MAX) {
		size_t some = count - at < STORE_TXN_MAX ? count - at : STORE_TXN_MAX;

		err = missing_of(etcd, keys + at, some, missing + at);
	}
	return err;
}

/* --- Writing --- */

struct txn store_txn(void)
{
	return (struct txn){ json_object_new_array(), json_object_new_array() };
}

void store_if(struct txn *txn, const char *key, __s64 mod)
{
	struct json_object *compare = json_object_new_object();

	json_add_bytes(compare, "key", key, strlen(key));
	json_add_text(compare, "target", "MOD");
	json_add_text(compare, "result", "EQUAL");
	json_add_number(compare, "mod_revision", mod);
	json_object_array_add(txn->compare, compare);
}

void store_put(struct txn *txn, const char *key, const char *value, size_t len, __s64 lease)
{
	struct json_object *put = json_object_new_object();

	json_add_bytes(put, "key", key, strlen(key));
	json_add_bytes(put, "value", value, len);
	if (lease)
		json_add_number(put, "lease", lease);
	json_object_array_add(txn->success, operation("request_put", put));
}

void store_delete(struct txn *txn, const char *key)
{
	json_object_array_add(txn->success, operation("request_delete_range", range_of(key)));
}

int store_commit(struct etcd *etcd, struct txn *txn)
{
	struct json_object *request = json_object_new_object(), *answer;
	bool succeeded;
	int err;

	json_object_object_add(request, "compare", txn->compare);
	json_object_object_add(request, "success", txn->success);
	*txn = (struct txn){};
	err = etcd_call(etcd, "/v3/kv/txn", request, &answer);
	if (err)
		return err;
	succeeded = json_object_get_boolean(json_member(answer, "succeeded"));
	json_object_put(answer);
	return succeeded ? 0 : -ECANCELED;
}

int store_lease(struct etcd *etcd, unsigned int seconds, __s64 *ret_lease)
{
	struct json_object *request = json_object_new_object(), *answer;
	int err;

	json_add_number(request, "TTL", seconds);
	err = etcd_call(etcd, "/v3/lease/grant", request, &answer);
	if (err)
		return err;
	*ret_lease = json_number(answer, "ID");
	json_object_put(answer);
	return *ret_lease ? 0 : nonsense(etcd);
}

int store_lease_keep(struct etcd *etcd, __s64 lease)
{
	struct json_object *request = json_object_new_object(), *answer;
	int err;

	json_add_number(request, "ID", lease);
	err = etcd_call(etcd, "/v3/lease/keepalive", request, &answer);
	if (err)
		return err;
	err = json_number(json_member(answer, "result"), "TTL") > 0 ? 0 : -ENOENT;
	json_object_put(answer);
	return err;
}

void store_lease_end(struct etcd *etcd, __s64 lease)
{
	struct json_object *request = json_object_new_object(), *answer;

	json_add_number(request, "ID", lease);
	if (!etcd_call(etcd, "/v3/lease/revoke", request, &answer))
		json_object_put(answer);
}
