/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Brings the settings of a file into those in force, without removing what the file does not name. */
#ifndef MERGE_H
#define MERGE_H

#include "settings.h"

/*
 * apply FILE add: what the file says is set, nothing is removed.  Returns 0,
 * or a negative errno with *ret_why filled (but for -ENOMEM); settings are
 * then good for nothing but freeing.
 */
int merge_add(struct settings *settings, const struct settings *file, struct complaint *ret_why);

/*
 * apply FILE peer NAME: that peer's entries become the file's.  Lines that
 * name no peer are taken as this one's; the file may say nothing else.
 */
int merge_peer(struct settings *settings, const struct settings *file, const char *peer,
	       struct complaint *ret_why);

/* apply FILE peer NAME policy POLICY: its entries in that policy become a plain list's. */
int merge_list(struct settings *settings, const struct settings *list, const char *peer,
	       unsigned int policy, struct complaint *ret_why);

#endif
