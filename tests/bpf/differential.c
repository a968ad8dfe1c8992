/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Model against filter: random rules, random frames, and they must agree.
 *
 *	bpf-differential [SEED [FRAMES [SECONDS]]]
 *
 * Rules are drawn anew every BATCH frames and put in force as the product
 * does it.  Reason, policy and verdict are compared frame by frame, counters
 * and what the entries remember batch by batch.  Batch N of seed S is batch 0
 * of seed S + N: that is how a disagreement is replayed.
 */
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "../model/draw.h"
#include "../model/frames.h"
#include "../model/rules.h"
#include "clocks.h"
#include "rig.h"

#define BATCH          2000
#define FRAMES         200000
#define SECONDS        100 /* a runner gives a test 120 */
#define COMPLAINTS_MAX 3
#define EVERY_REASON   100000 /* from so many frames on, each that the model knows must occur */
#define BATCHES_SPLIT  3      /* each third batch's frames are split, where the kernel can */
#define BATCHES_FULL   4      /* each fourth batch has all checks in its programs */

/* One device's programs, by the checks in them; all share its counters. */
struct device {
	char name[CX_NAME_MAX];
	struct object_programs by_features[RIG_ALL_FEATURES + 1];
	bool loaded[RIG_ALL_FEATURES + 1];
	int counters_fd;                         /* -1: none loaded yet */
	struct cx_counter counters[CX_COUNTERS]; /* as they must be */
};

struct run {
	struct rig rig;
	uint64_t seed;
	unsigned long wanted, frames, left_out, split, complaints;
	time_t deadline;
	uint64_t now_ns; /* of the expiry of rules */

	struct device device[MODEL_DEVS_MAX + 1]; /* by the model's number */
	__u64 hits, drops;                        /* of all states, as they must be */
	unsigned long seen[MODEL_REASONS][3];     /* enum fate */

	/* the batch */
	uint64_t batch_seed;
	struct model_rules rules;
	unsigned int policy[MODEL_POLICIES_MAX]; /* number that the filter has for it */
	__u32 features;
	bool splits_frames;
};

enum fate {
	PASS,
	DROP,
	WOULD,
};

static struct run run;

static enum fate fate_of(const struct model_verdict *verdict)
{
	return verdict->drop ? DROP : verdict->would_drop ? WOULD : PASS;
}

static unsigned int number_of(int policy)
{
	return policy == MODEL_NO_POLICY ? 0 : run.policy[policy];
}

/* Rules */

static void apply_rules(uint64_t seed)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	model_rules_make(seed, run.now_ns, &run.rules);
	if (!file)
		rig_die("no memory");
	model_rules_print(file, &run.rules);
	if (fclose(file))
		rig_die("no memory");
	rig_apply(&run.rig, text);
	free(text);
	for (int i = 0; i < run.rules.policies; i++) {
		run.policy[i] = settings_policy(&run.rig.settings, run.rules.policy[i].name);
		if (!run.policy[i])
			rig_die("no policy %s", run.rules.policy[i].name);
	}
}

static const struct object_programs *programs_of(int dev)
{
	struct device *device = &run.device[dev];
	struct cx_attachment self = {
		.features = run.features,
		.link_type =
			model_dev_link(dev) == MODEL_BARE_IP ? CX_LINK_BARE_IP : CX_LINK_ETHERNET,
	};
	struct object_programs *programs = &device->by_features[run.features];

	if (!device->loaded[run.features]) {
		rig_load(&run.rig, device->name, self, device->counters_fd, programs);
		device->loaded[run.features] = true;
		device->counters_fd = programs->counters_fd;
	}
	return programs;
}

static void begin_batch(uint64_t seed)
{
	run.batch_seed = seed;
	apply_rules(seed);
	run.features = seed % BATCHES_FULL ? rig_features(&run.rig) : RIG_ALL_FEATURES;
	run.splits_frames = run.rig.runs_split && seed % BATCHES_SPLIT == 0;
	/* states of entries that are gone are gone with them */
	rig_state_totals(&run.rig, &run.hits, &run.drops);
}

/* Disagreements */

static void print_replay(void)
{
	printf("  replay: bpf-differential %llu %d\n", (unsigned long long)run.batch_seed, BATCH);
}

static bool complain(void)
{
	return run.complaints++ < COMPLAINTS_MAX;
}

static void complain_frame(const struct model_frame *frame, __u32 linear,
			   const struct model_verdict *must, __u32 verdict, __u32 answer)
{
	static const char *const fates[] = { "pass", "drop", "would-drop" };
	__u32 reason = CX_ANSWER_REASON(answer);

	if (!complain())
		return;
	printf("disagreement over a frame, %u bytes of it in the first buffer:\n", linear);
	model_frame_print(stdout, frame);
	printf("  model: %s (%s), policy %u\n", model_reason_name(must->reason),
	       fates[fate_of(must)], number_of(must->policy));
	printf("  filter: %s (XDP action %u, clarent_check says %s), policy %u\n",
	       reason < MODEL_REASONS ? model_reason_name(reason) : "no reason", verdict,
	       CX_ANSWER_PASS(answer) ? "pass" : "drop", CX_ANSWER_POLICY(answer));
	printf("under these rules:\n");
	model_rules_print(stdout, &run.rules);
	print_replay();
}

static void complain_counter(const struct device *device, __u32 index, const struct cx_counter *is)
{
	const struct cx_counter *must = &device->counters[index];

	if (!complain())
		return;
	printf("%s: counter of policy %u, %s%s: %llu packets, %llu bytes; must be %llu, %llu\n",
	       device->name, index >> 6, index & 0x20 ? "would-drop " : "",
	       (index & 0x1f) < MODEL_REASONS ? model_reason_name(index & 0x1f) : "no reason",
	       (unsigned long long)is->packets, (unsigned long long)is->bytes,
	       (unsigned long long)must->packets, (unsigned long long)must->bytes);
	print_replay();
}

/* Frames */

static void expect(struct device *device, const struct model_verdict *verdict, __u32 size)
{
	__u32 index = CX_COUNTER(number_of(verdict->policy), verdict->would_drop, verdict->reason);

	device->counters[index].packets++;
	device->counters[index].bytes += size;
	if (verdict->reason == MODEL_ALLOWED)
		run.hits++;
	else if (verdict->reason > MODEL_UNLISTED)
		run.drops++;
	run.seen[verdict->reason][fate_of(verdict)]++;
}

static bool agree(const struct model_verdict *must, __u32 verdict, __u32 answer)
{
	return verdict == (must->drop ? XDP_DROP : XDP_PASS) &&
	       CX_ANSWER_PASS(answer) == !must->drop &&
	       CX_ANSWER_REASON(answer) == (__u32)must->reason &&
	       CX_ANSWER_POLICY(answer) == number_of(must->policy);
}

static __u32 draw_linear(struct draw *draw, __u32 size)
{
	if (!run.splits_frames)
		return size;
	run.split++;
	return draw_below(draw, size + 1);
}

static void run_frame(uint64_t seed)
{
	static struct model_frame frame;
	struct draw draw = { .state = ~seed };
	const struct object_programs *programs;
	struct model_verdict must;
	struct rig_frame input;
	__u32 verdict, answer;

	model_frame_make(seed, &run.rules, run.now_ns, &frame);
	if (frame.len < (run.rig.runs_short ? 1 : RIG_FRAME_MIN)) {
		run.left_out++;
		return;
	}
	input = (struct rig_frame){ .data = frame.data, .size = frame.len };
	input.linear = draw_linear(&draw, frame.len);
	must = model_judge(&run.rules, &frame.where, frame.data, frame.len);
	programs = programs_of(frame.where.dev_id);
	answer = rig_run(&run.rig, programs->check_fd, &input);
	verdict = rig_run(&run.rig, programs->judge_fd, &input);
	if (!agree(&must, verdict, answer))
		complain_frame(&frame, input.linear, &must, verdict, answer);
	expect(&run.device[frame.where.dev_id], &must, frame.len);
	run.frames++;
}

/* Batches */

static void check_counters(struct device *device)
{
	static struct cx_counter counters[CX_COUNTERS];
	const struct object_programs programs = { .counters_fd = device->counters_fd };

	if (device->counters_fd < 0)
		return;
	rig_counters(&programs, counters);
	for (__u32 i = 0; i < CX_COUNTERS; i++) {
		bool same_bytes = counters[i].bytes == device->counters[i].bytes ||
				  run.splits_frames; /* those are for the cases */

		if (counters[i].packets != device->counters[i].packets || !same_bytes)
			complain_counter(device, i, &counters[i]);
	}
	memcpy(device->counters, counters, sizeof(counters)); /* told once is enough */
}

static void check_states(void)
{
	__u64 hits, drops;

	rig_state_totals(&run.rig, &hits, &drops);
	if ((hits != run.hits || drops != run.drops) && complain()) {
		printf("states hold %llu hits, %llu drops; must be %llu, %llu\n",
		       (unsigned long long)hits, (unsigned long long)drops,
		       (unsigned long long)run.hits, (unsigned long long)run.drops);
		print_replay();
	}
}

static void run_batch(uint64_t seed)
{
	begin_batch(seed);
	for (unsigned int i = 0; i < BATCH && run.frames + run.left_out < run.wanted; i++)
		run_frame(seed << 20 ^ i);
	for (int dev = 1; dev <= MODEL_DEVS_MAX; dev++)
		check_counters(&run.device[dev]);
	check_states();
}

static bool is_over(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return run.complaints >= COMPLAINTS_MAX || now.tv_sec >= run.deadline ||
	       run.frames + run.left_out >= run.wanted;
}

static void open_devices(void)
{
	for (int dev = 1; dev <= MODEL_DEVS_MAX; dev++) {
		run.device[dev].counters_fd = -1;
		snprintf(run.device[dev].name, CX_NAME_MAX, MODEL_DEV_FORMAT, dev);
	}
}

static void print_histogram(void)
{
	printf("%-14s %10s %10s %10s\n", "reason", "passed", "dropped", "would-drop");
	for (int i = 0; i < MODEL_REASONS; i++)
		printf("%-14s %10lu %10lu %10lu\n", model_reason_name(i), run.seen[i][PASS],
		       run.seen[i][DROP], run.seen[i][WOULD]);
	printf("%lu frames, %lu of them split, %lu left out as too short to run\n", run.frames,
	       run.split, run.left_out);
}

/* Routes and limits need more than rules and a frame: the model never says so. */
static bool is_modelled(int reason)
{
	return reason < MODEL_RPF_FAILED || reason > MODEL_POLICY_RATE;
}

static void conclude(void)
{
	char name[64];

	snprintf(name, sizeof(name), "differential, seed %llu", (unsigned long long)run.seed);
	for (int i = 0; i < MODEL_REASONS && run.frames >= EVERY_REASON; i++) {
		if (is_modelled(i) && !run.seen[i][PASS] && !run.seen[i][DROP] &&
		    !run.seen[i][WOULD])
			rig_fail(name, "no frame was %s", model_reason_name(i));
	}
	if (run.complaints)
		rig_fail(name, "%lu disagreements in %lu frames", run.complaints, run.frames);
	else
		rig_pass(name, "%lu frames agree", run.frames);
	if (!run.complaints && run.frames + run.left_out < run.wanted)
		rig_skip(name, "no time for %lu more", run.wanted - run.frames - run.left_out);
}

static uint64_t argument(int argc, char **argv, int nr, uint64_t otherwise)
{
	char *end;
	uint64_t number;

	if (nr >= argc)
		return otherwise;
	number = strtoull(argv[nr], &end, 10);
	if (*end || end == argv[nr])
		rig_die("'%s' is no number; usage: bpf-differential [SEED [FRAMES [SECONDS]]]",
			argv[nr]);
	return number;
}

int main(int argc, char **argv)
{
	struct clocks now = clocks_now();
	uint32_t any;

	if (getrandom(&any, sizeof(any), 0) != sizeof(any))
		rig_die("no random seed");
	run.seed = argument(argc, argv, 1, any);
	run.wanted = argument(argc, argv, 2, FRAMES);
	run.deadline = now.monotonic / NSEC_PER_SEC + argument(argc, argv, 3, SECONDS);
	run.now_ns = now.utc * NSEC_PER_SEC;
	rig_open(&run.rig);
	printf("seed %llu, %lu frames\n", (unsigned long long)run.seed, run.wanted);
	open_devices();
	for (uint64_t seed = run.seed; !is_over(); seed++)
		run_batch(seed);
	rig_close(&run.rig);
	print_histogram();
	conclude();
	return rig_summary();
}
