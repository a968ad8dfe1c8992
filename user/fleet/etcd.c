/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* etcd, by its JSON gateway: one question, one answer, within a bounded time. */
#include "etcd.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buffer.h"
#include "notify.h"

#define CONNECT_SECONDS 4L
#define ANSWER_SECONDS  10L /* for a small question; a slow line has more, but never stands still */
#define STILL_SECONDS   6L
#define LOGIN_SECONDS   40L /* a password costs a server much, and all may come at once */
#define STILL_BYTES     16L /* a second */
#define AUTHENTICATE    "/v3/auth/authenticate"
#define PASSWORD_MAX    1024
#define TOKEN_MAX       4096

/* gRPC's codes, of those that are told apart */
enum {
	GRPC_DEADLINE = 4,
	GRPC_DENIED = 7,
	GRPC_EXHAUSTED = 8,
	GRPC_UNAVAILABLE = 14,
	GRPC_UNAUTHENTICATED = 16,
};

struct answer {
	struct buffer text;
	struct etcd *etcd;
};

/* --- JSON --- */

struct json_object *json_member(struct json_object *object, const char *key)
{
	struct json_object *member = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &member);
	return member;
}

const char *json_text(struct json_object *object, const char *key)
{
	struct json_object *member = json_member(object, key);
	const char *text = NULL;

	if (json_object_is_type(member, json_type_string))
		text = json_object_get_string(member);
	return text ? text : "";
}

/* 64 bits are a text in protobuf's JSON. */
__s64 json_number(struct json_object *object, const char *key)
{
	struct json_object *member = json_member(object, key);

	if (json_object_is_type(member, json_type_string) ||
	    json_object_is_type(member, json_type_int))
		return json_object_get_int64(member);
	return 0;
}

size_t json_count(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

void json_add_bytes(struct json_object *object, const char *key, const char *text, size_t len)
{
	size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	char *base64 = malloc(size);

	if (!base64)
		return; /* a question without it is refused */
	sodium_bin2base64(base64, size, (const unsigned char *)text, len,
			  sodium_base64_VARIANT_ORIGINAL);
	json_add_text(object, key, base64);
	free(base64);
}

void json_add_number(struct json_object *object, const char *key, __s64 number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	json_add_text(object, key, text);
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

char *json_bytes(struct json_object *object, const char *key, size_t max, size_t *ret_len)
{
	const char *base64 = json_text(object, key);
	size_t len = strlen(base64);
	unsigned char *bytes = len / 4 <= max / 3 + 1 ? malloc(max + 1) : NULL;

	if (!bytes)
		return NULL;
	if (sodium_base642bin(bytes, max, base64, len, NULL, ret_len, NULL,
			      sodium_base64_VARIANT_ORIGINAL)) {
		free(bytes);
		return NULL;
	}
	bytes[*ret_len] = '\0';
	return (char *)bytes;
}

/* --- A connection --- */

static size_t take(char *data, size_t size, size_t count, void *context)
{
	struct answer *answer = context;

	if (answer->text.len + size * count > ETCD_TEXT_MAX)
		return 0;
	buffer_add(&answer->text, data, size * count);
	return answer->text.failed ? 0 : size * count;
}

/* Go's server says what time it takes it for. */
static size_t take_header(char *data, size_t size, size_t count, void *context)
{
	struct answer *answer = context;
	char date[64];
	time_t theirs;

	if (size * count > 6 && size * count < sizeof(date) && !strncasecmp(data, "Date: ", 6)) {
		snprintf(date, sizeof(date), "%.*s", (int)(size * count - 6), data + 6);
		theirs = curl_getdate(date, NULL);
		if (theirs > 0)
			answer->etcd->ahead = (__s64)time(NULL) - (__s64)theirs;
	}
	return size * count;
}

static int go_on(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)context;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	notify_alive();
	return 0;
}

void etcd_prepare(const struct etcd *etcd, CURL *curl)
{
	const struct config *config = etcd->config;

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* whatever the environment says */
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
	if (config->ca) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, config->ca);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* that one, and no other */
	}
	if (config->certificate) {
		curl_easy_setopt(curl, CURLOPT_SSLCERT, config->certificate);
		curl_easy_setopt(curl, CURLOPT_SSLKEY, config->key);
	}
}

struct curl_slist *etcd_headers(const struct etcd *etcd)
{
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
	char line[TOKEN_MAX + 32];

	if (list && etcd->token) {
		snprintf(line, sizeof(line), "Authorization: %s", etcd->token);
		list = curl_slist_append(list, line);
	}
	return list;
}

void etcd_url(const struct etcd *etcd, const char *path, char *ret_url, size_t size)
{
	snprintf(ret_url, size, "%s%s", etcd->config->endpoint[etcd->endpoint], path);
}

int etcd_open(const struct config *config, struct complaint *why, struct etcd *ret_etcd)
{
	*ret_etcd = (struct etcd){ .config = config, .why = why };
	ret_etcd->endpoint = randombytes_uniform((__u32)config->endpoints);
	ret_etcd->curl = curl_easy_init();
	if (!ret_etcd->curl)
		return complain_memory(why);
	etcd_prepare(ret_etcd, ret_etcd->curl);
	return 0;
}

void etcd_close(struct etcd *etcd)
{
	if (etcd->curl)
		curl_easy_cleanup(etcd->curl);
	free(etcd->token);
	*etcd = (struct etcd){};
}

void etcd_turn(struct etcd *etcd)
{
	if (++etcd->endpoint >= etcd->config->endpoints)
		etcd->endpoint = 0;
	curl_easy_setopt(etcd->curl, CURLOPT_FRESH_CONNECT, 1L);
}

/* --- One question to one endpoint --- */

static bool is_login(const char *path)
{
	return !strcmp(path, AUTHENTICATE);
}

static long seconds_for(const struct etcd *etcd, const char *question)
{
	return etcd->seconds ? etcd->seconds : ANSWER_SECONDS + (long)(strlen(question) >> 15);
}

/* Sends and receives; *ret_code is HTTP's. Returns 0 or -EAGAIN. */
static int exchange(struct etcd *etcd, const char *path, const char *question,
		    struct answer *answer, long *ret_code)
{
	struct curl_slist *headers = etcd_headers(etcd);
	char url[1024], said[CURL_ERROR_SIZE] = "";
	CURLcode code;

	etcd_url(etcd, path, url, sizeof(url));
	curl_easy_setopt(etcd->curl, CURLOPT_URL, url);
	curl_easy_setopt(etcd->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(etcd->curl, CURLOPT_POSTFIELDS, question);
	curl_easy_setopt(etcd->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(etcd->curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(etcd->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(etcd->curl, CURLOPT_HEADERDATA, answer);
	curl_easy_setopt(etcd->curl, CURLOPT_ERRORBUFFER, said);
	curl_easy_setopt(etcd->curl, CURLOPT_TIMEOUT,
			 is_login(path) ? LOGIN_SECONDS : seconds_for(etcd, question));
	curl_easy_setopt(etcd->curl, CURLOPT_LOW_SPEED_LIMIT, STILL_BYTES);
	curl_easy_setopt(etcd->curl, CURLOPT_LOW_SPEED_TIME,
			 is_login(path) ? LOGIN_SECONDS : STILL_SECONDS);
	code = curl_easy_perform(etcd->curl);
	curl_easy_setopt(etcd->curl, CURLOPT_FRESH_CONNECT, 0L);
	curl_easy_setopt(etcd->curl, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(headers);
	if (code) {
		complain_failed(etcd->why, etcd->config->endpoint[etcd->endpoint], "%s",
				*said ? said : curl_easy_strerror(code));
		return -EAGAIN;
	}
	curl_easy_getinfo(etcd->curl, CURLINFO_RESPONSE_CODE, ret_code);
	return 0;
}

static bool is_about_token(const char *said)
{
	return strstr(said, "invalid auth token") || strstr(said, "auth store is old") ||
	       strstr(said, "user name is empty");
}

/* Which error that is; -ESTALE: the token is no longer good. */
static int judge(struct etcd *etcd, long http, const char *text, struct json_object *answer)
{
	__s64 code = json_number(answer, "code");
	const char *said = json_text(answer, "error");
	int err = -EREMOTEIO;

	if (code == GRPC_UNAUTHENTICATED || is_about_token(said) || http == 401)
		err = -ESTALE;
	else if (code == GRPC_DENIED || http == 403)
		err = -EACCES;
	else if (strstr(said, "database space exceeded"))
		err = -ENOSPC;
	else if (code == GRPC_UNAVAILABLE || code == GRPC_DEADLINE || http >= 500)
		err = -EAGAIN; /* no leader, no quorum, too busy */
	if (*said)
		complain_failed(etcd->why, etcd->config->endpoint[etcd->endpoint], "%s", said);
	else
		complain_failed(etcd->why, etcd->config->endpoint[etcd->endpoint],
				"status %ld: %.150s", http, text);
	return err;
}

static int ask(struct etcd *etcd, const char *path, const char *question,
	       struct json_object **ret_answer)
{
	struct answer answer = { .etcd = etcd };
	struct json_object *json;
	long http = 0;
	int err = exchange(etcd, path, question, &answer, &http);

	buffer_add(&answer.text, "", 1);
	if (err || answer.text.failed) {
		buffer_free(&answer.text);
		return err ? err : complain_memory(etcd->why);
	}
	json = json_tokener_parse(answer.text.data);
	if (http == 200 && json_object_is_type(json, json_type_object)) {
		buffer_free(&answer.text);
		*ret_answer = json;
		return 0;
	}
	err = judge(etcd, http, answer.text.data, json);
	buffer_free(&answer.text);
	if (http == 200)
		err = -EPROTO;
	json_object_put(json);
	return err;
}

/* --- Who this is --- */

static void forget_token(struct etcd *etcd)
{
	free(etcd->token);
	etcd->token = NULL;
}

static int log_in(struct etcd *etcd)
{
	const struct config *config = etcd->config;
	struct json_object *question, *answer = NULL;
	const char *token;
	int err;
	char *password = config_slurp(config->password_file, PASSWORD_MAX, &err);

	if (!password)
		return complain_errno(etcd->why, config->password_file, err, "cannot be read"),
		       -EACCES;
	question = json_object_new_object();
	json_add_text(question, "name", config->user);
	json_add_text(question, "password", password);
	sodium_memzero(password, strlen(password));
	free(password);
	err = ask(etcd, AUTHENTICATE, json_object_to_json_string(question), &answer);
	json_object_put(question);
	if (err)
		return err == -ESTALE || err == -EREMOTEIO ? -EACCES : err;
	token = json_text(answer, "token");
	if (*token && strlen(token) < TOKEN_MAX && !strpbrk(token, "\r\n"))
		etcd->token = strdup(token);
	json_object_put(answer);
	return etcd->token ? 0 : (complain_failed(etcd->why, config->user, "no token"), -EPROTO);
}

/* With a token that is good, if there is a user; it is asked for once more if it is not. */
static int ask_as_user(struct etcd *etcd, const char *path, const char *question,
		       struct json_object **ret_answer)
{
	int err = -ESTALE;

	for (int tried = 0; tried < 2 && err == -ESTALE; tried++) {
		err = etcd->config->user && !etcd->token ? log_in(etcd) : 0;
		if (!err)
			err = ask(etcd, path, question, ret_answer);
		if (err == -ESTALE)
			forget_token(etcd);
	}
	return err == -ESTALE ? -EACCES : err;
}

int etcd_call(struct etcd *etcd, const char *path, struct json_object *request,
	      struct json_object **ret_answer)
{
	const char *question = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
	int err = -EAGAIN;

	*ret_answer = NULL;
	for (size_t i = 0; i < etcd->config->endpoints && (err == -EAGAIN || err == -EPROTO); i++) {
		if (i)
			etcd_turn(etcd);
		err = question ? ask_as_user(etcd, path, question, ret_answer)
			       : complain_memory(etcd->why);
	}
	if (err == -EAGAIN || err == -EPROTO)
		etcd_turn(etcd);
	if (!err)
		*etcd->why = (struct complaint){}; /* what another endpoint said */
	json_object_put(request);
	return err;
}
