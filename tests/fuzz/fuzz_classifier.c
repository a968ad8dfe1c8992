/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Any frame before the shipped classifier, compiled natively, and before the
 * model: the same reason, policy, verdict and counter, and no byte read that
 * is not the frame's.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "frames.h"
#include "world.h"

#define NOW_NS    1750000000000000000ULL /* some day: nothing here asks the clock */
#define RULE_SETS 64                     /* drawn once each */
#define FRESH     16                     /* one input in so many is a frame of the generator */

/* What precedes the frame in an input. */
struct choices {
	uint8_t rule_set;
	uint8_t dev;
	uint8_t how;    /* which generation, which deadline, all features */
	uint8_t linear; /* bytes of it in the first buffer; 255: all */
};

struct rule_set {
	struct model_rules rules;
	struct native_world *world;
};

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rule_set *rule_set(unsigned int number)
{
	static struct rule_set sets[RULE_SETS];
	struct rule_set *set = &sets[number % RULE_SETS];
	struct draw draw = { .state = number % RULE_SETS };

	if (!set->world) {
		model_rules_make(draw_u64(&draw), NOW_NS, &set->rules);
		set->world = world_new(&set->rules, &draw);
	}
	return set;
}

/* Now and then a frame aimed at the rules, which no mutation would arrive at. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	static struct model_frame frame;
	struct draw draw = { .state = seed };
	struct choices choices = {
		.rule_set = draw_u64(&draw),
		.how = draw_u64(&draw),
		.linear = draw_chance(&draw, 50) ? 255 : draw_below(&draw, 255),
	};

	if (size >= sizeof(choices) && draw_below(&draw, FRESH))
		return LLVMFuzzerMutate(data, size, max_size);
	model_frame_make(draw_u64(&draw), &rule_set(choices.rule_set)->rules, NOW_NS, &frame);
	choices.dev = frame.where.dev_id - 1;
	if (sizeof(choices) + frame.len > max_size)
		frame.len = max_size - sizeof(choices);
	memcpy(data, &choices, sizeof(choices));
	memcpy(data + sizeof(choices), frame.data, frame.len);
	return sizeof(choices) + frame.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct compare_case one = {};
	enum model_reason reason;
	struct choices choices;
	struct rule_set *set;

	if (size < sizeof(choices))
		return 0;
	memcpy(&choices, data, sizeof(choices));
	set = rule_set(choices.rule_set);
	one.rules = &set->rules;
	one.world = set->world;
	one.where.dev_id = choices.dev % MODEL_DEVS_MAX + 1;
	one.where.link = model_dev_link(one.where.dev_id);
	one.where.is_tunnel = set->rules.tunnel[one.where.dev_id];
	one.where.now_ns = NOW_NS;
	one.data = data + sizeof(choices);
	one.size = size - sizeof(choices);
	one.how.generation = choices.how & 1;
	one.how.all_features = choices.how >> 1 & 1;
	one.how.deadline = (choices.how >> 2) % COMPARE_DEADLINES;
	one.how.linear_size =
		choices.linear < one.size && choices.linear != 255 ? choices.linear : one.size;
	if (!compare_frame(&one, stderr, &reason))
		abort();
	return 0;
}
