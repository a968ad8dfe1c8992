/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The policy as a whole: apply, save, rollback, confirm. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "align.h"
#include "attach.h"
#include "carry.h"
#include "copies.h"
#include "diff.h"
#include "dry_run.h"
#include "grammar.h"
#include "guards.h"
#include "merge.h"
#include "policy_file.h"
#include "scope.h"
#include "session.h"
#include "show.h"

struct apply_request {
	const char *file;
	const char *peer; /* NULL: not by peer */
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

static int read_file(struct cli *cli, const char *name, struct settings *ret_settings)
{
	bool is_stdin = !strcmp(name, "-");
	scoped(file) file = is_stdin ? NULL : fopen(name, "re");
	struct file_errors *errors = calloc(1, sizeof(*errors));
	int err = errors ? 0 : -ENOMEM, status = STATUS_DONE;

	if (!err && !is_stdin && !file)
		err = -errno;
	if (!err)
		err = policy_file_read(is_stdin ? stdin : file, clocks_now().utc, ret_settings,
				       errors, &cli->warnings);
	if (err && errors && errors->count)
		status = complain_file(cli, is_stdin ? "standard input" : name, errors);
	else if (err)
		status = complain_failed(&cli->why, name, "cannot be read: %s", strerror(-err))
				 ? STATUS_FAILED
				 : STATUS_DONE;
	free(errors);
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
		carry_complain(&cli->why, err);
	return cli->why.status;
}

static int merge(struct cli *cli, const struct apply_request *request, struct settings *file,
		 struct session *session)
{
	int err = 0;

	if (request->add)
		err = merge_add(&session->want, file, &cli->why);
	else if (request->peer)
		err = merge_peer(&session->want, file, request->peer, &cli->why);
	else
		replace_all(session, file);
	return err ? complain_merge(cli, err) : STATUS_DONE;
}

static int carry_out(struct cli *cli, const struct apply_request *request, struct session *session)
{
	const struct clocks now = clocks_now();
	int err = align(&session->have, &session->want, &now);
	int status = STATUS_DONE;

	if (err)
		return complain_merge(cli, err);
	if (request->ending.dry_run)
		return dry_run(cli, &session->instance, &session->have, &session->want);
	status = guards_check(cli, session, !request->add && !request->peer, request->ending.force);
	if (!status)
		status = session_guard(cli, session, request->ending.force);
	return status ? status : session_commit(cli, session, request->ending.confirm);
}

int verb_apply(struct cli *cli)
{
	struct apply_request request = {};
	struct settings file;
	struct session session;
	int status = parse_apply(cli, &request);

	if (status || !request.file)
		return status;
	status = read_file(cli, request.file, &file);
	if (status)
		return status;
	status = session_open(cli, SESSION_REFUSE, &session);
	if (!status) {
		status = merge(cli, &request, &file, &session);
		if (!status)
			status = carry_out(cli, &request, &session);
		session_close(&session);
	}
	settings_free(&file);
	return status;
}

static int save_to(struct cli *cli, const char *name, const struct view *view)
{
	if (!strcmp(name, "-")) {
		cli->answered = true;
		return policy_file_write(stdout, &view->settings);
	}
	return copies_write(name, &view->settings, instance_serial(&view->instance),
			    /* keep= */ true);
}

static int save(struct cli *cli, const struct view *view)
{
	char path[PATH_MAX];
	const char *name = cli->count ? cli->words[0] : copies_path(cli->bpffs, COPY_POLICY, path);
	int err;

	/* a boot that restored nothing must not cost the file */
	if (!view->exists && strcmp(name, "-"))
		return complain_failed(&cli->why, NULL,
				       "there is no filter in %s, so there is nothing to save",
				       cli->bpffs),
		       STATUS_FAILED;
	err = cli->count ? 0 : copies_make_dir(name);
	if (!err)
		err = save_to(cli, name, view);
	if (err)
		return complain_failed(&cli->why, name, "cannot be written: %s", strerror(-err)),
		       STATUS_FAILED;
	cli->changed = strcmp(name, "-");
	return STATUS_DONE;
}

int verb_save(struct cli *cli)
{
	struct view view;
	int status;

	if (cli->count > 1)
		return cli_misplaced(cli, cli->words[1]);
	status = view_open(cli, &view);
	if (status)
		return status;
	status = save(cli, &view);
	view_close(&view);
	return status;
}

int saved_differs(struct cli *cli, const struct settings *settings, size_t *ret_lines)
{
	const struct clocks now = clocks_now();
	struct settings saved;
	char path[PATH_MAX];
	int err = copies_read(copies_path(cli->bpffs, COPY_POLICY, path), &saved, NULL);

	if (err)
		return err;
	err = align(settings, &saved, &now);
	if (!err)
		*ret_lines = diff(settings, &saved, NULL, NULL);
	settings_free(&saved);
	return err;
}

/*
 * The state before the last change: the former copy, if the confirmed one is
 * of what is in force; else the last change was never recorded (it was cut
 * short behind its flip), and the confirmed copy is what was before it.
 */
static int read_former(struct cli *cli, __u64 serial, struct settings *ret_settings)
{
	char path[PATH_MAX];
	struct settings confirmed;
	__u64 recorded;
	int err = copies_read(copies_path(cli->bpffs, COPY_CONFIRMED, path), &confirmed, &recorded);

	if (!err && recorded != serial) {
		*ret_settings = confirmed;
		return 0;
	}
	if (!err)
		settings_free(&confirmed);
	return copies_read(copies_path(cli->bpffs, COPY_FORMER, path), ret_settings, NULL);
}

/* No file says these dates anew: to undo one change moves no other entry's expiry. */
static void forget_lines(struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		settings->entry[i].line = 0;
}

static int rollback(struct cli *cli, struct session *session, unsigned int confirm)
{
	struct instance *instance = &session->instance;
	struct settings former;
	int err = read_former(cli, instance_serial(instance), &former);

	if (err == -ENOENT)
		return complain_failed(&cli->why, NULL, "there is no change to undo"),
		       STATUS_FAILED;
	if (err)
		return complain_failed(&cli->why, NULL, "the former state cannot be read: %s",
				       strerror(-err)),
		       STATUS_FAILED;
	settings_free(&session->want);
	forget_lines(&former);
	session->want = former;
	return session_commit(cli, session, confirm);
}

int verb_rollback(struct cli *cli)
{
	struct grammar_ending ending = {};
	struct session session;
	int status = cli_ending(cli, 0, TAKES_CONFIRM, &ending);

	if (!status)
		status = session_open(cli, SESSION_REFUSE, &session);
	if (status)
		return status;
	status = rollback(cli, &session, ending.confirm);
	session_close(&session);
	return status;
}

/* The change that waited is in force for good: now it is recorded. */
static void record_confirmed(struct cli *cli, struct session *session, __u64 serial)
{
	char waiting[PATH_MAX], path[PATH_MAX];
	int err = 0;

	if (rename(copies_path(cli->bpffs, COPY_WAITING, waiting),
		   copies_path(cli->bpffs, COPY_FORMER, path)))
		err = -errno;
	if (!err)
		err = copies_keep(cli->bpffs, COPY_CONFIRMED, &session->have, serial);
	session_warn_copy(cli, err);
}

static int confirm_all(struct cli *cli, struct session *session)
{
	struct instance *instance = &session->instance;
	__u64 serial = instance_serial(instance);
	bool gates = attach_pending(instance);
	int err = carry_confirm(instance);

	if (err != -ENOENT)
		record_confirmed(cli, session, serial);
	else if (!gates)
		return complain_failed(&cli->why, NULL, "nothing waits for a confirmation"),
		       STATUS_FAILED;
	if (err && err != -ENOENT)
		return complain_failed(&cli->why, NULL,
				       "the change is in force for good, but tidying up failed: %s",
				       strerror(-err)),
		       STATUS_FAILED;
	if (gates && attach_confirm(instance, &cli->why))
		return STATUS_FAILED;
	session_log(cli, serial, serial);
	return STATUS_DONE;
}

int verb_confirm(struct cli *cli)
{
	struct session session;
	int status;

	if (cli->count)
		return cli_misplaced(cli, cli->words[0]);
	status = session_open(cli, SESSION_ANYWAY, &session);
	if (status)
		return status;
	status = confirm_all(cli, &session);
	session_close(&session);
	return status;
}
