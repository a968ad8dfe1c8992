/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One packet that was dropped as a line: for people, or in the shape of Suricata's eve. */
#include "logged.h"

#include <json-c/json.h>
#include <stdio.h>
#include <time.h>

#include "buffer.h"
#include "clocks.h"
#include "facts.h"
#include "heads.h"
#include "show.h"
#include "text.h"

#define TIME_MAX     40
#define ENDPOINT_MAX (PREFIX_TEXT_MAX + 12)

static const char *format_time(__u64 utc, const char *zone, char buf[static TIME_MAX])
{
	time_t seconds = (time_t)(utc / NSEC_PER_SEC);
	struct tm tm;
	char date[24] = "";

	if (gmtime_r(&seconds, &tm))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, TIME_MAX, "%s.%06u%s", date, (unsigned int)(utc % NSEC_PER_SEC / 1000), zone);
	return buf;
}

static const char *verdict_of(const struct cx_logged *logged)
{
	return logged->would ? "would drop" : "drop";
}

/* "192.0.2.1:4040", "[2001:db8::1]:4040", without a port the address. */
static const char *format_endpoint(const struct prefix *host, bool has_port, __u16 port,
				   char buf[static ENDPOINT_MAX])
{
	char address[PREFIX_TEXT_MAX];

	prefix_format(host, address);
	if (!has_port)
		snprintf(buf, ENDPOINT_MAX, "%s", address);
	else if (host->family == CX_IPV4)
		snprintf(buf, ENDPOINT_MAX, "%s:%u", address, port);
	else
		snprintf(buf, ENDPOINT_MAX, "[%s]:%u", address, port);
	return buf;
}

static void print_heads(const struct heads *heads, char *buf, size_t size)
{
	char source[ENDPOINT_MAX], dest[ENDPOINT_MAX], protocol[HEADS_PROTOCOL_MAX];

	*buf = '\0';
	if (!heads->has_ip)
		return;
	snprintf(buf, size, " %s > %s %s ttl %u",
		 format_endpoint(&heads->source, heads->has_ports, heads->source_port, source),
		 format_endpoint(&heads->dest, heads->has_ports, heads->dest_port, dest),
		 heads_protocol(heads->protocol, protocol), heads->ttl);
}

void logged_print(const struct drop_seen *seen)
{
	const struct cx_logged *logged = seen->logged;
	char when[TIME_MAX], who[2 * ENDPOINT_MAX + 32], many[32] = "";
	struct heads heads;

	heads_read(logged->frame, logged->kept, logged->link_type, &heads);
	print_heads(&heads, who, sizeof(who));
	if (logged->datagrams > 1)
		snprintf(many, sizeof(many), " datagrams %u", logged->datagrams);
	text_print(stdout, "%s %s %s %s %s%s length %u%s", format_time(seen->utc, "Z", when),
		   seen->interface, seen->policy ?: "-", verdict_of(logged),
		   reason_name(logged->reason), who, logged->len, many);
}

/* JSON */

static void add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, text ? json_object_new_string(text) : NULL);
}

static void add_number(struct json_object *to, const char *key, __u64 number)
{
	json_object_object_add(to, key, json_object_new_int64((long)number));
}

static struct json_object *new_event(const char *type, __u64 utc)
{
	struct json_object *event = json_object_new_object();
	char when[TIME_MAX];

	add_text(event, "timestamp", format_time(utc, "+0000", when));
	add_text(event, "event_type", type);
	return event;
}

/* A line, whole, or nothing without memory. */
static void print_event(struct json_object *event)
{
	const char *json = json_object_to_json_string_ext(
		event, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	struct buffer text = { .failed = !json };

	if (json)
		json_text_add(&text, json);
	buffer_text(&text, "\n");
	if (!text.failed)
		fwrite(text.data, 1, text.len, stdout);
	buffer_free(&text);
	json_object_put(event);
}

static void add_heads(struct json_object *event, const struct heads *heads)
{
	char text[PREFIX_TEXT_MAX], protocol[HEADS_PROTOCOL_MAX];

	if (!heads->has_ip)
		return;
	add_text(event, "src_ip", prefix_format(&heads->source, text));
	if (heads->has_ports)
		add_number(event, "src_port", heads->source_port);
	add_text(event, "dest_ip", prefix_format(&heads->dest, text));
	if (heads->has_ports)
		add_number(event, "dest_port", heads->dest_port);
	add_text(event, "proto", heads_protocol(heads->protocol, protocol));
}

void logged_print_json(const struct drop_seen *seen)
{
	const struct cx_logged *logged = seen->logged;
	struct json_object *event = new_event("drop", seen->utc), *drop = json_object_new_object();
	struct heads heads;

	heads_read(logged->frame, logged->kept, logged->link_type, &heads);
	add_text(event, "in_iface", seen->interface);
	add_heads(event, &heads);
	add_text(event, "policy", seen->policy);
	add_text(event, "reason", reason_name(logged->reason));
	add_text(event, "verdict", verdict_of(logged));
	add_number(event, "datagrams", logged->datagrams);
	add_number(drop, "len", logged->len);
	if (heads.has_ip)
		add_number(drop, "ttl", heads.ttl);
	json_object_object_add(event, "drop", drop);
	print_event(event);
}

void unseen_print_json(const struct drops_unseen *unseen)
{
	struct json_object *event = new_event("not_shown", unseen->utc);

	add_text(event, "policy", unseen->policy);
	add_text(event, "reason", reason_name(unseen->reason));
	add_number(event, "packets", unseen->packets);
	print_event(event);
}

void logged_print_end_json(__u64 shown, __u64 unseen, __u64 utc)
{
	struct json_object *event = new_event("end", utc);

	add_number(event, "shown", shown);
	add_number(event, "not_shown", unseen);
	print_event(event);
}
