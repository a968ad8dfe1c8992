/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `status`: is this host filtered, by what, and what gets around it. */
#include <errno.h>
#include <linux/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "carry.h"
#include "coverage.h"
#include "netns.h"
#include "other_version.h"
#include "reverse_path.h"
#include "session.h"
#include "show.h"
#include "table.h"
#include "watch.h"
#include "text.h"
#include "when.h"

struct attachment_row {
	const struct attachment *attachment;
	const char *netns;
	const struct judging_facts *facts;
	/* of reverse_path_mute(), while a policy uses rpf */
	unsigned int mute;
	int mute_err;
};

struct interface_row {
	const struct interface *interface;
	const struct rows *guarded; /* policies whose ports can be reached there */
	bool filtered;
	bool named; /* by the setting `tunnel` */
};

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
	struct history_record last; /* change, if it lapsed; else number 0 */
	size_t sources, address_only;
	int saved_err; /* of saved_differs() */
	size_t unsaved;
	bool fragments_drop;
};

static const struct attachment_row *attachment_row(const void *row)
{
	return row;
}

static const struct cx_attachment *self_of(const void *row)
{
	return &attachment_row(row)->attachment->self;
}

static struct value get_ifname(const void *row)
{
	return value_text(attachment_name(attachment_row(row)->attachment));
}

/* Only if it was renamed, or moved, since: until it is attached again, rules know it by that. */
static struct value get_attached_as(const void *row)
{
	const struct attachment *attachment = attachment_row(row)->attachment;

	return attachment_moved(attachment) ? value_text(attachment->self.ifname) : value_none();
}

static struct value get_gone(const void *row)
{
	return attachment_row(row)->attachment->ifindex ? value_none() : value_flag(true);
}

static struct value get_netns(const void *row)
{
	return value_text(attachment_row(row)->netns);
}

static struct value get_mode(const void *row)
{
	return value_text(self_of(row)->mode == CX_ATTACH_NATIVE ? "native" : "generic");
}

static struct value get_link_type(const void *row)
{
	return value_text(self_of(row)->link_type == CX_LINK_ETHERNET ? "ethernet" : "bare ip");
}

static struct value get_since(const void *row)
{
	return value_ago(self_of(row)->since_utc);
}

static struct value get_program(const void *row)
{
	return value_some(attachment_row(row)->attachment->prog_id);
}

static struct value get_count(const void *row, __u64 count)
{
	return attachment_row(row)->facts->counted ? value_number(count) : value_none();
}

static struct value get_received(const void *row)
{
	return get_count(row, attachment_row(row)->facts->since.received);
}

static struct value get_judged(const void *row)
{
	return get_count(row, attachment_row(row)->facts->since.judged);
}

static struct value get_filters(const void *row)
{
	return value_flag(judging_filters(judging_of(attachment_row(row)->facts)));
}

static struct value get_note(const void *row)
{
	return value_text(judging_note(judging_of(attachment_row(row)->facts)));
}

static struct value get_features(const void *row)
{
	static const char *const names[] = {
		/* by bit of enum cx_features */
		"tcp", "destinations", "tunnel", "conditions", "limits", "rpf", NULL,
	};

	return value_set(self_of(row)->features, names);
}

static struct value get_version(const void *row)
{
	return value_text(self_of(row)->version);
}

static const struct field attachment_fields[] = {
	{ "INTERFACE", "interface", get_ifname },
	{ "ATTACHED AS", "attached_as", get_attached_as },
	{ "NETNS", "namespace", get_netns },
	{ "MODE", "mode", get_mode },
	{ "LINK", "link_type", get_link_type },
	{ "SINCE", "since", get_since },
	{ "PROGRAM", "program", get_program },
	{ "VERSION", "version", get_version },
	{ "RECEIVED", "received", get_received },
	{ "JUDGED", "judged", get_judged },
	{ "FILTERS", "filters", get_filters },
	{ "GONE", "gone", get_gone },
	{ "FEATURES", "features", get_features },
	{ "NOTE", "note", get_note },
	{},
};

static struct value get_answer(const void *row, enum cx_family family)
{
	if (attachment_row(row)->mute_err)
		return value_none();
	return value_flag(!(attachment_row(row)->mute >> family & 1));
}

static struct value get_ipv4_answer(const void *row)
{
	return get_answer(row, CX_IPV4);
}

static struct value get_ipv6_answer(const void *row)
{
	return get_answer(row, CX_IPV6);
}

static const struct field asked_fields[] = {
	{ "INTERFACE", "interface", get_ifname },
	{ "NETNS", "namespace", get_netns },
	{ "IPV4", "ipv4", get_ipv4_answer },
	{ "IPV6", "ipv6", get_ipv6_answer },
	{},
};

static const struct interface *interface_of(const void *row)
{
	return ((const struct interface_row *)row)->interface;
}

static struct value get_name(const void *row)
{
	return value_text(interface_of(row)->name);
}

static struct value get_kind(const void *row)
{
	if (interface_of(row)->type == ARPHRD_LOOPBACK)
		return value_text("loopback");
	return value_text(interface_of(row)->kind);
}

static struct value get_xdp(const void *row)
{
	return value_some(interface_of(row)->xdp_prog_id);
}

static struct value get_reachable(const void *row)
{
	return value_rows(((const struct interface_row *)row)->guarded);
}

static struct value get_up(const void *row)
{
	return value_flag(interface_of(row)->up);
}

static struct value get_filtered(const void *row)
{
	return value_flag(((const struct interface_row *)row)->filtered);
}

static struct value get_named(const void *row)
{
	return value_flag(((const struct interface_row *)row)->named);
}

static const struct field unfiltered_fields[] = {
	{ "INTERFACE", "interface", get_name },
	{ "KIND", "kind", get_kind },
	{ "XDP PROGRAM", "xdp_program", get_xdp },
	{ "REACHABLE THERE", "reachable", get_reachable },
	{},
};

static const struct field tunnel_fields[] = {
	{ "INTERFACE", "interface", get_name },
	{ "KIND", "kind", get_kind },
	{ "UP", "up", get_up },
	{ "FILTERED", "filtered", get_filtered },
	{ "NAMED", "named", get_named },
	{},
};

static const void *attachment_at(const struct rows *rows, size_t index)
{
	return &((const struct attachment_row *)rows->context)[index];
}

static const void *interface_at(const struct rows *rows, size_t index)
{
	return &((const struct interface_row *)rows->context)[index];
}

static bool is_relaxed(const struct policy *policy)
{
	return policy->mode == CX_MODE_OPEN || policy->mode == CX_MODE_MONITOR;
}

static bool is_guarded(const struct policy *policy)
{
	return policy->mode != CX_MODE_OPEN;
}

static void gather_policies(struct status *status, const struct settings *settings, __u64 now)
{
	policies_gather(settings, now, &status->policies);
	policies_pick(&status->policies, is_relaxed, policy_relaxed_fields, &status->relaxed);
	policies_pick(&status->policies, is_guarded, policy_ports_fields, &status->guarded);
	for (size_t i = 0; i < settings->count; i++) {
		const struct entry *entry = &settings->entry[i];
		__u32 trust = entry_admits(entry, now) ? trust_of(settings, entry) : 0;

		status->sources += !!trust;
		status->address_only += trust == TRUST_ADDRESS_ONLY;
	}
	status->fragments_drop = settings->fragments_drop;
}

static int gather_attachments(struct cli *cli, const struct view *view, struct status *status)
{
	struct coverage *coverage = &status->coverage;
	bool uses_rpf = reverse_path_used(&view->settings);
	int err, failed = view_attachments(cli, view, &status->attachment, &coverage->attachments);

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

/* Settings, or an attach or detach. */
static int gather_waiting(struct cli *cli, const struct view *view, struct status *status)
{
	unsigned int settings, attach;
	int err;

	if (!view->exists)
		return STATUS_DONE;
	err = attach_pending(&view->instance, &attach);
	if (err)
		return complain_errno(&cli->why, NULL, err, "cannot tell what is attached"),
		       STATUS_FAILED;
	settings = instance_pending(&view->instance);
	status->confirm = settings > attach ? settings : attach;
	return STATUS_DONE;
}

/* A change that nobody confirmed, until another one is made. */
static void gather_lapsed(const struct cli *cli, const struct view *view, struct status *status)
{
	const struct history_record *last;
	struct history history;

	status->history_err =
		session_read_history(view->exists ? &view->instance : NULL, cli->bpffs, &history);
	if (status->history_err)
		return;
	last = history_last(&history);
	if (last && last->state == HISTORY_LAPSED)
		status->last = *last;
	history_free(&history);
}

static const char *fragments_word(const struct status *status)
{
	return status->fragments_drop ? "drop" : "pass";
}

static int gather(struct cli *cli, const struct view *view, struct status *status)
{
	int failed = gather_attachments(cli, view, status);

	if (failed)
		return failed;
	failed = gather_waiting(cli, view, status);
	if (failed)
		return failed;
	gather_lapsed(cli, view, status);
	gather_policies(status, &view->settings, view->clocks.utc);
	status->saved_err = saved_differs(cli, &view->settings, &status->unsaved);
	return gather_interfaces(cli, view, status);
}

/* In JSON, what is not known is null. */
static struct json_object *saved_json(const struct status *status)
{
	struct json_object *saved = json_object_new_object();

	json_object_object_add(saved, "exists",
			       json_object_new_boolean(status->saved_err != -ENOENT));
	json_object_object_add(saved, "lines_that_differ",
			       status->saved_err ? NULL : json_object_new_uint64(status->unsaved));
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
	json_object_object_add(answer, "fragments", json_object_new_string(fragments_word(status)));
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
	if (status->saved_err == -ENOENT)
		puts("saved: nothing, so a boot restores nothing");
	else if (status->saved_err)
		printf("saved: cannot be read: %s\n", strerror(-status->saved_err));
	else if (status->unsaved)
		printf("saved: differs from what runs in %zu line%s\n", status->unsaved,
		       status->unsaved == 1 ? "" : "s");
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
					   reverse_path_sysctl[family], self_of(row)->ifname,
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
	printf("later fragments: %s\n", fragments_word(status));
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

static int show_status(struct cli *cli, struct view *view)
{
	struct status status = {};
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
	return !err && !ret->ifindex ? -ENOENT : err;
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
	    !interface.xdp_prog_id || !other_version_filters(cli->bpffs, &interface))
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
		return view_run(cli, show_status);
	if (cli->count > 1)
		return cli_misplaced(cli, cli->words[1]);
	status = cli_ifname(cli, cli->words[0]);
	if (status)
		return status;
	status = view_open(cli, &view);
	if (status)
		return view.other_version ? show_other_version(cli) : status;
	status = show_interface(cli, &view);
	view_close(&view);
	return status;
}
