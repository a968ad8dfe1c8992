/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes a rule set in the grammar of the policy file.
 */
#include <time.h>

#include "rules.h"

static void print_address(FILE *out, const struct model_prefix *prefix)
{
	const uint8_t *a = prefix->addr;

	if (prefix->family == MODEL_IPV4) {
		fprintf(out, "%d.%d.%d.%d", a[0], a[1], a[2], a[3]);
		return;
	}
	for (int i = 0; i < 16; i += 2)
		fprintf(out, "%s%x", i ? ":" : "", a[i] * 256 + a[i + 1]);
}

static void print_prefix(FILE *out, const struct model_prefix *prefix)
{
	print_address(out, prefix);
	if (prefix->len != model_address_bits(prefix->family))
		fprintf(out, "/%d", prefix->len);
}

static void print_ports(FILE *out, const char *word, const struct model_ports *ports)
{
	for (int i = 0; i < ports->count; i++) {
		const struct model_range *range = &ports->range[i];

		if (i == 0)
			fprintf(out, " %s ", word);
		else
			fputc(',', out);
		fprintf(out, "%d", range->first);
		if (range->last != range->first)
			fprintf(out, "-%d", range->last);
	}
}

static void print_expires(FILE *out, uint64_t expires_ns)
{
	time_t seconds = (time_t)(expires_ns / UINT64_C(1000000000));
	char text[sizeof("2026-01-02T03:04:05Z")];

	if (expires_ns == 0)
		return;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
	fprintf(out, " expires %s", text);
}

/* The built-in policies keep their ports; only a custom one names its own. */
static void print_policy(FILE *out, const struct model_policy *policy, bool custom)
{
	static const char *const mode[] = { [MODEL_MODE_ENFORCE] = "enforce",
					    [MODEL_MODE_MONITOR] = "monitor",
					    [MODEL_MODE_OPEN] = "open",
					    [MODEL_MODE_CLOSED] = "closed" };

	fprintf(out, "policy %s", policy->name);
	if (custom) {
		print_ports(out, "udp", &policy->udp);
		print_ports(out, "tcp", &policy->tcp);
	}
	fprintf(out, " mode %s elsewhere %s tunnel %s rpf off\n", mode[policy->mode],
		policy->elsewhere_pass ? "pass" : "drop",
		policy->tunnel_required ? "required" : "optional");
}

static void print_source(FILE *out, const struct model_policy *policy,
			 const struct model_source *source)
{
	fputs(source->deny ? "deny " : "allow ", out);
	print_prefix(out, &source->prefix);
	fprintf(out, " %s", policy->name);
	if (source->dev_id != 0)
		fprintf(out, " dev " MODEL_DEV_FORMAT, source->dev_id);
	if (source->min_ttl != 0)
		fprintf(out, " min-ttl %d", source->min_ttl);
	print_expires(out, source->expires_ns);
	if (model_prefix_is_wide(&source->prefix))
		fputs(" wide", out);
	fputc('\n', out);
}

static void print_dest(FILE *out, const struct model_policy *policy,
		       const struct model_prefix *dest)
{
	fputs("protect ", out);
	print_prefix(out, dest);
	fprintf(out, " %s\n", policy->name);
}

static void print_entries(FILE *out, const struct model_policy *policy)
{
	for (int i = 0; i < policy->sources; i++)
		print_source(out, policy, &policy->source[i]);
	for (int i = 0; i < policy->dests; i++)
		print_dest(out, policy, &policy->dest[i]);
}

void model_rules_print(FILE *out, const struct model_rules *rules)
{
	static const char *const fragments[] = { [MODEL_FRAGMENTS_PASS] = "pass",
						 [MODEL_FRAGMENTS_LISTED] = "listed",
						 [MODEL_FRAGMENTS_DROP] = "drop" };
	int i;

	for (i = 0; i < rules->policies; i++)
		print_policy(out, &rules->policy[i], i >= MODEL_BUILT_INS);
	for (i = 0; i < rules->policies; i++)
		print_entries(out, &rules->policy[i]);
	fprintf(out, "fragments %s\n", fragments[rules->fragments]);
	for (i = 1; i <= MODEL_DEVS_MAX; i++)
		if (rules->tunnel[i])
			fprintf(out, "tunnel " MODEL_DEV_FORMAT "\n", i);
}
