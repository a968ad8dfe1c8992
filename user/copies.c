/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The files of an instance: the operator's policy file, and the copies the program keeps. */
#include "copies.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clocks.h"
#include "instance.h"
#include "policy_file.h"
#include "scope.h"

#define ETC_DIR      "/etc/clarent-xdp"
#define VAR_DIR      "/var/lib/clarent-xdp"
#define HISTORY_DIR  "history"
#define WRITE_BUFFER (1 << 20) /* a million lines in few system calls */
#define SERIAL_LINE  "# clarent-xdp policy, generation %llu\n"

#define FRESH_INFIX   ".clarent-" /* of files that are about to replace another: ".NAME" this... */
#define FRESH_PATTERN FRESH_INFIX "XXXXXX"

#define STATES_KEPT     64          /* of as many changes, at most... */
#define STATES_SIZE_MAX (256 << 20) /* ... in so many bytes; two are kept in any case */

/* A pin directory as a file name: "/run/x" is "run-x", and "-" in it "%2d". */
static void instance_name(const char *bpffs, char *ret_name, size_t size)
{
	char *end = ret_name + size - 4;
	bool is_ours = !strcmp(bpffs, "/" HISTORY_DIR) || !strncmp(bpffs, "/policy", 7);

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

static void file_path(const char *bpffs, const char *dir, const char *file, char *ret_path)
{
	char name[NAME_MAX] = "";

	if (strcmp(bpffs, INSTANCE_DIR))
		instance_name(bpffs, name, sizeof(name));
	snprintf(ret_path, PATH_MAX, "%s/%s%s%s", dir, name, *name ? "/" : "", file);
}

const char *copies_path(const char *bpffs, enum copy copy, char ret_path[static PATH_MAX])
{
	file_path(bpffs, copy == COPY_POLICY ? ETC_DIR : VAR_DIR, "policy", ret_path);
	return ret_path;
}

const char *copies_history_path(const char *bpffs, const char *name, char ret_path[static PATH_MAX])
{
	char file[NAME_MAX + 32];

	snprintf(file, sizeof(file), HISTORY_DIR "/%s", name);
	file_path(bpffs, VAR_DIR, file, ret_path);
	return ret_path;
}

static const char *state_path(const char *bpffs, __u64 change, char ret_path[static PATH_MAX])
{
	char name[24];

	snprintf(name, sizeof(name), "%llu", (unsigned long long)change);
	return copies_history_path(bpffs, name, ret_path);
}

/* Makes the directories above a file that do not exist. */
int copies_make_dir(const char *path)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *slash = strchr(dir + strspn(dir, "/"), '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(dir, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int open_dir_of(const char *path)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", path);
	return open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* ".NAME.clarent-", by which files beside NAME begin that are about to replace it. */
static void fresh_prefix(const char *path, char *ret_prefix, size_t size)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(ret_prefix, size, ".%.200s" FRESH_INFIX, basename(copy));
}

/* Nobody holds it locked: whoever made it is no more. */
static bool is_abandoned(int dir_fd, const char *name)
{
	scoped(fd) fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	size_t len = strlen(name);
	char of[NAME_MAX + 1];

	if (name[len - 1] == '~') { /* a former file's other name: its maker's is without the ~ */
		snprintf(of, sizeof(of), "%.*s", (int)len - 1, name);
		return faccessat(dir_fd, of, F_OK, 0) && errno == ENOENT;
	}
	return fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB);
}

/* Removes what killed writers of path left beside it. */
static void sweep_beside(const char *path, int dir_fd)
{
	scoped(dir) dir = NULL;
	struct dirent *entry;
	char prefix[NAME_MAX + 1];
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	fresh_prefix(path, prefix, sizeof(prefix));
	while (dir && (entry = readdir(dir))) {
		if (!strncmp(entry->d_name, prefix, strlen(prefix)) &&
		    is_abandoned(dir_fd, entry->d_name))
			unlinkat(dir_fd, entry->d_name, 0);
	}
}

/* Locks a file just made, lest it be taken for abandoned; false if it was, meanwhile. */
static bool claim(int fd)
{
	struct stat st;

	return !flock(fd, LOCK_EX) && !fstat(fd, &st) && st.st_nlink;
}

/* A new file under a name that nobody has: of two who save at once, the later one wins. */
static FILE *create_beside(const char *path, char ret_fresh[static PATH_MAX])
{
	char copy[PATH_MAX], prefix[NAME_MAX + 1];
	FILE *file;
	int fd;

	fresh_prefix(path, prefix, sizeof(prefix));
	do {
		snprintf(copy, sizeof(copy), "%s", path);
		snprintf(ret_fresh, PATH_MAX, "%.3500s/%sXXXXXX", dirname(copy), prefix);
		fd = mkostemp(ret_fresh, O_CLOEXEC);
		if (fd < 0)
			return NULL;
		if (claim(fd))
			break;
		close(fd);
	} while (true);
	file = fdopen(fd, "w");
	if (!file)
		close(fd);
	return file;
}

static int write_settings(FILE *file, const struct settings *settings, __u64 serial)
{
	int err;

	(void)setvbuf(file, NULL, _IOFBF, WRITE_BUFFER);
	if (fprintf(file, SERIAL_LINE, (unsigned long long)serial) < 0)
		return -errno;
	err = policy_file_write(file, settings);
	if (err)
		return err;
	return fflush(file) || fsync(fileno(file)) ? -errno : 0;
}

/* Puts what is at path also at path~, by way of a name of one's own. */
static int keep_former(const char *path, const char *own)
{
	char kept[PATH_MAX], fresh[PATH_MAX];
	int err;

	snprintf(kept, sizeof(kept), "%.4000s~", path);
	snprintf(fresh, sizeof(fresh), "%.4000s~", own);
	if (link(path, fresh))
		return errno == ENOENT ? 0 : -errno;
	err = rename(fresh, kept) ? -errno : 0;
	/* left if that failed, or if kept is this very file already: then rename() does nothing */
	unlink(fresh);
	return err;
}

/* What a rename would replace must be a file, not a device or a directory. */
static int refuse_special(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	return S_ISREG(st.st_mode) ? 0 : -EINVAL;
}

bool copies_same(const char *path, const char *other)
{
	scoped(file) one = fopen(path, "re");
	scoped(file) two = fopen(other, "re");
	static char a[WRITE_BUFFER], b[WRITE_BUFFER];
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

int copies_write(const char *path, const struct settings *settings, __u64 serial, bool keep)
{
	scoped(file) file = NULL;
	scoped(fd) dir_fd = -1;
	char fresh[PATH_MAX];
	int err = refuse_special(path);

	if (err)
		return err;
	dir_fd = open_dir_of(path); /* while nothing is done that could be called half done */
	if (dir_fd < 0)
		return -errno;
	sweep_beside(path, dir_fd);
	file = create_beside(path, fresh);
	if (!file)
		return -errno;
	err = write_settings(file, settings, serial);
	if (!err && keep)
		err = keep_former(path, fresh);
	if (!err && rename(fresh, path))
		err = -errno;
	if (err) {
		unlink(fresh);
		return err;
	}
	(void)fsync(dir_fd); /* the new file is in its place, whatever this says */
	return 0;
}

int copies_read(const char *path, struct settings *ret_settings, __u64 *ret_serial)
{
	static struct file_errors errors; /* of no interest: the program wrote the file */
	struct warnings warnings = {};
	scoped(file) file = fopen(path, "re");
	unsigned long long serial = 0;
	int err;

	if (!file)
		return -errno;
	if (fscanf(file, SERIAL_LINE, &serial) != 1)
		serial = 0;
	rewind(file);
	err = policy_file_read(file, clocks_now().utc, ret_settings, &errors, &warnings);
	warnings_free(&warnings);
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

int copies_keep_state(const char *bpffs, __u64 change, const struct settings *settings)
{
	char path[PATH_MAX];
	int err = copies_make_dir(state_path(bpffs, change, path));

	return err ? err : copies_write(path, settings, change, /* keep= */ false);
}

void copies_drop_state(const char *bpffs, __u64 change)
{
	char path[PATH_MAX];

	unlink(state_path(bpffs, change, path));
}

int copies_read_state(const char *bpffs, __u64 change, struct settings *ret_settings)
{
	char path[PATH_MAX];

	return copies_read(state_path(bpffs, change, path), ret_settings, NULL);
}

static int by_change_descending(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return *x < *y ? 1 : *x > *y ? -1 : 0;
}

/* The changes of which states are kept, the last first. Returns how many. */
static size_t list_states(const char *bpffs, __u64 *ret_change, size_t space)
{
	char path[PATH_MAX];
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

void copies_trim_states(const char *bpffs, __u64 last)
{
	__u64 change[4 * STATES_KEPT];
	size_t count = list_states(bpffs, change, sizeof(change) / sizeof(change[0])), kept = 0;
	__u64 size = 0;
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < count; i++) {
		if (change[i] > last || stat(state_path(bpffs, change[i], path), &st))
			continue;
		size += (__u64)st.st_size;
		if (++kept > STATES_KEPT || (kept > 2 && size > STATES_SIZE_MAX))
			unlink(path);
	}
}

/* Another name for a file, in place of what has that name; a copy where there can be none. */
static int link_in_place(const char *from, const char *path)
{
	char fresh[PATH_MAX];
	FILE *file = create_beside(path, fresh);
	int err = file ? 0 : -errno;

	if (err)
		return err;
	fclose(file); /* only its name was wanted */
	unlink(fresh);
	if (link(from, fresh) || rename(fresh, path))
		err = -errno;
	unlink(fresh); /* left if that failed, or if both were one file already */
	return err;
}

int copies_confirm_state(const char *bpffs, __u64 change)
{
	char from[PATH_MAX], path[PATH_MAX];
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
	char path[PATH_MAX];
	scoped(dir) dir = opendir(copies_history_path(bpffs, "", path));
	struct dirent *entry;
	int err = 0;

	while (dir && !err && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			err = remove_file(copies_history_path(bpffs, entry->d_name, path));
	}
	return err;
}

int copies_purge(const char *bpffs)
{
	char path[PATH_MAX], former[PATH_MAX];
	int err = purge_history(bpffs);

	for (int copy = COPY_POLICY; copy <= COPY_CONFIRMED && !err; copy++) {
		copies_path(bpffs, copy, path);
		snprintf(former, sizeof(former), "%.4000s~", path);
		err = remove_file(path);
		if (!err)
			err = remove_file(former);
		if (copy == COPY_CONFIRMED) {
			copies_history_path(bpffs, "", former);
			former[strlen(former) - 1] = '\0';
			rmdir(former);
		}
		rmdir(dirname(path)); /* if others have files there, they stay */
	}
	return err;
}
