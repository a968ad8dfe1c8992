/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* attach, detach, purge: which interfaces are filtered. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "copies.h"
#include "gate.h"
#include "grammar.h"
#include "pindir.h"
#include "reverse_path.h"
#include "scope.h"
#include "session.h"
#include "then.h"
#include "watch.h"

#define UNLOCKED_TRIES 3 /* then the program is verified with the instance locked */

static int parse_mode(struct cli *cli, const char *word, struct attach_request *request)
{
	if (!strcmp(word, "native"))
		request->mode = CX_ATTACH_NATIVE;
	else if (!strcmp(word, "generic"))
		request->mode = CX_ATTACH_GENERIC;
	else if (!strcmp(word, "tc"))
		request->mode = CX_ATTACH_TC;
	else
		return cli_usage(cli, word, "not a mode: native, generic or tc");
	request->mode_named = true;
	return STATUS_DONE;
}

static bool is_word(const struct cli *cli, int at, const char *word)
{
	return at < cli->count && !strcmp(cli->words[at], word);
}

static int parse_mode_words(struct cli *cli, int *at, struct attach_request *request)
{
	if (!is_word(cli, *at, "mode"))
		return STATUS_DONE;
	if (*at + 1 == cli->count)
		return cli_usage(cli, "mode", "needs native, generic or tc");
	*at += 2;
	return parse_mode(cli, cli->words[*at - 1], request);
}

static int parse_then_words(struct cli *cli, int *at, struct attach_request *request)
{
	if (!is_word(cli, *at, "then"))
		return STATUS_DONE;
	if (is_word(cli, *at + 1, "off")) {
		request->then = ATTACH_THEN_OFF;
		*at += 2;
		return STATUS_DONE;
	}
	if (!is_word(cli, *at + 1, "pinned") || *at + 2 == cli->count)
		return cli_usage(cli, "then", "needs pinned PATH, or off");
	request->then = ATTACH_THEN_PINNED;
	request->then_path = cli->words[*at + 2];
	*at += 3;
	if (request->mode_named && request->mode == CX_ATTACH_TC)
		return cli_usage(cli, "then", "is for XDP: in mode tc, tc says who is next");
	return STATUS_DONE;
}

static int parse_join_word(struct cli *cli, int *at, struct attach_request *request)
{
	if (!is_word(cli, *at, "join"))
		return STATUS_DONE;
	if (request->then == ATTACH_THEN_PINNED)
		return cli_usage(cli, "join", "not with then: the dispatcher says who is next");
	if (request->mode_named && request->mode == CX_ATTACH_TC)
		return cli_usage(cli, "join", "is for XDP: tc runs several programs by itself");
	request->join = true;
	*at += 1;
	if (is_word(cli, *at, "then"))
		return cli_usage(cli, "then", "not with join: the dispatcher says who is next");
	return STATUS_DONE;
}

static int parse_attach(struct cli *cli, struct attach_request *request, bool *ret_force)
{
	struct grammar_ending ending = {};
	int at = 1, status;

	if (!cli->count)
		return cli_usage(cli, NULL, "an interface is missing");
	request->ifname = cli->words[0];
	status = cli_ifname(cli, request->ifname);
	if (!status)
		status = parse_mode_words(cli, &at, request);
	if (!status)
		status = parse_then_words(cli, &at, request);
	if (!status)
		status = parse_join_word(cli, &at, request);
	if (!status)
		status = cli_ending(cli, at, TAKES_FORCE | TAKES_CONFIRM, &ending);
	request->confirm = ending.confirm;
	*ret_force = ending.force;
	return status;
}

/* Before the hook: packets that come meanwhile are not to fail for want of an answer. */
static int prepare_rpf(struct cli *cli, struct session *session, const char *ifname)
{
	if (!reverse_path_used(&session->have) || !if_nametoindex(ifname))
		return 0;
	return reverse_path_enable_here(&session->instance, cli->netns, &cli->why, &cli->warnings);
}

/* What it is called: "attached eth0", whichever of its names was typed. */
static void describe(const char *what, const struct attachment *attachment, char buf[static 64])
{
	snprintf(buf, 64, "%s %s", what, attachment_name(attachment));
}

/* What programs its rules take comes and goes unasked: that is no change. */
static bool is_just_so(const struct attachment *before, const struct attachment *after)
{
	struct cx_attachment old = before->self, new = after->self;

	old.features &= CX_FEATURES_OWN;
	new.features &= CX_FEATURES_OWN;
	return !memcmp(&old, &new, sizeof(old)) && before->then.prog_id == after->then.prog_id;
}

/* Says what is attached now, if that is anything new. */
static int end_attach(struct cli *cli, struct session *session,
		      const struct attach_request *request, const struct attachment *before)
{
	struct attachment after;
	char did[64] = "";
	int err = attachments_find(&session->instance, request->ifname, &after);

	session_keep(session);
	if (err == -ENODEV || err == -ENOENT)
		return complain_failed(&cli->why, request->ifname, "is attached no more");
	if (err)
		return complain_errno(&cli->why, request->ifname, err,
				      "it is in force, but cannot be looked at");
	watch_begin(&after);
	gate_attached(cli, session, &after);
	if (!before || !is_just_so(before, &after))
		describe(before ? "attached again" : "attached", &after, did);
	if (*did)
		session_end_attaching(cli, session, did, after.self.gate);
	return 0;
}

/* What others change while the lock is let go is read, and decided by. */
static int attach_in_turn(struct cli *cli, struct session *session,
			  const struct attach_request *request, bool force,
			  struct attachment *ret_before, bool *ret_again)
{
	struct instance *instance = &session->instance;
	int err = 1;

	/* what this call has made, and would remove should it fail, is nobody else's yet */
	for (int i = instance->made ? UNLOCKED_TRIES : 0; err == 1; i++) {
		const __u64 serial = instance_serial(instance);

		*ret_again = !attachments_find(instance, request->ifname, ret_before) &&
			     !ret_before->off;
		if (gate_attach(cli, session, *ret_again, force) ||
		    prepare_rpf(cli, session, request->ifname))
			return -EPERM;
		err = attach_interface(instance, request, i < UNLOCKED_TRIES, &cli->why);
		if (err >= 0 && session_read_again(cli, session, serial))
			return -EIO;
	}
	return err;
}

static int attach(struct cli *cli, struct session *session, const struct attach_request *request,
		  bool force)
{
	struct attachment before;
	bool again;

	if (attach_in_turn(cli, session, request, force, &before, &again))
		return STATUS_FAILED;
	if (request->confirm && again)
		warn_add(&cli->warnings, "%s is attached already: there is nothing to confirm",
			 request->ifname);
	return end_attach(cli, session, request, again ? &before : NULL) ? STATUS_FAILED
									 : STATUS_DONE;
}

static int attach_in_session(struct cli *cli, const struct attach_request *request, bool force)
{
	struct session session;
	int status = session_open(cli, SESSION_REFUSE, &session);

	if (status)
		return status;
	status = attach(cli, &session, request, force);
	session_close(&session);
	return status;
}

/* Before anything is locked, or read: a name may lead to nothing. */
static int open_then_program(struct cli *cli, struct attach_request *request)
{
	if (request->then != ATTACH_THEN_PINNED)
		return STATUS_DONE;
	request->then_fd = then_open(request->then_path, &cli->why);
	return request->then_fd < 0 ? STATUS_FAILED : STATUS_DONE;
}

int verb_attach(struct cli *cli)
{
	struct attach_request request = { .mode = CX_ATTACH_NATIVE,
					  .netns_name = cli->netns,
					  .then_fd = -1 };
	bool force = false;
	int status = parse_attach(cli, &request, &force);

	if (!status)
		status = open_then_program(cli, &request);
	if (!status)
		status = attach_in_session(cli, &request, force);
	if (request.then_fd >= 0)
		close(request.then_fd);
	return status;
}

/* What cannot be read is not taken for absent. */
static int complain_unread(struct cli *cli, const char *object, int err)
{
	return complain_errno(&cli->why, object, err, "cannot tell what is attached");
}

static int detach_all(struct cli *cli, struct instance *instance, __u64 until,
		      char ret_did[static 64])
{
	scoped(memory) list = NULL;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (err)
		return complain_unread(cli, "all", err);
	for (size_t i = 0; i < count && !err; i++)
		err = attach_detach(instance, (struct attachment *)list + i, until, &cli->why);
	if (!err && !count)
		return complain_failed(&cli->why, "all", "nothing is attached");
	snprintf(ret_did, 64, "detached all %zu", count);
	return err;
}

static int detach_gone(struct cli *cli, struct instance *instance, char ret_did[static 64])
{
	int dropped = attach_drop_gone(instance, &cli->why, NULL);

	if (!dropped)
		return complain_failed(&cli->why, "gone", "no attachment's interface is gone");
	snprintf(ret_did, 64, "dropped %d whose interface is gone", dropped);
	return dropped < 0 ? dropped : 0;
}

static int detach_one(struct cli *cli, struct instance *instance, const char *ifname, __u64 until,
		      char ret_did[static 64])
{
	struct attachment attachment;
	int err = attachments_find(instance, ifname, &attachment);

	if (err)
		return cli_unattached(cli, ifname, err);
	describe("detached", &attachment, ret_did);
	return attach_detach(instance, &attachment, until, &cli->why);
}

static int parse_detach(struct cli *cli, struct grammar_ending *ending)
{
	int status;

	if (!cli->count)
		return cli_usage(cli, NULL, "an interface is missing, or all, or gone");
	status = cli_ifname(cli, cli->words[0]);
	if (!status)
		status = cli_ending(cli, 1, TAKES_CONFIRM, ending);
	if (!status && !strcmp(cli->words[0], "gone") && ending->confirm)
		return cli_usage(cli, "confirm", "what is gone cannot come back");
	return status;
}

static int detach(struct cli *cli, struct session *session, unsigned int confirm)
{
	struct instance *instance = &session->instance;
	/* one for all: they are judged again at one moment */
	__u64 until = confirm ? clocks_now().boottime + confirm * NSEC_PER_SEC : 0;
	char did[64] = "";
	int err;

	if (!strcmp(cli->words[0], "all"))
		err = detach_all(cli, instance, until, did);
	else if (!strcmp(cli->words[0], "gone"))
		err = detach_gone(cli, instance, did);
	else
		err = detach_one(cli, instance, cli->words[0], until, did);
	if (err)
		return STATUS_FAILED;
	gate_detached(cli, session);
	session_end_attaching(cli, session, did, confirm);
	return STATUS_DONE;
}

int verb_detach(struct cli *cli)
{
	struct grammar_ending ending = {};
	struct session session;
	int status = parse_detach(cli, &ending);

	if (!status)
		status = session_open_existing(cli, SESSION_REFUSE, NULL, &session);
	if (status)
		return status;
	status = detach(cli, &session, ending.confirm);
	session_close(&session);
	return status;
}

/* Names what is attached; interfaces that are gone do not count. */
static int refuse_attached(struct cli *cli, const struct instance *instance)
{
	scoped(memory) list = NULL;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (err)
		return complain_unread(cli, NULL, err);
	(void)attachments_locate(instance, list, count); /* for their names alone */
	for (size_t i = 0; i < count; i++) {
		const struct attachment *attachment = (struct attachment *)list + i;

		if (attachment_is_gone(attachment))
			continue;
		complain_failed(&cli->why, attachment_name(attachment), "is attached");
		complain_hint(&cli->why, "first: clarent-xdp detach all");
		return -EBUSY;
	}
	return 0;
}

/* Its policy, and what was kept of its changes. */
static int purge_files(struct cli *cli)
{
	int err = copies_purge(cli->bpffs);

	if (!err)
		return STATUS_DONE;
	complain_errno(&cli->why, "files", err, "cannot all be removed");
	return STATUS_FAILED;
}

/* The directory last: once it is gone, others may make it again. */
static int purge(struct cli *cli, struct session *session, bool files)
{
	int err = refuse_attached(cli, &session->instance);

	if (err || (files && purge_files(cli)))
		return STATUS_FAILED;
	reverse_path_restore(&session->instance, &cli->warnings);
	if (!files)
		session_enter_purge(cli, session);
	err = instance_purge(&session->instance);
	if (!files)
		session_mark_purge(cli, session, !err);
	if (!err) {
		instance_remove(&session->instance);
		return STATUS_DONE;
	}
	complain_errno(&cli->why, cli->bpffs, err, "cannot remove all pins");
	return STATUS_FAILED;
}

static bool is_there(const struct cli *cli)
{
	struct complaint unheard = {};

	return pindir_check(cli->bpffs, &unheard) != -ENOENT;
}

int verb_purge(struct cli *cli)
{
	bool files = cli->count && !strcmp(cli->words[0], "files");
	struct session session;
	__u64 serial;
	int status;

	if (cli->count > files)
		return cli_misplaced(cli, cli->words[files]);
	if (files && !is_there(cli))
		return purge_files(cli); /* all that is left of it */
	status = session_open_existing(cli, SESSION_REFUSE, NULL, &session);
	if (status)
		return status;
	serial = instance_serial(&session.instance);
	status = purge(cli, &session, files);
	if (!status)
		session_log(cli, serial, 0);
	session_close(&session);
	return status;
}
