/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A follower: what it was told, what it made of it, and what it says of itself.
 *
 * It knows no "next" revision.  Each turn reads what lies in etcd now, and
 * whatever is odd leads to the next turn.  What is in force stays in force.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include "fleet.h"
#include "kept.h"
#include "store.h"
#include "watch.h"

#define REASON_MAX 300

/* What a host says of itself. */
enum stand {
	STAND_OK,      /* what was published last is in force */
	STAND_WAITING, /* nothing was published yet, or it is about to be taken */
	STAND_REFUSED, /* it is not taken, and will be tried again */
	STAND_DIFFERS, /* somebody changed it here */
	STAND_UNSAVED, /* in force, but a boot would not restore it */
};
extern const char *const stands[];

struct follow {
	struct fleet *fleet;
	struct etcd etcd;
	struct watch *watch;
	struct kept kept;
	struct pointer pointer[2]; /* by enum pointer_kind; without text: none lies there */
	__s64 revision;            /* of the last reading */

	enum stand stand;
	char reason[REASON_MAX]; /* why, if not ok; "": no more to say */
	unsigned int line;       /* of the text that is refused; 0: not about a line */

	unsigned int failures; /* readings in a row that failed */
	unsigned int tries;    /* of the same pointers, that were refused */
	bool harmful;          /* the last one of them failed its self-test */
	__u64 due;             /* CLOCK_MONOTONIC ms: not tried before */
	bool fresh;            /* something new waits for its time */
	bool again;            /* nothing at all is in force any more */
	bool differs;          /* somebody else changed it here */
	bool unsaved;
	__u64 change; /* the last change that was looked at */

	__s64 lease;
	__u64 kept_alive, sampled; /* CLOCK_MONOTONIC ms */
	char *told;                /* the last report, as far as it is compared */
	char other[ID_MAX];        /* another machine of this name */
	__u64 packets;             /* refused, at that sample */
	__s64 rate, rate_before;   /* packets/s refused; before the change; -1: not known yet */
};

__u64 now_ms(void);

/* Says why, once for each why. */
void follow_stand(struct follow *follow, enum stand stand, unsigned int line, const char *reason,
		  ...) __attribute__((format(printf, 4, 5)));

/*
 * carry.c: fetches what the pointers say, and brings it into force on trial; after
 * the self-test it is confirmed, saved and kept.  Fills in how it stands.
 */
void carry_out(struct follow *follow);
/* Sees whether what is in force is what was carried out. */
void carry_look(struct follow *follow);
/* At the start: what a killed one has put on trial is tested, what it has confirmed is saved. */
void carry_resume(struct follow *follow);

/* report.c: tells etcd how this host stands, under a lease; it may fail, and is tried again. */
void report(struct follow *follow);
/* At the start: who this is, in this boot. */
int report_begin(struct follow *follow, struct complaint *ret_why);
/* What it holds is let go; its lease runs out by itself. */
void report_end(struct follow *follow);

#endif
