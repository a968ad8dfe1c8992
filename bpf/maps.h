/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map, with what it holds and who writes it. */
#ifndef CX_MAPS_H
#define CX_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "clarent_xdp.h"

/* This program's own attachment, set before load: switches, not state. */
const volatile struct cx_attachment self SEC(".rodata.self");

/* The word that says which generation is live; one store flips it. */
__u64 live SEC(".data.live");

/* How many of the refused are looked at; the packet path's own, but for the seed. */
struct cx_pace pace SEC(".data.pace");

/* What a packet is judged by, twice; written by the loader, the idle one first. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct cx_rules);
} rules SEC(".maps");

/* What holds a type in a macro is beyond the formatter. */
/* clang-format off */

/* The access lists by CX_SLOT(), and their patches: gateway_acl and its like are the inner maps. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CX_SLOTS);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 1);
		__type(key, struct cx_key4);
		__type(value, struct cx_entry);
	});
} lists4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CX_SLOTS);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 1);
		__type(key, struct cx_key6);
		__type(value, struct cx_entry);
	});
} lists6 SEC(".maps");

/* The filters that outgrew the rules, by CX_FILTER(). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 1);
		__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
		__type(key, __u32);
		__type(value, __u64);
	});
} filters SEC(".maps");

/* What entries and policies have seen; written by the fast path for listed sources only. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CX_SEGMENTS);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, CX_SEGMENT_SIZE);
		__uint(map_flags, BPF_F_MMAPABLE);
		__type(key, __u32);
		__type(value, struct cx_state);
	});
} states SEC(".maps");
/* clang-format on */

/* Refused sources that come again. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CX_SEEN_SETS);
	__type(key, __u32);
	__type(value, struct cx_seen_set);
} seen SEC(".maps");

/* One per attachment, unlike the others. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CX_COUNTERS);
	__type(key, __u32);
	__type(value, struct cx_counter);
} counters SEC(".maps");

/* One per attachment that hands on what it passes: to the XDP program that this holds. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} then SEC(".maps");

/* clang-format off */
/* While somebody reads, each reader's ring in a place of its own; of no pin: programs and readers hold it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CX_LOG_READERS);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_RINGBUF);
		__uint(max_entries, CX_LOG_RING);
	});
} readers SEC(".maps");
/* clang-format on */

/* How much of its quota each policy and reason has used: of that program, with it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CX_LOG_SLOTS);
	__type(key, __u32);
	__type(value, struct cx_log_quota);
} quotas SEC(".maps");

/* What readers wish to be told, by their places; goes with their rings. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CX_WISHES);
	__type(key, __u32);
	__type(value, struct cx_wish);
} wishes SEC(".maps");

/* The loader's own: interface names by number, texts by number, and the rest. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CX_MAX_DEVS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, char[CX_NAME_MAX]);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CX_FEW_TEXTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, char[CX_TEXT_MAX]);
} texts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct cx_meta);
} meta SEC(".maps");

/*
 * Never created: names the types that only the templates above use, which
 * would else be forward declarations in BTF, and a dump without field names.
 */
struct {
	struct cx_key4 key4;
	struct cx_key6 key6;
	struct cx_entry entry;
	struct cx_state state;
} types SEC(".data.types");

/* Rules that need no more than these have a variant of the program. */
#define PLAIN_FEATURES (CX_FEATURE_LIMITS | CX_FEATURE_THEN)

/* The judgement is compiled in variants.  The plain one spares the common case even asking. */
struct variant {
	int is_plain; /* Ethernet, and PLAIN_FEATURES at most */
	int moves;    /* counts, remembers and takes from limits, or only answers */
};

#define MOVES_AND_TELLS 2 /* of moves: tells who reads what is dropped, too */

/* Has the program this check at all?  The verifier deletes what is off. */
static __always_inline int feature(struct variant variant, enum cx_features wanted)
{
	return (!variant.is_plain || wanted & PLAIN_FEATURES) && self.features & wanted;
}

static __always_inline enum cx_link_type link_type(struct variant variant)
{
	return variant.is_plain ? CX_LINK_ETHERNET : self.link_type;
}

/* The generation in force now: past its deadline, the other one. */
static __always_inline __u32 live_generation(void)
{
	__u64 word = *(volatile __u64 *)&live;
	__u64 deadline = word & CX_LIVE_DEADLINE;
	__u32 generation = 0;

	/* a branch, as no load has to wait for what is predicted */
	if (word & CX_LIVE_GENERATION) {
		generation = 1;
		barrier_var(generation);
	}
	if (deadline && bpf_ktime_get_boot_ns() >= deadline)
		generation ^= 1;
	return generation;
}

static __always_inline struct cx_state *state_of(__u32 id)
{
	__u32 segment = 0;
	__u32 index = id & (CX_SEGMENT_SIZE - 1);
	void *inner;

	if (id >> CX_SEGMENT_SHIFT) { /* a branch, as for live_generation() */
		segment = id >> CX_SEGMENT_SHIFT;
		barrier_var(segment);
	}
	inner = bpf_map_lookup_elem(&states, &segment);
	return inner ? bpf_map_lookup_elem(inner, &index) : NULL;
}

#endif
