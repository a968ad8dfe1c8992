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
#include <sys/random.h>
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
#define STATE_LINE   "# clarent-xdp policy, generation %llu after %llu\n"
#define NO_FORMER    (~0ULL)

#define FRESH_INFIX ".clarent-" /* of files that are about to replace another: ".NAME" this... */

#define STATES_KEPT     64          /* of as many changes, at most... */
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

/* A file in its directory, so that what is done to it is done to no other. */
struct place {
	int dir_fd;
	char name[NAME_MAX + 1];
};

/* *ret_place's dir_fd is the caller's. Returns 0 or -errno. */
static int place_open(const char *path, struct place *ret_place)
{
	scoped(memory) copy = strdup(path);
	scoped(memory) other = strdup(path);

	ret_place->dir_fd = -1;
	if (!copy || !other)
		return -ENOMEM;
	snprintf(ret_place->name, sizeof(ret_place->name), "%s", basename(copy));
	ret_place->dir_fd = open(dirname(other), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return ret_place->dir_fd < 0 ? -errno : 0;
}

/* Nobody holds it locked: whoever made it is no more. */
static bool is_abandoned(int dir_fd, const char *name)
{
	size_t len = strlen(name);
	bool is_former = name[len - 1] == '~'; /* its maker's own is without the ~ */
	scoped(fd) fd = -1;
	char own[NAME_MAX + 1];

	snprintf(own, sizeof(own), "%.*s", (int)(len - is_former), name);
	fd = openat(dir_fd, own, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return is_former && errno == ENOENT;
	return !flock(fd, LOCK_EX | LOCK_NB);
}

/* ".NAME.clarent-", by which files beside NAME begin that are about to replace it. */
static void fresh_prefix(const struct place *place, char ret_prefix[static NAME_MAX + 1])
{
	snprintf(ret_prefix, NAME_MAX + 1, ".%.200s" FRESH_INFIX, place->name);
}

/* Removes what killed writers of it left beside it. */
static void sweep_beside(const struct place *place)
{
	scoped(dir) dir = NULL;
	struct dirent *entry;
	char prefix[NAME_MAX + 1];
	int fd = openat(place->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	fresh_prefix(place, prefix);
	while (dir && (entry = readdir(dir))) {
		if (!strncmp(entry->d_name, prefix, strlen(prefix)) &&
		    is_abandoned(place->dir_fd, entry->d_name))
			unlinkat(place->dir_fd, entry->d_name, 0);
	}
}

/* Locks a file just made, lest it be taken for abandoned; false if it was, meanwhile. */
static bool claim(int fd)
{
	struct stat st;

	return !flock(fd, LOCK_EX) && !fstat(fd, &st) && st.st_nlink;
}

/* A name beside it that nobody has. */
static void draw_name(const struct place *place, char ret_name[static NAME_MAX + 1])
{
	char prefix[NAME_MAX + 1];
	__u32 drawn = 0;

	(void)getrandom(&drawn, sizeof(drawn), 0); /* else it is tried whether 0 is free */
	fresh_prefix(place, prefix);
	snprintf(ret_name, NAME_MAX + 1, "%.230s%08x", prefix, drawn);
}

/* A new file beside it, claimed: of two who save at once, the later one wins. An fd or -errno. */
static int create_beside(const struct place *place, char ret_name[static NAME_MAX + 1])
{
	int fd = -1;

	while (fd < 0) {
		draw_name(place, ret_name);
		fd = openat(place->dir_fd, ret_name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
		if (fd >= 0 && !claim(fd)) {
			close(fd);
			fd = -1;
		}
	}
	return fd;
}

/* By an fd of its own: the caller's stays open, and the file claimed. */
static int write_settings(int fd, const struct settings *settings, __u64 serial, __u64 former)
{
	int own_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	scoped(file) file = own_fd < 0 ? NULL : fdopen(own_fd, "w");
	int err;

	if (!file) {
		err = -errno;
		if (own_fd >= 0)
			close(own_fd);
		return err;
	}
	(void)setvbuf(file, NULL, _IOFBF, WRITE_BUFFER);
	if (fprintf(file, former == NO_FORMER ? SERIAL_LINE : STATE_LINE,
		    (unsigned long long)serial, (unsigned long long)former) < 0)
		return -errno;
	err = policy_file_write(file, settings);
	if (err)
		return err;
	return fflush(file) || fsync(fileno(file)) ? -errno : 0;
}

static int rename_in(const struct place *place, const char *from, const char *to)
{
	return renameat(place->dir_fd, from, place->dir_fd, to) ? -errno : 0;
}

/* Puts what has its name also at name~, by way of a name of one's own. */
static int keep_former(const struct place *place, const char *own)
{
	char kept[NAME_MAX + 2], fresh[NAME_MAX + 2];
	int err;

	snprintf(kept, sizeof(kept), "%s~", place->name);
	snprintf(fresh, sizeof(fresh), "%s~", own);
	if (linkat(place->dir_fd, place->name, place->dir_fd, fresh, 0))
		return errno == ENOENT ? 0 : -errno;
	err = rename_in(place, fresh, kept);
	/* left if that failed, or if kept is this very file already: then rename() does nothing */
	unlinkat(place->dir_fd, fresh, 0);
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

static int write_beside(const struct place *place, const struct settings *settings, __u64 serial,
			__u64 former, bool keep)
{
	char fresh[NAME_MAX + 1];
	scoped(fd) fd = -1; /* claims the file until it is in its place */
	int err;

	sweep_beside(place);
	fd = create_beside(place, fresh);
	if (fd < 0)
		return fd;
	err = write_settings(fd, settings, serial, former);
	if (!err && keep)
		err = keep_former(place, fresh);
	if (!err)
		err = rename_in(place, fresh, place->name);
	if (err)
		unlinkat(place->dir_fd, fresh, 0);
	else
		(void)fsync(place->dir_fd); /* it is in its place, whatever this says */
	return err;
}

static int write_to(const char *path, const struct settings *settings, __u64 serial, __u64 former,
		    bool keep)
{
	struct place place;
	int err = refuse_special(path);

	if (!err) /* opened while nothing is done that could be called half done */
		err = place_open(path, &place);
	if (err)
		return err;
	err = write_beside(&place, settings, serial, former, keep);
	close(place.dir_fd);
	return err;
}

int copies_write(const char *path, const struct settings *settings, __u64 serial, bool keep)
{
	return write_to(path, settings, serial, NO_FORMER, keep);
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

int copies_keep_state(const char *bpffs, __u64 change, __u64 former,
		      const struct settings *settings)
{
	char path[COPY_PATH_MAX];
	int err = copies_make_dir(state_path(bpffs, change, path));

	return err ? err : write_to(path, settings, change, former, /* keep= */ false);
}

int copies_former(const char *bpffs, __u64 change, __u64 *ret_former)
{
	char path[COPY_PATH_MAX];
	scoped(file) file = fopen(state_path(bpffs, change, path), "re");
	unsigned long long serial, former;

	if (!file)
		return -errno;
	if (fscanf(file, STATE_LINE, &serial, &former) != 2 || serial != change)
		return -EINVAL;
	*ret_former = former;
	return 0;
}

int copies_find_state(const char *bpffs, __u64 change)
{
	char path[COPY_PATH_MAX];

	state_path(bpffs, change, path);
	return faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) ? -errno : 0;
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

void copies_trim_states(const char *bpffs, __u64 last)
{
	__u64 change[4 * STATES_KEPT];
	size_t count = list_states(bpffs, change, sizeof(change) / sizeof(change[0])), kept = 0;
	__u64 size = 0;
	char path[COPY_PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < count; i++) {
		if (change[i] > last || stat(state_path(bpffs, change[i], path), &st))
			continue;
		size += (__u64)st.st_size;
		if (++kept > STATES_KEPT || (kept > 2 && size > STATES_SIZE_MAX))
			unlink(path);
	}
}

/* Another name for a file, in place of what has that name. */
static int link_in_place(const char *from, const char *path)
{
	char fresh[NAME_MAX + 1];
	struct place place;
	int err = place_open(path, &place);

	if (err)
		return err;
	draw_name(&place, fresh);
	if (linkat(AT_FDCWD, from, place.dir_fd, fresh, 0))
		err = -errno;
	if (!err)
		err = rename_in(&place, fresh, place.name);
	/* left if that failed, or if both were one file already */
	unlinkat(place.dir_fd, fresh, 0);
	close(place.dir_fd);
	return err;
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
	int err = purge_history(bpffs);

	if (!err)
		err = purge_boots(bpffs);
	for (int copy = COPY_POLICY; copy <= COPY_CONFIRMED && !err; copy++)
		err = purge_copy(copies_path(bpffs, copy, path));
	if (err)
		return err;
	purge_dir(bpffs, VAR_DIR, HISTORY_DIR "/log");
	purge_dir(bpffs, VAR_DIR, "policy");
	purge_dir(bpffs, ETC_DIR, "policy");
	return 0;
}
