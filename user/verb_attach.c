/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* attach, detach, purge: which interfaces are filtered. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "carry.h"
#include "device.h"
#include "clocks.h"
#include "grammar.h"
#include "interfaces.h"
#include "reverse_path.h"
#include "reverse_path_guard.h"
#include "scope.h"
#include "session.h"
#include "stack.h"
#include "tunnel_guard.h"

static int parse_mode(struct cli *cli, const char *word, struct attach_request *request)
{
	if (!strcmp(word, "native"))
		request->mode = CX_ATTACH_NATIVE;
	else if (!strcmp(word, "generic"))
		request->mode = CX_ATTACH_GENERIC;
	else
		return cli_usage(cli, word, "not a mode: native or generic");
	request->mode_named = true;
	return STATUS_DONE;
}

static int parse_attach(struct cli *cli, struct attach_request *request)
{
	struct grammar_ending ending = {};
	int at = 1, status = STATUS_DONE;

	if (!cli->count)
		return cli_usage(cli, NULL, "an interface is missing");
	request->ifname = cli->words[0];
	if (grammar_ifname(request->ifname, &cli->why))
		return STATUS_USAGE;
	if (cli->count > 1 && !strcmp(cli->words[1], "mode")) {
		if (cli->count == 2)
			return cli_usage(cli, "mode", "needs native or generic");
		status = parse_mode(cli, cli->words[2], request);
		at = 3;
	}
	if (!status)
		status = cli_ending(cli, at, TAKES_CONFIRM, &ending);
	request->confirm = ending.confirm;
	return status;
}

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
				 "%s lists nobody: its ports are now closed to all "
				 "(to watch first: clarent-xdp policy %s mode monitor)",
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

/* What its program sees beside what is for this host, sees in vain, or does not see. */
static void warn_device(struct cli *cli, const char *ifname)
{
	scoped(memory) list = NULL;
	size_t count;

	if (interfaces_read((struct interface **)&list, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct interface *interface = (struct interface *)list + i;

		if (strcmp(interface->name, ifname))
			continue;
		if (!strcmp(interface->master_kind, "bridge"))
			warn_add(&cli->warnings,
				 "%s is a bridge port: what crosses the bridge is judged too",
				 ifname);
		device_warn(interface, list, count, &cli->warnings);
		stack_warn(interface, list, count, &cli->warnings);
	}
}

/* Before the hook: packets that come meanwhile are not to fail for want of an answer. */
static int prepare_rpf(struct cli *cli, struct session *session, const char *ifname)
{
	if (!reverse_path_used(&session->have) || !if_nametoindex(ifname))
		return 0;
	return reverse_path_enable_here(&session->instance, cli->netns, &cli->why, &cli->warnings);
}

int verb_attach(struct cli *cli)
{
	struct attach_request request = { .mode = CX_ATTACH_NATIVE, .netns_name = cli->netns };
	struct session session;
	__u64 serial;
	int status = parse_attach(cli, &request);

	if (!status)
		status = session_open(cli, SESSION_REFUSE, &session);
	if (status)
		return status;
	serial = instance_serial(&session.instance);
	if (prepare_rpf(cli, &session, request.ifname) ||
	    attach_interface(&session.instance, &request, &cli->why, &cli->warnings)) {
		status = STATUS_FAILED;
	} else {
		session_keep(&session);
		warn_closed(cli, &session.have);
		warn_port_range(cli, &session.have);
		warn_forwarding(cli, request.ifname);
		warn_device(cli, request.ifname);
		tunnel_warn(cli, &session);
		reverse_path_warn(cli, &session, request.ifname);
		session_log(cli, serial, serial);
	}
	session_close(&session);
	return status;
}

/* What cannot be read is not taken for absent. */
static int complain_unread(struct cli *cli, const char *object, int err)
{
	return complain_failed(&cli->why, object, "cannot tell what is attached: %s",
			       strerror(-err));
}

static int detach_all(struct cli *cli, struct instance *instance, unsigned int confirm)
{
	scoped(memory) list = NULL;
	size_t count;
	int err = attach_list(instance, (struct attachment **)&list, &count);

	if (err)
		return complain_unread(cli, "all", err);
	for (size_t i = 0; i < count && !err; i++)
		err = attach_detach(instance, (struct attachment *)list + i, confirm, &cli->why);
	if (!err && !count)
		err = complain_failed(&cli->why, "all", "nothing is attached");
	return err;
}

static int detach_one(struct cli *cli, struct instance *instance, const char *ifname,
		      unsigned int confirm)
{
	struct attachment attachment;
	int err = attach_find(instance, ifname, &attachment);

	if (err && err != -ENOENT)
		return complain_unread(cli, ifname, err);
	if (err) {
		complain_failed(&cli->why, ifname, "is not attached%s",
				cli->netns ? "" : " in this network namespace");
		complain_hint(&cli->why, "see: clarent-xdp status");
		return err;
	}
	return attach_detach(instance, &attachment, confirm, &cli->why);
}

static int parse_detach(struct cli *cli, struct grammar_ending *ending)
{
	if (!cli->count)
		return cli_usage(cli, NULL, "an interface is missing, or all");
	if (grammar_ifname(cli->words[0], &cli->why))
		return STATUS_USAGE;
	return cli_ending(cli, 1, TAKES_CONFIRM, ending);
}

/* Opens what there is, and makes nothing: there is nothing to take back from. */
static int open_existing(struct cli *cli, struct session *ret_session)
{
	struct complaint unheard = {};
	struct instance probe;
	int err = instance_open(cli->bpffs, INSTANCE_READ, &probe, &unheard);

	if (err == -ENOENT)
		return complain_failed(&cli->why, NULL, "there is no filter in %s", cli->bpffs),
		       STATUS_FAILED;
	if (!err)
		instance_close(&probe);
	return session_open(cli, SESSION_REFUSE, ret_session);
}

int verb_detach(struct cli *cli)
{
	struct grammar_ending ending = {};
	struct session session;
	__u64 serial;
	int err, status = parse_detach(cli, &ending);

	if (!status)
		status = open_existing(cli, &session);
	if (status)
		return status;
	serial = instance_serial(&session.instance);
	if (!strcmp(cli->words[0], "all"))
		err = detach_all(cli, &session.instance, ending.confirm);
	else
		err = detach_one(cli, &session.instance, cli->words[0], ending.confirm);
	if (!err) {
		tunnel_warn(cli, &session);
		session_log(cli, serial, serial);
	}
	session_close(&session);
	return err ? STATUS_FAILED : STATUS_DONE;
}

/* Names what is attached; interfaces that are gone do not count. */
static int refuse_attached(struct cli *cli, const struct instance *instance)
{
	scoped(memory) list = NULL;
	size_t count;
	int err = attach_list(instance, (struct attachment **)&list, &count);

	if (err)
		return complain_unread(cli, NULL, err);
	for (size_t i = 0; i < count; i++) {
		const struct attachment *attachment = (struct attachment *)list + i;

		if (!attachment->ifindex)
			continue;
		complain_failed(&cli->why, attachment->self.ifname, "is attached");
		complain_hint(&cli->why, "first: clarent-xdp detach all");
		return -EBUSY;
	}
	return 0;
}

int verb_purge(struct cli *cli)
{
	struct session session;
	__u64 serial;
	int err, status;

	if (cli->count)
		return cli_misplaced(cli, cli->words[0]);
	status = open_existing(cli, &session);
	if (status)
		return status;
	serial = instance_serial(&session.instance);
	err = refuse_attached(cli, &session.instance);
	if (!err) {
		reverse_path_restore(&session.instance);
		err = instance_purge(&session.instance);
		if (err)
			complain_failed(&cli->why, cli->bpffs, "cannot remove all pins: %s",
					strerror(-err));
	}
	if (!err)
		session_log(cli, serial, 0);
	session_close(&session);
	return err ? STATUS_FAILED : STATUS_DONE;
}
