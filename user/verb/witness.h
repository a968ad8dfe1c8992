/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whom `check` asks: the program that an attachment has beside its own, which moves nothing. */
#ifndef WITNESS_H
#define WITNESS_H

#include "show.h"

/*
 * The attachment that is asked: the one of that name, or (NULL) the first of
 * this network namespace.  One that judges nothing now is refused.  Returns an
 * exit status.
 */
int witness_choose(struct cli *cli, const struct view *view, const char *dev,
		   struct attachment *ret_attachment);

/*
 * What would become of a frame that came in there: CX_ANSWER() in *ret_answer.
 * check_fd: of attachment_check_fd().  Returns 0 or -errno.
 */
int witness_ask(int check_fd, __u32 ifindex, const __u8 *frame, size_t len, __u32 *ret_answer);

/* What an answer comes to. */
enum verdict {
	VERDICT_PASS,
	VERDICT_WOULD_DROP, /* and passes, as nothing is enforced */
	VERDICT_DROP,
	VERDICT_COUNT
};

enum verdict witness_verdict(const struct settings *settings, __u32 answer);
const char *verdict_name(enum verdict verdict);

#endif
