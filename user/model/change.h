/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A change of the policy model, as the words said it, and its carrying out. */
#ifndef CHANGE_H
#define CHANGE_H

#include "grammar.h"

/* Prefixes in one line; a line of a file has no room for more. */
#define CHANGE_PREFIXES_MAX 1024

enum change_verb {
	CHANGE_ALLOW,
	CHANGE_DENY,
	CHANGE_PROTECT,
	CHANGE_POLICY,
	CHANGE_FRAGMENTS,
	CHANGE_TUNNEL,
	CHANGE_REVOKE,
	CHANGE_UNPROTECT,
};

/* Which attributes the words name: those are set, the others stay. */
enum change_named {
	NAMED_ANY = 1 << 0, /* protect any */
	NAMED_PEER = 1 << 1,
	NAMED_DEV = 1 << 2,
	NAMED_RATE = 1 << 3, /* and the burst that belongs to it */
	NAMED_MIN_TTL = 1 << 4,
	NAMED_EXPIRES = 1 << 5,
	NAMED_WIDE = 1 << 6,
	NAMED_COMMENT = 1 << 7,
	NAMED_UDP = 1 << 8,
	NAMED_TCP = 1 << 9,
	NAMED_MODE = 1 << 10,
	NAMED_ELSEWHERE = 1 << 11,
	NAMED_TUNNEL = 1 << 12,
	NAMED_RPF = 1 << 13,
	NAMED_DELETE = 1 << 14,
	NAMED_OFF = 1 << 15, /* tunnel IFACE off */
	NAMED_FORCE = 1 << 16,
	NAMED_CONFIRM = 1 << 17,
	NAMED_SOURCE = 1 << 18, /* an entry by its address, with or without attributes */
};

/* What the words say; texts are theirs, borrowed. */
struct change {
	enum change_verb verb;
	unsigned int named; /* enum change_named */
	const char *name;   /* of the policy, or of several, as typed; NULL: all of them */
	size_t policies;    /* how many are meant, 0: all of them, or one that is not there yet */
	__u8 policy[CX_MAX_POLICIES]; /* their indices */
	__u32 rate;                   /* allow, protect, policy; 0: off */
	__u32 burst;
	union {
		struct { /* allow, deny, revoke */
			const char *peer;
			const char *dev; /* NULL: any */
			const char *comment;
			__u64 expires;
			__u32 min_ttl;
		} entry;
		struct {                      /* policy */
			const char *ports[2]; /* by enum cx_proto, readable by ports_parse() */
			int mode;             /* enum cx_mode */
			int rpf;              /* enum rpf_mode */
			int elsewhere_pass;
			int tunnel_required;
		} attributes;
		int fragments;      /* enum fragments_mode */
		const char *ifname; /* tunnel */
	};
	size_t count; /* of prefixes */
	struct prefix prefix[CHANGE_PREFIXES_MAX];
};

/*
 * Each carries a change out, all or nothing.  The words alone have been
 * judged; what depends on the model is judged here.  Returns 0, or a negative
 * errno with *ret_why filled and the model unchanged.
 */

/*
 * allow and deny.  An allow that becomes a deny keeps its comment and loses
 * its conditions, its expiry among them: a deny that lapsed with the allow it
 * replaced would let its source in again.  A deny that becomes an allow leaves
 * nothing behind: what was said against a source says nothing for it.
 */
int change_entries(struct settings *settings, const struct change *change,
		   const struct grammar_context *context, struct complaint *ret_why);
int change_protect(struct settings *settings, const struct change *change,
		   const struct grammar_context *context, struct complaint *ret_why);
int change_revoke(struct settings *settings, const struct change *change,
		  const struct grammar_context *context, struct complaint *ret_why);
int change_unprotect(struct settings *settings, const struct change *change,
		     const struct grammar_context *context, struct complaint *ret_why);
int change_policy(struct settings *settings, const struct change *change,
		  const struct grammar_context *context, struct complaint *ret_why);
int change_fragments(struct settings *settings, const struct change *change,
		     const struct grammar_context *context, struct complaint *ret_why);
int change_tunnel(struct settings *settings, const struct change *change,
		  const struct grammar_context *context, struct complaint *ret_why);

/* True for a prefix so short that allowing it needs the word `wide`. */
bool change_is_wide(const struct prefix *prefix);

/* What they share: typed live; said on an earlier line. */
bool change_is_live(const struct grammar_context *context);
int change_complain_twice(const char *object, __u32 line, struct complaint *ret_why);

#endif
