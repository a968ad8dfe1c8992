/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A hint that it is worth reading again: etcd's watch, on a connection of its own. */
#include "watch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buffer.h"
#include "interrupts.h"
#include "notify.h"

#define LINE_MAX_BYTES (4UL << 20) /* more than two pointers; then it is not listened to */
#define STEP_MS        1000

struct watch {
	CURLM *multi;
	CURL *curl;
	struct curl_slist *headers;
	struct buffer question;
	struct buffer line; /* of its answer, as far as it has come */
	bool hinted, ended;
};

/* An event, or an end of it; that it was created is neither. */
static void judge(struct watch *watch, const char *line)
{
	struct json_object *json = json_tokener_parse(line), *result = json_member(json, "result");

	if (!result || json_object_get_boolean(json_member(result, "canceled")))
		watch->ended = true;
	if (json_count(json_member(result, "events")))
		watch->hinted = true;
	json_object_put(json);
}

static size_t take(char *data, size_t size, size_t count, void *context)
{
	struct watch *watch = context;

	for (size_t i = 0; i < size * count; i++) {
		bool ends = data[i] == '\n';

		buffer_add(&watch->line, ends ? "" : &data[i], 1);
		if (watch->line.failed || watch->line.len > LINE_MAX_BYTES)
			return 0;
		if (!ends)
			continue;
		judge(watch, watch->line.data);
		watch->line.len = 0;
	}
	return size * count;
}

static void add_question(struct watch *watch, const char *key, __s64 revision)
{
	struct json_object *question = json_object_new_object();
	struct json_object *create = json_object_new_object();

	json_add_bytes(create, "key", key, strlen(key));
	json_add_number(create, "start_revision", revision + 1);
	json_object_object_add(question, "create_request", create);
	buffer_text(&watch->question, json_object_to_json_string_ext(question, 0));
	json_object_put(question);
}

static bool prepare(struct watch *watch, const struct etcd *etcd)
{
	char url[1024];

	watch->multi = curl_multi_init();
	watch->curl = curl_easy_init();
	/* or a server that has lost its leader is silent for ever */
	watch->headers = curl_slist_append(etcd_headers(etcd), "Grpc-Metadata-hasleader: true");
	if (!watch->multi || !watch->curl || !watch->headers || watch->question.failed)
		return false;
	etcd_prepare(etcd, watch->curl);
	etcd_url(etcd, "/v3/watch", url, sizeof(url));
	curl_easy_setopt(watch->curl, CURLOPT_URL, url);
	curl_easy_setopt(watch->curl, CURLOPT_HTTPHEADER, watch->headers);
	curl_easy_setopt(watch->curl, CURLOPT_POSTFIELDSIZE, (long)watch->question.len);
	curl_easy_setopt(watch->curl, CURLOPT_POSTFIELDS, watch->question.data);
	curl_easy_setopt(watch->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(watch->curl, CURLOPT_WRITEDATA, watch);
	curl_easy_setopt(watch->curl, CURLOPT_TCP_KEEPALIVE, 1L);
	return !curl_multi_add_handle(watch->multi, watch->curl);
}

struct watch *watch_open(const struct etcd *etcd, const char *const *keys, size_t count,
			 __s64 revision)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	for (size_t i = 0; i < count; i++)
		add_question(watch, keys[i], revision);
	if (prepare(watch, etcd))
		return watch;
	watch_close(watch);
	return NULL;
}

void watch_close(struct watch *watch)
{
	if (!watch)
		return;
	if (watch->multi && watch->curl)
		curl_multi_remove_handle(watch->multi, watch->curl);
	curl_easy_cleanup(watch->curl);
	curl_multi_cleanup(watch->multi);
	curl_slist_free_all(watch->headers);
	buffer_free(&watch->question);
	buffer_free(&watch->line);
	free(watch);
}

static void step(struct watch *watch, unsigned int ms)
{
	int running = 0;

	if (curl_multi_perform(watch->multi, &running) || !running)
		watch->ended = true;
	if (watch->hinted || watch->ended)
		return;
	curl_multi_poll(watch->multi, NULL, 0, (int)ms, NULL);
	if (curl_multi_perform(watch->multi, &running) || !running)
		watch->ended = true;
}

static void sleep_ms(unsigned int ms)
{
	const struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

static __u64 now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (__u64)time.tv_sec * 1000 + (__u64)time.tv_nsec / 1000000;
}

bool watch_wait(struct watch *watch, unsigned int ms)
{
	const __u64 end = now_ms() + ms;
	bool hinted = false;

	for (__u64 now = now_ms(); now < end && !hinted && !interrupted(); now = now_ms()) {
		unsigned int left = (unsigned int)(end - now);

		notify_alive();
		left = left < STEP_MS ? left : STEP_MS;
		if (!watch || watch->ended)
			sleep_ms(left);
		else
			step(watch, left);
		hinted = watch && watch->hinted;
		if (watch)
			watch->hinted = false;
	}
	return hinted;
}

bool watch_ended(const struct watch *watch)
{
	return !watch || watch->ended;
}
