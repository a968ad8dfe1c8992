/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The small signed text that says which policy a group, or a host, is to have. */
#include "pointer.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "etcd.h"
#include "when.h"

#define HEAD "clarent-xdp fleet "

const char *const pointer_kinds[] = { "group", "host" };

struct reader {
	const char *at;
	struct complaint *why;
	const char *name; /* of whose pointer it is said to be */
};

void pointer_free(struct pointer *pointer)
{
	free(pointer->piece);
	free(pointer->text);
	free(pointer->signature);
	*pointer = (struct pointer){};
}

static void word_line(struct buffer *to, const char *word, const char *value)
{
	buffer_text(to, word);
	buffer_text(to, " ");
	buffer_text(to, value);
	buffer_text(to, "\n");
}

static void number_line(struct buffer *to, const char *word, __u64 number)
{
	buffer_text(to, word);
	buffer_text(to, " ");
	buffer_number(to, number);
	buffer_text(to, "\n");
}

void pointer_write(const struct pointer *pointer, struct buffer *to)
{
	number_line(to, "clarent-xdp fleet", POINTER_FORMAT);
	buffer_text(to, "for ");
	word_line(to, pointer_kinds[pointer->kind], pointer->name);
	number_line(to, "serial", pointer->serial);
	number_line(to, "published", pointer->published);
	word_line(to, "digest", pointer->digest);
	number_line(to, "size", pointer->size);
	for (size_t i = 0; i < pointer->pieces; i++) {
		buffer_text(to, "piece ");
		number_line(to, pointer->piece[i].digest, pointer->piece[i].size);
	}
}

struct json_object *pointer_envelope(const char *text, const char *signature)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "pointer", text);
	json_add_text(object, "signature", signature);
	return object;
}

/* --- Reading --- */

static int wrong(struct reader *reader, const char *what)
{
	complain_failed(reader->why, reader->name, "%s", what);
	return -EINVAL;
}

/* What stands behind a word, up to the end of its line; NULL: it is not that line. */
static const char *line_of(struct reader *reader, const char *word, size_t *ret_len)
{
	size_t len = strlen(word);
	const char *value = reader->at + len + 1, *end;

	if (strncmp(reader->at, word, len) || reader->at[len] != ' ')
		return NULL;
	end = strchr(value, '\n');
	if (!end)
		return NULL;
	*ret_len = (size_t)(end - value);
	reader->at = end + 1;
	return value;
}

static int number_of(const char *text, size_t len, __u64 max, __u64 *ret_number)
{
	__u64 number = 0;

	if (!len || len > 18)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		number = number * 10 + (__u64)(text[i] - '0');
	}
	*ret_number = number;
	return number <= max ? 0 : -EINVAL;
}

static int take_number(struct reader *reader, const char *word, __u64 max, __u64 *ret_number)
{
	size_t len;
	const char *value = line_of(reader, word, &len);

	if (!value || number_of(value, len, max, ret_number))
		return wrong(reader, "its pointer makes no sense");
	return 0;
}

static int take_text(struct reader *reader, const char *word, char *ret_text, size_t size)
{
	size_t len;
	const char *value = line_of(reader, word, &len);

	if (!value || len >= size)
		return wrong(reader, "its pointer makes no sense");
	memcpy(ret_text, value, len);
	ret_text[len] = '\0';
	return 0;
}

static int take_format(struct reader *reader)
{
	__u64 format;

	if (take_number(reader, "clarent-xdp fleet", ~0ULL >> 1, &format))
		return -EINVAL;
	return format == POINTER_FORMAT
		       ? 0
		       : wrong(reader, "its pointer is of another version of clarent-xdp");
}

static int take_whose(struct reader *reader, struct pointer *pointer)
{
	for (int kind = POINTER_GROUP; kind <= POINTER_HOST; kind++) {
		char word[16];

		snprintf(word, sizeof(word), "for %s", pointer_kinds[kind]);
		if (strncmp(reader->at, word, strlen(word)))
			continue;
		pointer->kind = (enum pointer_kind)kind;
		return take_text(reader, word, pointer->name, sizeof(pointer->name));
	}
	return wrong(reader, "its pointer makes no sense");
}

static int take_digest(struct reader *reader, char ret_digest[static DIGEST_MAX])
{
	int err = take_text(reader, "digest", ret_digest, DIGEST_MAX);

	return err || digest_is_one(ret_digest) ? err : wrong(reader, "its digest is none");
}

static int take_piece(struct reader *reader, struct piece *ret_piece)
{
	char text[DIGEST_MAX + 20];
	__u64 size;

	if (take_text(reader, "piece", text, sizeof(text)))
		return -EINVAL;
	if (strlen(text) <= DIGEST_MAX || text[DIGEST_MAX - 1] != ' ' ||
	    number_of(text + DIGEST_MAX, strlen(text + DIGEST_MAX), POINTER_PIECE_MAX, &size))
		return wrong(reader, "a piece makes no sense");
	memcpy(ret_piece->digest, text, DIGEST_MAX - 1);
	ret_piece->digest[DIGEST_MAX - 1] = '\0';
	ret_piece->size = size;
	return size && digest_is_one(ret_piece->digest) ? 0 : wrong(reader, "a piece is none");
}

static int take_pieces(struct reader *reader, struct pointer *pointer)
{
	size_t sum = 0;

	pointer->piece = calloc(POINTER_PIECES_MAX, sizeof(*pointer->piece));
	if (!pointer->piece)
		return complain_memory(reader->why);
	for (; *reader->at; pointer->pieces++) {
		if (pointer->pieces == POINTER_PIECES_MAX)
			return wrong(reader, "its pointer has too many pieces");
		if (take_piece(reader, &pointer->piece[pointer->pieces]))
			return -EINVAL;
		sum += pointer->piece[pointer->pieces].size;
	}
	return sum == pointer->size ? 0 : wrong(reader, "its size is not that of its pieces");
}

static int parse(struct reader *reader, struct pointer *pointer)
{
	__u64 size;
	int err = take_format(reader);

	if (!err)
		err = take_whose(reader, pointer);
	if (!err)
		err = take_number(reader, "serial", ~0ULL >> 1, &pointer->serial);
	if (!err)
		err = take_number(reader, "published", ~0ULL >> 1, &pointer->published);
	if (!err)
		err = take_digest(reader, pointer->digest);
	if (!err)
		err = take_number(reader, "size", POINTER_POLICY_MAX, &size);
	if (err)
		return err;
	pointer->size = size;
	return take_pieces(reader, pointer);
}

static int take_envelope(struct json_object *json, struct reader *reader, struct pointer *pointer)
{
	const char *text = json_text(json, "pointer"), *signature = json_text(json, "signature");

	if (!*text || !*signature || strlen(text) > POINTER_TEXT_MAX ||
	    strlen(signature) > SIGNATURE_MAX)
		return wrong(reader, "what lies there is no pointer");
	pointer->text = strdup(text);
	pointer->signature = strdup(signature);
	if (!pointer->text || !pointer->signature)
		return complain_memory(reader->why);
	reader->at = pointer->text;
	return parse(reader, pointer);
}

int pointer_read(const char *envelope, size_t len, struct pointer *ret_pointer,
		 struct complaint *ret_why)
{
	struct reader reader = { .why = ret_why };
	struct pointer pointer = {};
	struct json_object *json = strlen(envelope) == len ? json_tokener_parse(envelope) : NULL;
	int err = json ? take_envelope(json, &reader, &pointer)
		       : wrong(&reader, "what lies there is no pointer");

	json_object_put(json);
	if (err)
		return pointer_free(&pointer), err;
	*ret_pointer = pointer;
	return 0;
}

int pointer_is_for(const struct pointer *pointer, enum pointer_kind kind, const char *name,
		   struct complaint *ret_why)
{
	if (pointer->kind == kind && !strcmp(pointer->name, name))
		return 0;
	complain_failed(ret_why, name, "what lies there is for %s %s", pointer_kinds[pointer->kind],
			pointer->name);
	return -EINVAL;
}
