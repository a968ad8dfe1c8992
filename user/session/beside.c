/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing a file beside the one it replaces: the old or the new one is there, whole, at every moment. */
#include "beside.h"

#include <dirent.h>
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

#include "policy_file.h"
#include "scope.h"

#define WRITE_BUFFER (1 << 20) /* a million lines in few system calls */

#define FRESH_INFIX ".clarent-" /* of files that are about to replace another: ".NAME" this... */

/* *ret_place's dir_fd is the caller's. Returns 0 or -errno. */
int place_open(const char *path, struct place *ret_place)
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
void sweep_beside(const struct place *place)
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
	__u32 drawn;

	if (getrandom(&drawn, sizeof(drawn), 0) != sizeof(drawn))
		drawn = 0; /* it is tried whether that is free */
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

static int write_plain(FILE *to, const struct plain_text *plain)
{
	if (fwrite(plain->data, 1, plain->len, to) != plain->len)
		return errno ? -errno : -EIO;
	return fchmod(fileno(to), plain->mode) ? -errno : 0;
}

static int write_text(FILE *to, const struct copy_text *text)
{
	if (text->plain)
		return write_plain(to, text->plain);
	if (fprintf(to, text->former == NO_FORMER ? SERIAL_LINE : STATE_LINE,
		    (unsigned long long)text->serial, (unsigned long long)text->former) < 0)
		return -errno;
	if (!text->difference && text->settings->beyond.count) /* nobody knows the whole */
		return -EINVAL;
	if (!text->difference)
		return policy_file_write(to, text->settings);
	errno = 0;
	difference_write_head(to, text->difference, text->settings);
	fputs(text->edits, to);
	return !ferror(to) ? 0 : errno ? -errno : -EIO;
}

/* By an fd of its own: the caller's stays open, and the file claimed. */
static int write_settings(int fd, const struct copy_text *text)
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
	err = write_text(file, text);
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

static int write_beside(const struct place *place, const struct copy_text *text, bool keep)
{
	char fresh[NAME_MAX + 1];
	scoped(fd) fd = -1; /* claims the file until it is in its place */
	int err;

	sweep_beside(place);
	fd = create_beside(place, fresh);
	if (fd < 0)
		return fd;
	err = write_settings(fd, text);
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

int write_to(const char *path, const struct copy_text *text, bool keep)
{
	struct place place;
	int err = refuse_special(path);

	if (!err) /* opened while nothing is done that could be called half done */
		err = place_open(path, &place);
	if (err)
		return err;
	err = write_beside(&place, text, keep);
	close(place.dir_fd);
	return err;
}

int copies_write(const char *path, const struct settings *settings, __u64 serial, bool keep)
{
	const struct copy_text text = { settings, serial, NO_FORMER, NULL, NULL, NULL };

	return write_to(path, &text, keep);
}

int write_plain_to(const char *path, const struct plain_text *plain)
{
	return write_to(path, &(struct copy_text){ .plain = plain }, /* keep= */ false);
}

/* Another name for a file, in place of what has that name. */
int link_in_place(const char *from, const char *path)
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
