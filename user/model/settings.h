/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The policy model: everything that the policy file can say, in memory.
 *
 * Pure: no printing, no kernel.  Verbs read it from the kernel or from a
 * file, change it, and hand it to the kernel module, which carries the
 * difference over.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "clarent_xdp.h"
#include "complaint.h"
#include "ports.h"
#include "prefix.h"

#ifndef LIST_LONG
#define LIST_LONG 1024 /* entries; what is shorter is as fast written anew as patched */
#endif

/* Interned texts: peer names, comments, interface names.  0 is "none". */
struct strings; /* opaque, strings.c */
struct strings *strings_new(void);
void strings_free(struct strings *strings);
__u32 strings_intern(struct strings *strings, const char *text);       /* 0 for "" or NULL */
const char *strings_text(const struct strings *strings, __u32 string); /* "" for 0 */
__u32 strings_find(const struct strings *strings, const char *text);   /* 0: unknown */
size_t strings_count(const struct strings *strings);                   /* highest string in use */
bool strings_failed(const struct strings *strings); /* a text was lost for want of memory */

/* One line of a list: allow, deny or protect. */
struct entry {
	struct prefix prefix;
	__u8 policy;    /* index in settings.policy */
	__u8 direction; /* enum cx_direction: CX_DEST for protect */
	__u8 action;    /* enum cx_action; CX_ALLOW for protect */
	__u8 min_ttl;   /* 0: any */
	bool wide;
	bool doomed;   /* not a setting: about to be removed by settings_sweep() */
	__u32 rate;    /* packets/s, 0: no limit */
	__u32 burst;   /* packets; 0: the default, max(1, rate / 10) */
	__u32 peer;    /* string */
	__u32 comment; /* string */
	__u32 dev;     /* string, 0: any */
	/* Not settings: where a file says it, 0 if none does; what this command's words name of it. */
	__u32 line;
	__u32 said; /* enum change_named, 0: they do not name it */
	/* Not settings: what the kernel knows of this entry. 0 if it is new. */
	__u32 id;
	__u64 listed;           /* seconds since the epoch */
	__u64 boottime_expires; /* CLOCK_BOOTTIME ns that belongs to expires */
	__u64 expires;          /* seconds since the epoch, 0: never */
};

enum fragments_mode { FRAGMENTS_PASS, FRAGMENTS_LISTED, FRAGMENTS_DROP, FRAGMENTS_MODES };

enum rpf_mode {
	RPF_OFF,
	RPF_LOOSE,
	RPF_STRICT,
};

struct policy {
	char name[CX_NAME_MAX]; /* lower case; empty: no such policy */
	bool builtin;
	enum cx_mode mode;
	bool elsewhere_pass;
	bool tunnel_required;
	enum rpf_mode rpf;
	__u32 rate;       /* packets/s, 0: no limit */
	__u32 burst;      /* packets; 0: the default */
	__u64 mode_since; /* seconds since the epoch, 0: not known; not a setting */
	__u32 said; /* what of it this command's words name: enum change_named; not a setting */
};

#define POLICY_COMMAND    1
#define POLICY_GATEWAY    2
#define POLICY_PCANYWHERE 3
#define POLICY_CUSTOM     4 /* the first custom one */

#define SETTINGS_PORTS_SIZE (2 * PORTS_COUNT) /* bytes of both protocols */

/*
 * What a window does not show: of long lists it has only the entries that were asked for.  None
 * beyond it expires, or asks for an interface or a TTL.
 */
struct beyond {
	size_t count;                    /* entries; 0: it is no window, but the whole */
	size_t sources[CX_MAX_POLICIES]; /* of them, see entry_admits() */
	bool limited;                    /* one has a rate */
};

/* Ids that no entry has: from, and up to before. */
struct free_ids {
	__u32 from, to;
};

/*
 * Entries are sorted by policy, direction and prefix_compare(), without
 * duplicates, but while a file is being read.
 */
struct settings {
	struct policy policy[CX_MAX_POLICIES]; /* [0] is never used */
	__u8 (*port)[PORTS_COUNT];             /* by enum cx_proto: owner, 0: none */
	enum fragments_mode fragments;
	bool fragments_said;        /* by this command's words; not a setting */
	__u32 tunnel[CX_MAX_NAMES]; /* strings: interface names */
	size_t tunnel_count;
	struct entry *entry;
	size_t count;
	size_t space;
	struct strings *strings;
	struct beyond beyond;
	struct free_ids free_ids;
};

/* Fills in a fresh model: the built-in policies, no entries.  Returns 0 or -ENOMEM. */
int settings_init(struct settings *ret_settings);
void settings_free(struct settings *settings);
/* A deep copy that shares nothing. Returns 0 or -ENOMEM. */
int settings_copy(const struct settings *from, struct settings *ret_settings);

/* Index of a policy by any of its names ("Clarent-Gateway" too), 0 if there is none. */
unsigned int settings_policy(const struct settings *settings, const char *name);

/* First entry of a list and how many it has, both families, sorted. */
struct entry *settings_list(const struct settings *settings, unsigned int policy,
			    enum cx_direction direction, size_t *ret_count);
/* The entry with exactly this prefix, or NULL. */
struct entry *settings_find(const struct settings *settings, unsigned int policy,
			    enum cx_direction direction, const struct prefix *prefix);
/* The longest entry that covers this prefix and is shorter than it, or NULL. */
struct entry *settings_cover(const struct settings *settings, unsigned int policy,
			     enum cx_direction direction, const struct prefix *prefix);
/*
 * What a source is: an entry that admits somebody.  A deny is none, and an
 * allow that has expired is none.  now: seconds since the epoch.
 */
bool entry_admits(const struct entry *entry, __u64 now);
bool entry_expired(const struct entry *entry, __u64 now);
/* How many entries there are, those beyond a window among them. */
size_t settings_total(const struct settings *settings);
/* How many sources a policy has. */
size_t settings_admitted(const struct settings *settings, unsigned int policy, __u64 now);
/* Has any policy or entry a rate? */
bool settings_limit_rate(const struct settings *settings);
/*
 * The entry that decides about senders in this prefix which none of its own
 * entries is about: the longest above it, where a deny that has expired is
 * as if absent.  NULL: there is none.
 */
const struct entry *settings_decider(const struct settings *settings, unsigned int policy,
				     const struct prefix *prefix, __u64 now);
/*
 * What an admission rests on beside the address.  Not among it is rpf loose:
 * to a listed source there is a route, whoever forges it.
 */
enum trust {
	TRUST_ADDRESS_ONLY = 1 << 0, /* none of the others */
	TRUST_INTERFACE = 1 << 1,
	TRUST_TTL = 1 << 2,
	TRUST_REVERSE_PATH = 1 << 3,
	TRUST_TUNNEL = 1 << 4,
};

/* What a policy demands of all its sources, as bits of enum trust. */
__u32 trust_of_policy(const struct policy *policy);
/* Bits of enum trust for an entry that allows a source, 0 for any other. */
__u32 trust_of(const struct settings *settings, const struct entry *entry);

/* Adds without sorting or looking for duplicates. Returns 0 or -ENOMEM. */
int settings_append(struct settings *settings, const struct entry *entry);
/* Inserts in its place; the prefix must not be there. Returns 0 or -ENOMEM. */
int settings_insert(struct settings *settings, const struct entry *entry);
/* Room for that many more, so that adding them cannot fail. Returns 0 or -ENOMEM. */
int settings_reserve(struct settings *settings, size_t more);
/* Removes all doomed entries in one go. Returns how many. */
size_t settings_sweep(struct settings *settings);
/* Stable: what was appended first stays first among equals. Returns 0 or -ENOMEM. */
int settings_sort(struct settings *settings);
/* The order that entries are sorted in: by policy, direction and prefix. */
int entry_compare(const struct entry *a, const struct entry *b);

/* Fills in what a fresh built-in policy (its index) or a custom one is like. */
void settings_default_policy(unsigned int policy, struct policy *ret_policy);
/* True if a policy is as settings_default_policy() makes it: the file need not say it. */
bool settings_is_default(const struct settings *settings, unsigned int policy);
/* Takes a policy, its ports and its entries out of the model. */
void settings_delete_policy(struct settings *settings, unsigned int policy);
/* An index that no policy has, 0 if there is none left. */
unsigned int settings_free_policy(const struct settings *settings);

/* The grammar's words for the values, by enum cx_mode and enum rpf_mode. */
extern const char *const mode_names[];
extern const char *const rpf_names[];
extern const char *const fragments_names[];

/* True if both say the same: attributes that are settings, by text, not by string number. */
bool entry_same(const struct settings *a, const struct entry *x, const struct settings *b,
		const struct entry *y);

/* Burst in packets with the default filled in. */
__u32 burst_or_default(__u32 rate, __u32 burst);

#endif
