/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A long state as what differs from another one, which is kept whole: the entries that are gone or
 * otherwise, and those that are new, in the order in which they came to be so.  Each is a line of
 * the policy file behind a sign; of an entry, the last line holds.
 *
 *   difference from 5, 31000021 bytes, to 1000001 entries, as they were and are
 *   policy sip udp 5060
 *   -allow 192.0.2.1 gateway
 *   +allow 192.0.2.1 gateway comment "the new one"
 *
 * As they were and are: what becomes otherwise is said as it was first, so that the last edits can be
 * taken back by whoever does not know the base.
 *
 * What is not an entry is as in that other state, and is said again for who wants to know the ports
 * and cannot read that.  The first line is no setting: who takes it for a policy file is told so.
 */
#ifndef DIFFERENCE_H
#define DIFFERENCE_H

#include <stdio.h>

#include "settings.h"

/* Which state it is, and by what a wrong one is known. */
struct difference_head {
	__u64 base;  /* number of the other state */
	__u64 size;  /* of its file, bytes */
	__u64 count; /* entries of this one */
	bool both;   /* as they were and are */
};

#define DIFFERENCE_SIZE_MAX (128 << 10) /* bytes of edits: what comes then is to be said whole */

/*
 * Can a change of few of its entries be said so?  Where something expires, it cannot: a boot by a
 * wrong clock looks for that in the file.  And: is this change one, and worth it?
 */
bool difference_fits(const struct settings *settings);
bool difference_suits(const struct settings *have, const struct settings *want);

/* Reads the line that it begins with. False: it is none. */
bool difference_read_head(FILE *from, struct difference_head *ret_head);

/* Writes all but the edits; and the edits from have to want. Check ferror(). */
void difference_write_head(FILE *to, const struct difference_head *head,
			   const struct settings *want);
void difference_write_edits(FILE *to, const struct settings *have, const struct settings *want);

/* Copies the edits of another one of the same base. Returns 0, -E2BIG if they are many, or -errno. */
int difference_copy_edits(FILE *from, FILE *to);

/*
 * The prefixes that edits are about, each once.  Returns how many, or -EINVAL: there are more than
 * there is space for, or these are no edits.
 */
int difference_prefixes(const char *edits, struct prefix *ret_prefix, size_t space);

/*
 * Takes edits back, the last first, in settings that have been made by them and know these prefixes.
 * Returns 0, or -errno; then settings are of no use but to be freed.
 */
int difference_take_back(const char *edits, struct settings *settings);

/*
 * Makes of the base what the rest of the file says.  Returns 0, -EINVAL if that is not what the
 * head promised, or another -errno; then settings are of no use but to be freed.
 */
int difference_apply(FILE *from, const struct difference_head *head, struct settings *settings);

#endif
