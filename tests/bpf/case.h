/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a case is: a frame, and what must become of it under the rules of its group. */
#ifndef CLARENT_TESTS_CASE_H
#define CLARENT_TESTS_CASE_H

#include "clarent_xdp.h"
#include "frame.h"

enum fate {
	PASS,
	DROP,
	WOULD, /* passes, and is counted as a drop that is not carried out */
};

struct want {
	enum cx_reason reason;
	enum fate fate;
	const char *policy; /* NULL: nobody's business */
	int len;            /* of the prefix that decides: LEN(n), 0: none does */
};

#define LEN(n) ((n) + 1)

/* clang-format off */
#define PASSES(symbol) { .reason = CX_##symbol, .fate = PASS }
#define DROPS(symbol) { .reason = CX_##symbol, .fate = DROP }
#define WOULD_DROP(symbol) { .reason = CX_##symbol, .fate = WOULD }
#define PASSES_IN(name, symbol) { .reason = CX_##symbol, .fate = PASS, .policy = name }
#define DROPS_IN(name, symbol) { .reason = CX_##symbol, .fate = DROP, .policy = name }
#define WOULD_DROP_IN(name, symbol) { .reason = CX_##symbol, .fate = WOULD, .policy = name }
#define ADMITTED(name, n) \
	{ .reason = CX_ALLOWED, .fate = PASS, .policy = name, .len = LEN(n) }
#define REFUSED(name, symbol, n) \
	{ .reason = CX_##symbol, .fate = DROP, .policy = name, .len = LEN(n) }
#define WOULD_REFUSE(name, symbol, n) \
	{ .reason = CX_##symbol, .fate = WOULD, .policy = name, .len = LEN(n) }
/* clang-format on */

struct test_case {
	const char *name;
	struct layer frame[FRAME_LAYERS_MAX];
	struct want want;
};

enum group_flags {
	GROUP_BARE_IP = 1 << 0, /* frames begin with the IP header */
	GROUP_SPENT = 1 << 1,   /* every limit is used up */
};

/* Cases under the same rules. */
struct group {
	const char *name;
	const char *dev;    /* that the frames come in through, as the rules name it */
	const char *in;     /* that the kernel is told they come in through, NULL: lo */
	unsigned int flags; /* enum group_flags */
	const char *rules;  /* in the policy file's language */
	const struct test_case *cases;
	size_t count;
};

extern const struct group groups[];
extern const size_t groups_count;

/*
 * Groups that name `in` are judged beside these interfaces, addresses and
 * routes, which are made with ip(8).
 */
extern const char *const network[];

#endif
