/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For `top`: where packets are lost, so that each loss has an owner: card, filter or socket. */
#ifndef TOP_LOSSES_H
#define TOP_LOSSES_H

#include "meter.h"
#include "turns.h"

/* An interface, by its attachment; or the UDP sockets of a guarded port, or of all. */
struct top_loss {
	const struct top_losses *of;
	char pin[PIN_PATH_MAX]; /* of the attachment, empty: sockets */
	char interface[CX_NAME_MAX];
	char netns[NAME_MAX + 1];
	__u16 port;           /* 0: all ports together */
	bool there;           /* at the last look */
	bool counts;          /* its card can be asked, whose numbers were then... */
	__u64 received, lost; /* ... these */
	__u64 dropping;       /* by sockets, since the look before */
	struct meter receiving, card, filter, sockets;
};

struct top_losses {
	const struct timeline *timeline;
	struct top_loss *list; /* owned */
	size_t count;
	struct udp_socket *socket; /* owned; as they were, by inode */
	size_t sockets;
	bool counted;  /* what all sockets together had dropped by then... */
	__u64 dropped; /* ... is this */
};

void top_losses_free(struct top_losses *losses);

/*
 * After timeline_look().  counters: what came since, CX_COUNTERS of each attachment of the turn.
 * What cannot be read is warned of.  Returns an exit status.
 */
int top_losses_add(struct top_losses *losses, struct cli *cli, const struct view *view,
		   const struct turn *turn, const struct cx_counter *counters);

/* As rows of text or of JSON, good until more is added. */
struct rows top_losses_rows(const struct top_losses *losses, bool json);

#endif
