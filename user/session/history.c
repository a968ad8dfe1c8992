/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was changed, by whom, and what became of it: a log that is only added to. */
#include "history.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copies.h"
#include "scope.h"

#define LOG          "log"
#define RECORDS_KEPT 200         /* when the log is begun anew... */
#define RECORDS_MAX  1000        /* ... once it has grown so long */
#define LOG_MAX      (8UL << 20) /* bytes read, should it be somebody else's */

const char *const history_state_names[] = {
#define X(symbol, name) [HISTORY_##symbol] = name,
	HISTORY_STATES(X)
#undef X
		NULL,
};

DEFINE_SCOPED(struct json_object *, json, json_object_put)

void history_free(struct history *history)
{
	free(history->record);
	*history = (struct history){};
}

/* Reading */

static const char *text_of(struct json_object *line, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(line, key, &value) ? json_object_get_string(value) : NULL;
}

static long long number_of(struct json_object *line, const char *key, long long none)
{
	struct json_object *value;

	return json_object_object_get_ex(line, key, &value) ? json_object_get_int64(value) : none;
}

static int state_of(struct json_object *line)
{
	const char *name = text_of(line, "state");

	for (int state = 0; name && history_state_names[state]; state++) {
		if (!strcmp(name, history_state_names[state]))
			return state;
	}
	return -1;
}

static struct history_record *find(const struct history *history, __u64 change)
{
	for (size_t i = history->count; i > 0; i--) {
		if (history->record[i - 1].change == change)
			return &history->record[i - 1];
	}
	return NULL;
}

/* In its place by number, over one of the same number: that one never happened. */
static int put(struct history *history, const struct history_record *record)
{
	struct history_record *there = find(history, record->change), *grown;
	size_t at = history->count;

	if (there) {
		*there = *record;
		return 0;
	}
	grown = reallocarray(history->record, history->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	history->record = grown;
	while (at && grown[at - 1].change > record->change)
		at--;
	memmove(&grown[at + 1], &grown[at], (history->count - at) * sizeof(*grown));
	grown[at] = *record;
	history->count++;
	return 0;
}

static int take_entry(struct history *history, struct json_object *line, __u64 change, int state)
{
	struct history_record record = {
		.change = change,
		.time = (__u64)number_of(line, "time", 0),
		.uid = number_of(line, "uid", -1),
		.login_uid = number_of(line, "login_uid", -1),
		.state = state,
		.attaches = number_of(line, "attaches", 0),
		.unknown = number_of(line, "unknown", 0),
	};
	const char *words = text_of(line, "words"), *did = text_of(line, "did");
	const char *boot = text_of(line, "boot");

	snprintf(record.boot, sizeof(record.boot), "%s", boot ? boot : "");
	snprintf(record.words, sizeof(record.words), "%s", words ? words : "");
	snprintf(record.did, sizeof(record.did), "%s", did ? did : "");
	return put(history, &record);
}

/* A line that says nothing, as one that was cut off, is passed over. */
static int take_line(struct history *history, const char *text)
{
	scoped(json) line = json_tokener_parse(text);
	long long change = number_of(line, "change", 0);
	int state = state_of(line);
	struct history_record *there;

	if (change <= 0 || state < 0)
		return 0;
	if (text_of(line, "words"))
		return take_entry(history, line, (__u64)change, state);
	there = find(history, (__u64)change);
	if (there) {
		there->state = state;
		there->time = (__u64)number_of(line, "time", (long long)there->time);
	}
	return 0;
}

static int remember_file(int fd, struct history *history)
{
	struct stat stat;

	if (fstat(fd, &stat))
		return -errno;
	history->file = stat.st_ino;
	history->size = stat.st_size;
	return 0;
}

int history_read(const char *bpffs, struct history *ret_history)
{
	char path[COPY_PATH_MAX];
	scoped(file) file = fopen(copies_history_path(bpffs, LOG, path), "re");
	scoped(memory) memory = NULL;
	char *line = NULL;
	size_t space = 0, total = 0;
	ssize_t len;
	int err = 0;

	*ret_history = (struct history){};
	if (!file)
		return errno == ENOENT ? 0 : -errno;
	err = remember_file(fileno(file), ret_history);
	while (!err && total < LOG_MAX && (len = getline(&line, &space, file)) > 0) {
		total += (size_t)len;
		err = take_line(ret_history, line);
	}
	memory = line;
	if (!err && ferror(file))
		err = -EIO;
	if (err)
		history_free(ret_history);
	return err;
}

/* It is only added to, or begun anew as another file. */
bool history_stands(const char *bpffs, const struct history *history)
{
	char path[COPY_PATH_MAX];
	struct stat stat;

	if (lstat(copies_history_path(bpffs, LOG, path), &stat))
		return !history->file;
	return stat.st_ino == history->file && stat.st_size == history->size;
}

/* Writing */

/* The caller's to put. NULL if memory is out. */
static struct json_object *mark_json(__u64 change, enum history_state state, __u64 utc)
{
	struct json_object *line = json_object_new_object();

	json_object_object_add(line, "change", json_object_new_int64((int64_t)change));
	json_object_object_add(line, "state", json_object_new_string(history_state_names[state]));
	json_object_object_add(line, "time", json_object_new_int64((int64_t)utc));
	return line;
}

static struct json_object *entry_json(const struct history_record *record)
{
	struct json_object *line = mark_json(record->change, record->state, record->time);

	json_object_object_add(line, "uid", json_object_new_int64(record->uid));
	json_object_object_add(line, "login_uid", json_object_new_int64(record->login_uid));
	json_object_object_add(line, "attaches", json_object_new_int(record->attaches));
	json_object_object_add(line, "unknown", json_object_new_int(record->unknown));
	json_object_object_add(line, "boot", json_object_new_string(record->boot));
	json_object_object_add(line, "words", json_object_new_string(record->words));
	json_object_object_add(line, "did", json_object_new_string(record->did));
	return line;
}

/* A line of its own, whatever a killed writer left before it. */
static int write_line(int fd, struct json_object *line)
{
	const char *text = json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN);
	int written = dprintf(fd, "\n%s\n", text);

	return written < 0 ? -errno : 0;
}

static int append(const char *bpffs, struct json_object *line, bool sync)
{
	char path[COPY_PATH_MAX];
	scoped(fd) fd = -1;
	int err = copies_make_dir(copies_history_path(bpffs, LOG, path));

	if (err)
		return err;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_line(fd, line);
	return !err && sync && fsync(fd) ? -errno : err;
}

/* Begins the log anew with its last records. */
static void shorten(const char *bpffs, const struct history *history)
{
	char path[COPY_PATH_MAX], fresh[COPY_PATH_MAX];
	size_t from = history->count > RECORDS_KEPT ? history->count - RECORDS_KEPT : 0;
	scoped(fd) fd = -1;
	int err = 0;

	copies_history_path(bpffs, LOG, path);
	copies_history_path(bpffs, LOG ".new", fresh); /* one writer at a time: the lock is held */
	fd = open(fresh, O_WRONLY | O_TRUNC | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	for (size_t i = from; fd >= 0 && !err && i < history->count; i++) {
		scoped(json) line = entry_json(&history->record[i]);

		err = write_line(fd, line);
	}
	if (fd < 0 || err || fsync(fd) || rename(fresh, path))
		unlink(fresh); /* the long one does as well */
}

int history_enter(const char *bpffs, struct history *history, const struct history_record *record)
{
	scoped(json) line = entry_json(record);
	int err = put(history, record);

	if (history->count > RECORDS_MAX) {
		shorten(bpffs, history);
		memmove(history->record, history->record + history->count - RECORDS_KEPT,
			RECORDS_KEPT * sizeof(*history->record));
		history->count = RECORDS_KEPT;
	}
	return err ? err : append(bpffs, line, /* sync= */ true);
}

int history_mark(const char *bpffs, struct history *history, __u64 change, enum history_state state,
		 __u64 utc)
{
	scoped(json) line = mark_json(change, state, utc);
	struct history_record *there = find(history, change);

	if (there) {
		there->state = state;
		there->time = utc;
	}
	return append(bpffs, line, /* sync= */ false);
}

/* Asking */

void history_this_boot(char ret_boot[HISTORY_BOOT_MAX])
{
	scoped(file) file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file || !fgets(ret_boot, HISTORY_BOOT_MAX, file))
		*ret_boot = '\0';
	ret_boot[strcspn(ret_boot, "\n")] = '\0';
}

__u64 history_before_boot(const struct history *history)
{
	char boot[HISTORY_BOOT_MAX];
	__u64 latest = 0;

	history_this_boot(boot);
	for (size_t i = 0; i < history->count; i++) {
		const struct history_record *record = &history->record[i];

		if ((!*boot || strcmp(record->boot, boot)) && record->time > latest)
			latest = record->time;
	}
	return latest;
}

/* Settings that were killed before their flip never happened. */
static bool happened(const struct history_record *record)
{
	return record->state != HISTORY_CUT || record->attaches;
}

const struct history_record *history_last(const struct history *history)
{
	for (size_t i = history->count; i > 0; i--) {
		if (happened(&history->record[i - 1]))
			return &history->record[i - 1];
	}
	return NULL;
}

static bool is_open(const struct history_record *record)
{
	return record->state == HISTORY_BEGUN || record->state == HISTORY_TRIAL;
}

#define PURGE "purge" /* the words of one */

bool history_is_purge(const struct history_record *record)
{
	return !strcmp(record->words, PURGE);
}

static enum history_state settle_attaching(const struct history_record *record,
					   const struct history_facts *facts)
{
	if (facts->gate_waits)
		return HISTORY_TRIAL;
	if (record->change == facts->last_attaching && facts->attaching_kept)
		return HISTORY_DONE;
	if (record->change == facts->last_attaching && facts->attaching_ended)
		return HISTORY_UNDONE;
	return record->state == HISTORY_TRIAL ? HISTORY_LAPSED : HISTORY_CUT;
}

static enum history_state settle_settings(const struct history_record *record,
					  const struct history_facts *facts)
{
	__u64 serial = facts->serial ? facts->serial : facts->confirmed;

	if (!facts->serial && record->state == HISTORY_BEGUN && history_is_purge(record))
		return HISTORY_DONE; /* nothing is in force */
	if (record->change == serial)
		return facts->waits ? HISTORY_TRIAL : HISTORY_DONE;
	/* others were built over it, and a full disk left no word of that */
	if (facts->serial > record->change && facts->former >= record->change &&
	    record->change != facts->last_lapsed)
		return HISTORY_DONE;
	if (record->state != HISTORY_TRIAL)
		return HISTORY_CUT;
	/* what did not lapse in the kernel was given up, and whoever did so was killed at it */
	return !facts->serial || record->change == facts->last_lapsed ? HISTORY_LAPSED
								      : HISTORY_UNDONE;
}

static struct history_record missing_purge(const struct history_facts *facts)
{
	struct history_record record = { .change = facts->purge,
					 .time = facts->utc,
					 .login_uid = -1,
					 .uid = -1,
					 .state = HISTORY_DONE,
					 .words = PURGE };

	history_this_boot(record.boot);
	return record;
}

static enum history_state missing_attaching(const struct history_facts *facts)
{
	if (facts->gate_waits)
		return HISTORY_TRIAL;
	return facts->attaching_ended ? HISTORY_UNDONE : HISTORY_DONE;
}

bool history_missing(const struct history *history, const struct history_facts *facts,
		     struct history_record *ret_record)
{
	bool attaches =
		facts->last_attaching > facts->serial && !find(history, facts->last_attaching);
	bool lapsed = facts->last_lapsed > facts->serial && !find(history, facts->last_lapsed);
	/* while rules are in force it was killed before it took them away */
	bool purged = !facts->serial && facts->purge && !find(history, facts->purge);

	if (purged) {
		*ret_record = missing_purge(facts);
		return true;
	}
	*ret_record = (struct history_record){
		.change = attaches ? facts->last_attaching : facts->last_lapsed,
		.time = facts->utc,
		.login_uid = -1,
		.uid = -1,
		.state = attaches ? missing_attaching(facts) : HISTORY_LAPSED,
		.attaches = attaches,
		.unknown = true,
	};
	history_this_boot(ret_record->boot);
	return attaches || lapsed;
}

/* In memory alone. */
static void put_missing(struct history *history, const struct history_facts *facts)
{
	struct history_record missing;

	while (history_missing(history, facts, &missing)) {
		if (put(history, &missing))
			return;
	}
}

static enum history_state settle(const struct history_record *record,
				 const struct history_facts *facts)
{
	return record->attaches ? settle_attaching(record, facts) : settle_settings(record, facts);
}

/* The rules in force, where a full disk left no line of them: in memory, NULL if memory is out. */
static const struct history_record *put_found(struct history *history,
					      const struct history_facts *facts)
{
	struct history_record found = { .change = facts->serial,
					.time = facts->utc,
					.login_uid = -1,
					.uid = -1,
					.state = facts->waits ? HISTORY_TRIAL : HISTORY_DONE,
					.unknown = true };

	history_this_boot(found.boot);
	return put(history, &found) ? NULL : find(history, facts->serial);
}

const struct history_record *history_settle(struct history *history,
					    const struct history_facts *facts)
{
	bool attaching = false; /* facts speak of the last of them */

	put_missing(history, facts);
	if (facts->serial && !find(history, facts->serial))
		return put_found(history, facts);
	/* what a full disk left no line of may stand behind one that is not known to have ended */
	for (size_t i = history->count; i > 0; i--) {
		struct history_record *record = &history->record[i - 1];
		enum history_state state;

		if (!is_open(record) || (record->attaches && attaching))
			continue;
		attaching |= record->attaches;
		state = settle(record, facts);
		if (state == record->state)
			continue;
		record->state = state;
		record->time = facts->utc;
		return record;
	}
	return NULL;
}

__u64 history_next(const struct history *history, __u64 serial)
{
	const struct history_record *last = history_last(history);

	return (last && last->change > serial ? last->change : serial) + 1;
}

/* Is it in the way of whoever wants to undo what was before it? */
static bool is_obstacle(const struct history_record *record)
{
	return record->attaches || record->state == HISTORY_LAPSED;
}

const struct history_record *history_obstacle(const struct history *history, __u64 change)
{
	for (size_t i = history->count; i > 0; i--) {
		const struct history_record *record = &history->record[i - 1];

		if (record->change > change && is_obstacle(record))
			return record;
	}
	return NULL;
}

const struct history_record *history_done_after(const struct history *history, __u64 confirmed)
{
	for (size_t i = history->count; i > 0; i--) {
		const struct history_record *record = &history->record[i - 1];

		if (record->state == HISTORY_DONE && !record->attaches)
			return record->change > confirmed ? record : NULL;
	}
	return NULL;
}

const struct history_record *history_find(const struct history *history, __u64 change)
{
	return find(history, change);
}
