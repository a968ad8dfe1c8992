/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes the policy file: model to text, the same text for the same settings. */
#include <errno.h>
#include <string.h>

#include "grammar.h"
#include "policy_file.h"
#include "ports.h"
#include "progress.h"
#include "when.h"

/* A file of no settings still ends in a newline: an empty one was cut off. */
#define FIRST_LINE "# clarent-xdp policy\n"

static void write_text(FILE *to, const char *keyword, const struct settings *settings, __u32 string)
{
	if (!string)
		return;
	fputs(keyword, to);
	grammar_write_word(to, strings_text(settings->strings, string));
}

static void write_rate(FILE *to, __u32 rate, __u32 burst)
{
	if (!rate)
		return;
	fprintf(to, " rate %u", rate);
	if (burst_or_default(rate, burst) != burst_or_default(rate, 0))
		fprintf(to, " burst %u", burst);
}

static const char *entry_verb(const struct entry *entry)
{
	if (entry->direction == CX_DEST)
		return "protect ";
	return entry->action == CX_ALLOW ? "allow " : "deny ";
}

void policy_file_write_entry(FILE *to, const struct settings *settings, const struct entry *entry)
{
	char text[PREFIX_TEXT_MAX], when[WHEN_TEXT_MAX];

	fputs(entry_verb(entry), to);
	fputs(prefix_format(&entry->prefix, text), to);
	fputc(' ', to);
	fputs(settings->policy[entry->policy].name, to);
	if (entry->action == CX_ALLOW)
		write_text(to, " peer ", settings, entry->peer);
	write_text(to, " dev ", settings, entry->dev);
	write_rate(to, entry->rate, entry->burst);
	if (entry->min_ttl)
		fprintf(to, " min-ttl %u", entry->min_ttl);
	if (entry->expires)
		fprintf(to, " expires %s", when_format(entry->expires, when));
	if (entry->wide)
		fputs(" wide", to);
	write_text(to, " comment ", settings, entry->comment);
}

static void write_ports(FILE *to, const char *keyword, const __u8 *owners, unsigned int policy)
{
	char text[PORTS_TEXT_MAX];

	if (memchr(owners, (int)policy, PORTS_COUNT))
		fprintf(to, " %s %s", keyword, ports_format(owners, (__u8)policy, text));
}

static void write_differences(FILE *to, const struct policy *policy, const struct policy *usual)
{
	if (policy->mode != usual->mode)
		fprintf(to, " mode %s", mode_names[policy->mode]);
	if (policy->elsewhere_pass != usual->elsewhere_pass)
		fputs(" elsewhere pass", to);
	write_rate(to, policy->rate, policy->burst);
	if (policy->tunnel_required != usual->tunnel_required)
		fputs(" tunnel required", to);
	if (policy->rpf != usual->rpf)
		fprintf(to, " rpf %s", rpf_names[policy->rpf]);
}

void policy_file_write_policy(FILE *to, const struct settings *settings, unsigned int policy)
{
	struct policy usual;

	settings_default_policy(policy, &usual);
	fprintf(to, "policy %s", settings->policy[policy].name);
	if (policy >= POLICY_CUSTOM) {
		write_ports(to, "udp", settings->port[CX_UDP], policy);
		write_ports(to, "tcp", settings->port[CX_TCP], policy);
	}
	write_differences(to, &settings->policy[policy], &usual);
}

/* Built-in ones first, then by name: an index tells only what was made first. */
static int order_policies(const struct settings *settings, unsigned int order[CX_MAX_POLICIES])
{
	int count = 0;

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		int at = count;

		if (!settings->policy[i].name[0])
			continue;
		for (; at >= POLICY_CUSTOM; at--) {
			if (strcmp(settings->policy[order[at - 1]].name, settings->policy[i].name) <
			    0)
				break;
			order[at] = order[at - 1];
		}
		order[at] = i;
		count++;
	}
	return count;
}

static void write_tunnels(FILE *to, const struct settings *settings)
{
	const char *last = "";

	for (size_t done = 0; done < settings->tunnel_count; done++) {
		const char *next = NULL;

		for (size_t i = 0; i < settings->tunnel_count; i++) {
			const char *name = strings_text(settings->strings, settings->tunnel[i]);

			if (strcmp(name, last) > 0 && (!next || strcmp(name, next) < 0))
				next = name;
		}
		if (!next)
			return;
		fputs("tunnel ", to);
		grammar_write_word(to, next);
		fputc('\n', to);
		last = next;
	}
}

static void write_list(FILE *to, const struct settings *settings, unsigned int policy,
		       enum cx_direction direction)
{
	size_t count;
	const struct entry *list = settings_list(settings, policy, direction, &count);

	for (size_t i = 0; i < count; i++) {
		progress_tell("writing", (size_t)(list + i - settings->entry), settings->count);
		policy_file_write_entry(to, settings, &list[i]);
		fputc('\n', to);
	}
}

static void write_rules(FILE *to, const struct settings *settings, const unsigned int *order,
			int count)
{
	fputs(FIRST_LINE, to);
	for (int i = 0; i < count; i++) {
		if (settings_is_default(settings, order[i]))
			continue;
		policy_file_write_policy(to, settings, order[i]);
		fputc('\n', to);
	}
	if (settings->fragments)
		fprintf(to, "fragments %s\n", fragments_names[settings->fragments]);
	write_tunnels(to, settings);
}

void policy_file_write_rules(FILE *to, const struct settings *settings)
{
	unsigned int order[CX_MAX_POLICIES];

	int count = order_policies(settings, order);

	write_rules(to, settings, order, count);
}

int policy_file_write(FILE *to, const struct settings *settings)
{
	unsigned int order[CX_MAX_POLICIES];
	int count = order_policies(settings, order);

	errno = 0;
	write_rules(to, settings, order, count);
	for (int i = 0; i < count; i++)
		write_list(to, settings, order[i], CX_DEST);
	for (int i = 0; i < count; i++)
		write_list(to, settings, order[i], CX_SOURCE);
	if (!fflush(to) && !ferror(to))
		return 0;
	return errno ? -errno : -EIO;
}
