/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One packet that was dropped as a line: for people, or in the shape of Suricata's eve. */
#ifndef LOGGED_H
#define LOGGED_H

#include "clarent_xdp.h"

struct drop_seen {
	const struct cx_logged *logged;
	const char *interface;
	const char *policy; /* NULL: no policy's business */
	__u64 utc;          /* ns */
};

void logged_print(const struct drop_seen *seen);
void logged_print_json(const struct drop_seen *seen);

/* How many of a policy and reason are not among them, since that was said last. */
struct drops_unseen {
	const char *policy;
	unsigned int reason;
	__u64 packets;
	__u64 utc; /* ns */
};

void unseen_print_json(const struct drops_unseen *unseen);

/* How many were shown, and how many not, from beginning to end. */
void logged_print_end_json(__u64 shown, __u64 unseen, __u64 utc);

#endif
