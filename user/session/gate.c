/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one gate that every change passes, whichever door it came by. */
#include "gate.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "attachments.h"
#include "device.h"
#include "host.h"
#include "interfaces.h"
#include "names.h"
#include "reverse_path_guard.h"
#include "scope.h"
#include "settings_guards.h"
#include "ssh_guard.h"
#include "stack.h"
#include "tunnel_guard.h"

/* Does any packet feel what is changed? */
static bool is_anything_attached(const struct session *session)
{
	scoped(memory) list = NULL;
	bool attached = false;
	size_t count;

	if (attachments_read(&session->instance, (struct attachment **)&list, &count))
		return true; /* what cannot be told is guarded */
	for (size_t i = 0; i < count; i++)
		attached |= ((struct attachment *)list)[i].ifindex != 0;
	return attached;
}

static int refuse(struct cli *cli, const struct raised *raised)
{
	cli->why = raised->why[0];
	if (raised->count > 1)
		complain_hint(&cli->why, "and %zu more; see them with dry-run, do it with force",
			      raised->count - 1);
	return STATUS_FAILED;
}

/* What is forced "will" be so; what a dry run tells still "would". */
static void warn_will(struct cli *cli, const struct complaint *why, const char *will)
{
	const char *would = strstr(why->what, "would ");
	int before = would ? (int)(would - why->what) : (int)strlen(why->what);

	warn_add(&cli->warnings, "forced: %s%s%.*s%s%s", why->object, *why->object ? " " : "",
		 before, why->what, would ? will : "", would ? would + strlen("would ") : "");
}

static void warn_forced(struct cli *cli, const struct raised *raised, const char *will)
{
	for (size_t i = 0; i < raised->count && i < RAISED_KEPT; i++) {
		const struct complaint *why = &raised->why[i];

		if (!raised->told[i])
			warn_will(cli, why, will);
	}
	if (raised->count > RAISED_KEPT)
		warn_add(&cli->warnings, "forced: %zu more", raised->count - RAISED_KEPT);
}

static int decide(struct cli *cli, const struct raised *raised, bool force)
{
	if (!raised->count)
		return STATUS_DONE;
	if (!force)
		return refuse(cli, raised);
	warn_forced(cli, raised, "will ");
	return STATUS_DONE;
}

/* A change of settings */

/* Returns 0 or -errno, with cli->why filled. */
static int guard_settings(struct cli *cli, const struct session *session,
			  const struct session_change *change, struct raised *raised)
{
	int err = 0;

	if (is_anything_attached(session)) {
		guards_check(cli, session, change, raised);
		guard_ssh(&session->have, &session->want, raised);
		err = tunnel_guard(cli, session, raised);
	}
	if (!err)
		err = reverse_path_guard(cli, session, raised);
	return err ? complain_errno(&cli->why, NULL, err, "cannot tell what is attached") : 0;
}

int gate_settings(struct cli *cli, const struct session *session,
		  const struct session_change *change)
{
	struct raised raised = {};
	int status = STATUS_FAILED;

	if (!guard_settings(cli, session, change, &raised))
		status = decide(cli, &raised, change->force);
	return status;
}

void gate_foretell(struct cli *cli, const struct session *session,
		   const struct session_change *change, struct raised *ret_raised)
{
	*ret_raised = (struct raised){};
	if (guard_settings(cli, session, change, ret_raised))
		return;
	if (change->force) {
		warn_forced(cli, ret_raised, "would ");
		ret_raised->count = 0;
	}
}

/* An attach */

static bool guards_any_port(const struct settings *settings, unsigned int policy)
{
	const __u8 *ports = &settings->port[0][0];

	return memchr(ports, policy, SETTINGS_PORTS_SIZE);
}

static void warn_closed(struct cli *cli, const struct settings *settings)
{
	const __u64 now = clocks_now().utc;

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct policy *policy = &settings->policy[i];

		if (policy->name[0] && policy->mode == CX_MODE_ENFORCE &&
		    guards_any_port(settings, i) && !settings_admitted(settings, i, now))
			warn_add(&cli->warnings,
				 "%s lists nobody: its ports are now closed to all (to watch "
				 "first: clarent-xdp policy %s mode monitor; to undo: detach, or "
				 "attach with confirm 60)",
				 policy->name, policy->name);
	}
}

/* A socket of this host that takes a guarded port for its own would get no answers. */
static void warn_port_range(struct cli *cli, const struct settings *settings)
{
	unsigned int first, last;

	if (!local_port_range(&first, &last))
		return;
	for (unsigned int port = first; port <= last && port < 65536; port++) {
		const struct policy *policy = &settings->policy[settings->port[CX_UDP][port]];

		if (!policy->name[0] || policy->mode == CX_MODE_OPEN || port_reserved(port))
			continue;
		warn_add(&cli->warnings,
			 "this host may choose UDP port %u for itself, and %s would drop the "
			 "replies (reserve it: sysctl net.ipv4.ip_local_reserved_ports)",
			 port, policy->name);
		return;
	}
}

static void warn_forwarding(struct cli *cli, const char *ifname)
{
	if (host_forwards())
		warn_add(&cli->warnings,
			 "this host forwards: what comes in through %s for hosts behind it is "
			 "judged too",
			 ifname);
}

static void warn_merged(struct cli *cli, const struct settings *settings,
			const struct interface *interface, enum cx_attach_mode mode)
{
	const char *why = device_merges(interface, mode);

	if (why && settings_limit_rate(settings))
		warn_add(&cli->warnings,
			 "%s: many datagrams may be one packet there, and a rate counts them as "
			 "one: %s",
			 interface->name, why);
}

/* What its program sees beside what is for this host, sees in vain, or does not see. */
static void warn_device(struct cli *cli, const struct settings *settings, const char *ifname,
			enum cx_attach_mode mode)
{
	scoped(memory) list = NULL;
	size_t count;
	int err = interfaces_read((struct interface **)&list, &count);

	if (err) {
		warn_add(&cli->warnings, "cannot list the interfaces around %s: %s", ifname,
			 strerror(-err));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct interface *interface = (struct interface *)list + i;

		if (strcmp(interface->name, ifname))
			continue;
		if (!strcmp(interface->master_kind, "bridge"))
			warn_add(&cli->warnings,
				 "%s is a bridge port: what crosses the bridge is judged too",
				 ifname);
		device_warn(interface, mode, list, count, &cli->warnings);
		warn_merged(cli, settings, interface, mode);
		stack_warn(interface, list, count, &cli->warnings);
	}
}

/* Others decide with it what becomes of a packet, and of the filter. */
static void warn_joined(struct cli *cli, const struct attachment *attachment)
{
	if (attachment->self.features & CX_FEATURE_JOIN)
		warn_add(&cli->warnings,
			 "%s is joined: libxdp's dispatcher costs each packet 26 to 44 ns, what "
			 "another program answers or sends on before the filter is not judged, and "
			 "xdp-loader unload --all takes the filter off, too",
			 attachment->name);
}

/* Force is for what would cut off whoever types; an empty list is warned of when it is done. */
int gate_attach(struct cli *cli, const struct session *session, bool again, bool force)
{
	struct raised raised = {};

	if (!again)
		guard_ssh(NULL, &session->have, &raised);
	return decide(cli, &raised, force);
}

void gate_attached(struct cli *cli, const struct session *session,
		   const struct attachment *attachment)
{
	const char *ifname = attachment->name;

	warn_closed(cli, &session->have);
	warn_port_range(cli, &session->have);
	warn_forwarding(cli, ifname);
	warn_joined(cli, attachment);
	warn_device(cli, &session->have, ifname, attachment->self.mode);
	tunnel_warn(cli, session);
	reverse_path_warn(cli, session, ifname);
	names_warn_ambiguous(cli, session, ifname);
}

void gate_detached(struct cli *cli, const struct session *session)
{
	tunnel_warn(cli, session);
}
