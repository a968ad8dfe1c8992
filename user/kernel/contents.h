/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an instance consists of: whatever else is in a directory makes it somebody else's. */
#ifndef CONTENTS_H
#define CONTENTS_H

#include "complaint.h"

#define FRESH_SUFFIX "~" /* of a pin that is about to replace another */

/* Refuses a directory with anything in it that is no instance's. Returns 0 or -errno. */
int check_contents(const char *dir, struct complaint *ret_why);

/* Is it on a bpffs?  1, 0, or a negative errno with *ret_why filled. */
int is_bpffs(const char *path, struct complaint *ret_why);

#endif
