/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What would become of one packet, in words: the answer of `check`. */
#include "finding.h"

#include <stdio.h>

#include "policy_file.h"
#include "scope.h"
#include "text.h"
#include "witness.h"

static const char *const proto_names[] = { [CX_UDP] = "udp", [CX_TCP] = "tcp" };

static const struct policy *policy_of(const struct finding *finding)
{
	return &finding->witness->view->settings.policy[CX_ANSWER_POLICY(finding->answer)];
}

static const char *verdict(const struct finding *finding)
{
	return verdict_name(witness_verdict(&finding->witness->view->settings, finding->answer));
}

/* The line that decided, as the policy file has it. NULL if no entry did. */
static char *deciding_line(const struct finding *finding)
{
	const struct settings *settings = &finding->witness->view->settings;
	const struct probe *probe = &finding->probe;
	const struct entry *entry;
	struct prefix prefix;
	char *text = NULL;
	size_t size;
	FILE *to;

	if (CX_ANSWER_LEN(finding->answer) > probe->source.len)
		return NULL;
	prefix = prefix_shorten(&probe->source, CX_ANSWER_LEN(finding->answer));
	entry = settings_find(settings, CX_ANSWER_POLICY(finding->answer), CX_SOURCE, &prefix);
	to = entry ? open_memstream(&text, &size) : NULL;
	if (!to)
		return NULL;
	policy_file_write_entry(to, settings, entry);
	fclose(to);
	return text;
}

static const char *assumed(const struct finding *finding, enum premises_said what)
{
	if (finding->said & what)
		return "";
	return what == SAID_TTL && finding->ttl_seen ? " (assumed: the lowest seen)" : " (assumed)";
}

static void print_packet(const struct finding *finding)
{
	static const char *const fragment[] = { "", ", a first fragment", ", a later fragment" };
	const struct probe *probe = &finding->probe;
	char source[PREFIX_TEXT_MAX], dest[PREFIX_TEXT_MAX], vlan[24] = "";

	if (probe->vlan >= 0)
		snprintf(vlan, sizeof(vlan), ", vlan %d", probe->vlan);
	text_print(stdout, "  packet: %s to %s%s, %s%s port %u%s, ttl %u%s, on %s%s%s%s",
		   prefix_format(&probe->source, source), prefix_format(&probe->dest, dest),
		   assumed(finding, SAID_DEST), proto_names[probe->proto],
		   assumed(finding, SAID_PROTO), probe->port, assumed(finding, SAID_PORT),
		   probe->ttl, assumed(finding, SAID_TTL),
		   attachment_name(&finding->witness->attachment), assumed(finding, SAID_DEV), vlan,
		   fragment[probe->fragment]);
}

void finding_print(const struct finding *finding)
{
	scoped(memory) line = deciding_line(finding);
	const char *policy = policy_of(finding)->name;

	text_print(stdout, "%s: %s%s%s on %s%s%s", verdict(finding),
		   reason_name(CX_ANSWER_REASON(finding->answer)), *policy ? " by " : "", policy,
		   attachment_name(&finding->witness->attachment), line ? ": " : "",
		   line ? (char *)line : "");
	print_packet(finding);
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, json_object_new_string(text));
}

static struct json_object *packet_json(const struct finding *finding)
{
	static const char *const fragment[] = { "", "first", "later" };
	struct json_object *packet = json_object_new_object();
	const struct probe *probe = &finding->probe;
	char text[PREFIX_TEXT_MAX];

	add_text(packet, "source", prefix_format(&probe->source, text));
	add_text(packet, "destination", prefix_format(&probe->dest, text));
	add_text(packet, "protocol", proto_names[probe->proto]);
	json_object_object_add(packet, "port", json_object_new_int((int)probe->port));
	json_object_object_add(packet, "ttl", json_object_new_int((int)probe->ttl));
	add_text(packet, "interface", attachment_name(&finding->witness->attachment));
	if (probe->vlan >= 0)
		json_object_object_add(packet, "vlan", json_object_new_int(probe->vlan));
	if (probe->fragment)
		add_text(packet, "fragment", fragment[probe->fragment]);
	return packet;
}

static struct json_object *assumed_json(const struct finding *finding)
{
	static const char *const key[] = { "destination", "port", "protocol", "ttl", "interface" };
	struct json_object *assumed = json_object_new_object();

	for (unsigned int i = 0; i < sizeof(key) / sizeof(key[0]); i++) /* by enum premises_said */
		json_object_object_add(assumed, key[i],
				       json_object_new_boolean(!(finding->said & 1U << i)));
	return assumed;
}

struct json_object *finding_json(const struct finding *finding)
{
	struct json_object *object = json_object_new_object();
	scoped(memory) line = deciding_line(finding);

	add_text(object, "verdict", verdict(finding));
	add_text(object, "reason", reason_name(CX_ANSWER_REASON(finding->answer)));
	if (*policy_of(finding)->name)
		add_text(object, "policy", policy_of(finding)->name);
	if (line)
		add_text(object, "entry", line);
	add_text(object, "interface", attachment_name(&finding->witness->attachment));
	json_object_object_add(object, "packet", packet_json(finding));
	json_object_object_add(object, "assumed", assumed_json(finding));
	return object;
}
