/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `ports`: what is guarded, for who must close it by other means. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_file.h"
#include "ports.h"
#include "scope.h"
#include "show.h"
#include "table.h"

/* The ports of one protocol that a policy guards. */
struct guarded {
	const struct settings *settings;
	unsigned int policy;
	enum cx_proto proto;
};

struct guarded_table {
	struct guarded *row; /* owned; room for all */
	struct rows rows;
	__u8 seen[2][PORTS_COUNT]; /* by enum cx_proto: a row has this port */
};

static const char *const proto_names[] = { [CX_UDP] = "udp", [CX_TCP] = "tcp" };

static const struct guarded *guarded_of(const void *row)
{
	return row;
}

static struct value get_policy(const void *row)
{
	const struct guarded *guarded = guarded_of(row);

	return value_text(guarded->settings->policy[guarded->policy].name);
}

static struct value get_proto(const void *row)
{
	return value_text(proto_names[guarded_of(row)->proto]);
}

static struct value get_ports(const void *row)
{
	const struct guarded *guarded = guarded_of(row);

	return (struct value){ .kind = VALUE_PORTS,
			       .ports = { guarded->settings->port[guarded->proto],
					  (__u8)guarded->policy } };
}

static const struct field fields[] = {
	{ "POLICY", "policy", get_policy },
	{ "PROTOCOL", "protocol", get_proto },
	{ "PORTS", "ports", get_ports },
	{},
};

static const void *guarded_at(const struct rows *rows, size_t index)
{
	return &((const struct guarded *)rows->context)[index];
}

static bool guards(const struct policy *policy)
{
	return policy->name[0] &&
	       (policy->mode == CX_MODE_ENFORCE || policy->mode == CX_MODE_CLOSED);
}

/* Leaves a policy the ports that no row has yet. True if there are any. */
static bool leave_unseen(__u8 *owners, __u8 policy, __u8 *seen)
{
	bool any = false;

	for (unsigned int port = 1; port < PORTS_COUNT; port++) {
		if (owners[port] != policy)
			continue;
		if (seen[port])
			owners[port] = 0;
		any |= !seen[port];
		seen[port] = true;
	}
	return any;
}

static void gather(struct guarded_table *table, struct settings *settings)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (!guards(&settings->policy[i]))
			continue;
		for (enum cx_proto proto = CX_UDP; proto <= CX_TCP; proto++) {
			if (leave_unseen(settings->port[proto], (__u8)i, table->seen[proto]))
				table->row[table->rows.count++] =
					(struct guarded){ settings, i, proto };
		}
	}
}

static void print_line(const struct guarded *guarded)
{
	const struct settings *settings = guarded->settings;
	char ports[PORTS_TEXT_MAX];

	ports_format(settings->port[guarded->proto], (__u8)guarded->policy, ports);
	printf("%s %s %s\n", settings->policy[guarded->policy].name, proto_names[guarded->proto],
	       ports);
}

static int answer(struct cli *cli, const struct rows *rows)
{
	struct json_object *array;

	for (size_t i = 0; i < rows->count && !cli->json; i++)
		print_line(guarded_at(rows, i));
	if (!cli->json)
		return STATUS_DONE;
	array = rows_json(rows);
	if (!array)
		return view_no_memory(cli);
	cli->answer = json_object_new_object();
	json_object_object_add(cli->answer, "ports", array);
	return STATUS_DONE;
}

/* What guards in these models, of which a port is said by the first. */
static int show(struct cli *cli, struct settings *settings, size_t count)
{
	scoped(memory) row = calloc(2 * CX_MAX_POLICIES * (count + 1), sizeof(struct guarded));
	scoped(memory) space = calloc(1, sizeof(struct guarded_table));
	struct guarded_table *table = space;

	if (!row || !table)
		return view_no_memory(cli);
	table->row = row;
	table->rows = (struct rows){ fields, 0, guarded_at, row };
	for (size_t i = 0; i < count; i++)
		gather(table, &settings[i]);
	return answer(cli, &table->rows);
}

static void warn_lines(struct cli *cli, const char *name, const struct file_errors *errors)
{
	for (size_t i = 0; i < errors->count && i < FILE_ERRORS_MAX; i++) {
		const struct complaint *why = &errors->kept[i].why;

		warn_add(&cli->warnings, "%s:%u: %s%s%s%s", name, errors->kept[i].line,
			 *why->object ? "'" : "", why->object, *why->object ? "': " : "",
			 why->what);
	}
}

/* Returns 0, or -errno with cli->why filled. */
static int read_file(struct cli *cli, const char *name, struct settings *ret_settings)
{
	scoped(file) file = fopen(name, "re");
	scoped(memory) space = calloc(1, sizeof(struct file_errors));
	struct file_errors *errors = space;
	int err = file ? 0 : -errno;

	if (!err)
		err = errors ? policy_file_read_policies(file, ret_settings, errors) : -ENOMEM;
	if (err)
		return complain_failed(&cli->why, name, "cannot be read: %s", strerror(-err));
	warn_lines(cli, name, errors);
	return 0;
}

/* A file that cannot be read makes it a failure, and costs no other one's ports. */
static int show_files(struct cli *cli)
{
	scoped(memory) space = calloc((size_t)cli->count, sizeof(struct settings));
	struct settings *settings = space;
	int status = STATUS_DONE, failed;
	size_t count = 0;

	if (!settings)
		return view_no_memory(cli);
	for (int i = 0; i < cli->count; i++) {
		if (read_file(cli, cli->words[i], &settings[count]))
			status = STATUS_FAILED;
		else
			count++;
	}
	failed = show(cli, settings, count);
	while (count)
		settings_free(&settings[--count]);
	return failed ? failed : status;
}

static int show_live(struct cli *cli, struct view *view)
{
	return show(cli, &view->settings, 1);
}

int verb_ports(struct cli *cli)
{
	return cli->count ? show_files(cli) : view_run(cli, view_rules, show_live);
}
