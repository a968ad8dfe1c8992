/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the fast path and the loader share: keys, values, reasons, limits.
 *
 * This is the ABI between programs of different versions as well: whatever
 * changes the meaning or the layout of anything below raises CX_ABI.
 * Integers are in host byte order unless the type says __be; addresses are
 * bytes in written order.
 */
#ifndef CLARENT_XDP_H
#define CLARENT_XDP_H

#include <linux/types.h>

#define CX_ABI 10

/* How far the parser walks; what lies deeper is dropped as too-deep. */
#define CX_MAX_TAGS        4
#define CX_MAX_EXT_HEADERS 12 /* IPv6's, or authentication headers of IPv4 */

#define CX_MAX_POLICIES 64   /* index 0 means "no policy" */
#define CX_MAX_NAMES    256  /* interface names in one policy model, one less than that */
#define CX_MAX_DEVS     1024 /* the same in two models, and what is attached; 0: any interface */
#define CX_NAME_MAX     16   /* policy and interface names, with their NUL */
#define CX_TEXT_MAX     128  /* peer names and comments, with their NUL */

/*
 * Why a packet passes or drops, in order of precedence: where several hold,
 * the first is the one.  X(symbol, name).
 */
#define CX_REASONS(X)                   \
	X(MALFORMED, "malformed")       \
	X(TOO_DEEP, "too-deep")         \
	X(FRAGMENT, "fragment")         \
	X(NOT_GUARDED, "not-guarded")   \
	X(CLOSED, "closed")             \
	X(NO_TUNNEL, "no-tunnel")       \
	X(ELSEWHERE, "elsewhere")       \
	X(UNLISTED, "unlisted")         \
	X(DENIED, "denied")             \
	X(BOGUS_SOURCE, "bogus-source") \
	X(EXPIRED, "expired")           \
	X(WRONG_DEV, "wrong-dev")       \
	X(LOW_TTL, "low-ttl")           \
	X(RPF_FAILED, "rpf-failed")     \
	X(OVER_RATE, "over-rate")       \
	X(DEST_RATE, "dest-rate")       \
	X(POLICY_RATE, "policy-rate")   \
	X(ALLOWED, "allowed")

enum cx_reason {
#define X(symbol, name) CX_##symbol,
	CX_REASONS(X)
#undef X
		CX_REASON_COUNT
};

enum cx_mode {
	CX_MODE_OPEN,    /* ports are not guarded */
	CX_MODE_MONITOR, /* judged, but every drop is passed and counted */
	CX_MODE_ENFORCE,
	CX_MODE_CLOSED, /* nobody is admitted */
};

/*
 * Counters, one per-CPU array per attachment:
 * index CX_COUNTER(policy, would, reason), would = 1 for a drop that
 * monitor mode passed.
 */
struct cx_counter {
	__u64 packets; /* datagrams: at tc, a frame may be many */
	__u64 bytes;   /* of the whole frame, link header included */
};

/*
 * Beside the reasons: what passed unjudged while a gate was open, and what the
 * loader noted in .packets when the program was attached, to compare with, in
 * this order and with 1 in .bytes.  CX_COUNTER(0, 0, ...).
 */
enum cx_noted {
	CX_PASSED_GATE = 28,
	CX_NOTED_RECEIVED = 29, /* packets, by the interface */
	CX_NOTED_JUDGED,        /* packets, by these counters */
	CX_NOTED_DOWNS,         /* how often the interface had lost its carrier */
};

#define CX_COUNTER(policy, would, reason) ((policy) << 6 | (would) << 5 | (reason))
#define CX_COUNTERS                       (CX_MAX_POLICIES << 6)

/*
 * Access lists: one hash map per policy, direction and family, keyed by
 * prefix, hosts being prefixes of full length.  Bits behind the prefix
 * length are zero.
 */
struct cx_key4 {
	__u32 prefixlen;
	__u8 addr[4];
};

struct cx_key6 {
	__u32 prefixlen;
	__u8 addr[16];
};

enum cx_action {
	CX_DENY,
	CX_ALLOW,
	CX_GONE, /* of a patch only: that prefix is not in the list */
};

enum cx_entry_flags {
	CX_ENTRY_WIDE = 1 << 0,   /* a short prefix that was asked for by name */
	CX_ENTRY_COARSE = 1 << 1, /* the coarse clock is exact enough for its limit */
};

struct cx_entry {
	__u32 id;        /* of its struct cx_state, stable across generations */
	__u8 action;     /* enum cx_action */
	__u8 min_ttl;    /* 0: any */
	__u16 dev;       /* index into devices, 0: any */
	__u64 expires;   /* CLOCK_BOOTTIME ns, 0: never */
	__u64 tolerance; /* ns of burst: (burst - 1) * interval */
	__u32 interval;  /* ns from packet to packet at the limit, 0: no limit */
	__u16 flags;     /* enum cx_entry_flags */
	__u8 prefixlen;  /* of its key */
	__u8 reserved;
	__u32 rate;        /* packets/s as configured, 0: no limit */
	__u32 burst;       /* packets */
	__u64 expires_utc; /* seconds since the epoch, 0: never */
	__u64 listed_utc;  /* seconds since the epoch */
	__u32 peer;        /* key in notes, 0: none */
	__u32 comment;     /* key in notes, 0: none */
};

/*
 * What an entry has seen, outside the generations: a flip neither refills a
 * bucket nor loses a count.  Ids below CX_MAX_POLICIES are the policies' own
 * limits.  Kept in segments, so that memory follows the lists.
 */
struct cx_state {
	__u64 tat;        /* GCRA: theoretical arrival time, CLOCK_MONOTONIC ns */
	__u64 hits;       /* datagrams admitted on the CPU that is hits_cpu: without a lock */
	__u64 hits_else;  /* datagrams admitted on all others */
	__u64 drops;      /* datagrams this entry decided to drop */
	__u64 last_seen;  /* CLOCK_MONOTONIC_COARSE ns, 0: never */
	__u64 last_drop;  /* CLOCK_MONOTONIC_COARSE ns, 0: never */
	__u8 last_reason; /* enum cx_reason of the last drop */
	__u8 ttl_seen;    /* 1: lowest_ttl holds a value */
	__u8 lowest_ttl;  /* lowest TTL or hop limit that arrived */
	__u8 reserved;
	__u32 hits_cpu; /* number + 1 of the CPU that was first, 0: none yet */
	__u64 reserved2;
};

static inline __u64 cx_state_hits(const struct cx_state *state)
{
	return state->hits + state->hits_else;
}

#define CX_SEGMENT_SHIFT 15
#define CX_SEGMENT_SIZE  (1 << CX_SEGMENT_SHIFT) /* states per segment, 2 MiB */
#define CX_SEGMENTS      256
#define CX_MAX_IDS       ((__u32)CX_SEGMENTS << CX_SEGMENT_SHIFT)

/*
 * What one policy model may hold.  While it replaces another, both are in the
 * kernel, and may have nothing in common: there is room for two.
 */
#define CX_MAX_ENTRIES (CX_MAX_IDS / 2 - CX_MAX_POLICIES)
#define CX_MAX_TEXTS   (1 << 20) /* different texts: peer names and comments */
#define CX_FEW_TEXTS \
	(1 << 12) /* what there is room for at first: another map takes its place, see texts.c */

/* A list is found by direction, policy and family; lists come in generations. */
enum cx_direction {
	CX_SOURCE,
	CX_DEST,
};

enum cx_family {
	CX_IPV4,
	CX_IPV6,
};

#define CX_LIST(direction, policy) ((direction)*CX_MAX_POLICIES + (policy))
#define CX_LISTS                   (2 * CX_MAX_POLICIES)
/*
 * Slots of the arrays of access lists.  What a small change makes of a list does not go
 * into its map, which both generations have: it stands in a patch beside it, asked
 * first, until no packet is judged by the former rules any more.
 */
#define CX_SLOT(generation, list) ((generation)*CX_LISTS + (list))
#define CX_PATCH(slot)            (2 * CX_LISTS + (slot))
#define CX_SLOTS                  (4 * CX_LISTS)

/*
 * How a list is searched.  Every prefix is entered in the Bloom filter once
 * per anchor at or below its own length, truncated to that anchor.  A source
 * that the filter does not know at an anchor is covered by no prefix of that
 * length or more; what is left of lens[], from index below, is looked up in
 * the hash, longest first.
 */
#define CX_MAX_ANCHORS 4
#define CX_MAX_LENS    129 /* 0 to 128 */
#define CX_LENS_SPACE  256 /* a power of two, so that a mask bounds the index */

struct cx_anchor {
	__u64 mask_hi; /* of an address as two host-order words; IPv4 is mask_lo's lower half */
	__u64 mask_lo; /* of IPv4 with ones above: all ones where the whole address counts */
	__u32 below;   /* index in lens[] of the first length shorter than this */
	__u32 len;     /* the loader's */
};

struct cx_list {
	__u32 count;  /* entries; the loader's */
	__u32 map_id; /* of its hash map, 0: none, or not noted yet; the loader's */
	__u16 lens_count;
	__u16 anchor_count;
	__u32 patch_id;                          /* of its patch, as map_id */
	struct cx_anchor anchor[CX_MAX_ANCHORS]; /* ascending by length */
	__u8 lens[CX_LENS_SPACE];                /* lengths in use, descending */
};

/*
 * What a list holds, for who would not read it to know: the packet path does
 * not look here.  What has ended and what has not is as it is from since until
 * until; at any other time only the list itself can tell.
 */
struct cx_counts {
	__u32 forever;     /* allows without an end; destinations are among them */
	__u32 timed;       /* allows that end later */
	__u32 expired;     /* allows that have ended */
	__u32 denied;      /* denies, ended or not */
	__u32 bare;        /* of forever and timed: neither dev nor min-ttl asked */
	__u32 limited;     /* of all: with a rate */
	__u32 conditional; /* of all: CX_FEATURE_CONDITIONS is for them */
	__u32 reserved;
	__u64 since; /* seconds since the epoch: no later than this had the last of them ended */
	__u64 until; /* no sooner than this will the next end, 0: none will */
};

/*
 * The filter in front of the lists: blocked Bloom, two 64-bit words with three
 * bits each per entry and anchor, the second looked at only if the first does
 * not refuse.  Always a superset of the lists: bits are set before their entry
 * appears.
 *
 * The address alone says which word, and by one product (multiply-shift,
 * Dietzfelbinger 1997): a word far away in memory is on its way before it is
 * known which list asks.  Another product, beside it, says which bits.
 *
 * It stands in the rules, where it is found soonest, so long as it has room
 * there; a larger one has a map of its own, word by word.
 */
#define CX_FILTER_WORDS     (1 << 18) /* per family, in the rules */
#define CX_FILTER_WORDS_MAX (1 << 22) /* in a map of its own */
#define CX_FILTER_SHIFT_MIN (64 - 21) /* of what the rules have room for */

/* Slot of the array of filters that outgrew the rules. */
#define CX_FILTER(generation, family) ((generation)*2 + (family))

/* Either product; the seed's words are odd. */
static inline __u64 cx_filter_hash(__u64 hi, __u64 lo, const __u64 seed[2])
{
	return hi * seed[0] + lo * seed[1];
}

/*
 * Where a word is in a filter of 2 ^ (64 - shift) bytes, as an offset in
 * bytes: what bounds it aligns it too, and the less stands between the product
 * and the load, the better.
 */
static inline __u64 cx_filter_offset(__u64 hash, __u32 shift)
{
	return hash >> (shift & 63) & (CX_FILTER_WORDS - 1) * sizeof(__u64);
}

/* The same in words, whatever the filter's size. */
static inline __u32 cx_filter_index(__u64 hash, __u32 shift)
{
	return hash >> ((shift + 3) & 63);
}

/* The bits of an address that a list, by CX_LIST(), has or asks about. */
static inline __u64 cx_filter_bits(__u64 mixed, __u32 list)
{
	return 1ULL << (mixed >> 58 ^ (list & 63)) | 1ULL << (mixed >> 52 & 63) |
	       1ULL << (mixed >> 46 & 63);
}

/* For the second word, from what says the first: which word, and then which bits. */
static inline __u64 cx_filter_rehash(__u64 hash)
{
	return (hash ^ hash >> 32) * 0xd1342543de82ef95ULL;
}

static inline __u64 cx_filter_remix(__u64 hash)
{
	return (hash ^ hash >> 32) * 0x9e3779b97f4a7c15ULL;
}

enum cx_policy_flags {
	CX_POLICY_DESTS = 1 << 0,          /* names destinations */
	CX_POLICY_ELSEWHERE_PASS = 1 << 1, /* other destinations are not its business */
	CX_POLICY_TUNNEL = 1 << 2,         /* must arrive through a tunnel */
	CX_POLICY_RPF_LOOSE = 1 << 3,
	CX_POLICY_RPF_STRICT = 1 << 4,
	CX_POLICY_COARSE = 1 << 5, /* as CX_ENTRY_COARSE, for its own limit */
};

struct cx_policy {
	char name[CX_NAME_MAX]; /* empty: no such policy */
	__u8 mode;              /* enum cx_mode */
	__u8 reserved[3];
	__u32 flags;          /* enum cx_policy_flags */
	__u32 rate;           /* packets/s, 0: no limit */
	__u32 burst;          /* packets */
	__u64 interval;       /* ns, as in struct cx_entry */
	__u64 tolerance;      /* ns */
	__u64 mode_since_utc; /* seconds since the epoch */
};

/* A check that no rule uses is not in the program. */
enum cx_features {
	CX_FEATURE_TCP = 1 << 0,
	CX_FEATURE_DESTS = 1 << 1,
	CX_FEATURE_TUNNEL = 1 << 2,
	CX_FEATURE_CONDITIONS = 1 << 3, /* expires, dev, min-ttl */
	CX_FEATURE_LIMITS = 1 << 4,
	CX_FEATURE_RPF = 1 << 5,
	CX_FEATURE_FRAGMENTS = 1 << 6, /* their sources are asked for */
	CX_FEATURE_THEN = 1 << 7,      /* the attachment's, not its rules': see then, maps.h */
	CX_FEATURE_JOIN = 1 << 8,      /* the same: see join.bpf.c */
	CX_FEATURE_LOG = 1 << 9,       /* somebody reads what is dropped: other programs, log.h */
};

#define CX_FEATURES_OWN (CX_FEATURE_THEN | CX_FEATURE_JOIN) /* of the attachment */

enum cx_rules_flags {
	CX_RULES_FRAGMENTS_DROP = 1 << 0,
	CX_RULES_STRICT = 1 << 1,           /* some policy is in mode enforce or closed */
	CX_RULES_TCP = 1 << 2,              /* some policy that is not open has TCP ports */
	CX_RULES_FRAGMENTS_LISTED = 1 << 3, /* from admitted sources alone */
};

enum cx_proto {
	CX_UDP,
	CX_TCP,
};

/* One generation: everything a packet is judged by, but the lists themselves. */
struct cx_rules {
	__u64 serial;                    /* number of the change that made them, written first */
	__u64 former;                    /* serial of those that they were built over */
	__u64 seed[2][2];                /* of the two products, odd, drawn anew per generation */
	__u32 filter_shift[2];           /* 64 - log2 of the bytes, by enum cx_family */
	__u32 flags;                     /* enum cx_rules_flags */
	__u32 features;                  /* enum cx_features that these rules need */
	__u64 tunnels[CX_MAX_DEVS / 64]; /* bit set: that device is a tunnel */
	__u64 listing;                   /* bit set: that policy judges by its list */
	__u64 patched; /* entries patched since the filters were filled; the loader's */
	struct cx_policy policy[CX_MAX_POLICIES];
	struct cx_list list[CX_LISTS][2]; /* by CX_LIST(), enum cx_family */
	__u8 guard[2][65536];             /* by enum cx_proto, port: the policy, 0: not guarded */
	__u8 ports[2][65536];             /* the same with the ports of open policies */
	struct cx_counts counts[CX_LISTS][2]; /* as list */
	__u64 filter[2][CX_FILTER_WORDS];     /* by enum cx_family; not what outgrew it */
};

/*
 * Which generation is live: bit 0.  The rest, if not zero, is a deadline
 * (CLOCK_BOOTTIME ns, bit 0 cut) past which the other one is.
 */
#define CX_LIVE_GENERATION 1ULL
#define CX_LIVE_DEADLINE   (~CX_LIVE_GENERATION)

enum cx_link_type {
	CX_LINK_ETHERNET,
	CX_LINK_BARE_IP,
};

enum cx_attach_mode {
	CX_ATTACH_NATIVE,
	CX_ATTACH_GENERIC,
	CX_ATTACH_TC, /* no XDP: at tc ingress */
};

/*
 * One attachment: the read-only data of its program, so that what the fast
 * path runs on and what status shows cannot differ.
 */
struct cx_attachment {
	__u32 abi;
	__u32 features;     /* enum cx_features */
	__u16 dev;          /* its own index in devices */
	__u8 link_type;     /* enum cx_link_type */
	__u8 mode;          /* enum cx_attach_mode */
	__u32 window_shift; /* so many jiffies, as a power of two, are about a second: cx_pace */
	__u32 ifindex;      /* of its interface then, in... */
	__u64 netns;        /* ... the network namespace of that cookie */
	__u64 since_utc;    /* seconds since the epoch */
	__u64 gate;         /* CLOCK_BOOTTIME ns, 0: none; before it, the packet is... */
	__u64 gate_passes;  /* ... 0: judged, and passed after; 1: passed, and judged after */
	char ifname[CX_NAME_MAX];
	char netns_name[32]; /* as given to --netns, empty: the caller's */
	char version[16];
};

/*
 * Refused sources that come again, one set of tables per CPU.  Packets are not
 * sampled, sources are: one in so many of a flood's, chosen by a hash, is looked
 * at for a window of about a second, each of its packets, and then others are.
 * What has come twice to the same place is kept.  While few are refused there
 * is no choosing, and all are kept.
 */
#define CX_SEEN_SETS 256 /* found by a hash of the address */
#define CX_SEEN_WAYS 8   /* sources kept in a set... */
#define CX_SEEN_ONCE 32  /* ... and those that came once */
#define CX_SEEN_SURE 3   /* packets that no random source of a flood comes to */

struct cx_seen {
	__u64 hi, lo;    /* the source, as struct cx_anchor; 0, 0 and no policy: none */
	__u64 packets;   /* datagrams, at least */
	__u64 first;     /* CLOCK_MONOTONIC_COARSE ns */
	__u64 last;      /* the same */
	__u32 window;    /* the last in which it was seen... */
	__u32 windows;   /* ... and how many there were */
	__u16 port;      /* of its last packet, with reason and dev */
	__u16 dev;       /* index into devices */
	__u16 vote;      /* others have to come as often to take its place */
	__u8 policy;     /* 0: this place is free */
	__u8 family;     /* enum cx_family */
	__u8 reason;     /* enum cx_reason */
	__u8 lowest_ttl; /* or hop limit */
	__u8 highest_ttl;
	__u8 proto; /* enum cx_proto */
	__u32 reserved;
};

struct cx_seen_set {
	struct cx_seen source[CX_SEEN_WAYS];
	__u64 once[CX_SEEN_ONCE];
};

/*
 * How many are looked at, for all CPUs.  A window is a power of two of jiffies;
 * of 2 ^ n sources, n bits of the hash say whose window it is.  The mask has
 * them where jiffies count windows, so that nothing has to be shifted.  What
 * the packet path reads stands apart from what it writes.
 */
#define CX_PACE_MANY  24576 /* packets recorded in a window: half as many sources from now on */
#define CX_PACE_FEW   10240 /* if less: twice as many in the next; twice this is not too many */
#define CX_PACE_BITS  12    /* at most: more than an hour for all sources */
#define CX_PACE_SHIFT 40    /* of the hash, to where the mask is */

struct cx_pace {
	__u64 seed[2]; /* of the hash, secret, odd */
	__u64 mask;    /* 0: all are looked at */
	__u64 until;   /* jiffies: the end of the window behind the last with a record */
	__u64 crowded; /* CLOCK_MONOTONIC_COARSE ns, 0: never; until then not all were kept */
	__u64 reserved[3];
	__u64 recorded; /* packets in this window */
};

/*
 * What `log` shows: one record for each frame within the quota, to each reader's
 * ring.  A quota is an attachment's for one policy and one reason, so that no
 * flood hides another's drop; what is beyond it is in the counters alone.
 */
#define CX_LOG_READERS 8         /* at once */
#define CX_LOG_RING    (1 << 20) /* bytes of each one's ring */
#define CX_LOG_QUOTA   16        /* records in an eighth of cx_pace's window */
#define CX_LOG_WINDOW  3         /* which is 2 ^ 3 times shorter */
#define CX_LOG_FRAME   128       /* bytes of a frame that are kept: a power of two */

#define CX_LOG_SLOT(policy, reason) ((policy) << 5 | (reason))
#define CX_LOG_SLOTS                (CX_MAX_POLICIES << 5)

struct cx_log_quota {
	__u32 window; /* the last in which a frame came... */
	__u32 taken;  /* ... and how many records there were in it */
};

struct cx_logged {
	__u64 time; /* CLOCK_MONOTONIC ns */
	__u32 len;  /* of the whole frame */
	__u32 ifindex;
	__u32 queue;     /* it was received on */
	__u32 datagrams; /* that it is */
	__u16 dev;       /* index into devices */
	__u16 kept;      /* bytes of it that follow */
	__u8 policy;     /* 0: no policy's business */
	__u8 reason;     /* enum cx_reason */
	__u8 would;      /* 1: it passed, as the mode is monitor */
	__u8 link_type;  /* enum cx_link_type */
	__u8 mode;       /* enum cx_attach_mode */
	__u8 reserved[7];
	__u8 frame[CX_LOG_FRAME];
};

/*
 * What a reader wishes to be told instead: what is admitted from a prefix, by
 * one record for each packet while those are few, and in a flood for a random
 * one of 2 ^ n, so that every source is told of in proportion.  A reader's wish
 * stands in the place of its ring, a copy for each CPU, which counts alone; one
 * place more says by wanted whether there is any.
 */
#define CX_INSIDE_QUOTA 2048 /* records of all CPUs in a window of CX_LOG_WINDOW: then n + 1 */
#define CX_INSIDE_LEAST 16   /* the same of one CPU */
#define CX_INSIDE_BITS  20   /* n at most */
#define CX_WISHES       (CX_LOG_READERS + 1)
#define CX_WISHES_ANY   CX_LOG_READERS

struct cx_wish {
	__u64 hi, lo; /* the prefix, as struct cx_anchor */
	__u64 mask_hi, mask_lo;
	__u32 wanted; /* 0: the reader reads what is dropped */
	__u32 family; /* enum cx_family */
	__u32 quota;  /* of this CPU */
	/* the packet path's own */
	__u32 window; /* the last in which a packet came... */
	__u32 taken;  /* ... and how many records there were in it, since mask was changed */
	__u32 mask;   /* 2 ^ n - 1 */
	__u32 skip;   /* so many are not told of before the next is */
	__u32 reserved;
	__u64 packets; /* datagrams from within, in all... */
	__u64 since;   /* ... and since the last that was told of */
};

struct cx_inside {
	__u64 hi, lo;    /* the source, as struct cx_anchor */
	__u64 time;      /* CLOCK_MONOTONIC_COARSE ns */
	__u64 packets;   /* datagrams since the record before, its own among them */
	__u32 datagrams; /* its own */
	__u16 port;      /* of its destination */
	__u16 dev;       /* index into devices */
	__u8 policy;
	__u8 family; /* enum cx_family */
	__u8 proto;  /* enum cx_proto */
	__u8 ttl;    /* or hop limit */
	__u32 reserved;
};

/*
 * Network namespaces in which rpf had the loader switch forwarding on for lo:
 * cookie << CX_LO_FAMILIES | a bit for each enum cx_family that was off; 0: free.
 */
#define CX_LO_FAMILIES 2
#define CX_LO_SET_MAX  1024

/*
 * In how many lines the policy file differs from what is in force, found by
 * whoever had to read both: so long as neither has changed, nobody has to again.
 */
struct cx_compared {
	__u64 lines;
	__u64 serial;  /* of the rules... */
	__u64 devices; /* ... a digest of the interface names that they are written with... */
	__u64 dev, ino, size, mtime, ctime; /* ... and the file, times in ns */
	__u64 check; /* a digest of all that, or it is not known: it is written by readers, too */
};

/* One per instance: what the loader keeps between two commands. */
#define CX_ATTACHING_KEPT   (1ULL << 62)
#define CX_ATTACHING_ENDED  (1ULL << 63)
#define CX_ATTACHING_CHANGE (CX_ATTACHING_KEPT - 1)

struct cx_meta {
	__u32 abi;
	__u32 next_text; /* first key in notes never used */
	__u64 lo_set[CX_LO_SET_MAX];
	__u32 segment[CX_SEGMENTS]; /* map ids, 0: not made yet */
	/* numbers of the latest change that lapsed, and of the latest attach or detach: a
	   full disk may have left the history without a line of them */
	__u64 last_lapsed;
	__u64 last_attaching; /* with CX_ATTACHING_KEPT or _ENDED: how its trial was ended */
	/* ids that no entry of either generation has, for changes that do not read the lists:
	   taken from the first on, each before it is used */
	__u32 free_id, free_ids_end;
	struct cx_compared compared;
};

/*
 * How libxdp's dispatcher is to run it: before what answers packets or sends
 * them elsewhere (50 unless it says otherwise), xdp-filter (10) too.
 */
#define CX_RUN_PRIORITY 5

/* What the check program answers in its return value. */
#define CX_ANSWER(pass, reason, policy, len) \
	((__u32)(pass) | (reason) << 1 | (policy) << 8 | (__u32)(len) << 16)
#define CX_ANSWER_PASS(answer)   ((answer)&1)
#define CX_ANSWER_REASON(answer) ((answer) >> 1 & 0x1f)
#define CX_ANSWER_POLICY(answer) ((answer) >> 8 & 0xff)
#define CX_ANSWER_LEN(answer)    ((answer) >> 16 & 0xff) /* of the deciding prefix, 255: none */

/* Names of pins and maps.  A policy's lists are its name with these behind it. */
#define CX_ACL4_SUFFIX "_acl"
#define CX_ACL6_SUFFIX "_acl6"
#define CX_DST4_SUFFIX "_dst"
#define CX_DST6_SUFFIX "_dst6"

#endif
