/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which capabilities this process lacks, told to who is refused for want of them. */
#ifndef CAPABILITIES_H
#define CAPABILITIES_H

#include <linux/capability.h>
#include <linux/types.h>
#include <stdbool.h>

#include "complaint.h"

#define CAPABILITY(number) (1ULL << (number))

/*
 * What every look into an instance takes: maps and programs are found by their
 * ids, which CAP_BPF does not allow, and its pins are root's alone.
 */
__u64 capabilities_of_instance(void);

/*
 * Those of them that this process lacks, or has in a user namespace of its own
 * alone, where they do not count: "CAP_THIS and CAP_THAT".  False if it has all.
 */
#define CAPABILITIES_TEXT_MAX 128
bool capabilities_lacking(__u64 needed, char ret_text[static CAPABILITIES_TEXT_MAX]);

/*
 * If the kernel refused something for want of a permission, and there is no
 * better hint yet, says which of these capabilities this process lacks.
 */
void capabilities_hint(struct complaint *why, __u64 needed);

#endif
