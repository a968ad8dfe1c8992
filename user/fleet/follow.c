/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* follow: reads what was published, turn by turn, and keeps what is in force. */
#include "follow.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "interrupts.h"
#include "notify.h"
#include "own.h"
#include "sign.h"

#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS   60000
#define RETRY_FIRST_MS   2000 /* of what was refused: a trial or a lock of somebody else may end */
#define RETRY_MAX_MS     120000
#define HARM_FIRST_MS    30000 /* each trial of what failed its self-test does harm */
#define HARM_MAX_MS      3600000

const char *const stands[] = { "ok", "waiting", "refused", "differs", "unsaved" };

__u64 now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (__u64)time.tv_sec * 1000 + (__u64)time.tv_nsec / 1000000;
}

void follow_stand(struct follow *follow, enum stand stand, unsigned int line, const char *reason,
		  ...)
{
	char text[REASON_MAX], status[REASON_MAX + 64];
	va_list arguments;

	va_start(arguments, reason);
	vsnprintf(text, sizeof(text), reason, arguments);
	va_end(arguments);
	if (stand == follow->stand && line == follow->line && !strcmp(text, follow->reason))
		return;
	follow->stand = stand;
	follow->line = line;
	memcpy(follow->reason, text, sizeof(text));
	if (line)
		fleet_log(follow->fleet, "%s: line %u: %s", stands[stand], line, text);
	else if (*text)
		fleet_log(follow->fleet, "%s: %s", stands[stand], text);
	snprintf(status, sizeof(status), "STATUS=%s %s", stands[stand], text);
	notify_say(status);
}

/* --- Pointers --- */

static int refuse(struct follow *follow, enum pointer_kind kind)
{
	const struct complaint *why = &follow->fleet->why;

	follow_stand(follow, STAND_REFUSED, 0, "%s: %s%s%s", pointer_kinds[kind], why->object,
		     *why->object ? ": " : "", why->what);
	return -EINVAL;
}

/* One that was never seen must say more than the last, and be signed. */
static int judge_new(struct follow *follow, const struct pointer *pointer, struct kept_word *word,
		     const char *digest)
{
	struct complaint *why = &follow->fleet->why;
	int err;

	if (pointer->serial < word->serial)
		return complain_failed(why, NULL, "an old pointer, serial %llu; %llu was told",
				       (unsigned long long)pointer->serial,
				       (unsigned long long)word->serial);
	err = sign_verify(&follow->fleet->config, pointer->text, pointer->signature, why);
	if (err)
		return err;
	if (pointer->serial == word->serial)
		return complain_failed(why, NULL, "two pointers of serial %llu",
				       (unsigned long long)pointer->serial);
	word->serial = pointer->serial;
	memcpy(word->digest, digest, DIGEST_MAX);
	err = kept_write(&follow->kept);
	if (err)
		return complain_errno(why, KEPT_DIR, err, "cannot be written");
	follow->tries = 0;
	follow->fresh = true;
	return 0;
}

static int judge(struct follow *follow, enum pointer_kind kind, const struct pointer *pointer)
{
	struct kept_word *word = &follow->kept.word[kind];
	char digest[DIGEST_MAX];

	digest_of(pointer->text, strlen(pointer->text), digest);
	return strcmp(digest, word->digest) ? judge_new(follow, pointer, word, digest) : 0;
}

/* A key that is not there is no word; what was told before goes on. */
static int take(struct follow *follow, enum pointer_kind kind, const char *name,
		const struct kv *kv)
{
	struct kept_word *word = &follow->kept.word[kind];
	struct pointer *pointer = &follow->pointer[kind];
	int err;

	pointer_free(pointer);
	if (strcmp(word->name, name)) { /* it follows another group now */
		*word = (struct kept_word){};
		snprintf(word->name, sizeof(word->name), "%s", name);
	}
	if (!kv->value)
		return 0;
	err = pointer_read(kv->value, kv->len, pointer, &follow->fleet->why);
	if (!err)
		err = pointer_is_for(pointer, kind, name, &follow->fleet->why);
	if (!err)
		err = judge(follow, kind, pointer);
	if (!err)
		return 0;
	pointer_free(pointer);
	return refuse(follow, kind);
}

/* --- A turn --- */

static void keys_of(const struct config *config, struct kv kvs[static 2])
{
	store_key(config, kvs[POINTER_GROUP].key, "group", config->group, NULL);
	store_key(config, kvs[POINTER_HOST].key, "override", config->host, NULL);
}

/* Returns 0, -EINVAL: what lies there is refused, or an error of etcd's. */
static int read_pointers(struct follow *follow)
{
	const struct config *config = &follow->fleet->config;
	struct kv kvs[2];
	int err;

	keys_of(config, kvs);
	err = store_get(&follow->etcd, kvs, 2, &follow->revision);
	if (err)
		return err;
	follow->kept.last_word = (__u64)time(NULL);
	err = take(follow, POINTER_GROUP, config->group, &kvs[POINTER_GROUP]);
	if (!err)
		err = take(follow, POINTER_HOST, config->host, &kvs[POINTER_HOST]);
	store_free(kvs, 2);
	return err;
}

static void listen_again(struct follow *follow)
{
	struct kv kvs[2];
	const char *const keys[] = { kvs[0].key, kvs[1].key };

	if (!watch_ended(follow->watch))
		return;
	keys_of(&follow->fleet->config, kvs);
	watch_close(follow->watch);
	follow->watch = watch_open(&follow->etcd, keys, 2, follow->revision);
}

static bool is_wanted(const struct follow *follow)
{
	for (int kind = 0; kind < 2; kind++)
		if (follow->pointer[kind].text &&
		    follow->pointer[kind].serial != follow->kept.word[kind].applied)
			return true;
	return follow->again;
}

static __u64 backoff(unsigned int failures, __u64 first, __u64 max)
{
	__u64 ms = first << (failures < 10 ? failures : 10);

	ms = ms < max ? ms : max;
	return ms / 2 + randombytes_uniform((__u32)(ms / 2) + 1);
}

static bool is_known(const struct follow *follow)
{
	return follow->pointer[POINTER_GROUP].text || follow->kept.word[POINTER_GROUP].applied;
}

/* Nothing new: or is what was told no longer there? */
static void settle(struct follow *follow)
{
	if (!is_known(follow))
		follow_stand(follow, STAND_WAITING, 0, "nothing is published for group %s",
			     follow->fleet->config.group);
	else if (!follow->pointer[POINTER_GROUP].text)
		follow_stand(follow, STAND_REFUSED, 0,
			     "the pointer of group %s is gone; what it said stays in force",
			     follow->fleet->config.group);
	else if (follow->differs)
		follow_stand(follow, STAND_DIFFERS, 0, "%s",
			     "changed on the host; what is published next replaces it");
	else if (!follow->unsaved)
		follow_stand(follow, STAND_OK, 0, "%s", "");
}

/* All at once would be too much, for etcd and for whoever waits for them. */
static void spread(struct follow *follow)
{
	follow->fresh = false;
	follow->due = now_ms() + randombytes_uniform(follow->fleet->config.jitter * 1000 + 1);
}

static void act(struct follow *follow)
{
	carry_look(follow);
	if (!is_known(follow) || !is_wanted(follow)) {
		settle(follow);
		return;
	}
	if (follow->fresh)
		spread(follow);
	if (now_ms() < follow->due)
		return;
	follow->harmful = false;
	carry_out(follow);
	if (follow->stand == STAND_REFUSED)
		follow->due =
			now_ms() +
			(follow->harmful ? backoff(follow->tries++, HARM_FIRST_MS, HARM_MAX_MS)
					 : backoff(follow->tries++, RETRY_FIRST_MS, RETRY_MAX_MS));
	else
		follow->tries = 0;
}

static void lost(struct follow *follow)
{
	if (!follow->failures++)
		fleet_log(follow->fleet, "no word: %s: %s; what is in force stays",
			  follow->fleet->why.object, follow->fleet->why.what);
	if (follow->failures == 1)
		(void)kept_write(&follow->kept); /* when the last word was */
	watch_close(follow->watch);
	follow->watch = NULL;
}

/* Returns after how many ms the next turn is due, however quiet it is. */
static __u64 turn(struct follow *follow)
{
	__u64 now, poll = follow->fleet->config.poll * 1000ULL;
	int err = read_pointers(follow);

	if (err && err != -EINVAL) {
		lost(follow);
		return backoff(follow->failures, BACKOFF_FIRST_MS, BACKOFF_MAX_MS);
	}
	if (follow->failures)
		fleet_log(follow->fleet, "etcd is back");
	follow->failures = 0;
	listen_again(follow);
	if (!err)
		act(follow);
	report(follow);
	poll = poll - poll / 4 + randombytes_uniform((__u32)(poll / 4) + 1);
	now = now_ms();
	if (is_wanted(follow) && follow->due < now + poll)
		return follow->due > now ? follow->due - now : 1;
	return poll;
}

static void go_on(struct follow *follow)
{
	while (!interrupted()) {
		__u64 ms = turn(follow);

		watch_wait(follow->watch, (unsigned int)ms);
	}
	notify_say("STOPPING=1");
	(void)kept_write(&follow->kept);
}

static int begin(struct follow *follow)
{
	struct fleet *fleet = follow->fleet;
	int err = kept_read(&follow->kept);

	if (err) {
		complain_errno(&fleet->why, KEPT_DIR "/state", err, "cannot be read");
		complain_hint(&fleet->why,
			      "without it, an old policy could be taken for a new one");
		return err;
	}
	err = etcd_open(&fleet->config, &fleet->why, &follow->etcd);
	if (!err)
		err = report_begin(follow, &fleet->why);
	return err;
}

/* What only a follower needs to be told. */
static int demand(struct fleet *fleet)
{
	const struct config *config = &fleet->config;

	if (!config->group)
		complain_failed(&fleet->why, "group", "not said in the configuration");
	else if (!config->host)
		complain_failed(&fleet->why, "host", "not said, and this host has no name for it");
	else if (!config->trusts)
		complain_failed(&fleet->why, "trust", "not said: whose signature counts?");
	else
		return STATUS_DONE;
	return STATUS_FAILED;
}

int verb_follow(struct fleet *fleet)
{
	struct follow follow = { .fleet = fleet, .stand = STAND_WAITING };
	int status = fleet->count ? fleet_misplaced(fleet, fleet->words[0]) : demand(fleet);

	if (status)
		return status;
	notify_begin();
	interrupts_catch();
	status = begin(&follow) ? STATUS_FAILED : STATUS_DONE;
	if (!status) {
		notify_say("READY=1");
		carry_resume(&follow);
		go_on(&follow);
	}
	report_end(&follow);
	watch_close(follow.watch);
	pointer_free(&follow.pointer[POINTER_GROUP]);
	pointer_free(&follow.pointer[POINTER_HOST]);
	etcd_close(&follow.etcd);
	return status;
}
