/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `status`: is this host filtered, by what, and what gets around it. */
#include "status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "coverage.h"
#include "reverse_path.h"
#include "saved.h"
#include "status_fields.h"
#include "table.h"
#include "text.h"
#include "watch.h"
#include "when.h"

/* Everything that is shown, gathered before anything is. */
struct status {
	struct policy_table relaxed; /* policies that hold nobody off */
	struct policy_table guarded; /* policies whose ports are judged */
	struct policy_table policies;

	struct attachment *attachment; /* owned */
	struct judging_facts *facts;   /* of each; owned */
	struct interface *interface;   /* owned */
	struct coverage coverage;
	struct attachment_row *attachment_row; /* owned */
	struct interface_row *interface_row;   /* owned; unfiltered ones, then tunnels */
	struct rows attached, unfiltered, tunnels;
	struct rows asked; /* attachments where rpf asks the routing table; none: no policy does */

	unsigned int confirm; /* seconds until one is due, 0: none is awaited */
	int history_err;
	bool at_last;               /* others change it all the while: what is read is shown */
	struct history_record last; /* change, if it lapsed; else number 0 */
	size_t sources, address_only;
	struct saved saved;
	enum fragments_mode fragments;
};

bool is_relaxed(const struct policy *policy)
{
	return policy->mode == CX_MODE_OPEN || policy->mode == CX_MODE_MONITOR;
}

static bool is_guarded(const struct policy *policy)
{
	return policy->mode != CX_MODE_OPEN;
}

static void gather_trust(struct status *status, const struct view *view)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct policy_counts *counts = &view->counts[i];

		status->sources += counts->sources[CX_IPV4] + counts->sources[CX_IPV6];
		if (!trust_of_policy(&view->settings.policy[i]))
			status->address_only += counts->bare;
	}
}

static void gather_policies(struct status *status, const struct view *view)
{
	policies_gather(view, &status->policies);
	policies_pick(&status->policies, is_relaxed, policy_relaxed_fields, &status->relaxed);
	policies_pick(&status->policies, is_guarded, policy_ports_fields, &status->guarded);
	gather_trust(status, view);
	status->fragments = view->settings.fragments;
}

#define TRIES 100 /* of a moment at which rules and attachments are read alike */

/* An exit status of this file's own: the rules have changed before the attachments were read. */
#define STATUS_AGAIN (-1)

static bool stands(const struct view *view)
{
	return !view->exists || instance_stands(&view->instance);
}

static int gather_attachments(struct cli *cli, const struct view *view, struct status *status)
{
	struct coverage *coverage = &status->coverage;
	bool uses_rpf = reverse_path_used(&view->settings);
	int err, failed = view_attachments(cli, view, &status->attachment, &coverage->attachments);

	if (!failed && !status->at_last && !stands(view))
		failed = STATUS_AGAIN;
	if (failed)
		return failed;
	coverage->attachment = status->attachment;
	coverage->here = view->here;
	status->facts = calloc(coverage->attachments + 1, sizeof(struct judging_facts));
	status->attachment_row = calloc(coverage->attachments + 1, sizeof(struct attachment_row));
	if (!status->facts || !status->attachment_row)
		return view_no_memory(cli);
	err = watch_attachments(coverage->attachment, coverage->attachments, view->here,
				view->clocks.boottime, status->facts);
	if (err)
		warn_add(&cli->warnings,
			 "cannot count what each interface receives, so whether it is judged is "
			 "not seen: %s",
			 strerror(-err));
	coverage->facts = status->facts;
	for (size_t i = 0; i < coverage->attachments; i++) {
		const struct attachment *attachment = &status->attachment[i];
		struct attachment_row *row = &status->attachment_row[i];

		*row = (struct attachment_row){
			.attachment = attachment,
			.netns = attachment_netns(attachment, coverage->here),
			.facts = &status->facts[i],
		};
		if (uses_rpf && attachment->ifindex)
			row->mute_err = reverse_path_mute(attachment, &row->mute);
	}
	if (uses_rpf)
		status->asked = (struct rows){ asked_fields, coverage->attachments, attachment_at,
					       status->attachment_row };
	status->attached = (struct rows){ attachment_fields, coverage->attachments, attachment_at,
					  status->attachment_row };
	return STATUS_DONE;
}

static bool is_named(const struct settings *settings, const char *ifname)
{
	for (size_t i = 0; i < settings->tunnel_count; i++) {
		if (!strcmp(strings_text(settings->strings, settings->tunnel[i]), ifname))
			return true;
	}
	return false;
}

static bool is_unfiltered(const struct status *status, const struct interface *interface)
{
	return interface->up && interface->has_address &&
	       !coverage_judged(&status->coverage, interface);
}

static bool is_tunnel(const struct status *status, const struct interface *interface)
{
	(void)status;
	return interface_is_tunnel(interface);
}

/* Rows for the interfaces that are wanted, in memory that has room for all. */
static struct rows pick_interfaces(const struct status *status, const struct settings *settings,
				   bool (*wanted)(const struct status *status,
						  const struct interface *interface),
				   const struct field *field, struct interface_row *row)
{
	const struct coverage *coverage = &status->coverage;
	size_t count = 0;

	for (size_t i = 0; i < coverage->interfaces; i++) {
		const struct interface *interface = &coverage->interface[i];

		if (!wanted(status, interface))
			continue;
		row[count++] = (struct interface_row){
			.interface = interface,
			.guarded = &status->guarded.rows,
			.filtered = coverage_filtered(coverage, interface),
			.named = is_named(settings, interface->name),
		};
	}
	return (struct rows){ field, count, interface_at, row };
}

static int gather_interfaces(struct cli *cli, const struct view *view, struct status *status)
{
	struct coverage *coverage = &status->coverage;
	int err = interfaces_read(&status->interface, &coverage->interfaces);

	if (err) {
		complain_errno(&cli->why, NULL, err, "cannot list the interfaces");
		return STATUS_FAILED;
	}
	coverage->interface = status->interface;
	status->interface_row = calloc(2 * coverage->interfaces + 1, sizeof(struct interface_row));
	if (!status->interface_row)
		return view_no_memory(cli);
	status->unfiltered = pick_interfaces(status, &view->settings, is_unfiltered,
					     unfiltered_fields, status->interface_row);
	status->tunnels = pick_interfaces(status, &view->settings, is_tunnel, tunnel_fields,
					  status->interface_row + coverage->interfaces);
	return STATUS_DONE;
}

/* A change that nobody confirmed, until another one is made. */
static void gather_lapsed(const struct view *view, struct status *status)
{
	const struct history_record *last = history_last(&view->history);

	status->history_err = view->history_err;
	if (last && last->state == HISTORY_LAPSED)
		status->last = *last;
}

static int gather(struct cli *cli, const struct view *view, struct status *status)
{
	int failed = gather_attachments(cli, view, status);

	if (failed)
		return failed;
	status->confirm = view_waiting(view, status->attachment, status->coverage.attachments);
	gather_lapsed(view, status);
	gather_policies(status, view);
	if (!status->saved.known)
		saved_compare(view->exists ? &view->instance : NULL, cli->bpffs, &view->settings,
			      &status->saved);
	return gather_interfaces(cli, view, status);
}

/* In JSON, what is not known is null. */
static struct json_object *saved_json(const struct status *status)
{
	struct json_object *saved = json_object_new_object();

	json_object_object_add(saved, "exists",
			       json_object_new_boolean(status->saved.err != -ENOENT));
	json_object_object_add(saved, "lines_that_differ",
			       status->saved.err ? NULL
						 : json_object_new_uint64(status->saved.lines));
	return saved;
}

static struct json_object *trust_json(const struct status *status)
{
	struct json_object *trust = json_object_new_object();

	json_object_object_add(trust, "sources", json_object_new_uint64(status->sources));
	json_object_object_add(trust, "address_only", json_object_new_uint64(status->address_only));
	return trust;
}

static struct json_object *lapsed_json(const struct history_record *last)
{
	struct json_object *lapsed;
	char when[WHEN_TEXT_MAX];

	if (!last->change)
		return NULL;
	lapsed = json_object_new_object();
	json_object_object_add(lapsed, "change", json_object_new_uint64(last->change));
	json_object_object_add(lapsed, "time",
			       json_object_new_string(when_format(last->time, when)));
	json_object_object_add(lapsed, "words", json_object_new_string(last->words));
	return lapsed;
}

/* NULL if memory is out. */
static struct json_object *status_json(const struct status *status)
{
	const struct {
		const char *key;
		const struct rows *rows;
	} tables[] = {
		{ "not_enforced", &status->relaxed.rows }, { "attached", &status->attached },
		{ "policies", &status->policies.rows },    { "unfiltered", &status->unfiltered },
		{ "tunnels", &status->tunnels },           { "reverse_path", &status->asked },
	};
	struct json_object *answer = json_object_new_object();

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct json_object *array = rows_json(tables[i].rows);

		if (!array) {
			json_object_put(answer);
			return NULL;
		}
		json_object_object_add(answer, tables[i].key, array);
	}
	json_object_object_add(answer, "trust", trust_json(status));
	json_object_object_add(answer, "saved", saved_json(status));
	json_object_object_add(answer, "confirm_seconds",
			       status->confirm ? json_object_new_uint64(status->confirm) : NULL);
	json_object_object_add(answer, "lapsed", lapsed_json(&status->last));
	json_object_object_add(answer, "fragments",
			       json_object_new_string(fragments_names[status->fragments]));
	return answer;
}

/* A paragraph; if there is nothing to show, nothing. */
static int print_rows(const char *title, const struct rows *rows, __u64 now)
{
	if (!rows->count)
		return 0;
	printf("%s:\n", title);
	return rows_print(rows, now);
}

static void print_saved(const struct status *status)
{
	if (status->saved.err == -ENOENT)
		puts("saved: nothing, so a boot restores nothing");
	else if (status->saved.err)
		printf("saved: cannot be read: %s\n", strerror(-status->saved.err));
	else if (status->saved.lines)
		printf("saved: differs from what runs in %zu line%s\n", status->saved.lines,
		       status->saved.lines == 1 ? "" : "s");
	else
		puts("saved: agrees with what runs");
}

/* Only what is wrong: that the routing table answers is as it should be. */
static void print_mute(const struct status *status)
{
	for (size_t i = 0; i < status->asked.count; i++) {
		const struct attachment_row *row = &status->attachment_row[i];

		if (row->mute_err)
			text_print(stdout,
				   "reverse path: cannot tell whether the routing table answers at "
				   "%s: %s",
				   attachment_name(row->attachment), strerror(-row->mute_err));
		for (int family = CX_IPV4; family <= CX_IPV6; family++) {
			if (row->mute >> family & 1)
				text_print(stdout,
					   "reverse path: %s is off for %s, so rpf refuses all its "
					   "%s sources (attach it again to mend that)",
					   reverse_path_sysctl[family],
					   row->attachment->self.ifname,
					   family == CX_IPV4 ? "IPv4" : "IPv6");
		}
	}
}

static void print_changes(const struct status *status)
{
	char when[WHEN_TEXT_MAX];

	if (status->confirm)
		printf("confirm: awaited, %u s left before the former state is back\n",
		       status->confirm);
	if (status->last.change)
		text_print(stdout,
			   "lapsed: change %llu (%.60s) at %s: nobody confirmed it, and the "
			   "state before it is in force",
			   (unsigned long long)status->last.change, status->last.words,
			   when_format(status->last.time, when));
	if (status->history_err)
		printf("history: cannot be read: %s\n", strerror(-status->history_err));
}

static void print_facts(const struct status *status)
{
	putchar('\n');
	if (status->sources)
		printf("trust: %zu of %zu sources rest on their address alone, which anybody can "
		       "forge\n",
		       status->address_only, status->sources);
	else
		puts("trust: no source is listed");
	print_mute(status);
	print_saved(status);
	print_changes(status);
	printf("%s fragments: %s\n", status->fragments == FRAGMENTS_LISTED ? "all" : "later",
	       fragments_names[status->fragments]);
}

static int print_status(const struct status *status, __u64 now)
{
	int err = print_rows("not enforced", &status->relaxed.rows, now);

	if (!status->relaxed.rows.count)
		puts("not enforced: none");
	if (!status->attached.count)
		puts("\nattached: nothing, so no packet is judged");
	if (!err)
		err = print_rows("\nattached", &status->attached, now);
	if (!err)
		err = print_rows("\nlists", &status->policies.rows, now);
	print_facts(status);
	if (!err)
		err = print_rows("\nnot filtered, though up and with an address",
				 &status->unfiltered, now);
	if (!err)
		err = print_rows("\ntunnels: packets inside encapsulation are judged only where "
				 "they come out",
				 &status->tunnels, now);
	return err;
}

static int answer(struct cli *cli, const struct status *status, __u64 now)
{
	if (!cli->json)
		return print_status(status, now) ? view_no_memory(cli) : STATUS_DONE;
	cli->answer = status_json(status);
	return cli->answer ? STATUS_DONE : view_no_memory(cli);
}

static int show(struct cli *cli, const struct view *view, const struct saved *saved, bool at_last)
{
	struct status status = { .saved = *saved, .at_last = at_last };
	int failed = gather(cli, view, &status);

	if (!failed)
		failed = answer(cli, &status, view->clocks.utc);
	free(status.attachment);
	free(status.facts);
	free(status.attachment_row);
	free(status.interface);
	free(status.interface_row);
	return failed;
}

struct wanted {
	const char *bpffs;
	struct saved *saved; /* filled in */
};

/* Entries only if they have to be compared with those of the policy file. */
static int read_view(struct view *view, const void *wanted)
{
	const struct wanted *these = wanted;
	int err;

	saved_look(&view->instance, these->bpffs, these->saved);
	err = view_counts(view, NULL);
	if (err || these->saved->known)
		return err;
	settings_free(&view->settings);
	return view_all(view, NULL);
}

static int try_to_show(struct cli *cli, bool at_last)
{
	struct saved saved = {};
	struct view view;
	int status =
		view_open_history(cli, read_view, &(struct wanted){ cli->bpffs, &saved }, &view);

	if (status)
		return status;
	status = show(cli, &view, &saved, at_last);
	view_close(&view);
	return status;
}

int show_status(struct cli *cli)
{
	int status = STATUS_AGAIN;

	for (int i = 1; i <= TRIES && status == STATUS_AGAIN; i++) {
		warnings_free(&cli->warnings);
		cli->warnings = (struct warnings){};
		status = try_to_show(cli, i == TRIES);
	}
	return status;
}
