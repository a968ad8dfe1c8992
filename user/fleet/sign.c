/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* minisign's signatures, by minisign itself. */
#include "sign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "pointer.h"
#include "scope.h"

#define TEXT_PATH      "/proc/self/fd/3" /* as the child is given them */
#define SIGNATURE_PATH "/proc/self/fd/4"
#define VERIFY_SECONDS 20
#define SIGN_SECONDS   300 /* a password may have to be typed */

static int cannot_ask(struct complaint *why, int err, const struct said *said)
{
	if (!err && said->status == 127) {
		complain_failed(why, "minisign", "not installed");
		complain_hint(why, "on Debian: apt-get install minisign");
		return -ENOENT;
	}
	return err ? complain_errno(why, "minisign", err, "cannot be run") : 0;
}

static int verify_by(const char *key, int text_fd, int signature_fd, struct complaint *why)
{
	const char *const argv[] = { "minisign", "-V",      "-q", "-p",           key,
				     "-m",       TEXT_PATH, "-x", SIGNATURE_PATH, NULL };
	const struct child child = { .argv = argv,
				     .input = "",
				     .fd = { text_fd, signature_fd },
				     .seconds = VERIFY_SECONDS };
	struct said said;
	int err = child_run(&child, &said);

	if (err || said.status == 127)
		err = cannot_ask(why, err, &said);
	else if (said.status)
		err = -EBADMSG;
	said_free(&said);
	return err;
}

int sign_verify(const struct config *config, const char *text, const char *signature,
		struct complaint *ret_why)
{
	scoped(fd) text_fd = memory_file(text, strlen(text));
	scoped(fd) signature_fd = memory_file(signature, strlen(signature));
	int err = -EBADMSG;

	if (text_fd < 0 || signature_fd < 0)
		return complain_memory(ret_why);
	for (size_t i = 0; i < config->trusts && err == -EBADMSG; i++)
		err = verify_by(config->trust[i], text_fd, signature_fd, ret_why);
	if (err == -EBADMSG)
		complain_failed(ret_why, NULL,
				"the pointer is not signed by a key that is trusted");
	return err;
}

static int sign_into(const struct config *config, int text_fd, int signature_fd,
		     struct complaint *why)
{
	const char *const argv[] = { "minisign",     "-S",           "-s",
				     config->secret, "-m",           TEXT_PATH,
				     "-x",           SIGNATURE_PATH, NULL };
	const struct child child = { .argv = argv,
				     .fd = { text_fd, signature_fd },
				     .seconds = SIGN_SECONDS };
	struct said said;
	int err = child_run(&child, &said);

	if (err || said.status == 127)
		return cannot_ask(why, err, &said);
	if (said.status) {
		said.err.data[strcspn(said.err.data, "\n")] = '\0';
		err = complain_failed(why, config->secret, "minisign does not sign with it: %s",
				      said.err.data);
	}
	said_free(&said);
	return err;
}

int sign_make(const struct config *config, const char *text, char **ret_signature,
	      struct complaint *ret_why)
{
	scoped(fd) text_fd = memory_file(text, strlen(text));
	scoped(fd) signature_fd = memory_file("", 0);
	int err;

	if (text_fd < 0 || signature_fd < 0)
		return complain_memory(ret_why);
	err = sign_into(config, text_fd, signature_fd, ret_why);
	if (err)
		return err;
	*ret_signature = memory_file_text(signature_fd, SIGNATURE_MAX);
	return *ret_signature ? 0 : complain_memory(ret_why);
}
