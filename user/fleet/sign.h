/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* minisign's signatures, by minisign itself. */
#ifndef SIGN_H
#define SIGN_H

#include "config.h"

/*
 * Is it signed by one of the keys that are trusted?  Returns 0, -EBADMSG: by
 * none, or -errno: minisign cannot be asked; with *ret_why filled.
 */
int sign_verify(const struct config *config, const char *text, const char *signature,
		struct complaint *ret_why);

/* The signature, the caller's; the key's password may be asked for. */
int sign_make(const struct config *config, const char *text, char **ret_signature,
	      struct complaint *ret_why);

#endif
