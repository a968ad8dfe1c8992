/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Interned texts: each is kept once and known by a number. */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM         1
#define uthash_nonfatal_oom(text) ((text)->lost = true)
#include <uthash.h>

#include "settings.h"

struct text {
	__u32 string;
	bool lost; /* the hash had no memory for it */
	UT_hash_handle hh;
	char text[];
};

struct strings {
	struct text *by_text;
	struct text **by_string; /* [0] is never used */
	size_t count;
	size_t space;
	bool failed;
};

struct strings *strings_new(void)
{
	return calloc(1, sizeof(struct strings));
}

void strings_free(struct strings *strings)
{
	if (!strings)
		return;
	HASH_CLEAR(hh, strings->by_text);
	for (size_t i = 1; i <= strings->count; i++)
		free(strings->by_string[i]);
	free(strings->by_string);
	free(strings);
}

static bool make_room(struct strings *strings)
{
	size_t space = strings->space ? strings->space * 2 : 16;
	struct text **grown;

	if (strings->count + 1 < strings->space)
		return true;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): it is an array of pointers */
	grown = reallocarray(strings->by_string, space, sizeof(*grown));
	if (!grown)
		return false;
	strings->by_string = grown;
	strings->space = space;
	return true;
}

static struct text *find(const struct strings *strings, const char *text)
{
	struct text *found = NULL;

	HASH_FIND_STR(strings->by_text, text, found);
	return found;
}

static struct text *add(struct strings *strings, const char *text)
{
	size_t len = strlen(text);
	struct text *added;

	if (!make_room(strings))
		return NULL;
	added = calloc(1, sizeof(*added) + len + 1);
	if (!added)
		return NULL;
	memcpy(added->text, text, len);
	HASH_ADD_KEYPTR(hh, strings->by_text, added->text, len, added);
	if (added->lost) {
		free(added);
		return NULL;
	}
	added->string = (__u32)++strings->count;
	strings->by_string[added->string] = added;
	return added;
}

__u32 strings_intern(struct strings *strings, const char *text)
{
	struct text *found;

	if (!text || !*text)
		return 0;
	found = find(strings, text);
	if (!found)
		found = add(strings, text);
	if (!found)
		strings->failed = true;
	return found ? found->string : 0;
}

const char *strings_text(const struct strings *strings, __u32 string)
{
	return string ? strings->by_string[string]->text : "";
}

__u32 strings_find(const struct strings *strings, const char *text)
{
	struct text *found = text ? find(strings, text) : NULL;

	return found ? found->string : 0;
}

size_t strings_count(const struct strings *strings)
{
	return strings->count;
}

bool strings_failed(const struct strings *strings)
{
	return strings->failed;
}
