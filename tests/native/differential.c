/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Generated frames through the shipped filter, compiled natively, and the model.
 *
 *   native_differential [SEED [COUNT]]
 *
 * Without a SEED it takes the time.  Prints the seed, how often each reason
 * came up and, when the two disagree, the frame with both answers: exit 1.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compare.h"
#include "frames.h"
#include "world.h"

#define HOOKS 2 /* XDP, tc */

#define DEFAULT_COUNT    200000
#define FRAMES_PER_WORLD 500
#define NOW_NS           1750000000000000000ULL /* some day: nothing here asks the clock */

/* All in one buffer, cut somewhere, or cut within the headers. */
static size_t draw_linear_size(struct draw *draw, size_t size)
{
	size_t headers = size < 128 ? size : 128;

	switch (draw_below(draw, 4)) {
	case 0:
		return draw_between(draw, 0, size);
	case 1:
		return draw_between(draw, 0, headers);
	default:
		return size;
	}
}

static bool try_frame(const struct model_rules *rules, const struct native_world *world,
		      struct draw *draw, unsigned long long *histogram)
{
	static struct model_frame frame;
	struct compare_case one = { .rules = rules, .world = world, .data = frame.data };
	enum model_reason reason;
	bool good;

	model_frame_make(draw_u64(draw), rules, NOW_NS, &frame);
	one.where = frame.where;
	one.size = frame.len;
	one.how.generation = draw_below(draw, 2);
	one.how.deadline = draw_below(draw, COMPARE_DEADLINES);
	one.how.all_features = draw_chance(draw, 50);
	one.how.linear_size = draw_linear_size(draw, frame.len);
	good = compare_frame(&one, stdout, &reason);
	histogram[reason]++;
	return good;
}

/* So many frames against one rule set. */
static bool try_world(struct draw *draw, unsigned long long count, unsigned long long *histogram)
{
	static struct model_rules rules;
	struct native_world *world;
	bool good = true;

	model_rules_make(draw_u64(draw), NOW_NS, &rules);
	world = world_new(&rules, draw);
	for (unsigned long long i = 0; good && i < count; i++)
		good = try_frame(&rules, world, draw, histogram);
	world_free(world);
	return good;
}

/* Each frame was to raise one counter by one, at each hook; were others raised too? */
static bool counted(unsigned long long count)
{
	unsigned long long sum = 0;

	for (__u32 i = 0; i < CX_COUNTERS; i++)
		sum += native_counter(i)->packets;
	if (sum != HOOKS * count)
		printf("%llu frames, but the counters say %llu\n", count, sum);
	return sum == HOOKS * count;
}

/* Those that need a memory or a kernel, which the model has not. */
static bool is_beyond_model(enum model_reason reason)
{
	return reason == MODEL_RPF_FAILED || reason == MODEL_OVER_RATE ||
	       reason == MODEL_DEST_RATE || reason == MODEL_POLICY_RATE;
}

static bool print_histogram(const unsigned long long *histogram)
{
	bool complete = true;

	for (int reason = 0; reason < MODEL_REASONS; reason++) {
		printf("  %-14s %10llu\n", model_reason_name(reason), histogram[reason]);
		complete &= histogram[reason] || is_beyond_model(reason);
	}
	return complete;
}

int main(int argc, char **argv)
{
	unsigned long long seed =
		argc > 1 ? strtoull(argv[1], NULL, 0) : (unsigned long long)time(NULL);
	unsigned long long count = argc > 2 ? strtoull(argv[2], NULL, 0) : DEFAULT_COUNT;
	unsigned long long histogram[MODEL_REASONS] = {};
	struct draw draw = { .state = seed };
	bool good = compare_names(), complete;

	printf("seed %llu, %llu frames\n", seed, count);
	for (unsigned long long done = 0; good && done < count; done += FRAMES_PER_WORLD) {
		unsigned long long left = count - done;

		good = try_world(&draw, left < FRAMES_PER_WORLD ? left : FRAMES_PER_WORLD,
				 histogram);
	}
	complete = print_histogram(histogram);
	good = good && counted(count);
	if (!good)
		printf("FAIL native_differential (they disagree; seed %llu)\n", seed);
	else if (!complete)
		printf("FAIL native_differential (a reason never came up; seed %llu)\n", seed);
	else
		printf("PASS native_differential (seed %llu, %llu frames)\n", seed, count);
	return good && complete ? 0 : 1;
}
