/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `status` shows of an attachment, and of an interface. */
#include "status_fields.h"

#include <linux/if_arp.h>
#include <string.h>

#include "netns.h"

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
	return attachment_is_gone(attachment_row(row)->attachment) ? value_flag(true)
								   : value_none();
}

static struct value get_netns(const void *row)
{
	return value_text(attachment_row(row)->netns);
}

static struct value get_mode(const void *row)
{
	return value_text(attachment_mode(self_of(row)));
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
		"tcp",       "destinations", "tunnel", "conditions", "limits", "rpf",
		"fragments", "then",         "join",   "log",        NULL,
	};

	return value_set(self_of(row)->features, names);
}

static struct value get_then_name(const void *row)
{
	const struct then *then = row;

	return value_text(then->prog_id ? then->name : "nothing");
}

static struct value get_then_program(const void *row)
{
	return value_some(((const struct then *)row)->prog_id);
}

static const void *then_at(const struct rows *rows, size_t index)
{
	(void)index;
	return rows->context;
}

/* Which program is handed what passes. */
static struct value get_then(const void *row)
{
	static const struct field fields[] = {
		{ "", "name", get_then_name },
		{ "id", "program", get_then_program },
		{},
	};
	static struct rows rows;

	if (!(self_of(row)->features & CX_FEATURE_THEN))
		return value_none();
	rows = (struct rows){ fields, 1, then_at, &attachment_row(row)->attachment->then };
	return value_rows(&rows);
}

/* Behind libxdp's dispatcher, and not by itself. */
static struct value get_joined(const void *row)
{
	return self_of(row)->features & CX_FEATURE_JOIN ? value_flag(true) : value_none();
}

static struct value get_version(const void *row)
{
	return value_text(self_of(row)->version);
}

const struct field attachment_fields[] = {
	{ "INTERFACE", "interface", get_ifname },
	{ "ATTACHED AS", "attached_as", get_attached_as },
	{ "NETNS", "namespace", get_netns },
	{ "MODE", "mode", get_mode },
	{ "LINK", "link_type", get_link_type },
	{ "SINCE", "since", get_since },
	{ "PROGRAM", "program", get_program },
	{ "JOINED", "joined", get_joined },
	{ "THEN", "then", get_then },
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

const struct field asked_fields[] = {
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

const struct field unfiltered_fields[] = {
	{ "INTERFACE", "interface", get_name },
	{ "KIND", "kind", get_kind },
	{ "XDP PROGRAM", "xdp_program", get_xdp },
	{ "REACHABLE THERE", "reachable", get_reachable },
	{},
};

const struct field tunnel_fields[] = {
	{ "INTERFACE", "interface", get_name },
	{ "KIND", "kind", get_kind },
	{ "UP", "up", get_up },
	{ "FILTERED", "filtered", get_filtered },
	{ "NAMED", "named", get_named },
	{},
};

const void *attachment_at(const struct rows *rows, size_t index)
{
	return &((const struct attachment_row *)rows->context)[index];
}

const void *interface_at(const struct rows *rows, size_t index)
{
	return &((const struct interface_row *)rows->context)[index];
}
