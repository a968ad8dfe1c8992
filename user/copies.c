/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The files of an instance: the operator's policy file, and the copies the program keeps. */
#include "copies.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clocks.h"
#include "instance.h"
#include "policy_file.h"
#include "scope.h"

#define ETC_DIR      "/etc/clarent-xdp"
#define VAR_DIR      "/var/lib/clarent-xdp"
#define WRITE_BUFFER (1 << 20) /* a million lines in few system calls */
#define SERIAL_LINE  "# clarent-xdp policy, generation %llu\n"

/* A pin directory as a file name: "/run/x" is "run-x", and "-" in it "%2d". */
static void instance_name(const char *bpffs, char *ret_name, size_t size)
{
	char *end = ret_name + size - 4;

	for (bpffs += *bpffs == '/'; *bpffs && ret_name < end; bpffs++) {
		if (*bpffs == '/')
			*ret_name++ = '-';
		else if (*bpffs == '-' || *bpffs == '%')
			ret_name += sprintf(ret_name, "%%%02x", *bpffs);
		else
			*ret_name++ = *bpffs;
	}
	*ret_name = '\0';
}

const char *copies_path(const char *bpffs, enum copy copy, char ret_path[static PATH_MAX])
{
	static const char *const dir[] = { ETC_DIR, VAR_DIR, VAR_DIR, VAR_DIR };
	static const char *const file[] = { "policy", "policy", "former", "waiting" };
	char name[NAME_MAX] = "";

	if (strcmp(bpffs, INSTANCE_DIR))
		instance_name(bpffs, name, sizeof(name));
	snprintf(ret_path, PATH_MAX, "%s/%s%s%s", dir[copy], name, *name ? "/" : "", file[copy]);
	return ret_path;
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

/* A new file under a name that nobody has: of two who save at once, the later one wins. */
static FILE *create_beside(const char *path, char ret_fresh[static PATH_MAX])
{
	FILE *file;
	int fd;

	snprintf(ret_fresh, PATH_MAX, "%.4000s.XXXXXX", path);
	fd = mkostemp(ret_fresh, O_CLOEXEC);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (fd >= 0 && !file)
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

/* Do two copies say the same, but for the generation in their first lines? */
static bool is_same(const char *path, const char *other)
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

static int demand_same(const char *path, const char *fresh)
{
	return is_same(path, fresh) ? 0 : -ESTALE;
}

/* What is done with the former file, at path, before the fresh one replaces it; 0 or -errno. */
typedef int former_fn(const char *path, const char *fresh);

static int write_after(const char *path, const struct settings *settings, __u64 serial,
		       former_fn *former)
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
	file = create_beside(path, fresh);
	if (!file)
		return -errno;
	err = write_settings(file, settings, serial);
	if (!err && former)
		err = former(path, fresh);
	if (!err && rename(fresh, path))
		err = -errno;
	if (err) {
		unlink(fresh);
		return err;
	}
	(void)fsync(dir_fd); /* the new file is in its place, whatever this says */
	return 0;
}

int copies_write(const char *path, const struct settings *settings, __u64 serial, bool keep)
{
	return write_after(path, settings, serial, keep ? keep_former : NULL);
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

int copies_keep(const char *bpffs, enum copy copy, const struct settings *settings, __u64 serial)
{
	char path[PATH_MAX];
	int err = copies_make_dir(copies_path(bpffs, copy, path));

	return err ? err : copies_write(path, settings, serial, /* keep= */ false);
}

int copies_record(const char *bpffs, const struct settings *have, const struct settings *want,
		  __u64 serial)
{
	int err = copies_keep(bpffs, COPY_FORMER, have, serial - 1);

	return err ? err : copies_keep(bpffs, COPY_CONFIRMED, want, serial);
}

int copies_renew(const char *bpffs, const struct settings *settings, __u64 serial)
{
	char path[PATH_MAX];

	copies_path(bpffs, COPY_CONFIRMED, path);
	return access(path, F_OK) ? -errno : write_after(path, settings, serial, demand_same);
}
