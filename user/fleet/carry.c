/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Brings what was published into force: on trial, tested, confirmed, saved, and kept. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "follow.h"
#include "own.h"
#include "pieces.h"
#include "policy.h"
#include "scope.h"

/* The texts of a group and of this host, each with a NUL that is not counted. */
struct texts {
	char *text[2];
	size_t len[2];
};

static void texts_free(struct texts *texts)
{
	free(texts->text[POINTER_GROUP]);
	free(texts->text[POINTER_HOST]);
}

/* As it was kept, if it is still what is said to be in force; else NULL. */
static char *kept_whole(const struct follow *follow, enum pointer_kind kind, size_t *ret_len)
{
	char digest[DIGEST_MAX], *text = kept_text(kind, ret_len);

	if (!text)
		return NULL;
	digest_of(text, *ret_len, digest);
	if (!strcmp(digest, follow->kept.word[kind].policy))
		return text;
	free(text);
	return NULL;
}

/* Nothing lies there: what was told last goes on. */
static int text_without_word(struct follow *follow, enum pointer_kind kind, struct texts *texts)
{
	if (!follow->kept.word[kind].applied)
		return 0;
	texts->text[kind] = kept_whole(follow, kind, &texts->len[kind]);
	if (texts->text[kind])
		return 0;
	complain_failed(&follow->fleet->why, NULL,
			"the policy that is in force for it is no longer in " KEPT_DIR);
	return -ENOENT;
}

static int text_of(struct follow *follow, enum pointer_kind kind, struct texts *texts)
{
	const struct pointer *pointer = &follow->pointer[kind];
	size_t have_len = 0;
	char *have;
	int err;

	if (!pointer->text)
		return text_without_word(follow, kind, texts);
	have = kept_whole(follow, kind, &have_len);
	err = pieces_get(&follow->etcd, pointer, have, have_len, &texts->text[kind]);
	free(have);
	texts->len[kind] = err ? 0 : pointer->size;
	return err;
}

static void refuse(struct follow *follow, unsigned int line, const char *what)
{
	const struct complaint *why = &follow->fleet->why;

	follow_stand(follow, STAND_REFUSED, line, "%s%s%s%s", what, why->object,
		     *why->object ? ": " : "", why->what);
}

static void refuse_fault(struct follow *follow, const struct policy_fault *fault, bool own)
{
	const char *whose = own ? "of the host's own lines: " : "";
	char more[40] = "";

	if (fault->count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", fault->count - 1);
	follow_stand(follow, STAND_REFUSED, fault->line, "%s%s%s%s%s", whose, fault->why.object,
		     *fault->why.object ? ": " : "", fault->why.what, more);
}

/* --- The self-test --- */

/* By a connection that was not there before the change. */
static int test_etcd(struct follow *follow)
{
	struct fleet *fleet = follow->fleet;
	struct etcd etcd;
	struct kv kv;
	int err = etcd_open(&fleet->config, &fleet->why, &etcd);

	if (err)
		return err;
	/* a password costs etcd more than all else that it is asked */
	etcd.token = follow->etcd.token ? strdup(follow->etcd.token) : NULL;
	etcd.seconds = 1 + fleet->config.confirm / 4 / (long)fleet->config.endpoints;
	store_key(&fleet->config, kv.key, "group", fleet->config.group, NULL);
	err = store_get(&etcd, &kv, 1, NULL);
	if (!err)
		free(kv.value);
	etcd_close(&etcd);
	return err;
}

static int self_test(struct follow *follow)
{
	struct fleet *fleet = follow->fleet;
	const __u64 end = now_ms() + fleet->config.confirm * 500ULL;
	int err = test_etcd(follow);

	/* an election may be on; half the time of the trial is for it */
	while (err && now_ms() < end) {
		watch_wait(NULL, 500);
		err = test_etcd(follow);
	}
	for (size_t i = 0; i < fleet->config.tests && !err; i++)
		err = own_check(fleet, &fleet->config.test[i], &fleet->why);
	return err;
}

/* --- In force --- */

static int confirm(struct follow *follow)
{
	if (self_test(follow)) {
		follow->harmful = true;
		refuse(follow, 0, "self-test: it is taken back: ");
		return -EPERM;
	}
	if (own_confirm(follow->fleet, &follow->fleet->why)) {
		refuse(follow, 0, "");
		return -EPERM;
	}
	return 0;
}

static void save(struct follow *follow)
{
	follow->unsaved = own_save(follow->fleet, &follow->fleet->why) != 0;
	if (follow->unsaved)
		follow_stand(follow, STAND_UNSAVED, 0, "%s", follow->fleet->why.what);
}

static int digest_in_force(struct follow *follow, char ret_digest[static DIGEST_MAX],
			   bool *ret_empty)
{
	struct buffer text = {};
	int err = own_settings(follow->fleet, &text, &follow->fleet->why);

	if (!err) {
		digest_of(text.data, text.len, ret_digest);
		*ret_empty = !text.len;
	}
	buffer_free(&text);
	return err;
}

static void look_at_change(struct follow *follow)
{
	bool waits;

	(void)own_change(follow->fleet, &follow->change, &waits, &follow->fleet->why);
}

static void keep(struct follow *follow, const struct texts *texts)
{
	struct kept *kept = &follow->kept;
	bool empty;
	int err = 0;

	for (int kind = 0; kind < 2 && !err; kind++) {
		const struct pointer *pointer = &follow->pointer[kind];

		if (!pointer->text)
			continue;
		err = kept_text_write((enum pointer_kind)kind, texts->text[kind], texts->len[kind]);
		kept->word[kind].applied = pointer->serial;
		memcpy(kept->word[kind].policy, pointer->digest, DIGEST_MAX);
	}
	if (!err)
		err = digest_in_force(follow, kept->in_force, &empty);
	kept->since = (__u64)time(NULL);
	kept->trying[0] = '\0';
	if (!err)
		err = kept_write(kept);
	if (err)
		follow_stand(follow, STAND_UNSAVED, 0, KEPT_DIR " cannot be written: %s",
			     strerror(-err));
}

static void put_in_force(struct follow *follow, const struct buffer *policy,
			 const struct texts *texts)
{
	struct kept *kept = &follow->kept;
	bool changed = false;
	int err;

	digest_of(policy->data, policy->len, kept->trying);
	err = kept_write(kept);
	if (err) {
		follow_stand(follow, STAND_REFUSED, 0, KEPT_DIR " cannot be written: %s",
			     strerror(-err));
		return;
	}
	if (own_apply(follow->fleet, policy->data, policy->len, &changed, &follow->fleet->why)) {
		refuse(follow, 0, "");
		return;
	}
	if (changed && confirm(follow))
		return;
	follow->again = follow->differs = false;
	follow_stand(follow, STAND_OK, 0, "%s", "");
	follow->rate_before = follow->rate;
	follow->rate = -1;
	save(follow);
	keep(follow, texts);
	look_at_change(follow);
	fleet_log(follow->fleet, "in force: %s, serial %llu", follow->fleet->config.group,
		  (unsigned long long)kept->word[POINTER_GROUP].applied);
}

/* A text that says nothing is read as one that was cut off. */
static void end_policy(struct buffer *policy)
{
	if (!policy->len)
		buffer_text(policy, "# nothing\n");
}

void carry_out(struct follow *follow)
{
	struct texts texts = {};
	struct policy_fault fault;
	struct buffer policy = {};
	bool own;
	int err = text_of(follow, POINTER_GROUP, &texts);

	if (!err)
		err = text_of(follow, POINTER_HOST, &texts);
	if (err) {
		refuse(follow, 0, "");
		texts_free(&texts);
		return;
	}
	err = policy_join(texts.text[POINTER_GROUP], texts.len[POINTER_GROUP],
			  texts.text[POINTER_HOST], texts.len[POINTER_HOST], &policy, &fault, &own);
	end_policy(&policy);
	if (err == -EINVAL)
		refuse_fault(follow, &fault, own);
	else if (err || policy.failed)
		follow_stand(follow, STAND_REFUSED, 0, "%s", strerror(err ? -err : ENOMEM));
	else
		put_in_force(follow, &policy, &texts);
	buffer_free(&policy);
	texts_free(&texts);
}

/* --- What somebody else does here --- */

void carry_look(struct follow *follow)
{
	struct kept *kept = &follow->kept;
	char digest[DIGEST_MAX];
	__u64 change;
	bool waits, empty;

	if (follow->unsaved)
		save(follow);
	if (!*kept->in_force || own_change(follow->fleet, &change, &waits, &follow->fleet->why))
		return;
	if (waits || (change && change == follow->change))
		return;
	if (digest_in_force(follow, digest, &empty))
		return;
	follow->change = change;
	follow->differs = strcmp(digest, kept->in_force) != 0;
	follow->again = follow->differs && empty; /* purged, or a boot restored nothing */
}

void carry_resume(struct follow *follow)
{
	char digest[DIGEST_MAX];
	__u64 change;
	bool waits, empty;

	if (!*follow->kept.trying ||
	    own_change(follow->fleet, &change, &waits, &follow->fleet->why))
		return;
	if (digest_in_force(follow, digest, &empty) || strcmp(digest, follow->kept.trying))
		return;
	if (!waits || !confirm(follow))
		save(follow);
}
