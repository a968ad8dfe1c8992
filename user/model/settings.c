/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The policy model: everything that the policy file can say, in memory. */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"

#define PAGE_PREFIX         "clarent-" /* of the manual's page, for the first two */
#define DEFAULT_BURST_SHARE 10         /* of a second's packets */

const char *const mode_names[] = {
	[CX_MODE_OPEN] = "open",
	[CX_MODE_MONITOR] = "monitor",
	[CX_MODE_ENFORCE] = "enforce",
	[CX_MODE_CLOSED] = "closed",
};

const char *const rpf_names[] = {
	[RPF_OFF] = "off",
	[RPF_LOOSE] = "loose",
	[RPF_STRICT] = "strict",
};

const char *const fragments_names[] = {
	[FRAGMENTS_PASS] = "pass",
	[FRAGMENTS_LISTED] = "listed",
	[FRAGMENTS_DROP] = "drop",
};

static const struct {
	const char *name;
	enum cx_mode mode;
} builtin[] = {
	[POLICY_COMMAND] = { "command", CX_MODE_ENFORCE },
	[POLICY_GATEWAY] = { "gateway", CX_MODE_ENFORCE },
	[POLICY_PCANYWHERE] = { "pcanywhere", CX_MODE_OPEN },
};

static const struct {
	unsigned int policy;
	enum cx_proto proto;
	__u16 port;
} builtin_port[] = {
	{ POLICY_COMMAND, CX_UDP, 5001 },     { POLICY_COMMAND, CX_UDP, 5002 },
	{ POLICY_GATEWAY, CX_UDP, 4040 },     { POLICY_GATEWAY, CX_UDP, 4045 },
	{ POLICY_GATEWAY, CX_UDP, 5010 },     { POLICY_PCANYWHERE, CX_UDP, 22 },
	{ POLICY_PCANYWHERE, CX_UDP, 5632 },  { POLICY_PCANYWHERE, CX_TCP, 5631 },
	{ POLICY_PCANYWHERE, CX_TCP, 65301 },
};

void settings_default_policy(unsigned int policy, struct policy *ret_policy)
{
	*ret_policy = (struct policy){ .mode = CX_MODE_ENFORCE };
	if (policy >= POLICY_CUSTOM)
		return;
	snprintf(ret_policy->name, sizeof(ret_policy->name), "%s", builtin[policy].name);
	ret_policy->mode = builtin[policy].mode;
	ret_policy->builtin = true;
}

bool settings_is_default(const struct settings *settings, unsigned int index)
{
	const struct policy *policy = &settings->policy[index];
	struct policy usual;

	settings_default_policy(index, &usual);
	return policy->builtin && policy->mode == usual.mode && policy->rpf == usual.rpf &&
	       policy->elsewhere_pass == usual.elsewhere_pass &&
	       policy->tunnel_required == usual.tunnel_required && policy->rate == usual.rate;
}

int settings_init(struct settings *ret_settings)
{
	struct strings *strings = strings_new();
	void *port = calloc(SETTINGS_PORTS_SIZE, 1);

	if (!strings || !port) {
		strings_free(strings);
		free(port);
		return -ENOMEM;
	}
	memset(ret_settings, 0, sizeof(*ret_settings));
	ret_settings->strings = strings;
	ret_settings->port = port;
	for (unsigned int i = POLICY_COMMAND; i < POLICY_CUSTOM; i++)
		settings_default_policy(i, &ret_settings->policy[i]);
	for (size_t i = 0; i < sizeof(builtin_port) / sizeof(builtin_port[0]); i++)
		ret_settings->port[builtin_port[i].proto][builtin_port[i].port] =
			(__u8)builtin_port[i].policy;
	return 0;
}

void settings_free(struct settings *settings)
{
	strings_free(settings->strings);
	free(settings->entry);
	free(settings->port);
	settings->port = NULL;
	settings->strings = NULL;
	settings->entry = NULL;
	settings->count = settings->space = 0;
}

/* The same texts under the same numbers. */
static struct strings *copy_strings(const struct strings *from)
{
	struct strings *copy = strings_new();

	for (__u32 i = 1; copy && i <= strings_count(from); i++)
		strings_intern(copy, strings_text(from, i));
	if (copy && strings_failed(copy)) {
		strings_free(copy);
		return NULL;
	}
	return copy;
}

int settings_copy(const struct settings *from, struct settings *ret_settings)
{
	struct strings *strings = copy_strings(from->strings);
	struct entry *entry = memory_new(from->count + 1, sizeof(*entry));
	void *port = malloc(SETTINGS_PORTS_SIZE);

	if (!strings || !entry || !port) {
		strings_free(strings);
		free(entry);
		free(port);
		return -ENOMEM;
	}
	if (from->count)
		memcpy(entry, from->entry, from->count * sizeof(*entry));
	memcpy(ret_settings, from, sizeof(*ret_settings));
	ret_settings->strings = strings;
	ret_settings->entry = entry;
	ret_settings->space = from->count + 1;
	ret_settings->port = memcpy(port, from->port, SETTINGS_PORTS_SIZE);
	return 0;
}

unsigned int settings_policy(const struct settings *settings, const char *name)
{
	size_t page = strlen(PAGE_PREFIX);

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++)
		if (settings->policy[i].name[0] && !strcasecmp(settings->policy[i].name, name))
			return i;
	if (strncasecmp(name, PAGE_PREFIX, page))
		return 0;
	for (unsigned int i = POLICY_COMMAND; i <= POLICY_GATEWAY; i++)
		if (!strcasecmp(builtin[i].name, name + page))
			return i;
	return 0;
}

unsigned int settings_free_policy(const struct settings *settings)
{
	for (unsigned int i = POLICY_CUSTOM; i < CX_MAX_POLICIES; i++)
		if (!settings->policy[i].name[0])
			return i;
	return 0;
}

void settings_delete_policy(struct settings *settings, unsigned int policy)
{
	for (int proto = CX_UDP; proto <= CX_TCP; proto++)
		for (unsigned int port = 0; port < PORTS_COUNT; port++)
			if (settings->port[proto][port] == policy)
				settings->port[proto][port] = 0;
	for (size_t i = 0; i < settings->count; i++)
		if (settings->entry[i].policy == policy)
			settings->entry[i].doomed = true;
	settings_sweep(settings);
	memset(&settings->policy[policy], 0, sizeof(settings->policy[policy]));
}

int entry_compare(const struct entry *a, const struct entry *b)
{
	int order = a->policy - b->policy;

	if (!order)
		order = a->direction - b->direction;
	return order ? order : prefix_compare(&a->prefix, &b->prefix);
}

/* Index of the first entry that does not stand before this place. */
static size_t lower_bound(const struct settings *settings, const struct entry *place)
{
	size_t low = 0, high = settings->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entry_compare(&settings->entry[middle], place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct entry *settings_list(const struct settings *settings, unsigned int policy,
			    enum cx_direction direction, size_t *ret_count)
{
	struct entry place = { .policy = (__u8)policy, .direction = (__u8)direction };
	size_t first = lower_bound(settings, &place);

	place.direction++; /* sorts behind the whole list, in front of the next */
	*ret_count = lower_bound(settings, &place) - first;
	return *ret_count ? &settings->entry[first] : NULL;
}

struct entry *settings_find(const struct settings *settings, unsigned int policy,
			    enum cx_direction direction, const struct prefix *prefix)
{
	struct entry place = { .prefix = *prefix,
			       .policy = (__u8)policy,
			       .direction = (__u8)direction };
	size_t index = lower_bound(settings, &place);

	if (index == settings->count || entry_compare(&settings->entry[index], &place))
		return NULL;
	return &settings->entry[index];
}

struct entry *settings_cover(const struct settings *settings, unsigned int policy,
			     enum cx_direction direction, const struct prefix *prefix)
{
	for (__u8 len = prefix->len; len-- > 0;) {
		struct prefix wider = prefix_shorten(prefix, len);
		struct entry *found = settings_find(settings, policy, direction, &wider);

		if (found)
			return found;
	}
	return NULL;
}

bool entry_expired(const struct entry *entry, __u64 now)
{
	return entry->expires && entry->expires <= now;
}

bool entry_admits(const struct entry *entry, __u64 now)
{
	return entry->direction == CX_SOURCE && entry->action == CX_ALLOW &&
	       !entry_expired(entry, now);
}

size_t settings_total(const struct settings *settings)
{
	return settings->count + settings->beyond.count;
}

size_t settings_admitted(const struct settings *settings, unsigned int policy, __u64 now)
{
	size_t count, admitted = settings->beyond.sources[policy];
	const struct entry *list = settings_list(settings, policy, CX_SOURCE, &count);

	for (size_t i = 0; i < count; i++)
		admitted += entry_admits(&list[i], now);
	return admitted;
}

bool settings_limit_rate(const struct settings *settings)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (settings->policy[i].name[0] && settings->policy[i].rate)
			return true;
	}
	for (size_t i = 0; i < settings->count; i++) {
		if (settings->entry[i].rate)
			return true;
	}
	return settings->beyond.limited;
}

const struct entry *settings_decider(const struct settings *settings, unsigned int policy,
				     const struct prefix *prefix, __u64 now)
{
	const struct entry *cover = settings_cover(settings, policy, CX_SOURCE, prefix);

	while (cover && (cover->doomed || (cover->action == CX_DENY && entry_expired(cover, now))))
		cover = settings_cover(settings, policy, CX_SOURCE, &cover->prefix);
	return cover;
}

int settings_reserve(struct settings *settings, size_t more)
{
	size_t space = settings->space ? settings->space : 16;
	struct entry *grown;

	if (settings->space - settings->count >= more)
		return 0;
	while (space - settings->count < more)
		space *= 2;
	grown = memory_grow(settings->entry, settings->count, space, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	settings->entry = grown;
	settings->space = space;
	return 0;
}

int settings_append(struct settings *settings, const struct entry *entry)
{
	int err = settings_reserve(settings, 1);

	if (!err)
		settings->entry[settings->count++] = *entry;
	return err;
}

int settings_insert(struct settings *settings, const struct entry *entry)
{
	size_t index = lower_bound(settings, entry);
	int err = settings_reserve(settings, 1);

	if (err)
		return err;
	memmove(&settings->entry[index + 1], &settings->entry[index],
		(settings->count - index) * sizeof(*entry));
	settings->entry[index] = *entry;
	settings->count++;
	return 0;
}

size_t settings_sweep(struct settings *settings)
{
	size_t kept = 0, count = settings->count;

	for (size_t i = 0; i < count; i++) {
		if (settings->entry[i].doomed)
			continue;
		if (kept != i)
			settings->entry[kept] = settings->entry[i];
		kept++;
	}
	settings->count = kept;
	return count - kept;
}

__u32 burst_or_default(__u32 rate, __u32 burst)
{
	__u32 share = rate / DEFAULT_BURST_SHARE;

	if (burst)
		return burst;
	return share ? share : 1;
}

static bool same_text(const struct settings *a, __u32 x, const struct settings *b, __u32 y)
{
	return !strcmp(strings_text(a->strings, x), strings_text(b->strings, y));
}

static bool same_limit(const struct entry *x, const struct entry *y)
{
	if (x->rate != y->rate)
		return false;
	return !x->rate ||
	       burst_or_default(x->rate, x->burst) == burst_or_default(y->rate, y->burst);
}

bool entry_same(const struct settings *a, const struct entry *x, const struct settings *b,
		const struct entry *y)
{
	return x->direction == y->direction && !prefix_compare(&x->prefix, &y->prefix) &&
	       !strcmp(a->policy[x->policy].name, b->policy[y->policy].name) &&
	       x->action == y->action && x->min_ttl == y->min_ttl && x->wide == y->wide &&
	       x->expires == y->expires && same_limit(x, y) && same_text(a, x->peer, b, y->peer) &&
	       same_text(a, x->comment, b, y->comment) && same_text(a, x->dev, b, y->dev);
}

__u32 trust_of_policy(const struct policy *policy)
{
	return (policy->rpf == RPF_STRICT ? TRUST_REVERSE_PATH : 0) |
	       (policy->tunnel_required ? TRUST_TUNNEL : 0);
}

__u32 trust_of(const struct settings *settings, const struct entry *entry)
{
	__u32 trust = trust_of_policy(&settings->policy[entry->policy]);

	if (entry->direction != CX_SOURCE || entry->action != CX_ALLOW)
		return 0;
	if (entry->dev)
		trust |= TRUST_INTERFACE;
	if (entry->min_ttl)
		trust |= TRUST_TTL;
	return trust ? trust : TRUST_ADDRESS_ONLY;
}
