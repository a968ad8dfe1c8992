/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a follower knows over restarts and boots, so that nothing old is taken for new. */
#include "kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "etcd.h"
#include "scope.h"

#define STATE_FILE KEPT_DIR "/state"
#define STATE_MAX  16384

static const char *const text_files[] = { KEPT_DIR "/group.policy", KEPT_DIR "/host.policy" };

static int sync_dir(void)
{
	scoped(fd) fd = open(KEPT_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) ? -errno : 0;
}

static int write_all(int fd, const char *text, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t wrote = write(fd, text + done, len - done);

		if (wrote < 0)
			return -errno;
		done += (size_t)wrote;
	}
	return fsync(fd) ? -errno : 0;
}

static int write_file(const char *path, const char *text, size_t len)
{
	char beside[128];
	scoped(fd) fd = -1;
	int err;

	mkdir("/var/lib/clarent-xdp", 0700);
	mkdir(KEPT_DIR, 0700);
	snprintf(beside, sizeof(beside), "%s.new", path);
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text, len);
	if (!err && rename(beside, path))
		err = -errno;
	if (err)
		unlink(beside);
	return err ? err : sync_dir();
}

/* --- The state --- */

static const char *const kinds[] = { "group", "own" };

static void take(struct json_object *json, const char *key, char *to, size_t size)
{
	snprintf(to, size, "%s", json_text(json, key));
}

static void take_word(struct json_object *json, struct kept_word *word)
{
	take(json, "name", word->name, sizeof(word->name));
	word->serial = (__u64)json_number(json, "serial");
	take(json, "digest", word->digest, sizeof(word->digest));
	word->applied = (__u64)json_number(json, "applied");
	take(json, "policy", word->policy, sizeof(word->policy));
}

int kept_read(struct kept *ret_kept)
{
	struct kept kept = {};
	struct json_object *json;
	int err;
	char *text = config_slurp(STATE_FILE, STATE_MAX, &err);

	*ret_kept = kept;
	if (!text)
		return err == -ENOENT ? 0 : err;
	json = json_tokener_parse(text);
	free(text);
	if (!json_object_is_type(json, json_type_object))
		return json_object_put(json), -EBADMSG;
	for (int i = 0; i < 2; i++)
		take_word(json_member(json, kinds[i]), &kept.word[i]);
	take(json, "in_force", kept.in_force, sizeof(kept.in_force));
	take(json, "trying", kept.trying, sizeof(kept.trying));
	take(json, "id", kept.id, sizeof(kept.id));
	take(json, "boot", kept.boot, sizeof(kept.boot));
	kept.since = (__u64)json_number(json, "since");
	kept.last_word = (__u64)json_number(json, "last_word");
	json_object_put(json);
	*ret_kept = kept;
	return 0;
}

static struct json_object *word_json(const struct kept_word *word)
{
	struct json_object *json = json_object_new_object();

	json_add_text(json, "name", word->name);
	json_add_number(json, "serial", (__s64)word->serial);
	json_add_text(json, "digest", word->digest);
	json_add_number(json, "applied", (__s64)word->applied);
	json_add_text(json, "policy", word->policy);
	return json;
}

int kept_write(const struct kept *kept)
{
	struct json_object *json = json_object_new_object();
	const char *text;
	int err;

	for (int i = 0; i < 2; i++)
		json_object_object_add(json, kinds[i], word_json(&kept->word[i]));
	json_add_text(json, "in_force", kept->in_force);
	json_add_text(json, "trying", kept->trying);
	json_add_text(json, "id", kept->id);
	json_add_text(json, "boot", kept->boot);
	json_add_number(json, "since", (__s64)kept->since);
	json_add_number(json, "last_word", (__s64)kept->last_word);
	text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY);
	err = text ? write_file(STATE_FILE, text, strlen(text)) : -ENOMEM;
	json_object_put(json);
	return err;
}

char *kept_text(enum pointer_kind kind, size_t *ret_len)
{
	scoped(file) file = fopen(text_files[kind], "re");
	struct stat st;
	char *text;

	if (!file || fstat(fileno(file), &st) || st.st_size > (off_t)POINTER_POLICY_MAX)
		return NULL;
	text = calloc(1, (size_t)st.st_size + 1);
	if (text)
		*ret_len = fread(text, 1, (size_t)st.st_size, file);
	return text;
}

int kept_text_write(enum pointer_kind kind, const char *text, size_t len)
{
	return write_file(text_files[kind], text, len);
}
