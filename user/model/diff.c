/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What differs between two policy models, line by line. */
#include "diff.h"

#include <stdio.h>
#include <string.h>

struct differ {
	const struct settings *have;
	const struct settings *want;
	diff_fn *tell;
	void *context;
	size_t count;
};

static void tell(struct differ *differ, const struct diff_line *line)
{
	differ->count++;
	if (differ->tell)
		differ->tell(differ->context, line);
}

static void tell_text(struct differ *differ, const char *text)
{
	tell(differ, &(struct diff_line){ .kind = DIFF_GLOBAL, .text = text });
}

bool diff_ports(const struct settings *have, const struct settings *want, unsigned int policy)
{
	const __u8 *x = &have->port[0][0], *y = &want->port[0][0];

	for (size_t i = 0; i < SETTINGS_PORTS_SIZE; i++) {
		if ((x[i] == policy) != (y[i] == policy))
			return true;
	}
	return false;
}

static bool policies_differ(const struct policy *a, const struct policy *b)
{
	return strcmp(a->name, b->name) || a->elsewhere_pass != b->elsewhere_pass ||
	       a->tunnel_required != b->tunnel_required || a->rpf != b->rpf || a->rate != b->rate ||
	       burst_or_default(a->rate, a->burst) != burst_or_default(b->rate, b->burst);
}

static void diff_policies(struct differ *differ)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct policy *before = &differ->have->policy[i];
		const struct policy *after = &differ->want->policy[i];

		if (!before->name[0] && !after->name[0])
			continue;
		if (before->mode != after->mode && before->name[0] && after->name[0])
			tell(differ, &(struct diff_line){ .kind = DIFF_MODE, .policy = i });
		if (policies_differ(before, after) || diff_ports(differ->have, differ->want, i))
			tell(differ, &(struct diff_line){ .kind = DIFF_POLICY, .policy = i });
	}
}

static bool has_tunnel(const struct settings *settings, const char *ifname)
{
	for (size_t i = 0; i < settings->tunnel_count; i++) {
		if (!strcmp(strings_text(settings->strings, settings->tunnel[i]), ifname))
			return true;
	}
	return false;
}

/* Tunnels of one model that the other does not have. */
static void diff_tunnels(struct differ *differ, const struct settings *these,
			 const struct settings *those, const char *effect)
{
	char text[64];

	for (size_t i = 0; i < these->tunnel_count; i++) {
		const char *ifname = strings_text(these->strings, these->tunnel[i]);

		if (has_tunnel(those, ifname))
			continue;
		snprintf(text, sizeof(text), "tunnel %s: %s", ifname, effect);
		tell_text(differ, text);
	}
}

/* One of the two may be NULL: it was not there, or will not be. */
static void tell_entry(struct differ *differ, enum diff_kind kind, const struct entry *before,
		       const struct entry *after)
{
	const struct entry *either = before ? before : after;

	if (!either)
		return;
	tell(differ, &(struct diff_line){
			     .kind = kind,
			     .policy = either->policy,
			     .before = before,
			     .after = after,
		     });
}

static void diff_entries(struct differ *differ)
{
	const struct entry *h = differ->have->entry, *h_end = h + differ->have->count;
	const struct entry *w = differ->want->entry, *w_end = w + differ->want->count;

	while (h < h_end || w < w_end) {
		int order = h == h_end ? 1 : w == w_end ? -1 : entry_compare(h, w);

		if (order < 0) {
			tell_entry(differ, DIFF_REMOVE, h++, NULL);
		} else if (order > 0) {
			tell_entry(differ, DIFF_ADD, NULL, w++);
		} else {
			if (!entry_same(differ->have, h, differ->want, w))
				tell_entry(differ, DIFF_CHANGE, h, w);
			h++;
			w++;
		}
	}
}

/* From one to another. */
static const char *const fragments_changes[FRAGMENTS_MODES][FRAGMENTS_MODES] = {
	[FRAGMENTS_PASS] = { [FRAGMENTS_LISTED] = "fragments: pass -> listed",
			     [FRAGMENTS_DROP] = "fragments: pass -> drop" },
	[FRAGMENTS_LISTED] = { [FRAGMENTS_PASS] = "fragments: listed -> pass",
			       [FRAGMENTS_DROP] = "fragments: listed -> drop" },
	[FRAGMENTS_DROP] = { [FRAGMENTS_PASS] = "fragments: drop -> pass",
			     [FRAGMENTS_LISTED] = "fragments: drop -> listed" },
};

size_t diff(const struct settings *have, const struct settings *want, diff_fn *tell_line,
	    void *context)
{
	struct differ differ = {
		.have = have, .want = want, .tell = tell_line, .context = context
	};

	diff_policies(&differ);
	if (have->fragments != want->fragments)
		tell_text(&differ, fragments_changes[have->fragments][want->fragments]);
	diff_tunnels(&differ, have, want, "on -> off");
	diff_tunnels(&differ, want, have, "off -> on");
	diff_entries(&differ);
	return differ.count;
}
