/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sets of ports as words: "4040,5010-5012". */
#ifndef PORTS_H
#define PORTS_H

#include <stdbool.h>

#include "clarent_xdp.h"
#include "complaint.h"

#define PORTS_COUNT 65536
/* A word, and a canonical text, with their NUL: the text of a set is its shortest. */
#define PORTS_WORD_MAX 1500
#define PORTS_TEXT_MAX (PORTS_WORD_MAX + 16)

/*
 * Reads "4040,5010-5012", ports from 1 on, or "none".  Sets ret_set[port] to 1
 * or 0.  Returns 0, or -EINVAL with *ret_why filled and ret_set undefined.
 */
int ports_parse(const char *text, __u8 ret_set[static PORTS_COUNT], struct complaint *ret_why);

/*
 * The next run of ports with this owner: behind *last, which begins as 0.
 * False if there is none.
 */
bool ports_run(const __u8 owners[static PORTS_COUNT], __u8 owner, unsigned int *ret_first,
	       unsigned int *last);

/*
 * Writes the ports that have this owner, "none" for no port; runs of three and
 * more as a range.  Ends at PORTS_WORD_MAX, which no set that was read reaches.
 */
const char *ports_format(const __u8 owners[static PORTS_COUNT], __u8 owner,
			 char buf[static PORTS_TEXT_MAX]);

#endif
