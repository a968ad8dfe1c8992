/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hosts of an allowed prefix: which send most, and what is said of each. */
#include "inside.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define SHOWN_MAX 50 /* who comes behind these attacks nobody */

/* What is said of one, and what it is said by. */
struct row {
	const struct inside *inside;
	const struct crowd_host *host;
	struct prefix source;
	const struct entry *entry; /* by which it is admitted; NULL: by none that is there now */
	bool exact;
	char packets[32], ttl[16];
};

static struct prefix prefix_of(const struct crowd_host *host)
{
	struct prefix prefix = { .family = host->family };
	__be32 four = htobe32((__u32)host->lo);
	__be64 six[2] = { htobe64(host->hi), htobe64(host->lo) };

	prefix.len = host->family == CX_IPV4 ? 32 : 128;
	if (host->family == CX_IPV4)
		memcpy(prefix.addr, &four, sizeof(four));
	else
		memcpy(prefix.addr, six, sizeof(six));
	return prefix;
}

/* --- its columns --- */

static const struct row *row_of(const void *row)
{
	return row;
}

static const struct crowd_host *host_of(const void *row)
{
	return row_of(row)->host;
}

static struct value get_source(const void *row)
{
	return value_prefix(&row_of(row)->source);
}

static struct value get_policy(const void *row)
{
	const struct settings *settings = &row_of(row)->inside->view->settings;
	const char *name = settings->policy[host_of(row)->policy].name;

	return value_text(*name ? name : "(deleted)");
}

static struct value get_protocol(const void *row)
{
	return value_text(host_of(row)->proto == CX_TCP ? "tcp" : "udp");
}

static struct value get_port(const void *row)
{
	return value_number(host_of(row)->port);
}

static struct value get_packets_text(const void *row)
{
	return value_text(row_of(row)->packets);
}

static struct value get_packets(const void *row)
{
	return value_number(host_of(row)->told);
}

static struct value get_exact(const void *row)
{
	return value_flag(row_of(row)->exact);
}

/*
 * How many it sent, as far as can be told: what its records stand for, and its
 * part of those packets that no record stands for, as its reader came late.
 */
static __u64 reckoned(const struct inside *inside, const struct crowd_host *host)
{
	if (inside->packets <= inside->crowd.stands)
		return host->stands;
	return (__u64)((double)host->stands / inside->crowd.stands * inside->packets);
}

/* By the second, over all of the time. */
static struct value get_rate(const void *row)
{
	const struct inside *inside = row_of(row)->inside;

	return value_tenths(reckoned(inside, host_of(row)) * 10000 /
			    (inside->lasted / 1000000 + 1));
}

static struct value get_share(const void *row)
{
	const struct inside *inside = row_of(row)->inside;

	return value_tenths(
		inside->packets ? reckoned(inside, host_of(row)) * 1000 / inside->packets : 0);
}

static struct value ago(const void *row, __u64 monotonic)
{
	return value_ago((row_of(row)->inside->monotonic_epoch + monotonic) / NSEC_PER_SEC);
}

static struct value get_first(const void *row)
{
	return ago(row, host_of(row)->first);
}

static struct value get_last(const void *row)
{
	return ago(row, host_of(row)->last);
}

static struct value get_interface(const void *row)
{
	const struct instance *instance = &row_of(row)->inside->view->instance;

	return value_text(instance->devices[host_of(row)->dev % CX_MAX_DEVS]);
}

static struct value get_ttl_text(const void *row)
{
	return value_text(row_of(row)->ttl);
}

static struct value get_lowest_ttl(const void *row)
{
	return value_number(host_of(row)->lowest_ttl);
}

static struct value get_highest_ttl(const void *row)
{
	return value_number(host_of(row)->highest_ttl);
}

static struct value get_entry(const void *row)
{
	const struct entry *entry = row_of(row)->entry;

	return entry ? value_prefix(&entry->prefix) : value_none();
}

static struct value get_peer(const void *row)
{
	const struct entry *entry = row_of(row)->entry;

	if (!entry)
		return value_none();
	return value_text(strings_text(row_of(row)->inside->view->settings.strings, entry->peer));
}

static const struct field text_fields[] = {
	{ "SOURCE", "source", get_source },    { "POLICY", "policy", get_policy },
	{ "PROTO", "protocol", get_protocol }, { "PORT", "port", get_port },
	{ "PACKETS", NULL, get_packets_text }, { "PER SECOND", "packets_per_second", get_rate },
	{ "SHARE %", "share", get_share },     { "FIRST", "first_seen", get_first },
	{ "LAST", "last_seen", get_last },     { "INTERFACE", "interface", get_interface },
	{ "TTL", NULL, get_ttl_text },         { "ENTRY", "entry", get_entry },
	{ "PEER", "peer", get_peer },          {},
};

static const struct field json_fields[] = {
	{ "SOURCE", "source", get_source },
	{ "POLICY", "policy", get_policy },
	{ "PROTO", "protocol", get_protocol },
	{ "PORT", "port", get_port },
	{ "PACKETS", "packets", get_packets },
	{ "EXACT", "exact", get_exact },
	{ "PER SECOND", "packets_per_second", get_rate },
	{ "SHARE %", "share", get_share },
	{ "FIRST", "first_seen", get_first },
	{ "LAST", "last_seen", get_last },
	{ "INTERFACE", "interface", get_interface },
	{ "TTL", "lowest_ttl", get_lowest_ttl },
	{ "TTL", "highest_ttl", get_highest_ttl },
	{ "ENTRY", "entry", get_entry },
	{ "PEER", "peer", get_peer },
	{},
};

/* --- who is shown --- */

/* Is what was told of all that came? */
static bool is_whole(const struct inside *inside)
{
	return inside->crowd.told == inside->packets;
}

static bool is_any_of_many(const struct inside *inside, const struct crowd_host *host)
{
	return host->records < CX_SEEN_SURE && (host->late || !is_whole(inside));
}

void inside_choose(struct inside *inside)
{
	struct crowd *crowd = &inside->crowd;
	size_t count = 0;

	crowd_sort(crowd);
	inside->packets_shown = 0;
	for (size_t i = 0; i < crowd->count && count < SHOWN_MAX; i++) {
		if (is_any_of_many(inside, &crowd->host[i]))
			continue;
		crowd->host[count++] = crowd->host[i];
		inside->packets_shown += reckoned(inside, &crowd->host[i]);
	}
	inside->shown = count;
	if (inside->packets_shown > inside->packets)
		inside->packets_shown = inside->packets;
}

static const struct entry *entry_of(const struct inside *inside, const struct row *row)
{
	const struct settings *settings = &inside->view->settings;
	unsigned int policy = row->host->policy;
	const struct entry *entry = settings_find(settings, policy, CX_SOURCE, &row->source);

	return entry ? entry
		     : settings_decider(settings, policy, &row->source, inside->view->clocks.utc);
}

static void fill(const struct inside *inside, const struct crowd_host *host, struct row *ret_row)
{
	struct row *row = ret_row;

	*row = (struct row){ .inside = inside, .host = host, .source = prefix_of(host) };
	row->entry = entry_of(inside, row);
	row->exact = is_whole(inside) && !host->late;
	snprintf(row->packets, sizeof(row->packets), "%s%llu", row->exact ? "" : ">=", host->told);
	snprintf(row->ttl, sizeof(row->ttl), host->lowest_ttl == host->highest_ttl ? "%u" : "%u-%u",
		 host->lowest_ttl, host->highest_ttl);
}

static const void *row_at(const struct rows *rows, size_t index)
{
	static struct row row;
	const struct inside *inside = rows->context;

	fill(inside, &inside->crowd.host[index], &row);
	return &row;
}

/* --- the answer --- */

static void print_sum(const struct inside *inside)
{
	__u64 tenths = inside->lasted / (NSEC_PER_SEC / 10);
	char prefix[PREFIX_TEXT_MAX];

	text_print(stdout, "# admitted from %s in %llu.%llu s: %llu packet%s, %llu not shown",
		   prefix_format(inside->prefix, prefix), tenths / 10, tenths % 10, inside->packets,
		   inside->packets == 1 ? "" : "s", inside->packets - inside->packets_shown);
}

static void add_sum(struct json_object *answer, const struct inside *inside)
{
	char prefix[PREFIX_TEXT_MAX];

	json_object_object_add(answer, "prefix",
			       json_object_new_string(prefix_format(inside->prefix, prefix)));
	json_object_object_add(answer, "seconds",
			       json_object_new_double((double)inside->lasted / NSEC_PER_SEC));
	json_object_object_add(answer, "packets", json_object_new_int64((long)inside->packets));
	json_object_object_add(
		answer, "packets_not_shown",
		json_object_new_int64((long)(inside->packets - inside->packets_shown)));
}

int inside_answer(struct cli *cli, struct inside *inside)
{
	const struct rows rows = { cli->json ? json_fields : text_fields, inside->shown, row_at,
				   inside };
	int status = STATUS_DONE;

	if (rows.count || cli->json)
		status = view_answer(cli, "inside", &rows, inside->view);
	if (status)
		return status;
	if (cli->json)
		add_sum(cli->answer, inside);
	else
		print_sum(inside);
	return STATUS_DONE;
}
