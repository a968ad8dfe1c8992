/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What time decides: limits that fill, gates that open or shut, generations that lapse. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>

#include "clocks.h"
#include "frame.h"
#include "rig.h"

#define HOUR  (3600 * NSEC_PER_SEC)
#define TRIES 5 /* of what must happen within a second */

static struct rig rig;

/* One frame and the programs that judge it. */
struct stage {
	struct object_programs programs;
	__u8 data[128];
	struct rig_frame frame;
};

static void stage_open(struct stage *stage, const struct layer *layers, __u64 gate,
		       __u64 gate_passes)
{
	struct cx_attachment self = {
		.features = RIG_ALL_FEATURES,
		.gate = gate,
		.gate_passes = gate_passes,
	};

	rig_load(&rig, "eth0", self, /* counters_fd= */ -1, &stage->programs);
	stage->frame = (struct rig_frame){ .data = stage->data };
	stage->frame.size = stage->frame.linear =
		frame_build(layers, stage->data, sizeof(stage->data));
}

static enum cx_reason ask(const struct stage *stage)
{
	return CX_ANSWER_REASON(rig_run(&rig, stage->programs.check_fd, &stage->frame));
}

static bool drops(const struct stage *stage)
{
	return rig_run(&rig, stage->programs.judge_fd, &stage->frame) == XDP_DROP;
}

/* Packets, by reason; those of the gate apart. */
static __u64 counted(const struct stage *stage, __u64 *ret_gate)
{
	static struct cx_counter counters[CX_COUNTERS];
	__u64 packets = 0;

	rig_counters(&stage->programs, counters);
	for (int i = 0; i < CX_COUNTERS; i++)
		packets += counters[i].packets;
	*ret_gate = counters[CX_COUNTER(0, 0, CX_PASSED_GATE)].packets;
	return packets - *ret_gate;
}

static void verdict(const char *name, bool good, const char *what)
{
	if (good)
		rig_pass(name, "%s", what);
	else
		rig_fail(name, "%s", what);
}

static const struct layer listed[FRAME_LAYERS_MAX] = { ETH, IP4("192.0.2.7"), UDP(4040) };
static const struct layer stranger[FRAME_LAYERS_MAX] = { ETH, IP4("198.51.100.9"), UDP(4040) };

/* Limits */

/* Bucket of three: asked about often, taken from three times, empty. */
static bool bucket_is_of_three(const struct stage *stage, enum cx_reason empty)
{
	bool good = true;

	for (int i = 0; i < 10; i++)
		good &= ask(stage) == CX_ALLOWED;
	for (int i = 0; i < 3; i++)
		good &= !drops(stage);
	return good && ask(stage) == empty && drops(stage) && ask(stage) == empty;
}

static void test_burst(const char *name, const char *rules, enum cx_reason empty)
{
	struct stage stage;
	bool good = false;

	rig_apply(&rig, rules);
	stage_open(&stage, listed, 0, 0);
	for (int i = 0; i < TRIES && !good; i++) {
		rig_set_limits(&rig, 0);
		good = bucket_is_of_three(&stage, empty);
	}
	verdict(name, good, "three packets, however often it is asked before");
	object_close(&stage.programs);
}

/* An hour after it was emptied a bucket of any size is full, not fuller. */
static void test_refill(void)
{
	struct clocks now = clocks_now();
	struct stage stage;
	bool good = false;

	rig_apply(&rig, "allow 192.0.2.7 gateway rate 1 burst 3\n");
	stage_open(&stage, listed, 0, 0);
	for (int i = 0; i < TRIES && !good; i++) {
		rig_set_limits(&rig, now.monotonic > HOUR ? now.monotonic - HOUR : 0);
		good = bucket_is_of_three(&stage, CX_OVER_RATE);
	}
	verdict("timing/refill", good, "an idle hour fills the bucket once");
	object_close(&stage.programs);
}

static const struct entry *find(enum cx_direction direction)
{
	size_t count;

	return settings_list(&rig.settings, settings_policy(&rig.settings, "gateway"), direction,
			     &count);
}

/* What the entry let through and the policy refused is taken from the entry all the same. */
static void test_no_refund(void)
{
	struct stage stage;
	__u32 source, dest, policy;

	rig_apply(&rig, "policy gateway rate 1 burst 1\n"
			"protect 203.0.113.1 gateway rate 1 burst 3\n"
			"allow 192.0.2.7 gateway rate 1 burst 3\n");
	stage_open(&stage, listed, 0, 0);
	source = find(CX_SOURCE)->id;
	dest = find(CX_DEST)->id;
	policy = settings_policy(&rig.settings, "gateway");
	rig_set_limits(&rig, 0);
	rig.states[policy].tat = clocks_now().monotonic + HOUR;
	verdict("timing/no-refund", drops(&stage) && rig.states[source].tat && rig.states[dest].tat,
		"limits already passed are not refunded");
	object_close(&stage.programs);
}

/* A bucket is the entry's, whatever becomes of the rules around it. */
static void test_state_outlives(void)
{
	struct stage stage;
	__u32 id;
	__u64 drops_before;

	rig_apply(&rig, "allow 192.0.2.7 gateway rate 1 burst 1\n");
	id = find(CX_SOURCE)->id;
	rig.states[id].tat = clocks_now().monotonic + HOUR;
	stage_open(&stage, listed, 0, 0);
	drops(&stage);
	drops_before = rig.states[id].drops;
	rig_apply(&rig, "allow 192.0.2.6 gateway\n"
			"allow 192.0.2.7 gateway rate 2 burst 1\n");
	verdict("timing/outlives",
		drops_before && ask(&stage) == CX_OVER_RATE && drops(&stage) &&
			rig.states[id].drops == drops_before + 1,
		"new rules neither fill a bucket nor lose a count");
	object_close(&stage.programs);
}

static void test_memory(void)
{
	static const struct layer low[FRAME_LAYERS_MAX] = { ETH, IP4("192.0.2.7", .ttl = 3),
							    UDP(4040) };
	struct stage stage;
	const struct cx_state *state;

	rig_apply(&rig, "fragments pass\n"); /* so that the entry is new */
	rig_apply(&rig, "allow 192.0.2.7 gateway min-ttl 9\n");
	state = &rig.states[find(CX_SOURCE)->id];
	stage_open(&stage, listed, 0, 0);
	ask(&stage);
	verdict("timing/ask-forgets",
		!cx_state_hits(state) && !state->ttl_seen && !state->last_seen,
		"asking leaves no trace");
	drops(&stage);
	verdict("timing/last-seen",
		cx_state_hits(state) == 1 && state->last_seen && state->lowest_ttl == 64 &&
			!state->last_drop,
		"an admitted packet is remembered");
	object_close(&stage.programs);
	stage_open(&stage, low, 0, 0);
	drops(&stage);
	verdict("timing/last-drop",
		cx_state_hits(state) == 1 && state->drops == 1 && state->last_drop &&
			state->last_reason == CX_LOW_TTL && state->lowest_ttl == 3,
		"a refused packet is remembered, with its reason");
	object_close(&stage.programs);
}

/* Frames that are many datagrams, at tc */

static const struct layer merged[FRAME_LAYERS_MAX] = { ETH, IP4("192.0.2.7"), UDP(4040),
						       FILL(1000) };
static const struct layer merged6[FRAME_LAYERS_MAX] = { ETH, IP6("2001:db8::7"), UDP(4040),
							FILL(1000) };

/* Runs a frame that is 1,000 bytes of datagrams. */
static bool merged_drops(const struct object_programs *programs, const struct layer *layers,
			 struct rig_merged how)
{
	static __u8 data[1500];
	struct rig_frame frame = { .data = data };

	frame.size = frame_build(layers, data, sizeof(data));
	return rig_run_tc(programs->judge_fd, &frame, /* is_bare= */ false, &how) == TC_ACT_SHOT;
}

static __u64 packets_of(const struct object_programs *programs, enum cx_reason reason)
{
	static struct cx_counter counters[CX_COUNTERS];

	rig_counters(programs, counters);
	return counters[CX_COUNTER(settings_policy(&rig.settings, "gateway"), 0, reason)].packets;
}

static void load_tc(struct object_programs *ret_programs)
{
	struct cx_attachment self = { .features = RIG_ALL_FEATURES, .mode = CX_ATTACH_TC };

	rig_load(&rig, "eth0", self, /* counters_fd= */ -1, ret_programs);
}

/* How many it is taken for, however that is said. */
static void test_merged_counts(void)
{
	static const struct {
		const char *name;
		const struct layer *layers;
		struct rig_merged how;
		__u64 datagrams;
	} cases[] = {
		{ "timing/merged, one", merged, {}, 1 },
		{ "timing/merged, counted", merged, { .segments = 7, .size = 143 }, 7 },
		{ "timing/merged, of one size", merged, { .size = 100 }, 10 },
		{ "timing/merged, a shorter last", merged, { .size = 300 }, 4 },
		{ "timing/merged, one larger", merged, { .size = 1000 }, 1 },
		{ "timing/merged, IPv6", merged6, { .size = 100 }, 10 },
	};
	struct object_programs programs;
	__u64 before, hits, drops_before;

	rig_apply(&rig, "allow 192.0.2.7,2001:db8::7 gateway\n");
	load_tc(&programs);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_state_totals(&rig, &before, &drops_before);
		merged_drops(&programs, cases[i].layers, cases[i].how);
		rig_state_totals(&rig, &hits, &drops_before);
		verdict(cases[i].name, hits - before == cases[i].datagrams,
			"each datagram is a hit");
	}
	verdict("timing/merged, counters", packets_of(&programs, CX_ALLOWED) == 33, "and counted");
	object_close(&programs);
}

/* Bucket of ten: a frame of seven, then none of seven, then a packet. */
static void test_merged_limits(const char *name, const char *rules, enum cx_reason empty)
{
	static const struct rig_merged seven = { .segments = 7, .size = 143 };
	static const struct rig_merged eleven = { .segments = 11, .size = 91 };
	struct object_programs programs;
	bool good = false;

	rig_apply(&rig, rules);
	load_tc(&programs);
	for (int i = 0; i < TRIES && !good; i++) {
		__u64 refused = packets_of(&programs, empty);

		rig_set_limits(&rig, 0);
		good = merged_drops(&programs, merged, eleven) &&
		       !merged_drops(&programs, merged, seven) &&
		       merged_drops(&programs, merged, seven) &&
		       !merged_drops(&programs, merged, (struct rig_merged){}) &&
		       packets_of(&programs, empty) == refused + 18;
	}
	verdict(name, good, "all of them or none, and none beyond the burst");
	object_close(&programs);
}

/* Gates and deadlines */

static void test_gate(const char *name, __u64 gate, __u64 passes, bool open)
{
	__u64 judged, passed;
	struct stage stage;
	bool dropped;

	rig_apply(&rig, "allow 192.0.2.7 gateway\n");
	stage_open(&stage, stranger, gate, passes);
	dropped = drops(&stage);
	judged = counted(&stage, &passed);
	verdict(name, dropped != open && judged == !open && passed == open,
		open ? "passes, and is counted for no reason" : "is judged");
	object_close(&stage.programs);
}

static void test_gates(void)
{
	__u64 now = clocks_now().boottime;

	test_gate("timing/attach waits", now + HOUR, 0, /* open= */ false);
	test_gate("timing/attach lapsed", now, 0, /* open= */ true);
	test_gate("timing/detach waits", now + HOUR, 1, /* open= */ true);
	test_gate("timing/detach lapsed", now, 1, /* open= */ false);
}

/* Past the deadline in the live word, the other generation is in force. */
static void test_deadline(void)
{
	struct stage stage;
	__u64 word, now = clocks_now().boottime;

	rig_apply(&rig, "allow 192.0.2.7 gateway\n");
	rig_apply(&rig, "policy gateway mode closed\nallow 192.0.2.7 gateway\n");
	stage_open(&stage, listed, 0, 0);
	word = *rig.instance.live & CX_LIVE_GENERATION;
	verdict("timing/live", ask(&stage) == CX_CLOSED && drops(&stage), "the new rules");
	*rig.instance.live = word | ((now + HOUR) & CX_LIVE_DEADLINE);
	verdict("timing/confirm waits", ask(&stage) == CX_CLOSED && drops(&stage),
		"the new rules before the deadline");
	*rig.instance.live = word | (now & CX_LIVE_DEADLINE);
	verdict("timing/confirm lapsed", ask(&stage) == CX_ALLOWED && !drops(&stage),
		"the former rules past it");
	*rig.instance.live = word;
	object_close(&stage.programs);
}

int main(void)
{
	rig_open(&rig);
	test_burst("timing/entry", "allow 192.0.2.7 gateway rate 1 burst 3\n", CX_OVER_RATE);
	test_burst("timing/destination",
		   "allow 192.0.2.7 gateway\nprotect 203.0.113.1 gateway rate 1 burst 3\n",
		   CX_DEST_RATE);
	test_burst("timing/policy", "policy gateway rate 1 burst 3\nallow 192.0.2.7 gateway\n",
		   CX_POLICY_RATE);
	test_refill();
	test_no_refund();
	test_state_outlives();
	test_memory();
	test_merged_counts();
	test_merged_limits("timing/merged, entry", "allow 192.0.2.7 gateway rate 1 burst 10\n",
			   CX_OVER_RATE);
	test_merged_limits("timing/merged, destination",
			   "allow 192.0.2.7 gateway\nprotect 203.0.113.1 gateway rate 1 burst 10\n",
			   CX_DEST_RATE);
	test_merged_limits("timing/merged, policy",
			   "policy gateway rate 1 burst 10\nallow 192.0.2.7 gateway\n",
			   CX_POLICY_RATE);
	test_gates();
	test_deadline();
	rig_close(&rig);
	return rig_summary();
}
