/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Policies that demand a tunnel while there is none: nobody can come in. */
#include "tunnel_guard.h"

#include <stdlib.h>
#include <string.h>

#include "attachments.h"
#include "clocks.h"
#include "coverage.h"
#include "scope.h"
#include "settings_guards.h"

/* What is attached, whatever the settings. */
struct ways {
	struct attachment *list; /* owned */
	size_t count;
	__u64 boottime; /* of which is asked what judges */
};

/* ret->list is the caller's to free. Returns 0 or -errno. */
static int read_ways(const struct session *session, struct ways *ret)
{
	*ret = (struct ways){ .boottime = session->instance.moment.clocks.boottime };
	return attachments_read(&session->instance, &ret->list, &ret->count);
}

static bool is_named(const struct settings *settings, const char *ifname)
{
	for (size_t i = 0; i < settings->tunnel_count; i++) {
		if (!strcmp(strings_text(settings->strings, settings->tunnel[i]), ifname))
			return true;
	}
	return false;
}

/*
 * Does something filter, and is none of it a tunnel by these settings?  What is
 * taken off on trial filters no more, and is no way in that is judged.
 */
static bool lacks_tunnel(const struct ways *ways, const struct settings *settings)
{
	bool attached = false;

	for (size_t i = 0; i < ways->count; i++) {
		if (!attachment_judges(&ways->list[i], ways->boottime))
			continue;
		if (is_named(settings, ways->list[i].self.ifname))
			return false;
		attached = true;
	}
	return attached;
}

static bool demands(const struct policy *policy)
{
	return policy->name[0] && policy->mode == CX_MODE_ENFORCE && policy->tunnel_required;
}

static bool is_shut(const struct ways *ways, const struct settings *settings, unsigned int policy)
{
	return policy && demands(&settings->policy[policy]) && lacks_tunnel(ways, settings);
}

/* What is wrong, in words: lost is what was there before. */
static void describe(const struct settings *settings, unsigned int policy, bool lost,
		     char buf[static 120])
{
	static const char *const words[][2] = { { "sources have no", "source has no" },
						{ "sources lose their", "source loses its" } };
	size_t count = settings_admitted(settings, policy, clocks_now().utc);

	snprintf(buf, 120, "demands a tunnel, and none that is named is attached: %zu %s way in",
		 count, words[lost][count == 1]);
}

static void warn(struct cli *cli, const struct settings *settings, unsigned int policy, bool lost)
{
	char what[120];

	describe(settings, policy, lost, what);
	warn_add(&cli->warnings, "%s: %s", settings->policy[policy].name, what);
}

int tunnel_guard(struct cli *cli, const struct session *session, struct raised *raised)
{
	const struct settings *have = &session->have, *want = &session->want;
	struct ways ways;
	char what[120];
	int err = read_ways(session, &ways);

	for (unsigned int i = 1; i < CX_MAX_POLICIES && !err; i++) {
		unsigned int former = settings_policy(have, want->policy[i].name);

		if (!is_shut(&ways, want, i) || is_shut(&ways, have, former) ||
		    !guards_lets_in(want, i))
			continue;
		if (!guards_lets_in(have, former)) { /* no packet feels it */
			warn(cli, want, i, /* lost= */ false);
			continue;
		}
		describe(want, i, /* lost= */ true, what);
		raised_add(raised, want->policy[i].name,
			   "first: clarent-xdp tunnel IFACE, and attach it; or end with force",
			   "%s", what);
	}
	free(ways.list);
	return err;
}

void tunnel_warn(struct cli *cli, const struct session *session)
{
	struct ways ways;
	int err = read_ways(session, &ways);

	if (err) {
		warn_add(&cli->warnings, "cannot tell what is attached: %s", strerror(-err));
		return;
	}
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (is_shut(&ways, &session->have, i))
			warn(cli, &session->have, i, /* lost= */ true);
	}
	free(ways.list);
}
