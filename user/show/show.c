/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the reading verbs share. */
#include "show.h"

#include <errno.h>
#include <string.h>

#include "netns.h"
#include "pindir.h"
#include "scope.h"
#include "session.h"
#include "states.h"
#include "table.h"

#define OPEN_TRIES 100 /* of an instance that others purge and make again meanwhile */

#define UNLOCKED_TRIES 3 /* of reading while others change what is read */

int view_all(struct view *view, const void *wanted)
{
	(void)wanted;
	return generation_read(&view->instance, &view->settings);
}

int view_rules(struct view *view, const void *wanted)
{
	static const struct asked nothing;

	(void)wanted;
	return generation_read_asked(&view->instance, &nothing, &view->settings);
}

int view_counts(struct view *view, const void *wanted)
{
	int err = generation_count(&view->instance, view->counts);

	return err ? err : view_rules(view, wanted);
}

/* What is read, and how. */
struct reading {
	view_read_fn *read;
	const void *wanted;
	const char *history_of; /* the instance whose history is read as well, or NULL */
};

static void read_history(const struct reading *reading, const struct instance *instance,
			 struct view *view)
{
	if (reading->history_of)
		view->history_err =
			session_read_history(instance, reading->history_of, &view->history);
}

/* Reads what was in force at one moment; -EAGAIN if a change came in between. */
static int read_once(const struct reading *reading, struct view *view)
{
	int err;

	instance_look(&view->instance);
	err = reading->read(view, reading->wanted);
	if (!err)
		read_history(reading, &view->instance, view);
	if (instance_stands(&view->instance))
		return err;
	if (!err) {
		settings_free(&view->settings);
		history_free(&view->history);
	}
	return -EAGAIN;
}

/* Writers wait for as long as it is read. */
static int read_locked(struct cli *cli, const struct reading *reading, struct view *view)
{
	scoped(fd) lock_fd =
		pindir_lock(view->instance.dir, PINDIR_SHARED, cli_wait(cli), &cli->why);

	return lock_fd < 0 ? lock_fd : read_once(reading, view);
}

static int read_settings(struct cli *cli, const struct reading *reading, struct view *view)
{
	int err = -EAGAIN;

	for (int i = 0; i < UNLOCKED_TRIES && err == -EAGAIN; i++)
		err = read_once(reading, view);
	return err == -EAGAIN ? read_locked(cli, reading, view) : err;
}

/* -ESTALE: it was removed meanwhile, and may be there again. */
static int open_once(struct cli *cli, const struct reading *reading, struct view *view)
{
	int err = instance_open(cli->bpffs, INSTANCE_READ, &view->instance, &cli->why);

	view->exists = !err;
	if (err == -ENOENT) {
		read_history(reading, NULL, view);
		return settings_init(&view->settings);
	}
	if (err)
		return err;
	err = read_settings(cli, reading, view);
	if (err)
		instance_close(&view->instance);
	return err;
}

static int open_view(struct cli *cli, const struct reading *reading, struct view *ret_view)
{
	int err;

	*ret_view = (struct view){};
	err = netns_cookie(&ret_view->here);
	if (err)
		return complain_errno(&cli->why, NULL, err, "cannot number the network namespace"),
		       STATUS_FAILED;
	err = -ESTALE;
	for (int i = 0; i < OPEN_TRIES && err == -ESTALE; i++)
		err = open_once(cli, reading, ret_view);
	if (err && !cli->why.status)
		complain_errno(&cli->why, NULL, err, "cannot read the rules in force");
	ret_view->other_version = err == -EPROTO;
	ret_view->clocks = ret_view->exists ? ret_view->instance.moment.clocks : clocks_now();
	return err ? STATUS_FAILED : STATUS_DONE;
}

int view_open(struct cli *cli, view_read_fn *read, const void *wanted, struct view *ret_view)
{
	return open_view(cli, &(struct reading){ read, wanted, NULL }, ret_view);
}

int view_open_history(struct cli *cli, view_read_fn *read, const void *wanted,
		      struct view *ret_view)
{
	return open_view(cli, &(struct reading){ read, wanted, cli->bpffs }, ret_view);
}

void view_close(struct view *view)
{
	settings_free(&view->settings);
	history_free(&view->history);
	if (view->exists)
		instance_close(&view->instance);
}

int view_run(struct cli *cli, view_read_fn *read, int (*show)(struct cli *cli, struct view *view))
{
	struct view view;
	int status;

	if (cli->count)
		return cli_misplaced(cli, cli->words[0]);
	status = view_open(cli, read, NULL, &view);
	if (status)
		return status;
	status = show(cli, &view);
	view_close(&view);
	return status;
}

int view_no_memory(struct cli *cli)
{
	complain_memory(&cli->why);
	return STATUS_FAILED;
}

int view_answer(struct cli *cli, const char *key, const struct rows *rows, const struct view *view)
{
	struct json_object *array = cli->json ? rows_json(rows) : NULL;

	if (array) {
		cli->answer = json_object_new_object();
		json_object_object_add(cli->answer, key, array);
		return STATUS_DONE;
	}
	if (cli->json)
		return view_no_memory(cli);
	return rows_print(rows, view->clocks.utc) ? view_no_memory(cli) : STATUS_DONE;
}

int view_attachments(struct cli *cli, const struct view *view, struct attachment **ret_list,
		     size_t *ret_count)
{
	int err;

	*ret_list = NULL;
	*ret_count = 0;
	if (!view->exists)
		return STATUS_DONE;
	err = attachments_read(&view->instance, ret_list, ret_count);
	if (err)
		return complain_errno(&cli->why, view->instance.dir, err,
				      "cannot tell what is attached"),
		       STATUS_FAILED;
	err = attachments_locate(&view->instance, *ret_list, *ret_count);
	if (err)
		warn_add(&cli->warnings,
			 "cannot look into each network namespace, so what is attached elsewhere "
			 "may not be found: %s",
			 strerror(-err));
	return STATUS_DONE;
}

unsigned int view_waiting(const struct view *view, const struct attachment *list, size_t count)
{
	unsigned int settings, attach;

	if (!view->exists)
		return 0;
	settings = instance_pending(&view->instance);
	attach = attachments_left(list, count, &view->clocks);
	return settings > attach ? settings : attach;
}

int view_states(struct cli *cli, const struct view *view)
{
	int err = view->exists ? states_open(&view->instance, &view->settings) : 0;

	if (!err)
		return STATUS_DONE;
	complain_errno(&cli->why, NULL, err, "cannot read what the entries have seen");
	return STATUS_FAILED;
}

const char *reason_name(unsigned int reason)
{
	static const char *const names[] = {
#define X(symbol, name) [CX_##symbol] = name,
		CX_REASONS(X)
#undef X
	};

	return reason < CX_REASON_COUNT ? names[reason] : "";
}

bool reason_passes(const struct policy *policy, unsigned int reason)
{
	return reason == CX_ALLOWED || reason == CX_NOT_GUARDED ||
	       (reason == CX_ELSEWHERE && policy->elsewhere_pass);
}

const char *attachment_netns(const struct attachment *attachment, __u64 here)
{
	if (attachment->ifindex && !attachment->netns)
		return "(not found)";
	if (*attachment->netns_name)
		return attachment->netns_name;
	if (attachment->netns == here)
		return "";
	return attachment->ifindex ? "(unnamed)" : attachment->self.netns_name;
}
