/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * etcd, by its JSON gateway: one question, one answer, within a bounded time.
 *
 * What it answers is believed to be its word and no more: sizes are bounded,
 * and what is not as expected is an error.  Errors, with *why filled:
 * -EAGAIN nobody answers, or nobody who has a quorum; -EACCES not allowed;
 * -ENOSPC its space is used up; -EPROTO nonsense; -ENOMEM; -EREMOTEIO another refusal.
 */
#ifndef ETCD_H
#define ETCD_H

#include <curl/curl.h>
#include <json-c/json.h>
#include <linux/types.h>

#include "config.h"

#define ETCD_TEXT_MAX (2UL << 20) /* bytes of an answer, unless more is expected */

struct etcd {
	const struct config *config;
	struct complaint *why;
	CURL *curl;
	size_t endpoint; /* the one that is asked now */
	char *token;     /* NULL: none yet, or no user */
	long seconds;    /* that each endpoint has for its answer; 0: as usual */
	__s64 ahead;     /* seconds that this host's clock is ahead of its; 0 if never asked */
};

/* why: where errors are told. Returns 0 or -ENOMEM. */
int etcd_open(const struct config *config, struct complaint *why, struct etcd *ret_etcd);
void etcd_close(struct etcd *etcd);

/* What every connection to it has: certificates, times; for a handle of somebody else's. */
void etcd_prepare(const struct etcd *etcd, CURL *curl);
/* Headers of a question, the caller's. */
struct curl_slist *etcd_headers(const struct etcd *etcd);
/* The URL of a path at the present endpoint. */
void etcd_url(const struct etcd *etcd, const char *path, char *ret_url, size_t size);

/* Each endpoint is asked once, beginning with the last that answered.  request is put. */
int etcd_call(struct etcd *etcd, const char *path, struct json_object *request,
	      struct json_object **ret_answer);

/* The next endpoint is asked next, by a new connection. */
void etcd_turn(struct etcd *etcd);

/* --- JSON --- */

/* Members that may be missing; texts are borrowed. */
const char *json_text(struct json_object *object, const char *key);
__s64 json_number(struct json_object *object, const char *key); /* 0: none */
struct json_object *json_member(struct json_object *object, const char *key);
size_t json_count(struct json_object *array);
/* Adds base64 of a text, and a number as protobuf's JSON has it. */
void json_add_bytes(struct json_object *object, const char *key, const char *text, size_t len);
void json_add_number(struct json_object *object, const char *key, __s64 number);
void json_add_text(struct json_object *object, const char *key, const char *text);
/* What base64 says; the caller's, NUL-terminated; NULL: it is none, or longer than max. */
char *json_bytes(struct json_object *object, const char *key, size_t max, size_t *ret_len);

#endif
