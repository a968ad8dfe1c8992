/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* save: the settings become the file that a boot restores. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "copies.h"
#include "diff.h"
#include "inherit.h"
#include "policy_file.h"
#include "progress.h"
#include "reading.h"
#include "show.h"

static int write_settings(const char *name, const struct settings *settings, __u64 serial)
{
	return strcmp(name, "-") ? copies_write(name, settings, serial, /* keep= */ true)
				 : policy_file_write(stdout, settings);
}

/* Returns 0, -EAGAIN if it was confirmed or ended meanwhile, or another -errno. */
static int read_confirmed(const struct instance *instance, struct settings *ret_settings)
{
	int err = generation_read_former(instance, ret_settings);

	if (err || instance_stands(instance))
		return err;
	settings_free(ret_settings);
	return -EAGAIN;
}

/* What a boot is to restore is what was confirmed. */
static int write_confirmed(struct cli *cli, const char *name, const struct view *view)
{
	const struct instance *instance = &view->instance;
	struct settings confirmed;
	__u64 serial;
	int err;

	if (!view->exists || !instance_pending(instance))
		return write_settings(name, &view->settings,
				      view->exists ? instance_serial(instance) : 0);
	serial = generation_former_serial(instance);
	err = read_confirmed(instance, &confirmed);
	if (err)
		return err;
	err = write_settings(name, &confirmed, serial);
	settings_free(&confirmed);
	if (!err)
		warn_add(&cli->warnings, "a change waits for its confirmation: saved is the state "
					 "before it");
	return err;
}

/* Or is there one that another command makes right now, to which nothing has happened yet? */
static bool is_made(const struct view *view)
{
	const struct instance *instance = &view->instance;

	return view->exists && (instance_serial(instance) || instance_lapsed(instance) ||
				instance->meta->last_lapsed || instance->meta->last_attaching);
}

/* Returns an exit status, or -EAGAIN. */
static int save(struct cli *cli, const struct view *view)
{
	char path[COPY_PATH_MAX];
	const char *name = cli->count ? cli->words[0] : copies_path(cli->bpffs, COPY_POLICY, path);
	bool prints = !strcmp(name, "-");
	int err;

	/* a boot that restored nothing must not cost the file */
	if (!is_made(view) && !prints)
		return complain_failed(&cli->why, NULL,
				       "there is no filter in %s, so there is nothing to save",
				       cli->bpffs),
		       STATUS_FAILED;
	err = cli->count ? 0 : copies_make_dir(name);
	if (!err)
		err = write_confirmed(cli, name, view);
	cli->answered = prints;
	if (err == -EAGAIN)
		return err;
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
	if (cli->count && !strcmp(cli->words[0], "-") && isatty(STDOUT_FILENO))
		progress_begin(false); /* what is saved is shown there itself */
	status = cli->count ? STATUS_DONE : cli_own(cli);
	if (status)
		return status;
	do {
		status = view_open(cli, view_all, NULL, &view);
		if (status)
			return status;
		status = save(cli, &view);
		view_close(&view);
	} while (status == -EAGAIN);
	return status;
}
