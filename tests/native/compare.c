/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One frame before the shipped filter and before the model: do they agree? */
#include "compare.h"

#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define HOUR 3600000000000ULL /* ns */
#define ALL_FEATURES                                                                     \
	(CX_FEATURE_TCP | CX_FEATURE_DESTS | CX_FEATURE_TUNNEL | CX_FEATURE_CONDITIONS | \
	 CX_FEATURE_LIMITS | CX_FEATURE_RPF | CX_FEATURE_FRAGMENTS | CX_FEATURE_THEN)

static const char *const cx_names[] = {
#define X(symbol, name) [CX_##symbol] = name,
	CX_REASONS(X)
#undef X
};

bool compare_names(void)
{
	for (int i = 0; i < MODEL_REASONS; i++) {
		if (strcmp(model_reason_name(i), cx_names[i]))
			return false;
	}
	return (int)MODEL_REASONS == (int)CX_REASON_COUNT;
}

/* What either says; the filter says it three times. */
struct opinion {
	unsigned int reason; /* enum cx_reason and enum model_reason are one */
	unsigned int policy; /* the filter's number */
	bool drop;
	bool would;
};

static bool same(const struct opinion *a, const struct opinion *b)
{
	return a->reason == b->reason && a->policy == b->policy && a->drop == b->drop &&
	       a->would == b->would;
}

static void print(FILE *out, const char *who, const struct opinion *opinion)
{
	fprintf(out, "%-7s %s, policy %u, %s%s\n", who, cx_names[opinion->reason], opinion->policy,
		opinion->drop ? "drop" : "pass", opinion->would ? " (would drop)" : "");
}

static struct opinion opinion_of_model(const struct compare_case *frame)
{
	struct model_verdict verdict =
		model_judge(frame->rules, &frame->where, frame->data, frame->size);

	return (struct opinion){ .reason = verdict.reason,
				 .policy = world_policy(verdict.policy),
				 .drop = verdict.drop,
				 .would = verdict.would_drop };
}

/* The generation that is not live guards nothing and lists nobody. */
static void set_machine(const struct compare_case *frame)
{
	static const struct native_world nothing;
	const struct compare_how *how = &frame->how;
	struct native_machine machine = { .boottime = frame->where.now_ns };

	machine.world[how->generation] = frame->world;
	machine.world[!how->generation] = &nothing;
	machine.live = how->generation;
	if (how->deadline == 1)
		machine.live |= (frame->where.now_ns + HOUR) & CX_LIVE_DEADLINE;
	if (how->deadline == 2)
		machine.live = (frame->where.now_ns & CX_LIVE_DEADLINE) | !how->generation;
	machine.attachment.dev = frame->where.dev_id;
	machine.attachment.link_type =
		frame->where.link == MODEL_ETHERNET ? CX_LINK_ETHERNET : CX_LINK_BARE_IP;
	machine.attachment.features =
		how->all_features ? ALL_FEATURES : frame->world->rules.features;
	native_set(&machine);
}

/* A copy of its own, so that not a byte beyond it can be read unnoticed. */
static void *copy(const void *data, size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory)
		abort();
	return memcpy(memory, data, size);
}

/* How many packets and bytes a counter went up by since it stood at before. */
static struct cx_counter since(__u32 index, const struct cx_counter *before)
{
	const struct cx_counter *now = native_counter(index);

	return (struct cx_counter){ now->packets - before->packets, now->bytes - before->bytes };
}

/* Puts the frame to the filter: to be told why, and for the verdict of each hook. */
static bool agrees(const struct compare_case *frame, const struct native_frame *native,
		   const struct opinion *model, FILE *out)
{
	__u32 index = CX_COUNTER(model->policy, model->would, model->reason);
	struct cx_counter before = *native_counter(index), asked, judged, judged_tc;
	__u32 answer = native_check(native);
	struct opinion filter = { .reason = CX_ANSWER_REASON(answer),
				  .policy = CX_ANSWER_POLICY(answer),
				  .drop = !CX_ANSWER_PASS(answer) };
	bool drop, drop_tc;

	asked = since(index, &before);
	drop = native_run(native) == XDP_DROP;
	judged = since(index, &before);
	before = *native_counter(index);
	drop_tc = native_run_tc(native) == TC_ACT_SHOT;
	judged_tc = since(index, &before);
	filter.would = model->would; /* only the counter can tell */
	if (same(&filter, model) && drop == model->drop && !asked.packets && judged.packets == 1 &&
	    judged.bytes == frame->size && drop_tc == drop && judged_tc.packets == 1 &&
	    judged_tc.bytes == frame->size)
		return true;
	fprintf(out, "The filter and the model disagree:\n");
	print(out, "model:", model);
	print(out, "check:", &filter);
	fprintf(out, "filter: %s, counted %llu packets and %llu bytes where the model says so\n",
		drop ? "drop" : "pass", judged.packets, judged.bytes);
	fprintf(out, "at tc: %s, counted %llu packets and %llu bytes\n", drop_tc ? "drop" : "pass",
		judged_tc.packets, judged_tc.bytes);
	return false;
}

static void print_frame(FILE *out, const struct compare_case *frame)
{
	const unsigned char *data = frame->data;

	fprintf(out,
		"%s, dev %d%s, %zu bytes, %zu of them linear, generation %u, deadline %u, "
		"features %s\n",
		frame->where.link == MODEL_ETHERNET ? "ethernet" : "bare ip", frame->where.dev_id,
		frame->where.is_tunnel ? " (tunnel)" : "", frame->size, frame->how.linear_size,
		frame->how.generation, frame->how.deadline,
		frame->how.all_features ? "all" : "needed");
	for (size_t i = 0; i < frame->size; i++)
		fprintf(out, "%02x", data[i]);
	fprintf(out, "\n");
	model_rules_print(out, frame->rules);
}

bool compare_frame(const struct compare_case *frame, FILE *out, enum model_reason *ret_reason)
{
	struct opinion model = opinion_of_model(frame);
	size_t linear_size = frame->how.linear_size;
	void *linear = copy(frame->data, linear_size);
	void *rest = copy(frame->data + linear_size, frame->size - linear_size);
	struct native_frame native = {
		.linear = linear,
		.rest = rest,
		.linear_size = linear_size,
		.rest_size = frame->size - linear_size,
	};
	bool good;

	set_machine(frame);
	good = agrees(frame, &native, &model, out);
	if (!good)
		print_frame(out, frame);
	free(linear);
	free(rest);
	*ret_reason = model.reason;
	return good;
}
