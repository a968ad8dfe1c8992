/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* save: the settings become the file that a boot restores. */
#include <errno.h>
#include <string.h>

#include "align.h"
#include "carry.h"
#include "copies.h"
#include "diff.h"
#include "policy_file.h"
#include "show.h"

/* What is in force, on trial or not. */
static int print_settings(struct cli *cli, const struct view *view)
{
	int err = policy_file_write(stdout, &view->settings);

	cli->answered = true;
	if (!err && view->exists && instance_pending(&view->instance))
		warn_add(&cli->warnings, "a change waits for its confirmation, and is in this");
	return err;
}

/* What a boot is to restore is what was confirmed. */
static int write_confirmed(struct cli *cli, const char *name, const struct view *view)
{
	const struct instance *instance = &view->instance;
	struct settings confirmed;
	int err;

	if (!instance_pending(instance))
		return copies_write(name, &view->settings, instance_serial(instance),
				    /* keep= */ true);
	err = carry_read_former(instance, &confirmed);
	if (err)
		return err;
	err = copies_write(name, &confirmed, carry_former_serial(instance), /* keep= */ true);
	settings_free(&confirmed);
	if (!err)
		warn_add(&cli->warnings, "a change waits for its confirmation: saved is the state "
					 "before it");
	return err;
}

static int save(struct cli *cli, const struct view *view)
{
	char path[COPY_PATH_MAX];
	const char *name = cli->count ? cli->words[0] : copies_path(cli->bpffs, COPY_POLICY, path);
	bool prints = !strcmp(name, "-");
	int err;

	/* a boot that restored nothing must not cost the file */
	if (!view->exists && !prints)
		return complain_failed(&cli->why, NULL,
				       "there is no filter in %s, so there is nothing to save",
				       cli->bpffs),
		       STATUS_FAILED;
	err = cli->count ? 0 : copies_make_dir(name);
	if (!err)
		err = prints ? print_settings(cli, view) : write_confirmed(cli, name, view);
	if (err)
		return complain_errno(&cli->why, name, err, "cannot be written"), STATUS_FAILED;
	cli->changed = !prints;
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
	char path[COPY_PATH_MAX];
	int err = copies_read(copies_path(cli->bpffs, COPY_POLICY, path), &saved, NULL);

	if (err)
		return err;
	err = align(settings, &saved, &now);
	if (!err)
		*ret_lines = diff(settings, &saved, NULL, NULL);
	settings_free(&saved);
	return err;
}
