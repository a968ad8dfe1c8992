/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing what a group, or a host, is to have: pieces first, then the signed pointer to them. */
#include "publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pieces.h"
#include "policy.h"
#include "sign.h"

#define LOCK_SECONDS 120 /* of a publisher that was killed */
#define LOCK_KEEP    30

/* One publisher at a time: nobody takes away a piece that another is about to point to. */
struct lock {
	struct etcd *etcd;
	char key[STORE_KEY_MAX];
	__s64 lease, mod;
	time_t kept;
};

/* --- What lies there --- */

void published_free(struct published *published)
{
	free(published->kv.value);
	pointer_free(&published->pointer);
	published->kv.value = NULL;
}

static int judge(struct fleet *fleet, enum pointer_kind kind, const char *name,
		 struct published *published)
{
	struct pointer *pointer = &published->pointer;
	int err = pointer_read(published->kv.value, published->kv.len, pointer, &fleet->why);

	if (!err)
		err = pointer_is_for(pointer, kind, name, &fleet->why);
	if (!err && fleet->config.trusts)
		err = sign_verify(&fleet->config, pointer->text, pointer->signature, &fleet->why);
	return err ? STATUS_FAILED : STATUS_DONE;
}

int published_read(struct fleet *fleet, struct etcd *etcd, enum pointer_kind kind, const char *name,
		   struct published *ret_published)
{
	int status;

	*ret_published = (struct published){};
	store_key(&fleet->config, ret_published->kv.key,
		  kind == POINTER_GROUP ? "group" : "override", name, NULL);
	if (store_get(etcd, &ret_published->kv, 1, NULL))
		return STATUS_FAILED;
	status = ret_published->kv.value ? judge(fleet, kind, name, ret_published) : STATUS_DONE;
	if (status)
		published_free(ret_published); /* its revision stays, for who overwrites it */
	return status;
}

int published_text(struct etcd *etcd, const struct published *published, char **ret_text)
{
	return pieces_get(etcd, &published->pointer, NULL, 0, ret_text) ? STATUS_FAILED
									: STATUS_DONE;
}

/* --- Guards --- */

static int complain_lines(struct fleet *fleet, const struct file_errors *errors)
{
	size_t kept = errors->count < FILE_ERRORS_MAX ? errors->count : FILE_ERRORS_MAX;
	struct json_object *array = json_object_new_array();
	const char *file = fleet->words[fleet->count - 1];
	char where[300];

	for (size_t i = 0; i < kept; i++) {
		const struct complaint *why = &errors->kept[i].why;

		if (errors->kept[i].line)
			snprintf(where, sizeof(where), "%.255s:%u", file, errors->kept[i].line);
		else
			snprintf(where, sizeof(where), "%.255s", file);
		fleet_complain(fleet, where, why);
		json_object_array_add(array, fleet_complaint_json(fleet, where, why));
	}
	json_object_object_add(fleet->answer, "errors", array);
	complain_failed(&fleet->why, file, "%zu bad line%s, nothing is published", errors->count,
			errors->count == 1 ? "" : "s");
	return STATUS_FAILED;
}

/* As a host would read it. */
static int parse(struct fleet *fleet, const struct publication *publication,
		 struct settings *ret_settings)
{
	struct file_errors *errors = calloc(1, sizeof(*errors));
	struct policy_fault fault;
	int err = errors ? policy_parse(publication->text, publication->len, ret_settings, &fault,
					errors)
			 : -ENOMEM;
	int status = STATUS_DONE;

	if (err && errors && errors->count)
		status = complain_lines(fleet, errors);
	else if (err)
		status = complain_errno(&fleet->why, NULL, err, "cannot be read") ? STATUS_FAILED
										  : STATUS_DONE;
	free(errors);
	return status;
}

static int need_force(struct fleet *fleet, const char *policy, size_t before, size_t after)
{
	if (after)
		complain_failed(&fleet->why, policy, "would shrink from %zu sources to %zu", before,
				after);
	else
		complain_failed(&fleet->why, policy, "would lose all its %zu sources", before);
	complain_hint(&fleet->why, "if that is meant: force; each host will refuse it still");
	return STATUS_FAILED;
}

/* By name: a policy of one's own may have another index. */
static int guard_policy(struct fleet *fleet, const struct settings *before, unsigned int index,
			const struct settings *after)
{
	const char *name = before->policy[index].name;
	const __u64 now = (__u64)time(NULL);
	unsigned int now_index = settings_policy(after, name);
	size_t had = *name ? settings_admitted(before, index, now) : 0;
	size_t has = now_index ? settings_admitted(after, now_index, now) : 0;

	if (!had || has * 2 > had)
		return STATUS_DONE;
	return need_force(fleet, name, had, has);
}

static int guard(struct fleet *fleet, const struct settings *before, const struct settings *after)
{
	int status = STATUS_DONE;

	for (unsigned int i = 1; i < CX_MAX_POLICIES && !status; i++)
		status = guard_policy(fleet, before, i, after);
	return status;
}

/* Against what lies there; a host's own lines may be taken back without a word. */
static int guard_text(struct fleet *fleet, struct etcd *etcd, const struct published *published,
		      const struct settings *after)
{
	struct settings before;
	struct policy_fault fault;
	char *text;
	int status = published_text(etcd, published, &text);

	if (status) {
		complain_hint(&fleet->why,
			      "of what is published now; force publishes in its place");
		return status;
	}
	if (!policy_parse(text, published->pointer.size, &before, &fault, NULL)) {
		status = guard(fleet, &before, after);
		settings_free(&before);
	}
	free(text);
	return status;
}

static int guard_nobody(struct fleet *fleet, const struct settings *settings)
{
	size_t sources = 0;

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++)
		sources += settings_admitted(settings, i, (__u64)time(NULL));
	if (sources)
		return STATUS_DONE;
	complain_failed(&fleet->why, NULL, "admits nobody");
	complain_hint(&fleet->why, "if that is meant: force");
	return STATUS_FAILED;
}

/* The group that the host was last in; false: nobody has heard of it. */
static bool group_of(struct etcd *etcd, const char *host, char ret_group[static CONFIG_NAME_MAX])
{
	struct json_object *json = NULL;
	struct kv kv;

	store_key(etcd->config, kv.key, "host", host, "seen", NULL);
	if (store_get(etcd, &kv, 1, NULL))
		return false;
	if (kv.value)
		json = json_tokener_parse(kv.value);
	snprintf(ret_group, CONFIG_NAME_MAX, "%s", json_text(json, "group"));
	json_object_put(json);
	free(kv.value);
	return config_is_name(ret_group);
}

/* What the lines are about; "" if that is not known. */
static int group_text(struct fleet *fleet, struct etcd *etcd, const char *host, char **ret_text,
		      size_t *ret_len)
{
	struct published published;
	char group[CONFIG_NAME_MAX];
	int status;

	*ret_text = NULL;
	*ret_len = 0;
	if (!group_of(etcd, host, group))
		return STATUS_DONE;
	status = published_read(fleet, etcd, POINTER_GROUP, group, &published);
	if (!status && published.pointer.text) {
		status = published_text(etcd, &published, ret_text);
		*ret_len = status ? 0 : published.pointer.size;
	}
	published_free(&published);
	return status;
}

/* A host's own lines, as that host would read them. */
static int check_own(struct fleet *fleet, struct etcd *etcd, const struct publication *publication)
{
	const char *file = fleet->words[fleet->count - 1];
	struct policy_fault fault = {};
	struct buffer joined = {};
	size_t len;
	char *text;
	bool own;
	int err, status = group_text(fleet, etcd, publication->name, &text, &len);

	if (status)
		return status;
	err = policy_join(text ? text : "", len, publication->text, publication->len, &joined,
			  &fault, &own);
	buffer_free(&joined);
	free(text);
	if (!err)
		return STATUS_DONE;
	fleet->why = fault.why;
	fleet->why.status = STATUS_FAILED;
	if (err != -EINVAL)
		complain_errno(&fleet->why, file, err, "cannot be read");
	else if (fault.line)
		complain_hint(&fleet->why, "line %u of %.100s", fault.line, file);
	return STATUS_FAILED;
}

static int check(struct fleet *fleet, struct etcd *etcd, const struct publication *publication,
		 const struct published *published)
{
	struct settings settings;
	int status;

	if (publication->kind == POINTER_HOST)
		return check_own(fleet, etcd, publication);
	status = parse(fleet, publication, &settings);
	if (status)
		return status;
	if (!publication->force)
		status = guard_nobody(fleet, &settings);
	if (!status && !publication->force && published->pointer.text)
		status = guard_text(fleet, etcd, published, &settings);
	settings_free(&settings);
	return status;
}

/* --- One at a time --- */

static int lock(struct lock *lock)
{
	struct txn txn = store_txn();
	char who[128] = "", host[64] = "";
	struct kv kv;
	int err = store_lease(lock->etcd, LOCK_SECONDS, &lock->lease);

	if (err)
		return err;
	gethostname(host, sizeof(host) - 1);
	snprintf(who, sizeof(who), "uid %u of %s, pid %d", getuid(), host, getpid());
	store_if(&txn, lock->key, 0);
	store_put(&txn, lock->key, who, strlen(who), lock->lease);
	err = store_commit(lock->etcd, &txn);
	memcpy(kv.key, lock->key, sizeof(kv.key));
	if (err && err != -ECANCELED)
		return err;
	err = store_get(lock->etcd, &kv, 1, NULL);
	if (err)
		return err;
	lock->mod = kv.mod;
	lock->kept = time(NULL);
	if (!kv.value || strcmp(kv.value, who))
		err = complain_failed(lock->etcd->why, NULL, "somebody publishes right now: %s",
				      kv.value ? kv.value : "but has just ended");
	free(kv.value);
	return err;
}

static int keep_lock(void *context)
{
	struct lock *lock = context;

	if (time(NULL) - lock->kept < LOCK_KEEP)
		return 0;
	lock->kept = time(NULL);
	return store_lease_keep(lock->etcd, lock->lease);
}

/* With its lease, the lock goes. */
static void unlock(struct lock *lock)
{
	struct complaint kept = *lock->etcd->why;

	if (lock->lease)
		store_lease_end(lock->etcd, lock->lease);
	*lock->etcd->why = kept;
}

/* --- Pieces that nobody points to --- */

struct sweep {
	const struct config *config;
	char (*key)[STORE_KEY_MAX]; /* of pieces that stay, sorted */
	size_t keys, space;
	struct txn txn;
	size_t doomed;
};

static int compare_keys(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int stays(struct sweep *sweep, const struct pointer *pointer)
{
	for (size_t i = 0; i < pointer->pieces; i++) {
		if (sweep->keys == sweep->space) {
			size_t space = sweep->space ? 2 * sweep->space : 1024;
			void *grown = reallocarray(sweep->key, space, sizeof(*sweep->key));

			if (!grown)
				return -ENOMEM;
			sweep->key = grown;
			sweep->space = space;
		}
		store_key(sweep->config, sweep->key[sweep->keys++], "piece",
			  pointer->piece[i].digest, NULL);
	}
	return 0;
}

static int see_pointer(void *context, const struct kv *kv)
{
	struct sweep *sweep = context;
	struct pointer pointer;
	struct complaint why;
	int err = pointer_read(kv->value, kv->len, &pointer, &why);

	if (err)
		return err; /* who knows what it points to: nothing is swept */
	err = stays(sweep, &pointer);
	pointer_free(&pointer);
	return err;
}

static int see_piece(void *context, const struct kv *kv)
{
	struct sweep *sweep = context;

	if (sweep->doomed < STORE_TXN_MAX &&
	    !bsearch(kv->key, sweep->key, sweep->keys, sizeof(*sweep->key), compare_keys)) {
		store_delete(&sweep->txn, kv->key);
		sweep->doomed++;
	}
	return 0;
}

/* Not all at once: what is left goes the next time. It may fail: they do no harm. */
static void sweep_pieces(struct lock *lock, const struct pointer *also)
{
	struct sweep sweep = { .config = lock->etcd->config };
	char prefix[STORE_KEY_MAX];
	int err = stays(&sweep, also);

	store_key(sweep.config, prefix, "group", "", NULL);
	if (!err)
		err = store_each(lock->etcd, prefix, true, see_pointer, &sweep);
	store_key(sweep.config, prefix, "override", "", NULL);
	if (!err)
		err = store_each(lock->etcd, prefix, true, see_pointer, &sweep);
	if (!err) {
		qsort(sweep.key, sweep.keys, sizeof(*sweep.key), compare_keys);
		sweep.txn = store_txn();
		store_if(&sweep.txn, lock->key, lock->mod);
		store_key(sweep.config, prefix, "piece", "", NULL);
		(void)store_each(lock->etcd, prefix, false, see_piece, &sweep);
		(void)store_commit(lock->etcd, &sweep.txn);
	}
	free(sweep.key);
	*lock->etcd->why = (struct complaint){};
}

/* --- The pointer --- */

/* Did another endpoint write it, before it fell silent? */
static bool is_ours(struct etcd *etcd, const char *key, const char *value)
{
	struct kv kv;
	bool ours;

	snprintf(kv.key, sizeof(kv.key), "%s", key);
	if (store_get(etcd, &kv, 1, NULL))
		return false;
	ours = kv.value && !strcmp(kv.value, value);
	free(kv.value);
	return ours;
}

static int swap(struct lock *lock, const struct publication *publication,
		const struct published *published, const char *value)
{
	struct txn txn = store_txn();
	int err;

	store_if(&txn, lock->key, lock->mod);
	store_if(&txn, published->kv.key, published->kv.mod);
	if (publication->held)
		store_if(&txn, publication->held->kv.key, publication->held->kv.mod);
	store_put(&txn, published->kv.key, value, strlen(value), 0);
	err = store_commit(lock->etcd, &txn);
	if (err == -ECANCELED && is_ours(lock->etcd, published->kv.key, value))
		err = 0;
	if (err == -ECANCELED)
		complain_failed(lock->etcd->why, publication->name,
				"somebody published meanwhile; nothing is changed");
	return err;
}

/* Signs it, and looks whether hosts will take it for signed. */
static int sign(struct fleet *fleet, const char *text, char **ret_signature)
{
	int err = sign_make(&fleet->config, text, ret_signature, &fleet->why);

	if (err || !fleet->config.trusts)
		return err;
	err = sign_verify(&fleet->config, text, *ret_signature, &fleet->why);
	if (err)
		complain_hint(&fleet->why, "secret and trust do not belong together");
	return err;
}

static int point(struct fleet *fleet, struct lock *lock, const struct publication *publication,
		 const struct published *published, const struct pointer *pointer)
{
	struct buffer text = {};
	struct json_object *envelope;
	char *signature = NULL;
	int err;

	pointer_write(pointer, &text);
	buffer_add(&text, "", 1);
	err = text.failed ? complain_memory(&fleet->why) : sign(fleet, text.data, &signature);
	if (!err)
		err = keep_lock(lock); /* a password may have taken long to type */
	if (!err) {
		envelope = pointer_envelope(text.data, signature);
		err = swap(lock, publication, published,
			   json_object_to_json_string_ext(envelope, JSON_C_TO_STRING_PLAIN));
		json_object_put(envelope);
	}
	buffer_free(&text);
	free(signature);
	return err;
}

static int write_it(struct fleet *fleet, struct lock *lock, const struct publication *publication,
		    const struct published *published, struct pointer *pointer)
{
	int err = pieces_put(lock->etcd, pointer, publication->text, publication->force, keep_lock,
			     lock);

	if (!err)
		err = point(fleet, lock, publication, published, pointer);
	if (!err)
		sweep_pieces(lock, &published->pointer);
	return err;
}

static int make_pointer(struct fleet *fleet, const struct publication *publication,
			const struct published *published, struct pointer *pointer)
{
	int err = pieces_cut(publication->text, publication->len, pointer);

	pointer->kind = publication->kind;
	snprintf(pointer->name, sizeof(pointer->name), "%s", publication->name);
	pointer->published = (__u64)time(NULL);
	/* also after etcd was lost, and begun anew */
	pointer->serial = pointer->published;
	if (pointer->serial <= published->pointer.serial)
		pointer->serial = published->pointer.serial + 1;
	if (err == -E2BIG)
		complain_failed(&fleet->why, NULL, "too large a policy");
	else if (err)
		complain_memory(&fleet->why);
	return err;
}

static int publish_locked(struct fleet *fleet, struct lock *lock,
			  const struct publication *publication, __u64 *ret_serial)
{
	struct published published;
	struct pointer pointer = {};
	int status =
		published_read(fleet, lock->etcd, publication->kind, publication->name, &published);

	/* what nobody can read is not to be there for ever */
	if (status && publication->force && published.kv.mod) {
		fleet->why = (struct complaint){};
		status = STATUS_DONE;
	}
	if (status)
		return status;
	status = check(fleet, lock->etcd, publication, &published);
	if (!status && (make_pointer(fleet, publication, &published, &pointer) ||
			write_it(fleet, lock, publication, &published, &pointer)))
		status = STATUS_FAILED;
	*ret_serial = pointer.serial;
	pointer_free(&pointer);
	published_free(&published);
	return status;
}

int publish(struct fleet *fleet, struct etcd *etcd, const struct publication *publication,
	    __u64 *ret_serial)
{
	struct lock held = { .etcd = etcd };
	int status;

	if (!fleet->config.secret) {
		complain_failed(&fleet->why, "secret", "not said in the configuration");
		complain_hint(&fleet->why, "whoever publishes signs: minisign -G makes the key");
		return STATUS_FAILED;
	}
	store_key(&fleet->config, held.key, "publishing", NULL);
	status =
		lock(&held) ? STATUS_FAILED : publish_locked(fleet, &held, publication, ret_serial);
	unlock(&held);
	return status;
}
