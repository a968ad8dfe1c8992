/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `status IFACE`: does its attachment keep strangers out, now?  Scripts go by the answer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "other_version.h"
#include "status.h"
#include "status_fields.h"
#include "table.h"
#include "watch.h"

static bool is_enforced(const struct settings *settings)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct policy *policy = &settings->policy[i];

		if (policy->name[0] && !is_relaxed(policy))
			return true;
	}
	return false;
}

/* Why strangers get in there, NULL if they do not; a script goes by it. */
static const char *fault_of(const struct attachment_row *row, const struct settings *settings)
{
	enum judging judging = judging_of(row->facts);

	if (judging == JUDGING_ATTACH_LAPSED || judging == JUDGING_DETACH_WAITS)
		return "passes everything while its attach or detach is not confirmed";
	if (!judging_filters(judging))
		return judging_note(judging);
	if (!is_enforced(settings))
		return "passes everything: no policy is in mode enforce or closed";
	return NULL;
}

/* Returns as attachments_find(). */
static int find_attachment(const struct view *view, const char *ifname, struct attachment *ret)
{
	int err;

	if (!view->exists)
		return interface_index(ifname) ? -ENOENT : -ENODEV;
	err = attachments_find(&view->instance, ifname, ret);
	return !err && attachment_is_gone(ret) ? -ENOENT : err;
}

static int answer_interface(struct cli *cli, const struct rows *attached, __u64 now)
{
	struct json_object *array;

	if (!cli->json)
		return rows_print(attached, now) ? view_no_memory(cli) : STATUS_DONE;
	array = rows_json(attached);
	if (!array)
		return view_no_memory(cli);
	cli->answer = json_object_new_object();
	json_object_object_add(cli->answer, "attached", array);
	return STATUS_DONE;
}

static int show_interface(struct cli *cli, const struct view *view)
{
	struct attachment attachment;
	struct judging_facts facts;
	struct attachment_row row = { .attachment = &attachment, .netns = "", .facts = &facts };
	struct rows attached = { attachment_fields, 1, attachment_at, &row };
	int err = find_attachment(view, cli->words[0], &attachment), failed;
	const char *fault;

	if (err)
		return cli_unattached(cli, cli->words[0], err), STATUS_FAILED;
	err = watch_attachments(&attachment, 1, view->here, view->clocks.boottime, &facts);
	if (err)
		return complain_errno(&cli->why, cli->words[0], err,
				      "cannot count what it receives"),
		       STATUS_FAILED;
	failed = answer_interface(cli, &attached, view->clocks.utc);
	fault = fault_of(&row, &view->settings);
	if (failed || !fault)
		return failed;
	complain_failed(&cli->why, cli->words[0], "%s", fault);
	return STATUS_FAILED;
}

/*
 * That of another version is in force until it is detached.  It is told from
 * nothing, so that a boot after an upgrade cuts nobody off.
 */
static int show_other_version(struct cli *cli)
{
	struct interface interface = { .ifindex = interface_index(cli->words[0]) };

	if (!interface.ifindex || interface_read(interface.ifindex, &interface) ||
	    !other_version_filters(cli->bpffs, &interface))
		return STATUS_FAILED;
	warn_add(&cli->warnings, "%s: %s", cli->words[0], cli->why.what);
	warn_add(&cli->warnings, "its program is attached; what it lets in cannot be told");
	cli->why = (struct complaint){};
	return STATUS_DONE;
}

int verb_status(struct cli *cli)
{
	struct view view;
	int status;

	if (!cli->count)
		return show_status(cli);
	if (cli->count > 1)
		return cli_misplaced(cli, cli->words[1]);
	status = cli_ifname(cli, cli->words[0]);
	if (status)
		return status;
	status = view_open(cli, view_rules, NULL, &view);
	if (status)
		return view.other_version ? show_other_version(cli) : status;
	status = show_interface(cli, &view);
	view_close(&view);
	return status;
}
