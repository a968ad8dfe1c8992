/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The files of an instance: the operator's policy file, and the copies the program keeps. */
#include "copies.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beside.h"
#include "clocks.h"
#include "diff.h"
#include "inherit.h"
#include "instance.h"
#include "kept.h"
#include "scope.h"

#define ETC_DIR "/etc/clarent-xdp"
#define VAR_DIR "/var/lib/clarent-xdp"

#define STATES_KEPT     64          /* of as many changes, at most... */
#define SAME_BUFFER     (1 << 20)   /* a million lines in few system calls */
#define STATES_SIZE_MAX (256 << 20) /* ... in so many bytes; two are kept in any case */

/* A pin directory as a file name: "/run/x" is "run-x", and "-" in it "%2d". */
static void instance_name(const char *bpffs, char *ret_name, size_t size)
{
	char *end = ret_name + size - 4;
	bool is_ours = !strcmp(bpffs, "/" HISTORY_DIR) || !strncmp(bpffs, "/policy", 7) ||
		       !strncmp(bpffs, "/ports", 6);

	for (bpffs += *bpffs == '/'; *bpffs && ret_name < end; bpffs++) {
		if (*bpffs == '/')
			*ret_name++ = '-';
		else if (*bpffs == '-' || *bpffs == '%' || is_ours)
			ret_name += sprintf(ret_name, "%%%02x", *bpffs);
		else
			*ret_name++ = *bpffs;
		is_ours = false; /* one letter is enough to tell it from a file of the default's */
	}
	*ret_name = '\0';
}

bool copies_can_name(const char *bpffs)
{
	char name[3 * PINDIR_PATH_MAX];

	instance_name(bpffs, name, sizeof(name));
	return strlen(name) <= NAME_MAX;
}

static void file_path(const char *bpffs, const char *dir, const char *file, char *ret_path)
{
	char name[NAME_MAX] = "";

	if (strcmp(bpffs, INSTANCE_DIR))
		instance_name(bpffs, name, sizeof(name));
	snprintf(ret_path, COPY_PATH_MAX, "%s/%s%s%s", dir, name, *name ? "/" : "", file);
}

const char *copies_path(const char *bpffs, enum copy copy, char ret_path[static COPY_PATH_MAX])
{
	file_path(bpffs, copy == COPY_POLICY ? ETC_DIR : VAR_DIR, "policy", ret_path);
	return ret_path;
}

const char *copies_history_path(const char *bpffs, const char *name,
				char ret_path[static COPY_PATH_MAX])
{
	char file[NAME_MAX + 32];

	snprintf(file, sizeof(file), HISTORY_DIR "/%s", name);
	file_path(bpffs, VAR_DIR, file, ret_path);
	return ret_path;
}

static const char *state_path(const char *bpffs, __u64 change, char ret_path[static COPY_PATH_MAX])
{
	char name[24];

	snprintf(name, sizeof(name), "%llu", (unsigned long long)change);
	return copies_history_path(bpffs, name, ret_path);
}

/* Makes the directories above a file that do not exist. */
int copies_make_dir(const char *path)
{
	char dir[COPY_PATH_MAX];

	if (snprintf(dir, sizeof(dir), "%s", path) >= COPY_PATH_MAX)
		return -ENAMETOOLONG;
	for (char *slash = strchr(dir + strspn(dir, "/"), '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(dir, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

int copies_read(const char *path, struct settings *ret_settings, __u64 *ret_serial)
{
	__u64 serial = copies_serial(path);
	int err = kept_read(path, ret_settings);

	if (!err && ret_serial)
		*ret_serial = serial;
	return err;
}

__u64 copies_serial(const char *path)
{
	scoped(file) file = fopen(path, "re");
	unsigned long long serial;

	return file && fscanf(file, SERIAL_LINE, &serial) == 1 ? serial : 0;
}

int copies_keep_state(const char *bpffs, __u64 change, __u64 former,
		      const struct settings *settings)
{
	const struct copy_text text = { settings, change, former, NULL, NULL, NULL };
	char path[COPY_PATH_MAX];
	int err;

	if (settings->beyond
		    .count) /* whatever led here: what a boot restores is never a part of a list */
		return -EINVAL;
	err = copies_make_dir(state_path(bpffs, change, path));
	return err ? err : write_to(path, &text, /* keep= */ false);
}

int copies_keep_change(const char *bpffs, __u64 change, __u64 former, const struct settings *have,
		       const struct settings *want)
{
	char path[COPY_PATH_MAX], former_path[COPY_PATH_MAX];
	int err = -EOPNOTSUPP;

	if (difference_suits(have, want))
		err = kept_write_difference(state_path(bpffs, change, path),
					    state_path(bpffs, former, former_path), change, former,
					    have, want);
	return err == -EOPNOTSUPP ? copies_keep_state(bpffs, change, former, want) : err;
}

bool copies_can_go_on(const char *bpffs, __u64 change)
{
	char path[COPY_PATH_MAX];

	return kept_can_go_on(state_path(bpffs, change, path), change);
}

#define PURGE_LINK "purge" /* beside the states */
#define PURGE_TEXT "%llu %llu"

void copies_note_purge(const char *bpffs, __u64 change, __u64 former)
{
	char path[COPY_PATH_MAX], text[48];

	copies_history_path(bpffs, PURGE_LINK, path);
	snprintf(text, sizeof(text), PURGE_TEXT, (unsigned long long)change,
		 (unsigned long long)former);
	unlink(path);
	(void)!symlink(text, path); /* where not even that has room, nobody can know */
}

void copies_forget_purge(const char *bpffs)
{
	char path[COPY_PATH_MAX];

	unlink(copies_history_path(bpffs, PURGE_LINK, path));
}

int copies_noted_purge(const char *bpffs, __u64 *ret_change, __u64 *ret_former)
{
	char path[COPY_PATH_MAX], text[48];
	unsigned long long change, former;
	ssize_t len =
		readlink(copies_history_path(bpffs, PURGE_LINK, path), text, sizeof(text) - 1);

	if (len < 0)
		return -errno;
	text[len] = '\0';
	if (sscanf(text, PURGE_TEXT, &change, &former) != 2)
		return -EINVAL;
	*ret_change = change;
	*ret_former = former;
	return 0;
}

static int noted_former(const char *bpffs, __u64 change, __u64 *ret_former)
{
	__u64 purge, former;
	int err = copies_noted_purge(bpffs, &purge, &former);

	if (err || purge != change)
		return -ENOENT;
	*ret_former = former;
	return 0;
}

int copies_former(const char *bpffs, __u64 change, __u64 *ret_former)
{
	char path[COPY_PATH_MAX];
	scoped(file) file = fopen(state_path(bpffs, change, path), "re");
	unsigned long long serial, former;

	if (!file)
		return errno == ENOENT ? noted_former(bpffs, change, ret_former) : -errno;
	if (fscanf(file, STATE_LINE, &serial, &former) != 2 || serial != change)
		return -EINVAL;
	*ret_former = former;
	return 0;
}

int copies_find_state(const char *bpffs, __u64 change)
{
	char path[COPY_PATH_MAX];

	state_path(bpffs, change, path);
	if (faccessat(AT_FDCWD, path, F_OK, AT_EACCESS))
		return -errno;
	return kept_has_base(path) ? 0 : -ENOENT;
}

void copies_drop_state(const char *bpffs, __u64 change)
{
	char path[COPY_PATH_MAX];

	unlink(state_path(bpffs, change, path));
}

int copies_read_state(const char *bpffs, __u64 change, struct settings *ret_settings)
{
	char path[COPY_PATH_MAX];

	return copies_read(state_path(bpffs, change, path), ret_settings, NULL);
}

int copies_edits_between(const char *bpffs, __u64 change, __u64 later, char **ret_edits)
{
	char path[COPY_PATH_MAX], later_path[COPY_PATH_MAX];

	state_path(bpffs, later, later_path);
	if (copies_serial(later_path) != later)
		return -EOPNOTSUPP;
	return kept_edits_since(later_path, state_path(bpffs, change, path), change, ret_edits);
}

static int by_change_descending(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return *x < *y ? 1 : *x > *y ? -1 : 0;
}

/* The changes of which states are kept, the last first. Returns how many. */
static size_t list_states(const char *bpffs, __u64 *ret_change, size_t space)
{
	char path[COPY_PATH_MAX];
	scoped(dir) dir = opendir(copies_history_path(bpffs, "", path));
	struct dirent *entry;
	size_t count = 0;

	while (dir && count < space && (entry = readdir(dir))) {
		char *end;
		__u64 change = strtoull(entry->d_name, &end, 10);

		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && !*end)
			ret_change[count++] = change;
	}
	qsort(ret_change, count, sizeof(*ret_change), by_change_descending);
	return count;
}

int copies_state_before(const char *bpffs, __u64 change, __u64 *ret_change)
{
	__u64 kept[4 * STATES_KEPT];
	size_t count = list_states(bpffs, kept, sizeof(kept) / sizeof(kept[0]));

	for (size_t i = 0; i < count; i++) {
		if (kept[i] < change) {
			*ret_change = kept[i];
			return 0;
		}
	}
	return -ENOENT;
}

/* States that others are said by. */
struct bases {
	__u64 base[4 * STATES_KEPT];
	size_t count;
};

static void note_base(struct bases *bases, const char *path)
{
	struct difference_head head;
	scoped(file) file = NULL;

	if (bases->count < 4 * STATES_KEPT && kept_is_difference(path, &head, &file))
		bases->base[bases->count++] = head.base;
}

static bool is_base(const struct bases *bases, __u64 change)
{
	for (size_t i = 0; i < bases->count; i++) {
		if (bases->base[i] == change)
			return true;
	}
	return false;
}

/* The confirmed copy, and what the boot has put aside. */
static void note_copies(struct bases *bases, const char *bpffs)
{
	char path[COPY_PATH_MAX];

	note_base(bases, copies_path(bpffs, COPY_CONFIRMED, path));
	file_path(bpffs, VAR_DIR, "policy.kept", path);
	note_base(bases, path);
}

void copies_trim_states(const char *bpffs, __u64 last)
{
	__u64 change[4 * STATES_KEPT];
	size_t count = list_states(bpffs, change, sizeof(change) / sizeof(change[0])), kept = 0;
	struct bases bases = {};
	__u64 size = 0;
	char path[COPY_PATH_MAX];
	struct stat st;

	note_copies(&bases, bpffs);
	for (size_t i = 0; i < count; i++) {
		if (change[i] > last || stat(state_path(bpffs, change[i], path), &st))
			continue;
		size += (__u64)st.st_size;
		if ((++kept <= STATES_KEPT && (kept <= 2 || size <= STATES_SIZE_MAX)))
			note_base(&bases, path);
		else if (!is_base(&bases, change[i]))
			unlink(path);
	}
}

int copies_confirm_state(const char *bpffs, __u64 change)
{
	char from[COPY_PATH_MAX], path[COPY_PATH_MAX];
	struct settings settings;
	int err;

	state_path(bpffs, change, from);
	copies_path(bpffs, COPY_CONFIRMED, path);
	err = link_in_place(from, path);
	if (err != -EPERM && err != -EOPNOTSUPP && err != -EMLINK)
		return err;
	err = copies_read(from, &settings, NULL);
	if (err)
		return err;
	err = copies_write(path, &settings, change, /* keep= */ false);
	settings_free(&settings);
	return err;
}

static int remove_file(const char *path)
{
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

static int purge_history(const char *bpffs)
{
	char path[COPY_PATH_MAX];
	scoped(dir) dir = opendir(copies_history_path(bpffs, "", path));
	struct dirent *entry;
	int err = 0;

	while (dir && !err && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			err = remove_file(copies_history_path(bpffs, entry->d_name, path));
	}
	return err;
}

/* What the boot keeps beside the default instance's copy, or was killed while it wrote. */
static int purge_boots(const char *bpffs)
{
	static const char *const names[] = { "ports", "ports.new", "policy.kept" };
	char path[COPY_PATH_MAX];
	int err = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !err; i++) {
		if (strcmp(bpffs, INSTANCE_DIR))
			break;
		file_path(bpffs, VAR_DIR, names[i], path);
		err = remove_file(path);
	}
	return err;
}

/* A file, the one it replaced, and what killed writers of it left. */
static int purge_copy(const char *path)
{
	char former[COPY_PATH_MAX + 1];
	struct place place;
	int err = place_open(path, &place);

	if (err)
		return err == -ENOENT ? 0 : err;
	sweep_beside(&place);
	close(place.dir_fd);
	snprintf(former, sizeof(former), "%s~", path);
	err = remove_file(path);
	return err ? err : remove_file(former);
}

/* A directory of ours; if others have files there, it stays. */
static void purge_dir(const char *bpffs, const char *dir, const char *file)
{
	char path[COPY_PATH_MAX];

	file_path(bpffs, dir, file, path);
	rmdir(dirname(path));
}

int copies_purge(const char *bpffs)
{
	char path[COPY_PATH_MAX];
	int err = purge_boots(bpffs);

	for (int copy = COPY_POLICY; copy <= COPY_CONFIRMED && !err; copy++)
		err = purge_copy(copies_path(bpffs, copy, path));
	if (!err) /* what a copy may be said by goes behind it */
		err = purge_history(bpffs);
	if (err)
		return err;
	purge_dir(bpffs, VAR_DIR, HISTORY_DIR "/log");
	purge_dir(bpffs, VAR_DIR, "policy");
	purge_dir(bpffs, ETC_DIR, "policy");
	return 0;
}

static bool same_bytes(const char *path, const char *other)
{
	scoped(file) one = fopen(path, "re");
	scoped(file) two = fopen(other, "re");
	static char a[SAME_BUFFER], b[SAME_BUFFER];
	size_t size;

	if (!one || !two || !fgets(a, sizeof(a), one) || !fgets(b, sizeof(b), two))
		return false;
	do {
		size = fread(a, 1, sizeof(a), one);
		if (fread(b, 1, sizeof(b), two) != size || memcmp(a, b, size))
			return false;
	} while (size);
	return !ferror(one) && !ferror(two);
}

/* Compared as settings: they may be said in other words. */
static bool same_settings(const char *path, const char *other)
{
	const struct clocks now = clocks_now();
	struct settings one, two;
	bool same = false;

	if (copies_read(path, &one, NULL))
		return false;
	if (!copies_read(other, &two, NULL)) {
		same = !inherit(&one, &two, &now) && !diff(&one, &two, NULL, NULL);
		settings_free(&two);
	}
	settings_free(&one);
	return same;
}

static bool is_difference(const char *path)
{
	struct difference_head head;
	scoped(file) file = NULL;

	return kept_is_difference(path, &head, &file);
}

bool copies_same(const char *path, const char *other)
{
	if (is_difference(path) || is_difference(other))
		return same_settings(path, other);
	return same_bytes(path, other);
}

int copies_differ(const char *bpffs, const struct settings *settings, size_t *ret_lines)
{
	const struct clocks now = clocks_now();
	struct settings saved;
	char path[COPY_PATH_MAX];
	int err = copies_read(copies_path(bpffs, COPY_POLICY, path), &saved, NULL);

	if (err)
		return err;
	err = inherit(settings, &saved, &now);
	if (!err)
		*ret_lines = diff(settings, &saved, NULL, NULL);
	settings_free(&saved);
	return err;
}
