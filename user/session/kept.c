/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies of a state that say only what differs from another one. */
#include "kept.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "beside.h"
#include "clocks.h"
#include "policy_file.h"
#include "scope.h"

/* What is not a file is not looked into: what a pipe has given once it does not give again. */
static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

bool kept_is_difference(const char *path, struct difference_head *ret_head, FILE **ret_file)
{
	scoped(file) file = is_file(path) ? fopen(path, "re") : NULL;
	char line[128];

	if (!file || !fgets(line, sizeof(line), file) || !difference_read_head(file, ret_head))
		return false;
	*ret_file = file;
	file = NULL;
	return true;
}

/* A state lies beside the one that it differs from; the confirmed copy above both. */
static const char *base_path(const char *path, __u64 base, char ret_path[static COPY_PATH_MAX])
{
	char dir[COPY_PATH_MAX], last[COPY_PATH_MAX];
	bool inside;

	snprintf(dir, sizeof(dir), "%s", path);
	dirname(dir);
	snprintf(last, sizeof(last), "%s", dir);
	inside = !strcmp(basename(last), HISTORY_DIR);
	snprintf(ret_path, COPY_PATH_MAX, "%.470s/%s%llu", dir, inside ? "" : HISTORY_DIR "/",
		 (unsigned long long)base);
	return ret_path;
}

/* Is it there, and the one that was meant? */
static bool is_base(const char *path, const struct difference_head *head)
{
	struct stat st;

	return !stat(path, &st) && (__u64)st.st_size == head->size &&
	       copies_serial(path) == head->base;
}

bool kept_has_base(const char *path)
{
	char base[COPY_PATH_MAX];
	struct difference_head head;
	scoped(file) file = NULL;

	return !kept_is_difference(path, &head, &file) ||
	       is_base(base_path(path, head.base, base), &head);
}

/* Writing */

/* What the former one is, or differs from, is the base of the next, too. */
static int find_base(const char *former_path, __u64 former, struct difference_head *ret_head,
		     FILE **ret_file)
{
	struct stat st;

	if (copies_serial(former_path) != former)
		return -EOPNOTSUPP;
	if (kept_is_difference(former_path, ret_head, ret_file))
		return kept_has_base(former_path) ? 0 : -EOPNOTSUPP;
	if (stat(former_path, &st))
		return -EOPNOTSUPP;
	*ret_head = (struct difference_head){
		.base = former,
		.size = (__u64)st.st_size,
		.both = true,
	};
	return 0;
}

/* The edits of the former one, if it has any, and those that make want of have; the caller's to free. */
static int make_edits(FILE *former, const struct settings *have, const struct settings *want,
		      char **ret_edits)
{
	size_t size;
	FILE *to = open_memstream(ret_edits, &size);
	int err;

	if (!to)
		return -ENOMEM;
	err = former ? difference_copy_edits(former, to) : 0;
	difference_write_edits(to, have, want);
	if (fclose(to) && !err)
		err = -ENOMEM;
	return err == -E2BIG ? -EOPNOTSUPP : err;
}

bool kept_can_go_on(const char *path, __u64 change)
{
	struct difference_head head;
	scoped(file) file = NULL;
	struct stat st;

	return !find_base(path, change, &head, &file) && !stat(path, &st) &&
	       (!file || st.st_size <= DIFFERENCE_SIZE_MAX);
}

int kept_write_difference(const char *path, const char *former_path, __u64 change, __u64 former,
			  const struct settings *have, const struct settings *want)
{
	struct difference_head head;
	struct copy_text text = { want, change, former, &head, NULL, NULL };
	scoped(file) file = NULL;
	char *edits = NULL;
	int err = find_base(former_path, former, &head, &file);

	if (err)
		return err;
	err = make_edits(file, have, want, &edits);
	text.edits = edits;
	head.count = settings_total(want);
	if (!err)
		err = write_to(path, &text, /* keep= */ false);
	free(edits);
	return err;
}

/* Taking back */

static int read_edits(FILE *from, char **ret_edits)
{
	size_t size;
	FILE *to = open_memstream(ret_edits, &size);
	int err;

	if (!to)
		return -ENOMEM;
	err = difference_copy_edits(from, to);
	if (fclose(to) && !err)
		err = -ENOMEM;
	if (err)
		free(*ret_edits);
	return err;
}

/* The base has none of its own. */
static int read_earlier(const char *path, __u64 change, const struct difference_head *later,
			char **ret_edits)
{
	struct difference_head head;
	scoped(file) file = NULL;

	if (later->base == change) {
		*ret_edits = strdup("");
		return *ret_edits ? 0 : -ENOMEM;
	}
	if (copies_serial(path) != change || !kept_is_difference(path, &head, &file) ||
	    head.base != later->base || head.size != later->size)
		return -EOPNOTSUPP;
	return read_edits(file, ret_edits);
}

int kept_edits_since(const char *path, const char *earlier_path, __u64 earlier, char **ret_edits)
{
	struct difference_head head;
	scoped(file) file = NULL;
	scoped(memory) before = NULL;
	char *edits;
	int err;

	if (!kept_is_difference(path, &head, &file) || !head.both || !kept_has_base(path))
		return -EOPNOTSUPP;
	err = read_earlier(earlier_path, earlier, &head, (char **)&before);
	if (err)
		return err;
	err = read_edits(file, &edits);
	if (err)
		return err;
	if (strncmp(edits, before, strlen(before)))
		err = -EOPNOTSUPP;
	else
		*ret_edits = strdup(edits + strlen(before));
	free(edits);
	return err ? err : *ret_edits ? 0 : -ENOMEM;
}

/* Reading */

static int read_whole(const char *path, struct settings *ret_settings)
{
	static struct file_errors errors; /* of no interest: the program wrote the file */
	struct warnings warnings = {};
	scoped(file) file = fopen(path, "re");
	int err;

	if (!file)
		return -errno;
	err = policy_file_read(file, clocks_now().utc, ret_settings, &errors, &warnings);
	warnings_free(&warnings);
	return err;
}

int kept_read(const char *path, struct settings *ret_settings)
{
	char base[COPY_PATH_MAX];
	struct difference_head head;
	scoped(file) file = NULL;
	int err;

	if (!kept_is_difference(path, &head, &file))
		return read_whole(path, ret_settings);
	if (!is_base(base_path(path, head.base, base), &head))
		return -EINVAL;
	err = read_whole(base, ret_settings);
	if (err)
		return err;
	err = difference_apply(file, &head, ret_settings);
	if (err)
		settings_free(ret_settings);
	return err;
}
