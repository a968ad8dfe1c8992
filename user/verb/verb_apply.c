/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* apply: the settings of a file are put in force. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clocks.h"
#include "compile.h"
#include "generation.h"
#include "difference.h"
#include "grammar.h"
#include "kept.h"
#include "merge.h"
#include "policy_file.h"
#include "reading.h"
#include "scope.h"
#include "session.h"
#include "show.h"

struct apply_request {
	const char *file;
	const char *peer;   /* NULL: not by peer */
	const char *policy; /* the file is a plain list, for this one; NULL: it is not */
	bool add;
	struct grammar_ending ending;
};

/* Returns how many words it took; 0: one that cannot stand here; negative: cli->why is filled. */
static int parse_word(struct cli *cli, int at, struct apply_request *request)
{
	const char *word = cli->words[at];

	if (!strcmp(word, "add") && !request->peer) {
		request->add = true;
		return 1;
	}
	if (!strcmp(word, "peer") && at + 1 < cli->count && !request->add) {
		request->peer = cli->words[at + 1];
		return 2;
	}
	if (!strcmp(word, "policy") && at + 1 < cli->count && request->peer) {
		request->policy = cli->words[at + 1];
		return 2;
	}
	return grammar_ending(cli->count - at, cli->words + at,
			      TAKES_DRY_RUN | TAKES_FORCE | TAKES_CONFIRM, &request->ending,
			      &cli->why);
}

static int parse_apply(struct cli *cli, struct apply_request *request)
{
	int took = 0;

	if (!cli->count)
		return cli_usage(cli, NULL, "a file is missing, or - for standard input");
	request->file = cli->words[0];
	for (int at = 1; at < cli->count; at += took) {
		took = parse_word(cli, at, request);
		if (took < 0)
			return STATUS_USAGE;
		if (!took)
			return cli_misplaced(cli, cli->words[at]);
	}
	return STATUS_DONE;
}

/* Every bad line is reported; the last word of the verb is how many there are. */
static int complain_file(struct cli *cli, const char *name, const struct file_errors *errors)
{
	struct json_object *array = cli->json ? json_object_new_array() : NULL;
	size_t kept = errors->count < FILE_ERRORS_MAX ? errors->count : FILE_ERRORS_MAX;

	for (size_t i = 0; i < kept; i++) {
		const struct complaint *why = &errors->kept[i].why;
		char where[PATH_MAX];

		if (errors->kept[i].line)
			snprintf(where, sizeof(where), "%.4000s:%u", name, errors->kept[i].line);
		else
			snprintf(where, sizeof(where), "%.4000s", name);
		cli_complain(cli, where, why);
		if (array)
			json_object_array_add(array, cli_complaint_json(cli, where, why));
	}
	if (array) {
		cli->answer = json_object_new_object();
		json_object_object_add(cli->answer, "errors", array);
	}
	complain_failed(&cli->why, name, "%zu bad line%s, nothing is changed", errors->count,
			errors->count == 1 ? "" : "s");
	return STATUS_FAILED;
}

/* there: what its lines are merged into; NULL: it stands alone. */
static int read_from(FILE *file, struct cli *cli, bool plain, const struct settings *there,
		     struct settings *ret_settings, struct file_errors *ret_errors)
{
	__u64 now = clocks_now().utc;

	if (plain)
		return prefix_list_read(file, now, ret_settings, ret_errors, &cli->warnings);
	if (there)
		return policy_lines_read(file, now, there, ret_settings, ret_errors,
					 &cli->warnings);
	return policy_file_read(file, now, ret_settings, ret_errors, &cli->warnings);
}

/* One of the program's own copies may be in need of another to be read. */
static bool is_difference(const char *name)
{
	struct difference_head head;
	scoped(file) file = NULL;

	return kept_is_difference(name, &head, &file);
}

static int read_difference(struct cli *cli, const char *name, struct settings *ret_settings)
{
	int err = kept_read(name, ret_settings);

	if (!err)
		return STATUS_DONE;
	if (err == -EINVAL)
		complain_failed(&cli->why, name,
				"says only what differs from another state, which is not there");
	else
		complain_errno(&cli->why, name, err, "cannot be read");
	return STATUS_FAILED;
}

static int read_file(struct cli *cli, const struct apply_request *request,
		     const struct settings *there, struct settings *ret_settings)
{
	const char *name = request->file;
	bool is_stdin = !strcmp(name, "-");
	scoped(file) file = is_stdin ? NULL : fopen(name, "re");
	struct file_errors *errors = calloc(1, sizeof(*errors));
	int err = errors ? 0 : -ENOMEM, status = STATUS_DONE;

	if (!err && !is_stdin && !file)
		err = -errno;
	if (!err)
		err = read_from(is_stdin ? stdin : file, cli, request->policy, there, ret_settings,
				errors);
	if (err && errors && errors->count)
		status = complain_file(cli, is_stdin ? "standard input" : name, errors);
	else if (err)
		status = complain_failed(&cli->why, name, "cannot be read: %s", strerror(-err))
				 ? STATUS_FAILED
				 : STATUS_DONE;
	free(errors);
	return status;
}

/* Without the lock: whoever types the lines keeps nobody waiting. */
static int read_settings(struct cli *cli, const struct apply_request *request,
			 struct settings *ret_settings)
{
	struct view view;
	int status;

	if (!request->policy && is_difference(request->file))
		return read_difference(cli, request->file, ret_settings);
	if (request->policy || (!request->add && !request->peer))
		return read_file(cli, request, NULL, ret_settings);
	status = view_open(cli, view_rules, NULL, &view);
	if (status)
		return status;
	status = read_file(cli, request, &view.settings, ret_settings);
	view_close(&view);
	return status;
}

/* apply FILE: the settings become exactly the file's, which is left empty. */
static void replace_all(struct session *session, struct settings *file)
{
	settings_free(&session->want);
	session->want = *file;
	*file = (struct settings){};
}

static int complain_merge(struct cli *cli, int err)
{
	if (!cli->why.status)
		generation_complain(&cli->why, err);
	return cli->why.status;
}

static int merge_plain(struct cli *cli, const struct apply_request *request, struct settings *file,
		       struct session *session)
{
	unsigned int policy;
	int err = grammar_policy(&session->want, request->policy, &policy, &cli->why);

	return err ? err : merge_list(&session->want, file, request->peer, policy, &cli->why);
}

static int merge(struct cli *cli, const struct apply_request *request, struct settings *file,
		 struct session *session)
{
	int err = 0;

	if (request->add)
		err = merge_add(&session->want, file, &cli->why);
	else if (request->policy)
		err = merge_plain(cli, request, file, session);
	else if (request->peer)
		err = merge_peer(&session->want, file, request->peer, &cli->why);
	else
		replace_all(session, file);
	return err ? complain_merge(cli, err) : STATUS_DONE;
}

/* Does it say nothing but what few entries come from which addresses, and for whom? */
static bool is_plain(const struct settings *file)
{
	if (file->count > WINDOW_MAX || file->fragments_said || file->tunnel_count)
		return false;
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (file->policy[i].said)
			return false;
	}
	for (size_t i = 0; i < file->count; i++) {
		const struct entry *entry = &file->entry[i];

		if (entry->direction != CX_SOURCE || entry->dev || entry->min_ttl || entry->expires)
			return false;
	}
	return true;
}

/* What of long lists has to be known to merge the file; NULL: all of it.  prefix: room for WINDOW_MAX. */
static const struct window *window_of(const struct apply_request *request,
				      const struct settings *file, struct prefix *prefix,
				      struct window *window)
{
	if (!prefix || (!request->add && !request->peer) || !is_plain(file))
		return NULL;
	for (size_t i = 0; i < file->count; i++)
		prefix[i] = file->entry[i].prefix;
	*window = (struct window){
		.prefix = prefix,
		.count = file->count,
		.one_each = true,
		.peer = request->peer,
	};
	return window;
}

/* A window can be kept as what differs alone: is that so of what became of it? */
static bool is_too_much(const struct session *session)
{
	return session->have.beyond.count && !(difference_fits(&session->want) &&
					       difference_suits(&session->have, &session->want));
}

static int carry_out(struct cli *cli, const struct apply_request *request, struct session *session)
{
	struct session_change change = {
		.confirm = request->ending.confirm,
		.force = request->ending.force,
		.whole = !request->add && !request->peer,
		.parts = request->add || request->peer,
	};

	if (!request->ending.dry_run)
		return session_commit(cli, session, &change);
	return session_dry_run(cli, session, &change);
}

#define STATUS_TOO_MUCH (-1) /* for a window; of this file alone */

static int apply(struct cli *cli, const struct apply_request *request, struct settings *file,
		 const struct window *window)
{
	struct session session;
	bool is_part = request->add || request->peer;
	int status = is_part ? session_open_window(cli, SESSION_REFUSE, window, &session)
			     : session_open_anew(cli, SESSION_REFUSE, &session);

	if (status)
		return status;
	status = merge(cli, request, file, &session);
	if (!status && is_too_much(&session))
		status = STATUS_TOO_MUCH;
	if (!status)
		status = carry_out(cli, request, &session);
	session_close(&session);
	return status;
}

int verb_apply(struct cli *cli)
{
	struct apply_request request = {};
	struct settings file;
	scoped(memory) prefix =
		calloc(WINDOW_MAX, sizeof(struct prefix)); /* a stack may be small */
	struct window window;
	int status = parse_apply(cli, &request);

	if (status || !request.file)
		return status;
	status = read_settings(cli, &request, &file);
	if (status)
		return status;
	cli->dry_run = request.ending.dry_run;
	session_make_ready(cli, compile_features(&file));
	status = apply(cli, &request, &file, window_of(&request, &file, prefix, &window));
	if (status == STATUS_TOO_MUCH)
		status = apply(cli, &request, &file, NULL);
	settings_free(&file);
	return status;
}
