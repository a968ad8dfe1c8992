/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * complete -- WORD...: what the last word may become, for the shells' completion.
 *
 * One possibility a line: the word, a tab, what it is.  Without a word it says
 * what is wanted there.  No help names this verb: nobody types it.
 */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "options.h"
#include "show.h"
#include "usage.h"
#include "words.h"

struct completion {
	struct cli typed;        /* what stands before the last word */
	const char *word;        /* that one, as far as it goes */
	struct usage_offer last; /* that was taken */
	struct buffer text;
};

/* --- what is offered --- */

static void add_line(struct completion *completion, const char *word, size_t len, const char *what)
{
	struct buffer *text = &completion->text;

	buffer_add(text, word, len);
	buffer_text(text, "\t");
	buffer_add(text, what, strcspn(what, "\n"));
	buffer_text(text, "\n");
}

/* If the word may become that one. */
static void add_word(struct completion *completion, const char *word, size_t len, const char *what)
{
	size_t typed = strlen(completion->word);

	if (len >= typed && !memcmp(word, completion->word, typed))
		add_line(completion, word, len, what);
}

static void add(struct completion *completion, const char *word, const char *what)
{
	add_word(completion, word, strlen(word), what);
}

/* --- what there is --- */

/* Of what cannot be looked at, there is what is built in. */
static int look(struct completion *completion, view_read_fn *read, struct view *ret_view)
{
	if (!view_open(&completion->typed, read, NULL, ret_view))
		return 0;
	*ret_view = (struct view){};
	return settings_init(&ret_view->settings);
}

/* Is that name among those before the comma? */
static bool is_said(const char *list, const char *end, const char *name)
{
	size_t len = strlen(name);

	for (; list < end; list += strcspn(list, ",") + 1)
		if (strcspn(list, ",") == len && !memcmp(list, name, len))
			return true;
	return false;
}

static void add_policy(struct completion *completion, bool several, const char *name)
{
	const char *list = completion->word, *comma = several ? strrchr(list, ',') : NULL;
	char word[1024];

	if (!*name || (comma && is_said(list, comma, name)))
		return;
	snprintf(word, sizeof(word), "%.*s%s", comma ? (int)(comma + 1 - list) : 0, list, name);
	add(completion, word, "policy");
}

static void add_policies(struct completion *completion, bool several)
{
	struct view view;

	if (look(completion, view_rules, &view))
		return;
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++)
		add_policy(completion, several, view.settings.policy[i].name);
	view_close(&view);
}

static void add_peers_of(struct completion *completion, const struct settings *settings)
{
	bool *said = calloc(strings_count(settings->strings) + 1, 1);

	for (size_t i = 0; said && i < settings->count; i++) {
		__u32 peer = settings->entry[i].peer;

		if (peer && !said[peer])
			add(completion, strings_text(settings->strings, peer), "peer");
		said[peer] = true;
	}
	free(said);
}

static void add_peers(struct completion *completion)
{
	struct view view;

	if (look(completion, view_all, &view))
		return;
	add_peers_of(completion, &view.settings);
	view_close(&view);
}

static void add_attached(struct completion *completion)
{
	struct attachment *list;
	struct view view;
	size_t count;

	if (look(completion, view_rules, &view))
		return;
	view_attachments(&completion->typed, &view, &list, &count);
	for (size_t i = 0; i < count; i++)
		add(completion, attachment_name(&list[i]), "attached");
	free(list);
	view_close(&view);
}

/* Of this network namespace. */
static void add_interfaces(struct completion *completion)
{
	struct if_nameindex *list = if_nameindex();

	for (size_t i = 0; list && list[i].if_index; i++)
		add(completion, list[i].if_name, "interface");
	if (list)
		if_freenameindex(list);
}

static void add_verbs(struct completion *completion)
{
	for (const struct verb_words *verb = verb_words; verb->verb; verb++)
		add(completion, verb->verb, verb->summary);
}

/* --- what may stand there --- */

static bool is_verb(const struct completion *completion, const char *verb)
{
	return !strcmp(completion->typed.verb, verb);
}

static void add_interface_for(struct completion *completion)
{
	if (is_verb(completion, "detach") || is_verb(completion, "status"))
		add_attached(completion);
	else
		add_interfaces(completion);
}

/* What stands for something: the things of that kind that there are, or its name. */
static void add_kind(struct completion *completion, const struct usage_offer *offer)
{
	char kind[16];

	snprintf(kind, sizeof(kind), "%.*s", (int)offer->len, offer->word);
	if (!strcmp(kind, "POLICY"))
		add_policies(completion, offer->several);
	else if (!strcmp(kind, "NAME") && offer->behind && !strncmp(offer->behind, "peer", 4))
		add_peers(completion);
	else if (!strcmp(kind, "NAME"))
		add_policies(completion, false);
	else if (!strcmp(kind, "IFACE"))
		add_interface_for(completion);
	else if (!strcmp(kind, "VERB"))
		add_verbs(completion);
	else
		add_line(completion, "", 0, kind);
}

/* Alternatives that begin with the same word offer it one after the other. */
static bool is_again(const struct usage_offer *last, const struct usage_offer *offer)
{
	return last->len == offer->len && !memcmp(last->word, offer->word, offer->len);
}

static void take_offer(void *context, const struct usage_offer *offer)
{
	struct completion *completion = context;

	if (is_again(&completion->last, offer))
		return;
	completion->last = *offer;
	if (*offer->word >= 'A' && *offer->word <= 'Z')
		add_kind(completion, offer);
	else
		add_word(completion, offer->word, offer->len, completion->typed.verb);
}

static void add_options(struct completion *completion)
{
	char word[32];

	for (const struct option *option = options; option->name; option++) {
		snprintf(word, sizeof(word), "--%s", option->name);
		add(completion, word, option->help);
	}
}

/* What the option takes that this word is; NULL: it is none that takes something. */
static const char *option_value(const char *word)
{
	for (const struct option *option = options; option->name; option++)
		if (!strncmp(word, "--", 2) && !strcmp(word + 2, option->name))
			return option->value;
	return NULL;
}

static void add_next(struct completion *completion)
{
	const struct cli *typed = &completion->typed;
	const struct verb_words *words = typed->verb ? words_of(typed->verb) : NULL;

	if (*completion->word == '-')
		add_options(completion);
	if (words)
		usage_follow(words->usage, typed->count, typed->words, take_offer, completion);
	else if (!typed->verb)
		add_verbs(completion);
}

/* before: the words up to the last, with the program's name or the like first. */
static void complete(struct completion *completion, int count, char **before)
{
	const char *value = count > 1 ? option_value(before[count - 1]) : NULL;
	int status = options_parse(&completion->typed, count, before);

	if (status && value)
		return add_line(completion, "", 0, value);
	cli_enter(&completion->typed);
	add_next(completion);
}

static void print_lines(const struct buffer *text)
{
	fwrite(text->data, 1, text->len, stdout);
}

int verb_complete(struct cli *cli)
{
	struct completion completion = {};

	if (!cli->count)
		return STATUS_DONE;
	completion.word = cli->words[cli->count - 1];
	cli->words[cli->count - 1] = NULL;
	complete(&completion, cli->count, cli->words - 1);
	print_lines(&completion.text);
	buffer_free(&completion.text);
	warnings_free(&completion.typed.warnings);
	return STATUS_DONE;
}
