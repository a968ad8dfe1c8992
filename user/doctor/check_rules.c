/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Are the rules in force those that were meant: saved, confirmed, enforced, alive. */
#include <errno.h>
#include <string.h>

#include "attachments.h"
#include "checks.h"
#include "copies.h"
#include "when.h"

static const struct settings *settings_of(const struct doctor *doctor)
{
	return &doctor->view->settings;
}

static const char *policy_name(const struct doctor *doctor, const struct entry *entry)
{
	return settings_of(doctor)->policy[entry->policy].name;
}

/* --- What ends by the clock --- */

void check_clock(struct doctor *doctor)
{
	const struct settings *settings = settings_of(doctor);
	size_t expiring = 0;

	for (size_t i = 0; i < settings->count; i++)
		expiring += settings->entry[i].expires != 0;
	if (expiring && !doctor->view->clocks.synced) {
		doctor_say(doctor, DOCTOR_WARN, NULL, "nobody keeps it right, and %zu entr%s by it",
			   expiring, expiring == 1 ? "y expires" : "ies expire");
		doctor_mend(doctor, "timedatectl set-ntp true");
	}
	if (expiring)
		doctor_well(doctor, "kept right, for %zu that expire", expiring);
	doctor_well(doctor, "no entry expires by it");
}

void check_expired(struct doctor *doctor)
{
	const struct settings *settings = settings_of(doctor);

	for (size_t i = 0; i < settings->count; i++) {
		const struct entry *entry = &settings->entry[i];
		char prefix[PREFIX_TEXT_MAX], when[WHEN_TEXT_MAX];

		if (!entry_expired(entry, doctor->view->clocks.utc))
			continue;
		prefix_format(&entry->prefix, prefix);
		doctor_say(doctor, DOCTOR_WARN, prefix, "expired at %s, for %s",
			   when_format(entry->expires, when), policy_name(doctor, entry));
		doctor_mend_self(doctor, "revoke %s %s", prefix, policy_name(doctor, entry));
	}
	doctor_well(doctor, "no entry has expired");
}

/* --- What becomes of the rules --- */

/* As a fresh instance has it. */
static bool is_untouched(const struct settings *settings)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (settings->policy[i].name[0] && !settings_is_default(settings, i))
			return false;
	}
	return !settings->count && !settings->tunnel_count && settings->fragments == FRAGMENTS_PASS;
}

static void mend_saved(struct doctor *doctor)
{
	char path[COPY_PATH_MAX], word[DOCTOR_WORD_MAX];

	if (doctor->view->exists)
		doctor_mend_self(doctor, "save");
	else /* the file is all there is */
		doctor_mend_self(
			doctor, "apply %s",
			doctor_word(copies_path(doctor->cli->bpffs, COPY_POLICY, path), word));
}

void check_saved(struct doctor *doctor)
{
	size_t lines = 0;
	int err = copies_differ(doctor->cli->bpffs, settings_of(doctor), &lines);

	if (err == -ENOENT && is_untouched(settings_of(doctor))) {
		doctor_well(doctor, "nothing, and there is nothing to save");
	} else if (err == -ENOENT) {
		doctor_say(doctor, DOCTOR_FAIL, NULL, "nothing, so a boot restores nothing");
		mend_saved(doctor);
	} else if (err) {
		doctor_say(doctor, DOCTOR_FAIL, NULL, "cannot be read: %s", strerror(-err));
		mend_saved(doctor);
	} else if (lines) {
		doctor_say(doctor, DOCTOR_FAIL, NULL, "differs from what runs in %zu line%s", lines,
			   lines == 1 ? "" : "s");
		mend_saved(doctor);
	}
	doctor_well(doctor, "agrees with what runs");
}

static void say_waiting(struct doctor *doctor)
{
	const struct coverage *coverage = &doctor->coverage;
	unsigned int left = view_waiting(doctor->view, coverage->attachment, coverage->attachments);

	if (!left)
		return;
	doctor_say(doctor, DOCTOR_FAIL, NULL, "%u s left before the former state is back", left);
	doctor_mend_self(doctor, "confirm");
}

/* The words again, without the trial that was not confirmed. */
static void mend_lapsed(struct doctor *doctor, const struct history_record *last)
{
	const char *at = NULL;

	for (const char *next = last->words; (next = strstr(next, " confirm ")); next++)
		at = next;
	doctor_mend_self(doctor, "%.*s", at ? (int)(at - last->words) : (int)strlen(last->words),
			 last->words);
}

static void say_lapsed(struct doctor *doctor)
{
	const struct history_record *last = history_last(&doctor->view->history);
	int err = doctor->view->history_err;
	char when[WHEN_TEXT_MAX];

	if (err)
		doctor_unseen(doctor, "the history cannot be read: %s", strerror(-err));
	if (!last || last->state != HISTORY_LAPSED)
		return;
	doctor_say(doctor, DOCTOR_FAIL, NULL, "nobody confirmed change %llu at %s",
		   (unsigned long long)last->change, when_format(last->time, when));
	mend_lapsed(doctor, last);
}

void check_trial(struct doctor *doctor)
{
	if (doctor->view->exists) {
		say_waiting(doctor);
		say_lapsed(doctor);
	}
	doctor_well(doctor, "none waits, and none has lapsed");
}

/* --- What the rules do --- */

static void check_mode(struct doctor *doctor, unsigned int index, const struct policy *policy)
{
	bool lists = settings_admitted(settings_of(doctor), index, doctor->view->clocks.utc);
	struct policy usual;

	settings_default_policy(index, &usual);
	if (policy->mode == usual.mode ||
	    (policy->mode != CX_MODE_OPEN && policy->mode != CX_MODE_MONITOR))
		return;
	doctor_say(doctor, DOCTOR_FAIL, policy->name, "mode %s, so its ports are open%s",
		   mode_names[policy->mode],
		   lists ? "" : "; it lists nobody, and enforced they are closed to all");
	doctor_mend_self(doctor, "policy %s mode enforce%s", policy->name, lists ? "" : " force");
}

void check_modes(struct doctor *doctor)
{
	const struct settings *settings = settings_of(doctor);

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (settings->policy[i].name[0])
			check_mode(doctor, i, &settings->policy[i]);
	}
	doctor_well(doctor, "no policy is left in monitor, or open");
}

/* --- What the rules name --- */

/* By the name that rules know an attachment by. */
static bool is_attached(const struct doctor *doctor, const char *ifname)
{
	const struct coverage *coverage = &doctor->coverage;

	for (size_t i = 0; i < coverage->attachments; i++) {
		const struct attachment *attachment = &coverage->attachment[i];
		__u16 dev = attachment->self.dev % CX_MAX_DEVS;

		if (attachment->ifindex && !strcmp(doctor->view->instance.devices[dev], ifname))
			return true;
	}
	return false;
}

static const struct interface *find_here(const struct doctor *doctor, const char *ifname)
{
	return interfaces_named(doctor->coverage.interface, doctor->coverage.interfaces, ifname);
}

/* Nothing is wrong with what will be judged as soon as anything is. */
static void check_name(struct doctor *doctor, const char *ifname, const char *who,
		       const char *take_back)
{
	const struct interface *interface = find_here(doctor, ifname);

	if (is_attached(doctor, ifname) || (interface && !doctor->coverage.attachments))
		return;
	doctor_say(doctor, DOCTOR_FAIL, ifname, "%s names it: %s", who,
		   interface ? "it is not attached, so nothing comes in there"
			     : "no such interface is here or attached");
	if (interface)
		doctor_mend_attach(doctor, interface);
	else
		doctor_mend_self(doctor, "%s", take_back);
}

static void check_entry_name(struct doctor *doctor, const struct entry *entry)
{
	const char *ifname = strings_text(settings_of(doctor)->strings, entry->dev);
	char prefix[PREFIX_TEXT_MAX], who[PREFIX_TEXT_MAX + 32], take_back[PREFIX_TEXT_MAX + 40];

	prefix_format(&entry->prefix, prefix);
	snprintf(who, sizeof(who), "%s of %s", prefix, policy_name(doctor, entry));
	/* it admits nobody as it is, and to admit from everywhere is not ours to say */
	snprintf(take_back, sizeof(take_back), "revoke %s %s", prefix, policy_name(doctor, entry));
	check_name(doctor, ifname, who, take_back);
}

void check_names(struct doctor *doctor)
{
	const struct settings *settings = settings_of(doctor);

	for (size_t i = 0; i < settings->tunnel_count; i++) {
		const char *ifname = strings_text(settings->strings, settings->tunnel[i]);
		char word[DOCTOR_WORD_MAX], take_back[DOCTOR_WORD_MAX + 16];

		snprintf(take_back, sizeof(take_back), "tunnel %s off", doctor_word(ifname, word));
		check_name(doctor, ifname, "tunnel", take_back);
	}
	for (size_t i = 0; i < settings->count; i++) {
		if (settings->entry[i].dev)
			check_entry_name(doctor, &settings->entry[i]);
	}
	doctor_well(doctor, "each interface that rules name is there");
}
