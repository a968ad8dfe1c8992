/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells etcd how this host stands: under a lease, so that silence is seen. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "follow.h"
#include "own.h"
#include "version.h"

#define LEASE_SECONDS   60
#define KEEP_MS         20000
#define SAMPLE_MS       5000
#define CLOCK_TOLERATED 30 /* seconds */
#define BOOT_ID         "/proc/sys/kernel/random/boot_id"
#define MACHINE_ID      "/etc/machine-id"

static void read_id(const char *path, char ret_id[static ID_MAX])
{
	int err;
	char *text = config_slurp(path, ID_MAX - 1, &err);

	snprintf(ret_id, ID_MAX, "%s", text ? text : "");
	free(text);
}

static void forget_former(struct follow *follow, const char *id)
{
	struct txn txn = store_txn();
	char key[STORE_KEY_MAX];

	store_key(&follow->fleet->config, key, "host", follow->fleet->config.host, id, NULL);
	store_delete(&txn, key);
	(void)store_commit(&follow->etcd, &txn); /* or its lease runs out */
}

/* Of a clone that runs beside it, and after a boot, it is another. */
int report_begin(struct follow *follow, struct complaint *ret_why)
{
	struct kept *kept = &follow->kept;
	unsigned char random[8];
	char boot[ID_MAX], former[ID_MAX];
	int err;

	follow->rate = follow->rate_before = -1;
	read_id(BOOT_ID, boot);
	if (*kept->id && !strcmp(boot, kept->boot))
		return 0;
	memcpy(former, kept->id, sizeof(former));
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(kept->id, sizeof(kept->id), random, sizeof(random));
	memcpy(kept->boot, boot, sizeof(boot));
	err = kept_write(kept);
	if (err)
		return complain_errno(ret_why, KEPT_DIR, err, "cannot be written");
	if (*former)
		forget_former(follow, former);
	return 0;
}

void report_end(struct follow *follow)
{
	free(follow->told);
	follow->told = NULL;
}

/* --- What is told --- */

static void sample(struct follow *follow)
{
	const __u64 now = now_ms();
	__u64 packets = follow->packets;

	if (follow->sampled && now - follow->sampled < SAMPLE_MS)
		return;
	own_drops(follow->fleet, &packets);
	if (follow->sampled && packets >= follow->packets)
		follow->rate =
			(__s64)((packets - follow->packets) * 1000 / (now - follow->sampled));
	follow->packets = packets;
	follow->sampled = now;
}

static void add_number(struct json_object *json, const char *key, __s64 number)
{
	json_object_object_add(json, key, number < 0 ? NULL : json_object_new_int64(number));
}

static __s64 clock_ahead(const struct follow *follow)
{
	__s64 ahead = follow->etcd.ahead;

	return ahead > CLOCK_TOLERATED || ahead < -CLOCK_TOLERATED ? ahead : 0;
}

static struct json_object *state_json(const struct follow *follow)
{
	const struct config *config = &follow->fleet->config;
	const struct kept *kept = &follow->kept;
	struct json_object *json = json_object_new_object();
	char machine[ID_MAX];

	read_id(MACHINE_ID, machine);
	json_add_text(json, "host", config->host);
	json_add_text(json, "group", config->group);
	json_add_text(json, "state", stands[follow->stand]);
	json_add_text(json, "reason", follow->reason);
	json_object_object_add(json, "line",
			       follow->line ? json_object_new_int64(follow->line) : NULL);
	add_number(json, "serial", (__s64)kept->word[POINTER_GROUP].applied);
	json_add_text(json, "digest", kept->word[POINTER_GROUP].policy);
	add_number(json, "told", (__s64)kept->word[POINTER_GROUP].serial);
	add_number(json, "own_serial", (__s64)kept->word[POINTER_HOST].applied);
	add_number(json, "since", (__s64)kept->since);
	add_number(json, "drops_before", follow->rate_before);
	json_add_text(json, "machine", machine);
	json_add_text(json, "boot", kept->boot);
	json_add_text(json, "id", kept->id);
	json_add_text(json, "other", follow->other);
	json_add_text(json, "version", VERSION);
	json_object_object_add(json, "clock_ahead", json_object_new_int64(clock_ahead(follow)));
	return json;
}

/* Figures that differ a little are not worth a write. */
static int magnitude(__s64 rate)
{
	int bits = rate < 0 ? -1 : 0;

	for (; rate > 0; rate >>= 1)
		bits++;
	return bits;
}

static char *comparable(struct json_object *json, __s64 rate)
{
	char *text = NULL;

	if (asprintf(&text, "%d %s", magnitude(rate), json_object_to_json_string_ext(json, 0)) < 0)
		return NULL;
	return text;
}

/* --- Telling it --- */

static int put(struct follow *follow, struct json_object *json)
{
	const struct config *config = &follow->fleet->config;
	char key[STORE_KEY_MAX], seen[STORE_KEY_MAX];
	struct txn txn = store_txn();
	const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);

	store_key(config, key, "host", config->host, follow->kept.id, NULL);
	store_key(config, seen, "host", config->host, "seen", NULL);
	store_put(&txn, key, text, strlen(text), follow->lease);
	store_put(&txn, seen, text, strlen(text), 0);
	return store_commit(&follow->etcd, &txn);
}

static int tell(struct follow *follow)
{
	struct json_object *json = state_json(follow);
	char *told = comparable(json, follow->rate);
	int err = 0;

	if (told && follow->told && !strcmp(told, follow->told)) {
		free(told);
		json_object_put(json);
		return 0;
	}
	add_number(json, "drops", follow->rate);
	add_number(json, "time", (__s64)time(NULL));
	err = put(follow, json);
	json_object_put(json);
	if (err) {
		free(told);
		return err;
	}
	free(follow->told);
	follow->told = told;
	return 0;
}

static int note_other(void *context, const struct kv *kv)
{
	struct follow *follow = context;
	struct json_object *json = json_tokener_parse(kv->value);
	const char *id = json_text(json, "id"), *last = strrchr(kv->key, '/');

	if (last && strcmp(last, "/seen") && *id && strcmp(id, follow->kept.id))
		snprintf(follow->other, sizeof(follow->other), "%s", json_text(json, "machine"));
	json_object_put(json);
	return 0;
}

/* Does another machine go by this name? */
static void look_around(struct follow *follow)
{
	char prefix[STORE_KEY_MAX];

	follow->other[0] = '\0';
	store_key(&follow->fleet->config, prefix, "host", follow->fleet->config.host, "", NULL);
	(void)store_each(&follow->etcd, prefix, true, note_other, follow);
}

static int keep_lease(struct follow *follow)
{
	int err = 0;

	if (follow->lease && now_ms() - follow->kept_alive < KEEP_MS)
		return 0;
	if (follow->lease)
		err = store_lease_keep(&follow->etcd, follow->lease);
	if (!follow->lease || err == -ENOENT) {
		follow->lease = 0;
		free(follow->told);
		follow->told = NULL;
		err = store_lease(&follow->etcd, LEASE_SECONDS, &follow->lease);
	}
	if (err)
		return err;
	follow->kept_alive = now_ms();
	look_around(follow);
	return 0;
}

void report(struct follow *follow)
{
	static char said[sizeof(follow->fleet->why.what)];
	int err;

	sample(follow);
	err = keep_lease(follow);
	if (!err)
		err = tell(follow);
	if (!err)
		said[0] = '\0';
	if (!err || err == -EAGAIN || !strcmp(said, follow->fleet->why.what))
		return;
	memcpy(said, follow->fleet->why.what, sizeof(said));
	fleet_log(follow->fleet, "cannot say how it stands: %s", said);
}
