/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the reading verbs share. */
#include "show.h"

#include <string.h>

#include "table.h"

int view_open(struct cli *cli, struct view *ret_view)
{
	int status = cli_read(cli, &ret_view->instance, &ret_view->exists, &ret_view->settings);

	if (!status)
		ret_view->clocks = clocks_now();
	return status;
}

void view_close(struct view *view)
{
	settings_free(&view->settings);
	if (view->exists)
		instance_close(&view->instance);
}

int view_run(struct cli *cli, int (*show)(struct cli *cli, struct view *view))
{
	struct view view;
	int status;

	if (cli->count)
		return cli_misplaced(cli, cli->words[0]);
	status = view_open(cli, &view);
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

int view_answer(struct cli *cli, const struct rows *rows, const struct view *view)
{
	if (cli->json) {
		cli->answer = rows_json(rows);
		return cli->answer ? STATUS_DONE : view_no_memory(cli);
	}
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
	err = attach_list(&view->instance, ret_list, ret_count);
	if (!err)
		return STATUS_DONE;
	complain_failed(&cli->why, view->instance.dir, "attachments: %s", strerror(-err));
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

const char *attachment_netns(const struct attachment *attachment, __u64 here)
{
	if (*attachment->self.netns_name)
		return attachment->self.netns_name;
	return attachment->self.netns == here ? "" : "(unnamed)";
}
