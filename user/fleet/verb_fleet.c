/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `fleet`: publishes to groups of hosts, and says how they stand. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fleet.h"
#include "hosts.h"
#include "interrupts.h"
#include "kept.h"
#include "pieces.h"
#include "promote.h"
#include "publish.h"
#include "scope.h"
#include "when.h"

#define WITHIN_USUAL 600 /* seconds */
#define WITHIN_MAX   86400
#define DROPS_USUAL  100 /* packets/s */
#define DROPS_MAX    10000000

/* --- Words --- */

static int need_name(struct fleet *fleet, const char *name)
{
	if (!config_is_name(name))
		return fleet_usage(fleet, name, "not a name: letters, digits, . _ -");
	return STATUS_DONE;
}

static int need_words(struct fleet *fleet, int count, const char *what)
{
	return fleet->count < count ? fleet_usage(fleet, NULL, what) : STATUS_DONE;
}

/* A number behind its word, which is at that place. */
static int number_at(struct fleet *fleet, int at, unsigned int max, unsigned int *ret_number)
{
	const char *word = at + 1 < fleet->count ? fleet->words[at + 1] : "";
	char *end;
	unsigned long number = strtoul(word, &end, 10);

	if (*word < '0' || *word > '9' || *end || number > max)
		return fleet_usage(fleet, *word ? word : fleet->words[at],
				   *word ? "not a number that fits" : "needs a number");
	*ret_number = (unsigned int)number;
	return STATUS_DONE;
}

/* --- publish --- */

static char *read_all(FILE *file, size_t *ret_len, int *ret_err)
{
	struct buffer text = {};
	char part[16384];
	size_t len;

	*ret_err = 0;
	while ((len = fread(part, 1, sizeof(part), file)) && text.len <= POINTER_POLICY_MAX)
		buffer_add(&text, part, len);
	if (ferror(file))
		*ret_err = -EIO;
	else if (text.len > POINTER_POLICY_MAX)
		*ret_err = -EFBIG;
	else if (text.len && text.data[text.len - 1] != '\n')
		*ret_err = -EBADMSG;
	buffer_add(&text, "", 1);
	if (text.failed)
		*ret_err = -ENOMEM;
	*ret_len = text.len - 1;
	if (!*ret_err)
		return text.data;
	buffer_free(&text);
	return NULL;
}

static char *read_policy(struct fleet *fleet, const char *name, size_t *ret_len)
{
	bool is_stdin = !strcmp(name, "-");
	scoped(file) file = is_stdin ? NULL : fopen(name, "re");
	int err = -errno;
	char *text = is_stdin || file ? read_all(is_stdin ? stdin : file, ret_len, &err) : NULL;

	if (err == -EBADMSG)
		complain_failed(&fleet->why, name,
				"does not end in a newline: it may have been "
				"cut off");
	else if (!text)
		complain_errno(&fleet->why, name, err, "cannot be read");
	return text;
}

static int say_serial(struct fleet *fleet, const char *name, __u64 serial)
{
	json_object_object_add(fleet->answer, "changed", json_object_new_boolean(true));
	json_object_object_add(fleet->answer, "name", json_object_new_string(name));
	json_object_object_add(fleet->answer, "serial", json_object_new_int64((__s64)serial));
	return STATUS_DONE;
}

static int run_publish(struct fleet *fleet, struct etcd *etcd)
{
	struct publication publication = { .kind = POINTER_GROUP };
	bool own = fleet->count > 1 && !strcmp(fleet->words[1], "host");
	int least = own ? 4 : 3, status;
	__u64 serial;
	char *text;

	publication.force = fleet->count > least && !strcmp(fleet->words[least], "force");
	if (fleet->count > least + publication.force)
		return fleet_misplaced(fleet, fleet->words[least + publication.force]);
	status = need_words(fleet, least, "needs a group, or host and a name, and then a file");
	if (status)
		return status;
	publication.kind = own ? POINTER_HOST : POINTER_GROUP;
	publication.name = fleet->words[least - 2];
	status = need_name(fleet, publication.name);
	if (status)
		return status;
	fleet->count = least; /* the last one is the file, for who complains of it */
	text = read_policy(fleet, fleet->words[least - 1], &publication.len);
	publication.text = text;
	status = text ? publish(fleet, etcd, &publication, &serial) : STATUS_FAILED;
	free(text);
	return status ? status : say_serial(fleet, publication.name, serial);
}

/* --- promote --- */

static int span_at(struct fleet *fleet, int at, unsigned int *ret_seconds)
{
	if (at + 1 >= fleet->count)
		return fleet_usage(fleet, fleet->words[at], "needs a time");
	return when_span(fleet->words[at + 1], 0, WITHIN_MAX, ret_seconds, &fleet->why)
		       ? STATUS_USAGE
		       : STATUS_DONE;
}

static int promote_word(struct fleet *fleet, int at, struct promotion *promotion, int *ret_took)
{
	const char *word = fleet->words[at];

	*ret_took = 2;
	if (!strcmp(word, "within"))
		return span_at(fleet, at, &promotion->within);
	if (!strcmp(word, "drops"))
		return number_at(fleet, at, DROPS_MAX, &promotion->drops);
	*ret_took = 1;
	if (strcmp(word, "force"))
		return fleet_misplaced(fleet, word);
	promotion->force = true;
	return STATUS_DONE;
}

static int parse_promote(struct fleet *fleet, struct promotion *promotion)
{
	int took, status = need_words(fleet, 3, "needs two groups: from which, and to which");

	for (int i = 1; i < 3 && !status; i++)
		status = need_name(fleet, fleet->words[i]);
	for (int at = 3; at < fleet->count && !status; at += took)
		status = promote_word(fleet, at, promotion, &took);
	if (status)
		return status;
	promotion->from = fleet->words[1];
	promotion->to = fleet->words[2];
	if (!strcmp(promotion->from, promotion->to))
		return fleet_usage(fleet, promotion->to, "is the same group");
	return STATUS_DONE;
}

static int run_promote(struct fleet *fleet, struct etcd *etcd)
{
	struct promotion promotion = { .within = WITHIN_USUAL, .drops = DROPS_USUAL };
	int status = parse_promote(fleet, &promotion);
	__u64 serial;

	if (status)
		return status;
	interrupts_catch();
	fleet->count = 3;
	status = promote(fleet, etcd, &promotion, &serial);
	return status ? status : say_serial(fleet, promotion.to, serial);
}

/* --- status and refused --- */

static const struct host *host_of(const void *row)
{
	return row;
}

#define FIELD(field, is)                                 \
	static struct value get_##field(const void *row) \
	{                                                \
		const struct host *host = host_of(row);  \
                                                         \
		return is;                               \
	}

FIELD(name, value_text(host->name))
FIELD(group, value_text(host->group))
FIELD(state, value_text(host->state))
FIELD(serial, value_some(host->serial))
FIELD(wanted, value_some(host->wanted))
FIELD(since, value_ago(host->since))
FIELD(heard, value_date(host->heard))
FIELD(drops, host->drops < 0 ? value_none() : value_number((__u64)host->drops))
FIELD(line, value_some(host->line))
FIELD(reason, value_text(host->reason))
FIELD(version, value_text(host->version))

static const struct field status_fields[] = {
	{ "HOST", "host", get_name },
	{ "GROUP", "group", get_group },
	{ "STATE", "state", get_state },
	{ "SERIAL", "serial", get_serial },
	{ "WANTED", "wanted", get_wanted },
	{ "IN FORCE", "in_force_since", get_since },
	{ "LAST NEWS", "last_news", get_heard },
	{ "DROPS/S", "drops_per_second", get_drops },
	{ "VERSION", "program", get_version },
	{ "LINE", "line", get_line },
	{ "REASON", "reason", get_reason },
	{},
};

static const struct field refused_fields[] = {
	{ "HOST", "host", get_name },       { "GROUP", "group", get_group },
	{ "WANTED", "wanted", get_wanted }, { "LINE", "line", get_line },
	{ "REASON", "reason", get_reason }, {},
};

static const void *host_at(const struct rows *rows, size_t index)
{
	return &((const struct hosts *)rows->context)->host[index];
}

static int fail(struct fleet *fleet, const struct hosts *hosts)
{
	size_t wrong = 0;

	for (size_t i = 0; i < hosts->count; i++)
		wrong += !host_is_well(&hosts->host[i]);
	if (!wrong)
		return STATUS_DONE;
	complain_failed(&fleet->why, NULL, "%zu of %zu hosts are not as they should be", wrong,
			hosts->count);
	return STATUS_FAILED;
}

static void keep_refused(struct hosts *hosts)
{
	size_t kept = 0;

	for (size_t i = 0; i < hosts->count; i++)
		if (!strcmp(hosts->host[i].state, "refused"))
			hosts->host[kept++] = hosts->host[i];
	hosts->count = kept;
}

/* If nobody answers, this host may at least know when somebody did. */
static void hint_last_word(struct fleet *fleet, int err)
{
	struct kept kept;
	char when[WHEN_TEXT_MAX];

	if (err != -EAGAIN || kept_read(&kept) || !kept.last_word)
		return;
	when_format(kept.last_word, when);
	complain_hint(&fleet->why, "the last word came here at %s; what is in force stays", when);
}

static int show(struct fleet *fleet, struct etcd *etcd, bool refused)
{
	struct rows rows = { refused ? refused_fields : status_fields, 0, host_at, NULL };
	struct hosts hosts;
	int err, status;

	if (fleet->count > 2)
		return fleet_misplaced(fleet, fleet->words[2]);
	if (fleet->count > 1 && need_name(fleet, fleet->words[1]))
		return STATUS_USAGE;
	err = hosts_read(etcd, fleet->count > 1 ? fleet->words[1] : NULL, &hosts);
	if (err)
		return hint_last_word(fleet, err), STATUS_FAILED;
	if (refused)
		keep_refused(&hosts);
	rows.count = hosts.count;
	rows.context = &hosts;
	status = fleet_answer(fleet, "hosts", &rows);
	if (!status)
		status = fail(fleet, &hosts);
	hosts_free(&hosts);
	return status;
}

static int run_status(struct fleet *fleet, struct etcd *etcd)
{
	return show(fleet, etcd, false);
}

static int run_refused(struct fleet *fleet, struct etcd *etcd)
{
	return show(fleet, etcd, true);
}

/* --- forget --- */

static int delete_key(void *context, const struct kv *kv)
{
	store_delete(context, kv->key);
	return 0;
}

/* A host that is no more: its last words, and its own lines. */
static int run_forget(struct fleet *fleet, struct etcd *etcd)
{
	struct txn txn = store_txn();
	char key[STORE_KEY_MAX];
	int err, status = need_words(fleet, 2, "needs a host");

	if (!status && fleet->count > 2)
		status = fleet_misplaced(fleet, fleet->words[2]);
	if (!status)
		status = need_name(fleet, fleet->words[1]);
	if (status)
		return status;
	store_key(&fleet->config, key, "host", fleet->words[1], "", NULL);
	err = store_each(etcd, key, false, delete_key, &txn);
	if (!err && !json_count(txn.success)) {
		complain_failed(&fleet->why, fleet->words[1], "nobody has heard of this host");
		return STATUS_FAILED;
	}
	store_key(&fleet->config, key, "override", fleet->words[1], NULL);
	store_delete(&txn, key);
	if (!err)
		err = store_commit(etcd, &txn);
	json_object_object_add(fleet->answer, "changed", json_object_new_boolean(!err));
	return err ? STATUS_FAILED : STATUS_DONE;
}

/* --- */

static const struct run {
	const char *word;
	int (*run)(struct fleet *fleet, struct etcd *etcd);
} runs[] = {
	{ "publish", run_publish }, { "promote", run_promote }, { "status", run_status },
	{ "refused", run_refused }, { "forget", run_forget },
};

/* NULL: there is none of that name. */
static const struct run *run_of(const char *word)
{
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		if (!strcmp(runs[i].word, word))
			return &runs[i];
	}
	return NULL;
}

int verb_fleet_judge(struct fleet *fleet)
{
	if (!fleet->count)
		return fleet_usage(fleet, NULL, "publish, promote, status, refused or forget?");
	return run_of(fleet->words[0]) ? STATUS_DONE : fleet_misplaced(fleet, fleet->words[0]);
}

int verb_fleet(struct fleet *fleet)
{
	struct etcd etcd;
	int status;

	if (etcd_open(&fleet->config, &fleet->why, &etcd))
		return STATUS_FAILED;
	status = run_of(fleet->words[0])->run(fleet, &etcd);
	etcd_close(&etcd);
	return status;
}
