/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Does an attachment judge what its interface receives?  Said by what is known.
 *
 * That a program is attached is not enough: a device may never run it, a driver
 * may have lost it.  So what the interface has received is set beside what the
 * program has counted.  Neither is exact: a driver may not count what a native
 * program drops, and a generic program sees segments that were put together.
 * Only that nothing is judged while packets come in is a fault.
 */
#ifndef JUDGING_H
#define JUDGING_H

#include <linux/types.h>
#include <stdbool.h>

/* Packets of one stretch of time. */
struct judging_count {
	__u64 received; /* by the interface, as the kernel counts */
	__u64 judged;   /* by the program */
};

struct judging_facts {
	bool gone;    /* its interface is... */
	bool moved;   /* ... or was moved to another namespace, which takes such a program off */
	bool off;     /* somebody took the program off its interface */
	bool counted; /* the counts below are known */
	bool gated;   /* an attach or detach waits for its confirmation, or has waited in vain */
	bool detach;  /* ... a detach */
	bool lapsed;  /* ... in vain */
	bool never;   /* such a device never runs a program */
	bool exact;   /* each packet received should have been judged, or was handed over by tc */
	bool around;  /* tc may hand packets over to it behind the program */
	bool loses;   /* its driver loses a native program when it resets... */
	bool reset;   /* ... which it seems to have done since the attach */
	bool behind;  /* at tc another's program comes first, which may pass packets by it */
	bool twice;   /* a device above or below judges the same packets */
	struct judging_count since;  /* the attach */
	struct judging_count lately; /* in a moment that was watched, if judging_is_in_doubt() */
};

enum judging {
	JUDGING,
	JUDGING_TWICE,
	JUDGING_GONE,
	JUDGING_MOVED,
	JUDGING_OFF,
	JUDGING_ATTACH_WAITS,
	JUDGING_ATTACH_LAPSED,
	JUDGING_DETACH_WAITS,
	JUDGING_DETACH_LAPSED,
	JUDGING_NEVER,
	JUDGING_BEHIND,
	JUDGING_NOTHING, /* though packets come in */
	JUDGING_AROUND,  /* ... which tc seems to have handed over */
	JUDGING_LOST,    /* the driver seems to have forgotten the program */
	JUDGING_STATES
};

/* Has so much more been received than judged that a moment should be watched? */
bool judging_is_in_doubt(const struct judging_facts *facts);

enum judging judging_of(const struct judging_facts *facts);

/* Are packets held to the lists? */
bool judging_filters(enum judging judging);

/* What is not as usual, and what mends it; NULL if all is. */
const char *judging_note(enum judging judging);

#endif
