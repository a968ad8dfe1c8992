/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The product's settings in the words of the model. */
#include "as_model.h"

#include <assert.h>
#include <string.h>

#include "clocks.h"

static const enum model_mode modes[] = {
	[CX_MODE_OPEN] = MODEL_MODE_OPEN,
	[CX_MODE_MONITOR] = MODEL_MODE_MONITOR,
	[CX_MODE_ENFORCE] = MODEL_MODE_ENFORCE,
	[CX_MODE_CLOSED] = MODEL_MODE_CLOSED,
};

static const enum model_fragments fragments[] = {
	[FRAGMENTS_PASS] = MODEL_FRAGMENTS_PASS,
	[FRAGMENTS_LISTED] = MODEL_FRAGMENTS_LISTED,
	[FRAGMENTS_DROP] = MODEL_FRAGMENTS_DROP,
};

static void add_ports(const __u8 *owner, unsigned int policy, struct model_ports *ret_ports)
{
	for (int port = 0; port < 65536; port++) {
		if (owner[port] != policy)
			continue;
		if (!ret_ports->count || ret_ports->range[ret_ports->count - 1].last != port - 1) {
			assert(ret_ports->count < MODEL_RANGES_MAX);
			ret_ports->range[ret_ports->count++].first = port;
		}
		ret_ports->range[ret_ports->count - 1].last = port;
	}
}

static struct model_prefix as_prefix(const struct prefix *prefix)
{
	struct model_prefix as = {
		.family = prefix->family == CX_IPV4 ? MODEL_IPV4 : MODEL_IPV6,
		.len = prefix->len,
	};

	memcpy(as.addr, prefix->addr, sizeof(as.addr));
	return as;
}

static int as_dev(const struct settings *settings, __u32 string, const char *dev)
{
	if (!string)
		return 0;
	return strcmp(strings_text(settings->strings, string), dev) ? AS_MODEL_OTHER : AS_MODEL_DEV;
}

static void add_entry(const struct settings *settings, const struct entry *entry, const char *dev,
		      struct model_policy *policy)
{
	if (entry->direction == CX_DEST) {
		assert(policy->dests < MODEL_DESTS_MAX);
		policy->dest[policy->dests++] = as_prefix(&entry->prefix);
		return;
	}
	assert(policy->sources < MODEL_SOURCES_MAX);
	policy->source[policy->sources++] = (struct model_source){
		.prefix = as_prefix(&entry->prefix),
		.deny = entry->action == CX_DENY,
		.expires_ns = entry->expires * NSEC_PER_SEC,
		.dev_id = as_dev(settings, entry->dev, dev),
		.min_ttl = entry->min_ttl,
	};
}

static void add_policy(const struct settings *settings, unsigned int number, const char *dev,
		       struct as_model *model)
{
	const struct policy *from = &settings->policy[number];
	struct model_policy *to = &model->rules.policy[model->rules.policies];

	assert(model->rules.policies < MODEL_POLICIES_MAX);
	model->policy[model->rules.policies++] = number;
	memcpy(to->name, from->name, MODEL_NAME_MAX);
	to->mode = modes[from->mode];
	to->elsewhere_pass = from->elsewhere_pass;
	to->tunnel_required = from->tunnel_required;
	add_ports(settings->port[CX_UDP], number, &to->udp);
	add_ports(settings->port[CX_TCP], number, &to->tcp);
	for (size_t i = 0; i < settings->count; i++) {
		if (settings->entry[i].policy == number)
			add_entry(settings, &settings->entry[i], dev, to);
	}
}

void as_model(const struct settings *settings, const char *dev, struct as_model *ret_model)
{
	memset(ret_model, 0, sizeof(*ret_model));
	ret_model->rules.fragments = fragments[settings->fragments];
	for (size_t i = 0; i < settings->tunnel_count; i++)
		ret_model->rules.tunnel[as_dev(settings, settings->tunnel[i], dev)] = true;
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (settings->policy[i].name[0])
			add_policy(settings, i, dev, ret_model);
	}
}

unsigned int as_model_policy(const struct as_model *model, int policy)
{
	return policy == MODEL_NO_POLICY ? 0 : model->policy[policy];
}
