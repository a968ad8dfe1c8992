/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What hosts say of themselves, beside what they were told: one row a host. */
#include "hosts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pointer.h"

#define CLOCK_TOLERATED 30 /* seconds */

static const char ok[] = "ok";

struct gather {
	struct etcd *etcd;
	struct hosts *hosts;
	size_t prefix; /* characters before a host's name */
};

bool host_is_well(const struct host *host)
{
	return host->state == ok;
}

void hosts_free(struct hosts *hosts)
{
	free(hosts->host);
	*hosts = (struct hosts){};
}

/* Keys come in order: it is the last one, or a new one. */
static struct host *host_of(struct hosts *hosts, const char *name, size_t len)
{
	struct host *last = hosts->count ? &hosts->host[hosts->count - 1] : NULL;

	if (last && strlen(last->name) == len && !memcmp(last->name, name, len))
		return last;
	if (!hosts->host || hosts->count == hosts->space) {
		size_t space = hosts->space ? 2 * hosts->space : 64;
		void *grown = reallocarray(hosts->host, space, sizeof(*hosts->host));

		if (!grown)
			return NULL;
		hosts->host = grown;
		hosts->space = space;
	}
	last = &hosts->host[hosts->count++];
	*last = (struct host){ .drops = -1, .drops_before = -1 };
	memcpy(last->name, name, len);
	return last;
}

static void take(struct json_object *json, const char *key, char *to, size_t size)
{
	snprintf(to, size, "%s", json_text(json, key));
}

static __s64 number_or_none(struct json_object *json, const char *key)
{
	return json_member(json, key) ? json_number(json, key) : -1;
}

static void take_state(struct host *host, struct json_object *json)
{
	take(json, "group", host->group, sizeof(host->group));
	take(json, "state", host->said, sizeof(host->said));
	take(json, "reason", host->reason, sizeof(host->reason));
	take(json, "digest", host->digest, sizeof(host->digest));
	take(json, "machine", host->machine, sizeof(host->machine));
	take(json, "other", host->other, sizeof(host->other));
	take(json, "id", host->id, sizeof(host->id));
	take(json, "version", host->version, sizeof(host->version));
	host->line = (__u64)json_number(json, "line");
	host->serial = (__u64)json_number(json, "serial");
	host->since = (__u64)json_number(json, "since");
	host->heard = (__u64)json_number(json, "time");
	host->drops = number_or_none(json, "drops");
	host->drops_before = number_or_none(json, "drops_before");
	host->clock_ahead = json_number(json, "clock_ahead");
}

/* A key of it: what one machine says under its lease, or what was last heard of any. */
static int see_host(void *context, const struct kv *kv)
{
	struct gather *gather = context;
	const char *name = kv->key + gather->prefix, *slash = strchr(name, '/');
	bool alive = slash && strcmp(slash, "/seen") != 0;
	struct json_object *json;
	struct host *host;

	if (!slash || slash == name || slash - name >= CONFIG_NAME_MAX)
		return 0;
	host = host_of(gather->hosts, name, (size_t)(slash - name));
	if (!host)
		return complain_memory(gather->etcd->why);
	json = json_tokener_parse(kv->value);
	if (alive && host->alive)
		host->twice = true;
	if (alive || !host->alive)
		take_state(host, json);
	host->alive |= alive;
	json_object_put(json);
	return 0;
}

/* What each group is told; who is in a group that nobody told anything has nothing to do. */
static int see_group(void *context, const struct kv *kv)
{
	struct gather *gather = context;
	struct complaint why;
	struct pointer pointer;

	if (pointer_read(kv->value, kv->len, &pointer, &why))
		return 0;
	for (size_t i = 0; i < gather->hosts->count; i++) {
		struct host *host = &gather->hosts->host[i];

		if (strcmp(host->group, pointer.name))
			continue;
		host->wanted = pointer.serial;
		host->known = true;
	}
	pointer_free(&pointer);
	return 0;
}

static void stand(struct host *host, const char *state, const char *reason)
{
	host->state = state;
	if (*reason)
		snprintf(host->reason, sizeof(host->reason), "%s", reason);
}

/* What a host may say of itself; NULL: nothing that is known. */
static const char *word_of(const char *said)
{
	static const char *const words[] = { ok, "waiting", "refused", "differs", "unsaved" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], said))
			return words[i];
	return NULL;
}

static void judge(struct host *host)
{
	char text[128];

	if (!host->alive) {
		stand(host, "silent", "nothing was heard of it for a minute");
	} else if (host->twice || *host->other) {
		snprintf(text, sizeof(text), "two machines go by this name: %.32s, %.32s",
			 host->machine, host->other);
		stand(host, "twice", text);
	} else if (host->clock_ahead > CLOCK_TOLERATED || host->clock_ahead < -CLOCK_TOLERATED) {
		snprintf(text, sizeof(text), "its clock is %lld s %s etcd's",
			 (long long)llabs(host->clock_ahead),
			 host->clock_ahead > 0 ? "ahead of" : "behind");
		stand(host, "clock", text);
	} else if (!word_of(host->said)) {
		stand(host, "silent", "what it says makes no sense");
	} else if (word_of(host->said) != ok) {
		stand(host, word_of(host->said), "");
	} else if (host->known && host->serial != host->wanted) {
		stand(host, "behind", "");
	} else {
		stand(host, ok, "");
	}
}

static void keep_group(struct hosts *hosts, const char *group)
{
	size_t kept = 0;

	for (size_t i = 0; i < hosts->count; i++)
		if (!group || !strcmp(hosts->host[i].group, group))
			hosts->host[kept++] = hosts->host[i];
	hosts->count = kept;
}

int hosts_read(struct etcd *etcd, const char *group, struct hosts *ret_hosts)
{
	struct gather gather = { .etcd = etcd, .hosts = ret_hosts };
	char prefix[STORE_KEY_MAX];
	int err;

	*ret_hosts = (struct hosts){};
	gather.prefix = store_key(etcd->config, prefix, "host", "", NULL);
	err = store_each(etcd, prefix, true, see_host, &gather);
	store_key(etcd->config, prefix, "group", "", NULL);
	if (!err)
		err = store_each(etcd, prefix, true, see_group, &gather);
	if (err)
		return hosts_free(ret_hosts), err;
	keep_group(ret_hosts, group);
	for (size_t i = 0; i < ret_hosts->count; i++)
		judge(&ret_hosts->host[i]);
	return 0;
}
