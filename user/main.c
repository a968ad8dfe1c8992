/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* clarent-xdp: runs the verb, and prints what there is to say at the end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capabilities.h"
#include "cli.h"
#include "facts.h"
#include "kernel_said.h"
#include "options.h"
#include "progress.h"

static int run(struct cli *cli)
{
	const struct verb *verb = cli_verb(cli->verb);
	int status;

	if (!verb) {
		status = cli_no_verb(cli, cli->verb);
		cli->verb = NULL;
		return status;
	}
	instance_set_patience(cli_wait(cli));
	status = cli_enter(cli);
	return status ? status : verb->run(cli);
}

/* Returns 0 or -ENOMEM. */
static int write_json(struct json_object *answer)
{
	const char *json = json_object_to_json_string_ext(
		answer, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	struct buffer text = { .failed = !json };

	if (json)
		json_text_add(&text, json);
	buffer_text(&text, "\n");
	if (text.failed)
		return buffer_free(&text), -ENOMEM;
	fwrite(text.data, 1, text.len, stdout);
	buffer_free(&text);
	return 0;
}

/* Of a failure that changed nothing, nothing is said but the error. */
static bool says_changed(const struct cli *cli)
{
	const struct verb *verb = cli->verb ? cli_verb(cli->verb) : NULL;

	return cli->changed || (verb && verb_changes(verb) && !cli->why.status && !cli->dry_run);
}

/* What every answer under --json is: an object, with what the verb says, and any error. */
static int print_json(struct cli *cli)
{
	struct json_object *answer = json_object_new_object();
	int err;

	json_object_object_add(answer, "version", json_object_new_int(CLI_JSON_VERSION));
	if (cli->answer) {
		json_object_object_foreach(cli->answer, key, value)
			json_object_object_add(answer, key, json_object_get(value));
	}
	json_object_put(cli->answer);
	if (cli->why.status)
		json_object_object_add(answer, "error", cli_complaint_json(cli, NULL, &cli->why));
	if (says_changed(cli) && !json_object_object_get_ex(answer, "changed", NULL))
		json_object_object_add(answer, "changed", json_object_new_boolean(cli->changed));
	json_object_object_add(answer, "warnings", cli_warnings_json(cli));
	err = write_json(answer);
	json_object_put(answer);
	return err;
}

static void print_end(struct cli *cli)
{
	progress_wipe();
	for (size_t i = 0; i < cli->warnings.count && !cli->quiet; i++)
		fprintf(stderr, "clarent-xdp: warning: %s\n", cli->warnings.text[i]);
	if (cli->why.status)
		cli_complain(cli, NULL, &cli->why);
}

/*
 * An answer that did not get out is a failure: a full disk, a closed pipe.
 * But it does not take back a change.
 */
static int answer_lost(const struct cli *cli, int status, int err)
{
	fprintf(stderr, "clarent-xdp: standard output: %s\n", strerror(-err));
	return status || cli->changed ? status : STATUS_FAILED;
}

static int close_stdout(const struct cli *cli, int status)
{
	int lost = ferror(stdout);

	return fclose(stdout) || lost ? answer_lost(cli, status, errno ? -errno : -EIO) : status;
}

/*
 * A closed standard descriptor would be given to the first map or file that
 * is opened, and written into.  In its place comes one that can neither be
 * read nor written.
 */
static int hold_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/", O_PATH) != fd)
			return -errno;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct cli cli = {};
	int err, status;

	if (hold_standard_fds())
		return STATUS_FAILED; /* and nowhere to say so */
	status = options_parse(&cli, argc, argv);
	kernel_listen(cli.verbose);
	progress_begin(!cli.quiet);
	if (!status)
		status = run(&cli);
	capabilities_hint(&cli.why, capabilities_of_instance());
	print_end(&cli);
	err = cli.json && !cli.answered ? print_json(&cli) : 0;
	if (err)
		status = answer_lost(&cli, status, err);
	warnings_free(&cli.warnings);
	return close_stdout(&cli, status);
}
