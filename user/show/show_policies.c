/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `policies`: what every policy guards, and how. */
#include <string.h>

#include "ports.h"
#include "show.h"

static const struct policy *policy_of(const void *row)
{
	const struct policy_row *policy = row;

	return &policy->settings->policy[policy->index];
}

static struct value get_name(const void *row)
{
	return value_text(policy_of(row)->name);
}

static struct value get_mode(const void *row)
{
	return value_text(mode_names[policy_of(row)->mode]);
}

static struct value get_since(const void *row)
{
	__u64 since = policy_of(row)->mode_since;

	return since ? value_ago(since) : value_none();
}

static struct value get_ports(const struct policy_row *policy, enum cx_proto proto)
{
	const __u8 *owners = policy->settings->port[proto];
	__u8 index = (__u8)policy->index;

	if (!memchr(owners, index, PORTS_COUNT))
		return value_none();
	return (struct value){ .kind = VALUE_PORTS, .ports = { owners, index } };
}

static struct value get_udp(const void *row)
{
	return get_ports(row, CX_UDP);
}

static struct value get_tcp(const void *row)
{
	return get_ports(row, CX_TCP);
}

static struct value get_sources(const void *row)
{
	return value_count(((const struct policy_row *)row)->counts->sources, "nobody");
}

static struct value get_denied(const void *row)
{
	return value_count(((const struct policy_row *)row)->counts->denied, "");
}

static struct value get_destinations(const void *row)
{
	return value_count(((const struct policy_row *)row)->counts->destinations, "any");
}

static struct value get_elsewhere(const void *row)
{
	bool pass = policy_of(row)->elsewhere_pass;

	return value_word(pass ? "pass" : "drop", !pass);
}

static struct value get_rate(const void *row)
{
	return value_some(policy_of(row)->rate);
}

static struct value get_burst(const void *row)
{
	const struct policy *policy = policy_of(row);

	return value_some(policy->rate ? burst_or_default(policy->rate, policy->burst) : 0);
}

static struct value get_tunnel(const void *row)
{
	bool required = policy_of(row)->tunnel_required;

	return value_word(required ? "required" : "optional", !required);
}

static struct value get_rpf(const void *row)
{
	enum rpf_mode rpf = policy_of(row)->rpf;

	return value_word(rpf_names[rpf], rpf == RPF_OFF);
}

/* What comes of a mode that holds nobody off. */
static struct value get_effect(const void *row)
{
	switch (policy_of(row)->mode) {
	case CX_MODE_OPEN:
		return value_text("ports are not guarded");
	case CX_MODE_MONITOR:
		return value_text("drops are counted, not carried out");
	default:
		return value_none();
	}
}

static const struct field options[] = {
	{ "elsewhere", "elsewhere", get_elsewhere },
	{ "rate", "rate", get_rate },
	{ "burst", "burst", get_burst },
	{ "tunnel", "tunnel", get_tunnel },
	{ "rpf", "rpf", get_rpf },
	{},
};

static struct value get_options(const void *row)
{
	return value_fields(options, row);
}

static const struct field fields[] = {
	{ "POLICY", "policy", get_name },   { "MODE", "mode", get_mode },
	{ "SINCE", "since", get_since },    { "UDP", "udp", get_udp },
	{ "TCP", "tcp", get_tcp },          { "SOURCES", "sources", get_sources },
	{ "DENIED", "denied", get_denied }, { "DESTINATIONS", "destinations", get_destinations },
	{ "OPTIONS", NULL, get_options },   {},
};

const struct field policy_ports_fields[] = {
	{ "", "policy", get_name },
	{ "udp", "udp", get_udp },
	{ "tcp", "tcp", get_tcp },
	{},
};

const struct field policy_relaxed_fields[] = {
	{ "POLICY", "policy", get_name },
	{ "MODE", "mode", get_mode },
	{ "SINCE", "since", get_since },
	{ "EFFECT", "effect", get_effect },
	{},
};

static const void *row_at(const struct rows *rows, size_t index)
{
	return &((const struct policy_row *)rows->context)[index];
}

void policies_gather(const struct view *view, struct policy_table *ret_table)
{
	const struct settings *settings = &view->settings;
	size_t count = 0;

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (*settings->policy[i].name)
			ret_table->row[count++] =
				(struct policy_row){ settings, i, &view->counts[i] };
	}
	ret_table->rows = (struct rows){ fields, count, row_at, ret_table->row };
}

void policies_pick(const struct policy_table *from, bool (*wanted)(const struct policy *policy),
		   const struct field *field, struct policy_table *ret_table)
{
	size_t count = 0;

	for (size_t i = 0; i < from->rows.count; i++) {
		if (wanted(policy_of(&from->row[i])))
			ret_table->row[count++] = from->row[i];
	}
	ret_table->rows = (struct rows){ field, count, row_at, ret_table->row };
}

static int show_policies(struct cli *cli, struct view *view)
{
	struct policy_table table;

	policies_gather(view, &table);
	return view_answer(cli, "policies", &table.rows, view);
}

int verb_policies(struct cli *cli)
{
	return view_run(cli, view_counts, show_policies);
}
