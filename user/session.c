/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One change, from the lock to the log line: open, read, let a verb change it, put in force. */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "attach.h"
#include "carry.h"
#include "clocks.h"
#include "copies.h"
#include "reverse_path.h"
#include "reverse_path_guard.h"
#include "scope.h"
#include "tunnel_guard.h"

/* A fresh instance gets the built-in policies, closed to all, before it counts as one. */
static int first_rules(struct instance *instance, struct complaint *ret_why)
{
	struct settings settings;
	int err = settings_init(&settings);

	if (err)
		return complain_failed(ret_why, NULL, "%s", strerror(-err));
	err = carry_commit(instance, NULL, &settings, /* confirm= */ 0, ret_why);
	settings_free(&settings);
	if (err)
		return err;
	err = instance_seal(instance);
	return err ? complain_failed(ret_why, instance->dir, "cannot pin: %s", strerror(-err)) : 0;
}

static int mend(struct cli *cli, struct instance *instance)
{
	char path[PATH_MAX];
	int err = attach_mend(instance, &cli->why);

	if (err)
		return err;
	if (!carry_pending(instance) && !attach_pending(instance))
		unlink(copies_path(cli->bpffs, COPY_WAITING, path)); /* its change lapsed */
	err = carry_mend(instance);
	return err ? complain_failed(&cli->why, NULL, "cannot tidy up after an earlier change: %s",
				     strerror(-err))
		   : 0;
}

static int refuse_pending(struct cli *cli, const struct instance *instance)
{
	unsigned int rules = carry_pending(instance), gates = attach_pending(instance);

	if (!rules && !gates)
		return 0;
	complain_failed(&cli->why, NULL, "a change waits for its confirmation, %u s left",
			rules > gates ? rules : gates);
	complain_hint(&cli->why, "to keep it: clarent-xdp confirm; else it is undone by itself");
	return -EBUSY;
}

static int read_models(struct cli *cli, struct session *session)
{
	int err = carry_read(&session->instance, &session->have);

	if (err)
		return complain_failed(&cli->why, NULL, "cannot read the rules in force: %s",
				       strerror(-err));
	err = settings_copy(&session->have, &session->want);
	if (!err)
		return 0;
	settings_free(&session->have);
	return complain_failed(&cli->why, NULL, "%s", strerror(-err));
}

int session_open(struct cli *cli, enum session_while_pending pending, struct session *ret_session)
{
	struct instance *instance = &ret_session->instance;
	int err = instance_open(cli->bpffs, INSTANCE_CREATE, instance, &cli->why);

	if (err)
		return cli->why.status ? cli->why.status : STATUS_FAILED;
	ret_session->unused = instance->fresh;
	err = instance->fresh ? first_rules(instance, &cli->why) : mend(cli, instance);
	if (!err && pending == SESSION_REFUSE)
		err = refuse_pending(cli, instance);
	if (!err)
		err = read_models(cli, ret_session);
	if (!err)
		return STATUS_DONE;
	instance_close(instance);
	return STATUS_FAILED;
}

void session_keep(struct session *session)
{
	session->unused = false;
}

void session_close(struct session *session)
{
	if (session->unused)
		(void)instance_purge(&session->instance);
	settings_free(&session->have);
	settings_free(&session->want);
	instance_close(&session->instance);
}

/* Login uid (audit), which survives sudo; -1 if the kernel keeps none. */
static long login_uid(void)
{
	scoped(file) file = fopen("/proc/self/loginuid", "re");
	unsigned int uid;

	return file && fscanf(file, "%u", &uid) == 1 && uid != -1U ? (long)uid : -1;
}

void session_log(struct cli *cli, __u64 before, __u64 after)
{
	char words[512] = "";
	size_t len = 0;
	long uid = login_uid();

	for (int i = 0; i < cli->count && len < sizeof(words); i++)
		len += snprintf(words + len, sizeof(words) - len, " %s", cli->words[i]);
	cli->changed = true;
	openlog("clarent-xdp", LOG_PID, LOG_DAEMON);
	syslog(LOG_NOTICE, "login uid %ld, uid %d: %s%s: generation %llu -> %llu", uid, getuid(),
	       cli->verb, words, (unsigned long long)before, (unsigned long long)after);
	closelog();
}

void session_warn_copy(struct cli *cli, int err)
{
	if (err)
		warn_add(&cli->warnings, "the copy for boot and rollback could not be written: %s",
			 strerror(-err));
}

/* The former state, until the change is confirmed; written first, lest a kill lose it. */
static void keep_waiting(struct cli *cli, const struct session *session, __u64 serial)
{
	session_warn_copy(cli, copies_keep(cli->bpffs, COPY_WAITING, &session->have, serial));
}

/* Before the first change after a boot, the copy's state was the former one, or is put back. */
static int record_first(struct cli *cli, const struct session *session, __u64 serial)
{
	char path[PATH_MAX];
	struct settings copy;
	int err = copies_renew(cli->bpffs, &session->want, serial);

	if (err != -ENOENT && err != -ESTALE)
		return err;
	if (copies_read(copies_path(cli->bpffs, COPY_CONFIRMED, path), &copy, NULL))
		return copies_record(cli->bpffs, &session->have, &session->want, serial);
	err = copies_record(cli->bpffs, &copy, &session->want, serial);
	settings_free(&copy);
	return err;
}

static int record(struct cli *cli, const struct session *session, bool first, __u64 serial)
{
	return first ? record_first(cli, session, serial)
		     : copies_record(cli->bpffs, &session->have, &session->want, serial);
}

int session_commit(struct cli *cli, struct session *session, unsigned int confirm)
{
	struct instance *instance = &session->instance;
	__u64 before = instance_serial(instance), after;
	bool first = session->unused;
	int err;

	if (reverse_path_used(&session->want) &&
	    reverse_path_enable(instance, cli->netns, &cli->why, &cli->warnings))
		return STATUS_FAILED;
	if (confirm)
		keep_waiting(cli, session, before);
	err = carry_commit(instance, &session->have, &session->want, confirm, &cli->why);
	after = instance_serial(instance);
	if (err && after == before)
		return STATUS_FAILED;
	session_keep(session);
	if (!confirm)
		session_warn_copy(cli, record(cli, session, first, after));
	session_log(cli, before, after);
	return err ? STATUS_FAILED : STATUS_DONE;
}

/* Server port of the SSH connection that this is typed over, 0 if there is none. */
static unsigned int ssh_port(void)
{
	const char *connection = getenv("SSH_CONNECTION");
	unsigned int port;

	return connection && sscanf(connection, "%*s %*u %*s %u", &port) == 1 && port < 65536 ? port
											      : 0;
}

static bool guards(const struct settings *settings, unsigned int tcp_port)
{
	const struct policy *policy = &settings->policy[settings->port[CX_TCP][tcp_port]];

	return policy->name[0] &&
	       (policy->mode == CX_MODE_ENFORCE || policy->mode == CX_MODE_CLOSED);
}

static int guard_ssh(struct cli *cli, const struct session *session, bool force)
{
	unsigned int port = ssh_port();

	if (force || !port || guards(&session->have, port) || !guards(&session->want, port))
		return STATUS_DONE;
	complain_failed(&cli->why, session->want.policy[session->want.port[CX_TCP][port]].name,
			"would guard TCP port %u, over which this is typed", port);
	complain_hint(&cli->why, "append: confirm 60 force");
	return STATUS_FAILED;
}

int session_guard(struct cli *cli, const struct session *session, bool force)
{
	int status = guard_ssh(cli, session, force);

	if (!status)
		status = tunnel_guard(cli, session, force);
	return status ? status : reverse_path_guard(cli, session, force);
}
