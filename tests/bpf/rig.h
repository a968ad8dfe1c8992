/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shipped object on a bpffs of its own: rules in, frames in, verdicts out.
 *
 * The object is loaded and the rules are put in force by the product's own
 * code, from the product's own grammar.  Nothing is attached: frames go
 * through BPF_PROG_TEST_RUN.  Whatever the rig itself cannot do ends the test
 * with a FAIL line, so its functions have no errors to return.
 */
#ifndef CLARENT_TESTS_RIG_H
#define CLARENT_TESTS_RIG_H

#include <stdbool.h>
#include <stdio.h>

#include "instance.h"
#include "object.h"
#include "settings.h"

#define RIG_FRAME_MIN  14    /* BPF_PROG_TEST_RUN takes none shorter by itself */
#define RIG_FRAME_MAX  65535 /* and none much longer */
#define RIG_LINEAR_MAX 3520  /* bytes of the first buffer, a page less its room */
#define RIG_STATES     4096  /* more ids than any test's rules have */

#define RIG_ALL_FEATURES                                                                 \
	(CX_FEATURE_TCP | CX_FEATURE_DESTS | CX_FEATURE_TUNNEL | CX_FEATURE_CONDITIONS | \
	 CX_FEATURE_LIMITS | CX_FEATURE_RPF | CX_FEATURE_FRAGMENTS | CX_FEATURE_THEN)

struct rig {
	struct instance instance;
	struct settings settings; /* in force */
	struct cx_state *states;  /* [RIG_STATES], shared with the kernel; NULL: no entry yet */
	bool runs_short;          /* the kernel runs frames below RIG_FRAME_MIN */
	bool runs_split;          /* ... and lets a test choose the size of the first buffer */
	char device[CX_MAX_DEVS][CX_NAME_MAX]; /* that programs were loaded for, by number */
};

/* A frame, and how it is to lie in memory and come in. */
struct rig_frame {
	const void *data;
	__u32 size;
	__u32 linear;  /* bytes in the first buffer; size: as many as fit */
	__u32 ifindex; /* came in through; 0: lo */
};

#define RIG_TC_MIN  (RIG_FRAME_MIN + 40) /* headers that every kernel runs at tc */
#define RIG_TC_MAX  3500                 /* what fits into one buffer, as it must there */
#define RIG_NOT_RUN (-1000)

/* What is said of a frame at tc beside it. */
struct rig_merged {
	__u32 segments; /* datagrams that it is, 0: not said */
	__u32 size;     /* bytes of payload of each, 0: not said */
};

/*
 * Starts the program anew in a machine of its own, see tests/apart, and makes
 * an instance there.  To be called before anything is done or printed.
 */
void rig_open(struct rig *ret_rig);
void rig_close(struct rig *rig);

/* Puts exactly these settings, text in the policy file's language, in force. */
void rig_apply(struct rig *rig, const char *text);

/* Features that the rules in force need: what an attached program has. */
__u32 rig_features(const struct rig *rig);

/*
 * Loads the programs for one device, as an attach would; the rest of self is
 * taken as it is.  counters_fd: of an earlier load that it shares counters
 * with, or -1.
 */
void rig_load(struct rig *rig, const char *dev, struct cx_attachment self, int counters_fd,
	      struct object_programs *ret_programs);

/* The program's return value. */
__u32 rig_run(const struct rig *rig, int prog_fd, const struct rig_frame *frame);

/*
 * The verdict of a program of mode tc, TC_ACT_*; RIG_NOT_RUN if the kernel runs
 * none of that size there, which is less than RIG_TC_MIN.  is_bare: the frame begins with
 * the IP header; it is run, and its bytes counted, with RIG_FRAME_MIN more
 * before it.
 */
int rig_run_tc(int prog_fd, const struct rig_frame *frame, bool is_bare,
	       const struct rig_merged *merged);

/* An attachment's counters, summed over CPUs. */
void rig_counters(const struct object_programs *programs,
		  struct cx_counter ret_counters[static CX_COUNTERS]);

/* What all entries together have admitted and refused. */
void rig_state_totals(const struct rig *rig, __u64 *ret_hits, __u64 *ret_drops);

/* Sets the theoretical arrival time of every limit: 0 fills every bucket. */
void rig_set_limits(struct rig *rig, __u64 tat);

/* Result lines, and their sum. */
void rig_pass(const char *name, const char *what, ...) __attribute__((format(printf, 2, 3)));
void rig_skip(const char *name, const char *why, ...) __attribute__((format(printf, 2, 3)));
void rig_fail(const char *name, const char *why, ...) __attribute__((format(printf, 2, 3)));
void rig_die(const char *why, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Prints "N passed, N failed" and returns the exit status. */
int rig_summary(void);

#endif
