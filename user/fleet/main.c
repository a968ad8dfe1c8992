/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * clarent-xdp-fleet: what the verbs `follow` and `fleet` of clarent-xdp start, in its words.
 *
 *   clarent-xdp-fleet PROGRAM BPFFS [-j] [-q] VERB [WORD...] [config FILE]
 *
 * PROGRAM is clarent-xdp itself, BPFFS its instance.
 */
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "buffer.h"
#include "fleet.h"
#include "table.h"
#include "text.h"
#include "words.h"

int fleet_usage(struct fleet *fleet, const char *object, const char *what)
{
	complain_usage(&fleet->why, object, "%s", what);
	complain_hint(&fleet->why, "see: clarent-xdp help %s", fleet->verb);
	return STATUS_USAGE;
}

int fleet_misplaced(struct fleet *fleet, const char *word)
{
	struct near near = { .word = word };
	char question[64];

	words_offer(fleet->verb, &near);
	complain_usage(&fleet->why, word, "not a word that can stand here");
	complain_hint(&fleet->why, "%ssee: clarent-xdp help %s",
		      near_question(&near, question, sizeof(question)), fleet->verb);
	return STATUS_USAGE;
}

void fleet_complain(const struct fleet *fleet, const char *where, const struct complaint *why)
{
	text_print(stderr, "clarent-xdp: %s: %s%s%s%s%s%s", fleet->verb, where ? where : "",
		   where ? ": " : "", *why->object ? "'" : "", why->object,
		   *why->object ? "': " : "", why->what);
	if (*why->hint)
		fprintf(stderr, "  %s\n", why->hint);
}

void fleet_log(const struct fleet *fleet, const char *text, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(line, sizeof(line), text, arguments);
	va_end(arguments);
	if (!fleet->quiet)
		text_print(stderr, "clarent-xdp: %s: %s", fleet->verb, line);
}

struct json_object *fleet_complaint_json(const struct fleet *fleet, const char *where,
					 const struct complaint *why)
{
	struct json_object *error = json_object_new_object();

	json_object_object_add(error, "verb", json_object_new_string(fleet->verb));
	if (where)
		json_object_object_add(error, "where", json_object_new_string(where));
	if (*why->object)
		json_object_object_add(error, "object", json_object_new_string(why->object));
	json_object_object_add(error, "message", json_object_new_string(why->what));
	if (*why->hint)
		json_object_object_add(error, "hint", json_object_new_string(why->hint));
	json_object_object_add(error, "status", json_object_new_int(why->status));
	return error;
}

/* Whatever came from hosts and etcd is in it: what is not to be shown is escaped. */
static int print_json(struct json_object *answer)
{
	struct buffer text = {};

	json_text_add(&text,
		      json_object_to_json_string_ext(
			      answer, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	buffer_text(&text, "\n");
	if (!text.failed)
		fwrite(text.data, 1, text.len, stdout);
	buffer_free(&text);
	return text.failed ? STATUS_FAILED : STATUS_DONE;
}

static int answer_json(struct fleet *fleet, int status)
{
	struct json_object *answer = json_object_new_object();

	json_object_object_add(answer, "version", json_object_new_int(FLEET_JSON_VERSION));
	json_object_object_foreach(fleet->answer, key, value)
		json_object_object_add(answer, key, json_object_get(value));
	if (fleet->why.status)
		json_object_object_add(answer, "error",
				       fleet_complaint_json(fleet, NULL, &fleet->why));
	json_object_object_add(answer, "warnings", json_object_new_array());
	if (print_json(answer))
		status = STATUS_FAILED;
	json_object_put(answer);
	return status;
}

int fleet_answer(struct fleet *fleet, const char *key, const struct rows *rows)
{
	struct json_object *array = fleet->json ? rows_json(rows) : NULL;

	if (fleet->json && array)
		json_object_object_add(fleet->answer, key, array);
	if (fleet->json ? array != NULL : !rows_print(rows, (__u64)time(NULL)))
		return STATUS_DONE;
	complain_memory(&fleet->why);
	return STATUS_FAILED;
}

/* `config FILE` ends the words of both verbs. */
static const char *take_config(struct fleet *fleet)
{
	int at = fleet->count - 2;

	if (at < 0 || strcmp(fleet->words[at], "config"))
		return CONFIG_FILE;
	fleet->count -= 2;
	return fleet->words[at + 1];
}

static int run(struct fleet *fleet)
{
	bool follows = !strcmp(fleet->verb, "follow");
	const char *path = take_config(fleet);
	int status;

	if (fleet->count && !strcmp(fleet->words[fleet->count - 1], "config"))
		return fleet_usage(fleet, "config", "needs a file");
	status = follows ? STATUS_DONE : verb_fleet_judge(fleet);
	if (status)
		return status;
	if (config_read(path, &fleet->config, &fleet->why))
		return STATUS_FAILED;
	status = follows ? verb_follow(fleet) : verb_fleet(fleet);
	config_free(&fleet->config);
	return status;
}

static int read_words(struct fleet *fleet, int argc, char **argv)
{
	int at = 3;

	fleet->program = argc > 3 ? argv[1] : NULL;
	fleet->bpffs = argc > 3 ? argv[2] : NULL;
	for (; at < argc && *argv[at] == '-'; at++) {
		fleet->json |= !strcmp(argv[at], "-j");
		fleet->quiet |= !strcmp(argv[at], "-q");
	}
	if (at >= argc || (strcmp(argv[at], "follow") && strcmp(argv[at], "fleet")))
		return STATUS_USAGE;
	fleet->verb = argv[at];
	fleet->words = argv + at + 1;
	fleet->count = argc - at - 1;
	return STATUS_DONE;
}

int main(int argc, char **argv)
{
	struct fleet fleet = {};
	int status;

	if (read_words(&fleet, argc, argv)) {
		fprintf(stderr, "clarent-xdp-fleet: run by clarent-xdp follow and clarent-xdp "
				"fleet\n");
		return STATUS_USAGE;
	}
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT))
		return STATUS_FAILED;
	fleet.answer = json_object_new_object();
	status = run(&fleet);
	if (fleet.why.status && status)
		fleet_complain(&fleet, NULL, &fleet.why);
	if (fleet.json)
		status = answer_json(&fleet, status);
	json_object_put(fleet.answer);
	warnings_free(&fleet.warnings);
	curl_global_cleanup();
	return fclose(stdout) && !status ? STATUS_FAILED : status;
}
