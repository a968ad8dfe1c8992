/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs the cases of cases.c: whole, cut at every byte, split at every byte.
 *
 * Each frame goes through both programs, twice: loaded with the checks that
 * the rules need, and with all there are; and, as far as the kernel runs such
 * frames there, twice through the program for tc.  The verdict, the answer of
 * the check program, every counter and what the entries remember must be as
 * the case says; for a cut frame, as the model says.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "as_model.h"
#include "case.h"
#include "clocks.h"
#include "readme.h"
#include "rig.h"

#define LOADS          4 /* at XDP, at tc; with the checks that the rules need, with all */
#define COMPLAINTS_MAX 5 /* per group and manner */
#define LEN_NONE       255

#define DENSE_SIZE  2200 /* link and IP header and the longest extension header */
#define DENSE_TAIL  64
#define SPARSE_STEP 13 /* no multiple of it is the length of a header */

/* What a frame must come to, in the filter's own numbers. */
struct outcome {
	enum cx_reason reason;
	enum fate fate;
	unsigned int policy;
	int len; /* of the deciding prefix, -1: whatever it is */
};

/* Programs as loaded, and their counters as they must be. */
struct loaded {
	struct object_programs programs;
	bool is_tc;
	struct cx_counter counters[CX_COUNTERS];
};

/* A group that is being run. */
struct bench {
	struct rig *rig;
	const struct group *group;
	const struct test_case *at;
	const char *manner; /* whole, cut, split */
	struct loaded loaded[LOADS];
	struct loaded *with;
	struct as_model model;
	struct model_where where;
	__u32 ifindex;
	__u64 hits, drops; /* of all states, as they must be */
	unsigned int frames, complaints;
};

/* A frame's bytes are the whole frame's, in however many buffers: one finding, not one a case. */
static unsigned int split_bytes_right, split_bytes_wrong;

static struct reasons_seen seen;

static const char *const reason_names[] = {
#define X(symbol, name) [CX_##symbol] = name,
	CX_REASONS(X)
#undef X
};

static const char *const fate_names[] = { "pass", "drop", "would-drop" };

/* Complaints */

static void print_outcome(const char *who, const struct outcome *outcome)
{
	printf("  %s: %s (%s), policy %u", who, reason_names[outcome->reason],
	       fate_names[outcome->fate], outcome->policy);
	if (outcome->len >= 0)
		printf(", prefix length %d", outcome->len);
	printf("\n");
}

/* True if it is to be told: the first few are. */
static bool complain(struct bench *bench, const struct rig_frame *frame, const char *what)
{
	if (bench->complaints++ >= COMPLAINTS_MAX)
		return false;
	printf("%s, '%s', %s: %s\n", bench->group->name, bench->at->name, bench->manner, what);
	if (!frame)
		return true;
	printf("  %u bytes, %u in the first buffer:", frame->size, frame->linear);
	for (__u32 i = 0; i < frame->size && i < 256; i++)
		printf("%s%02x", i % 16 ? " " : "\n    ", ((const __u8 *)frame->data)[i]);
	printf("\n");
	return true;
}

/* What must be */

static struct outcome outcome_of_case(const struct bench *bench)
{
	const struct want *want = &bench->at->want;

	return (struct outcome){
		.reason = want->reason,
		.fate = want->fate,
		.policy = want->policy ? settings_policy(&bench->rig->settings, want->policy) : 0,
		.len = want->len ? want->len - 1 : LEN_NONE,
	};
}

static enum fate fate_of_model(const struct model_verdict *verdict)
{
	if (verdict->drop)
		return DROP;
	return verdict->would_drop ? WOULD : PASS;
}

static struct outcome outcome_of_model(const struct bench *bench, const struct rig_frame *frame)
{
	struct model_verdict verdict =
		model_judge(&bench->model.rules, &bench->where, frame->data, frame->size);

	return (struct outcome){
		.reason = (enum cx_reason)verdict.reason, /* same names, see check_names() */
		.fate = fate_of_model(&verdict),
		.policy = as_model_policy(&bench->model, verdict.policy),
		.len = -1,
	};
}

/* Limits and routes are beyond the model, which then says allowed. */
static bool is_beyond_model(const struct bench *bench, const struct outcome *whole)
{
	switch (whole->reason) {
	case CX_RPF_FAILED:
	case CX_OVER_RATE:
	case CX_DEST_RATE:
	case CX_POLICY_RATE:
		return true;
	case CX_BOGUS_SOURCE: /* this host's own address */
		return bench->group->in;
	default:
		return false;
	}
}

/* By the model; where that knows less, a frame that is still whole is as the case says. */
static struct outcome outcome_of_cut(const struct bench *bench, const struct outcome *whole,
				     const struct rig_frame *frame)
{
	struct outcome outcome = outcome_of_model(bench, frame);

	if (outcome.reason == CX_ALLOWED && is_beyond_model(bench, whole))
		return *whole;
	return outcome;
}

/* What is */

static void fill_limits(struct bench *bench)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	rig_set_limits(bench->rig, bench->group->flags & GROUP_SPENT
					   ? clocks_ns(&now) + 3600 * NSEC_PER_SEC
					   : 0);
}

static bool is_listed(enum cx_reason reason)
{
	return reason > CX_UNLISTED;
}

static void expect(struct bench *bench, const struct outcome *outcome, __u32 size)
{
	struct cx_counter *counter = &bench->with->counters[CX_COUNTER(
		outcome->policy, outcome->fate == WOULD, outcome->reason)];

	counter->packets++;
	counter->bytes += size;
	bench->hits += outcome->reason == CX_ALLOWED;
	bench->drops += is_listed(outcome->reason) && outcome->reason != CX_ALLOWED;
}

static bool answer_is(__u32 answer, const struct outcome *outcome)
{
	return CX_ANSWER_PASS(answer) == (outcome->fate != DROP) &&
	       CX_ANSWER_REASON(answer) == outcome->reason &&
	       CX_ANSWER_POLICY(answer) == outcome->policy &&
	       (outcome->len < 0 || CX_ANSWER_LEN(answer) == (__u32)outcome->len);
}

static void complain_answer(struct bench *bench, const struct rig_frame *frame, __u32 answer,
			    const struct outcome *outcome)
{
	struct outcome is = {
		.reason = CX_ANSWER_REASON(answer),
		.fate = CX_ANSWER_PASS(answer) ? PASS : DROP,
		.policy = CX_ANSWER_POLICY(answer),
		.len = CX_ANSWER_LEN(answer),
	};

	if (!complain(bench, frame, "clarent_check answers otherwise"))
		return;
	if (is.reason >= CX_REASON_COUNT)
		printf("  no such reason: %d\n", is.reason);
	else
		print_outcome("is", &is);
	print_outcome("must be", outcome);
}

static void ask(struct bench *bench, const struct rig_frame *frame, const struct outcome *outcome)
{
	__u32 answer;

	fill_limits(bench);
	answer = rig_run(bench->rig, bench->with->programs.check_fd, frame);
	if (!answer_is(answer, outcome))
		complain_answer(bench, frame, answer, outcome);
}

static bool is_bare(const struct bench *bench)
{
	return bench->group->flags & GROUP_BARE_IP;
}

static int run(const struct bench *bench, const struct rig_frame *frame)
{
	int prog_fd = bench->with->programs.judge_fd;

	if (bench->with->is_tc)
		return rig_run_tc(prog_fd, frame, is_bare(bench), /* merged= */ NULL);
	return (int)rig_run(bench->rig, prog_fd, frame);
}

static void judge(struct bench *bench, const struct rig_frame *frame, const struct outcome *outcome)
{
	bool is_tc = bench->with->is_tc;
	int drop = is_tc ? TC_ACT_SHOT : XDP_DROP, pass = is_tc ? TC_ACT_UNSPEC : XDP_PASS;
	int verdict;

	fill_limits(bench);
	verdict = run(bench, frame);
	if (verdict == RIG_NOT_RUN)
		return;
	if (verdict != (outcome->fate == DROP ? drop : pass) &&
	    complain(bench, frame,
		     is_tc ? "clarent_tc says otherwise" : "clarent_xdp says otherwise")) {
		printf("  is: %d\n", verdict);
		print_outcome("must be", outcome);
	}
	expect(bench, outcome, frame->size + (is_tc && is_bare(bench) ? RIG_FRAME_MIN : 0));
	bench->frames++;
}

/* Does the kernel run such a frame, through both of the programs? */
static bool is_run(const struct bench *bench, __u32 size)
{
	return size >= (bench->rig->runs_short ? 1 : RIG_FRAME_MIN) &&
	       (!bench->with->is_tc || size <= RIG_TC_MAX);
}

static void try(struct bench *bench, const struct rig_frame *frame, const struct outcome *outcome)
{
	if (!is_run(bench, frame->size))
		return;
	ask(bench, frame, outcome);
	judge(bench, frame, outcome);
}

static void complain_counter(struct bench *bench, const char *when, __u32 index,
			     const struct cx_counter *is)
{
	const struct cx_counter *must = &bench->with->counters[index];

	if (!complain(bench, NULL, when))
		return;
	printf("  counter of policy %u, %s%s: %llu packets, %llu bytes; must be %llu, %llu\n",
	       index >> 6, index & 0x20 ? "would-drop " : "",
	       (index & 0x1f) < CX_REASON_COUNT ? reason_names[index & 0x1f] : "no reason",
	       (unsigned long long)is->packets, (unsigned long long)is->bytes,
	       (unsigned long long)must->packets, (unsigned long long)must->bytes);
}

static void note_split_bytes(const struct bench *bench, __u32 index, const struct cx_counter *is)
{
	const struct cx_counter *must = &bench->with->counters[index];

	if (is->bytes == must->bytes) {
		split_bytes_right++;
	} else if (!split_bytes_wrong++) {
		printf("%s, '%s', split: %llu bytes counted, must be %llu\n", bench->group->name,
		       bench->at->name, (unsigned long long)is->bytes,
		       (unsigned long long)must->bytes);
	}
}

/* Every counter, and the sums over the states. */
static void check_counts(struct bench *bench, const char *when)
{
	bool split = !strcmp(bench->manner, "split");
	static struct cx_counter counters[CX_COUNTERS];
	__u64 hits, drops;

	rig_counters(&bench->with->programs, counters);
	for (__u32 i = 0; i < CX_COUNTERS; i++) {
		if (counters[i].packets != bench->with->counters[i].packets ||
		    (!split && counters[i].bytes != bench->with->counters[i].bytes))
			complain_counter(bench, when, i, &counters[i]);
		else if (split && counters[i].packets)
			note_split_bytes(bench, i, &counters[i]);
	}
	rig_state_totals(bench->rig, &hits, &drops);
	if ((hits != bench->hits || drops != bench->drops) && complain(bench, NULL, when))
		printf("  states hold %llu hits, %llu drops; must be %llu, %llu\n",
		       (unsigned long long)hits, (unsigned long long)drops,
		       (unsigned long long)bench->hits, (unsigned long long)bench->drops);
	/* told once is enough */
	memcpy(bench->with->counters, counters, sizeof(counters));
	bench->hits = hits;
	bench->drops = drops;
}

/* Manners of running a case */

static void run_whole(struct bench *bench, const struct rig_frame *frame,
		      const struct outcome *whole)
{
	struct outcome modelled = outcome_of_cut(bench, whole, frame);

	if ((modelled.reason != whole->reason || modelled.fate != whole->fate ||
	     modelled.policy != whole->policy) &&
	    complain(bench, frame, "case and model disagree")) {
		print_outcome("case", whole);
		print_outcome("model", &modelled);
	}
	if (!is_run(bench, frame->size))
		return;
	ask(bench, frame, whole);
	check_counts(bench, "asking has moved something");
	judge(bench, frame, whole);
	check_counts(bench, "judging has moved something else");
	if (!bench->complaints)
		seen.times[whole->reason][whole->fate]++;
}

/*
 * Every byte, but of large frames: past the first of their long headers only
 * some, and again every one at the end.
 */
static __u32 next_byte(__u32 at, __u32 end)
{
	return at < DENSE_SIZE || at + DENSE_TAIL >= end ? at + 1 : at + SPARSE_STEP;
}

static void run_cut(struct bench *bench, const struct rig_frame *frame, const struct outcome *whole)
{
	for (__u32 size = 1; size < frame->size; size = next_byte(size, frame->size)) {
		struct rig_frame cut = { frame->data, size, size, frame->ifindex };
		struct outcome outcome = outcome_of_cut(bench, whole, &cut);

		if (whole->fate == DROP && outcome.fate == PASS && outcome.reason == CX_ALLOWED)
			complain(bench, &cut, "a cut turns a drop into an allowed packet");
		try(bench, &cut, &outcome);
	}
	check_counts(bench, "the cut frames' counts are wrong");
}

static void run_split(struct bench *bench, const struct rig_frame *frame,
		      const struct outcome *whole)
{
	__u32 end = frame->size < RIG_LINEAR_MAX ? frame->size : RIG_LINEAR_MAX;

	if (bench->with->is_tc) /* which the kernel lets no test choose */
		return;
	for (__u32 linear = 0; linear < end; linear = next_byte(linear, end)) {
		struct rig_frame split = { frame->data, frame->size, linear, frame->ifindex };

		ask(bench, &split, whole);
		judge(bench, &split, whole);
	}
	check_counts(bench, "the split frames' counts are wrong");
}

static const struct manner {
	const char *name;
	void (*run)(struct bench *bench, const struct rig_frame *frame,
		    const struct outcome *whole);
} manners[] = {
	{ "whole", run_whole },
	{ "cut", run_cut },
	{ "split", run_split },
};

static void run_case(struct bench *bench, const struct manner *manner)
{
	static __u8 data[RIG_FRAME_MAX];
	struct outcome whole = outcome_of_case(bench);
	struct rig_frame frame = { .data = data, .ifindex = bench->ifindex };

	frame.size = frame.linear = frame_build(bench->at->frame, data, sizeof(data));
	manner->run(bench, &frame, &whole);
}

static void load(struct bench *bench, enum cx_attach_mode mode, __u32 features,
		 struct loaded *ret_loaded)
{
	struct cx_attachment self = {
		.features = features,
		.link_type = is_bare(bench) ? CX_LINK_BARE_IP : CX_LINK_ETHERNET,
		.mode = (__u8)mode,
	};

	rig_load(bench->rig, bench->group->dev, self, /* counters_fd= */ -1, &ret_loaded->programs);
	memset(ret_loaded->counters, 0, sizeof(ret_loaded->counters));
	ret_loaded->is_tc = mode == CX_ATTACH_TC;
}

static void run_manner(struct bench *bench, const struct manner *manner)
{
	char name[64];

	snprintf(name, sizeof(name), "cases/%s, %s", bench->group->name, manner->name);
	bench->manner = manner->name;
	bench->frames = bench->complaints = 0;
	if (manner->run == run_split && !bench->rig->runs_split) {
		rig_skip(name, "this kernel chooses the first buffer's size itself");
		return;
	}
	for (size_t i = 0; i < LOADS * bench->group->count; i++) {
		bench->at = &bench->group->cases[i / LOADS];
		bench->with = &bench->loaded[i % LOADS];
		run_case(bench, manner);
	}
	if (bench->complaints)
		rig_fail(name, "%u complaints, %u frames", bench->complaints, bench->frames);
	else
		rig_pass(name, "%u frames", bench->frames);
}

static void run_group(struct rig *rig, const struct group *group)
{
	static struct bench bench;

	bench = (struct bench){ .rig = rig, .group = group };
	rig_apply(rig, group->rules);
	as_model(&rig->settings, group->dev, &bench.model);
	bench.where = (struct model_where){
		.link = is_bare(&bench) ? MODEL_BARE_IP : MODEL_ETHERNET,
		.dev_id = AS_MODEL_DEV,
		.is_tunnel = bench.model.rules.tunnel[AS_MODEL_DEV],
		.now_ns = clocks_now().utc * NSEC_PER_SEC,
	};
	if (group->in) {
		bench.ifindex = if_nametoindex(group->in);
		if (!bench.ifindex)
			rig_die("no interface %s", group->in);
	}
	load(&bench, CX_ATTACH_NATIVE, rig_features(rig), &bench.loaded[0]);
	load(&bench, CX_ATTACH_NATIVE, RIG_ALL_FEATURES, &bench.loaded[1]);
	load(&bench, CX_ATTACH_TC, rig_features(rig), &bench.loaded[2]);
	load(&bench, CX_ATTACH_TC, RIG_ALL_FEATURES, &bench.loaded[3]);
	rig_state_totals(rig, &bench.hits, &bench.drops);
	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++)
		run_manner(&bench, &manners[i]);
	for (size_t i = 0; i < LOADS; i++)
		object_close(&bench.loaded[i].programs);
}

/* Names and rows */

/* The enum, the names and the model's, each written for itself, are one order. */
static void check_names(void)
{
	int bad = (int)CX_REASON_COUNT != (int)MODEL_REASONS;

	for (int i = 0; i < CX_REASON_COUNT && !bad; i++) {
		bad += !reason_names[i] || !*reason_names[i] ||
		       strcmp(reason_names[i], model_reason_name(i));
	}
	if (bad)
		rig_fail("cases/reasons, names", "not those of the model, in its order");
	else
		rig_pass("cases/reasons, names", "%d", CX_REASON_COUNT);
}

/* Every reason has a case, and one that drops. */
static void check_seen(void)
{
	unsigned int bad = 0;

	for (int i = 0; i < CX_REASON_COUNT; i++) {
		const unsigned int *times = seen.times[i];

		if (times[DROP] || (times[PASS] && !times[WOULD]))
			continue;
		rig_fail("cases/reasons, seen", "no case %s as %s",
			 times[WOULD] ? "drops" : "passes or drops", reason_names[i]);
		bad++;
	}
	if (!bad)
		rig_pass("cases/reasons, seen", "%d", CX_REASON_COUNT);
}

static void check_split_bytes(void)
{
	static const char name[] = "cases/bytes of split frames";

	if (split_bytes_wrong)
		rig_fail(name, "%u of %u counts are wrong", split_bytes_wrong,
			 split_bytes_right + split_bytes_wrong);
	else if (split_bytes_right)
		rig_pass(name, "%u counts", split_bytes_right);
}

static void make_network(void)
{
	for (const char *const *command = network; *command; command++) {
		if (system(*command))
			rig_die("cannot make the network: %s", *command);
	}
}

int main(int argc, char **argv)
{
	static struct rig rig;

	rig_open(&rig);
	make_network();
	check_names();
	for (size_t i = 0; i < groups_count; i++) {
		if (argc < 2 || !strcmp(argv[1], groups[i].name))
			run_group(&rig, &groups[i]);
	}
	rig_close(&rig);
	check_split_bytes();
	if (argc < 2) {
		check_seen();
		readme_check(&seen);
	}
	return rig_summary();
}
