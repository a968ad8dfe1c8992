/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where pinned programs run that no link of ours leads to: looked for on every interface. */
#ifndef WHEREABOUTS_H
#define WHEREABOUTS_H

#include "attachments.h"

/*
 * Finds those of a list that are held without a link, wherever one may look,
 * and fills in where each is.  One that is nowhere keeps ifindex 0; its
 * interface may be there all the same, and then it is off.  Returns 0, or
 * -errno if one was not found and not everywhere could be looked.
 */
int whereabouts_find(struct attachment *list, size_t count);

#endif
