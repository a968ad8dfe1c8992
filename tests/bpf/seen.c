/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Refused sources that come again: while it is quiet all of them, to the packet; under a flood of
 * drawn sources those that come five times in a window, and none of the drawn ones.
 *
 *	bpf-seen               windows of a 32nd of what they are attached with, a flood as fast as it goes
 *	bpf-seen long [PPS]    as they are attached with; a flood of so many packets/s, 1,000,000
 *
 * A rotation takes as many packets whatever the window, so that a short one shows in seconds what
 * takes minutes: 5 packets/s under a million a second.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clocks.h"
#include "frame.h"
#include "rig.h"
#include "seen.h"

#define CALLERS     12
#define PER_WINDOW  5         /* packets of a caller */
#define CHUNK       (1 << 16) /* of a paced flood: to begin a run takes milliseconds */
#define CHUNK_FAST  (1 << 20)
#define STRANGERS   300 /* while it is quiet */
#define MEMORY_MOST (256 * 1024)
#define SHORTER     5 /* windows, as a power of two */
#define SETTLED     8 /* windows */
#define ROTATIONS   3 /* of all windows: in one of them a caller comes five times */
#define SHORT_LIMIT 8 /* seconds in which callers have to be found... */
#define LONG_LIMIT  120
#define SHORT_AFTER 2 /* ... and for which it goes on then */
#define LONG_AFTER  5

static struct rig rig;

struct stage {
	struct object_programs programs;
	struct bpf_object *drawn;
	int flood_fd;
	__u64 tick, window_ns;
	__u64 gap_ns; /* between two chunks of the flood, 0: none */
	__u64 limit_ns, after_ns;
	__u32 chunk;
	atomic_bool over;
	_Atomic __u64 flooded; /* packets */
	_Atomic __u64 most_in; /* one in how many was looked at, at most */
	/* Time that chunks of the flood took, the first and the most, and between them: ns. */
	__u64 fastest, slowest, longest_gap;
};

struct sender {
	struct prefix source;
	__u8 data[128];
	struct rig_frame frame;
	__u64 sent;
};

static struct sender caller[CALLERS], stranger[STRANGERS];

static void verdict(const char *name, bool good, const char *what)
{
	if (good)
		rig_pass(name, "%s", what);
	else
		rig_fail(name, "%s", what);
}

/* Every third of IPv6. */
static void sender_make(struct sender *ret_sender, unsigned int net, unsigned int number)
{
	struct complaint why = {};
	char text[64];

	if (number % 3)
		snprintf(text, sizeof(text), "198.%u.%u.%u", 18 + net, number / 250, number % 250);
	else
		snprintf(text, sizeof(text), "2001:db8:%x::%x", net, number + 1);
	if (prefix_parse(text, &ret_sender->source, &why))
		rig_die("no address: %s", text);
	if (number % 3)
		ret_sender->frame.size =
			frame_build((struct layer[FRAME_LAYERS_MAX]){ ETH, IP4(text), UDP(4040) },
				    ret_sender->data, sizeof(ret_sender->data));
	else
		ret_sender->frame.size =
			frame_build((struct layer[FRAME_LAYERS_MAX]){ ETH, IP6(text), UDP(4040) },
				    ret_sender->data, sizeof(ret_sender->data));
	ret_sender->frame.data = ret_sender->data;
	ret_sender->frame.linear = ret_sender->frame.size;
	ret_sender->sent = 0;
}

static void sender_send(const struct stage *stage, struct sender *sender)
{
	if (rig_run(&rig, stage->programs.judge_fd, &sender->frame) != XDP_DROP)
		rig_die("a stranger was not refused");
	sender->sent++;
}

static void stage_open(struct stage *stage, int shorter)
{
	struct cx_attachment self = { .mode = CX_ATTACH_GENERIC };
	struct bpf_program *program;
	__u32 zero = 0;

	stage->tick = clocks_now().coarse_tick;
	self.window_shift = seen_window_shift(stage->tick) - shorter;
	stage->window_ns = stage->tick << self.window_shift;
	rig_apply(&rig, "allow 192.0.2.7 gateway\n");
	rig_load(&rig, "eth0", self, /* counters_fd= */ -1, &stage->programs);
	stage->drawn = bpf_object__open_file(BUILD_DIR "/tests/bpf/drawn.bpf.o", NULL);
	if (!stage->drawn || bpf_object__load(stage->drawn))
		rig_die("cannot load the flood: %s", strerror(errno));
	program = bpf_object__find_program_by_name(stage->drawn, "drawn");
	stage->flood_fd = bpf_program__fd(program);
	if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(stage->drawn, "under_test"), &zero,
				&stage->programs.judge_fd, BPF_ANY))
		rig_die("the flood cannot call the program: %s", strerror(errno));
}

static void stage_close(struct stage *stage)
{
	bpf_object__close(stage->drawn);
	object_close(&stage->programs);
}

static __u64 now_ns(void)
{
	return clocks_now().monotonic;
}

static void flood(struct stage *stage)
{
	static __u8 data[128];
	struct xdp_md ctx = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = (int)stage->chunk);

	__u64 began = now_ns(), took;

	opts.data_size_in = ctx.data_end =
		frame_build((struct layer[FRAME_LAYERS_MAX]){ ETH, IP4("10.0.0.1"), UDP(4040) },
			    data, sizeof(data));
	if (bpf_prog_test_run_opts(stage->flood_fd, &opts) || opts.retval != XDP_DROP)
		rig_die("the flood is not refused: %s, %u", strerror(errno), opts.retval);
	took = now_ns() - began;
	if (!stage->fastest || took < stage->fastest)
		stage->fastest = took;
	if (took > stage->slowest)
		stage->slowest = took;
	stage->flooded += stage->chunk;
	if (seen_one_in(&rig.instance) > stage->most_in)
		stage->most_in = seen_one_in(&rig.instance);
}

static void pin_to(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	(void)sched_setaffinity(0, sizeof(cpus), &cpus); /* else it runs where it may */
}

static void sleep_ns(__u64 ns)
{
	const struct timespec time = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC };

	nanosleep(&time, NULL);
}

/* --- what is shown --- */

static const struct seen *find(const struct seen *list, size_t count, const struct sender *sender)
{
	for (size_t i = 0; i < count; i++)
		if (!prefix_compare(&list[i].source, &sender->source))
			return &list[i];
	return NULL;
}

static struct seen *look(size_t *ret_count)
{
	struct seen *list;

	if (seen_read(&rig.instance, &list, ret_count))
		rig_die("cannot read who was seen");
	return list;
}

static unsigned int callers_found(void)
{
	unsigned int found = 0;
	size_t count;
	struct seen *list = look(&count);

	for (int i = 0; i < CALLERS; i++)
		found += find(list, count, &caller[i]) != NULL;
	free(list);
	return found;
}

/* Shown and neither callers nor strangers; more packets than were sent count as well. */
static unsigned int untrue(void)
{
	unsigned int untrue = 0, true_ones = 0;
	size_t count;
	struct seen *list = look(&count);

	for (int i = 0; i < CALLERS + STRANGERS; i++) {
		const struct sender *sender = i < CALLERS ? &caller[i] : &stranger[i - CALLERS];
		const struct seen *seen = find(list, count, sender);

		true_ones += seen != NULL;
		untrue += seen && seen->packets > sender->sent;
	}
	untrue += count - true_ones;
	free(list);
	return untrue;
}

/* --- quiet --- */

static bool are_exact(unsigned int senders)
{
	size_t count;
	struct seen *list = look(&count);
	bool good = count == senders;

	for (unsigned int i = 0; i < senders && good; i++) {
		const struct seen *seen = find(list, count, &stranger[i]);

		good = seen && seen->exact && seen->packets == stranger[i].sent &&
		       seen->reason == CX_UNLISTED && seen->port == 4040 && seen->lowest_ttl == 64;
	}
	free(list);
	return good;
}

static void test_quiet(struct stage *stage)
{
	unsigned int drawn = 1;

	for (int i = 0; i < STRANGERS; i++)
		sender_make(&stranger[i], 0, i);
	for (int round = 0; round < 10 * STRANGERS; round++) {
		drawn = drawn * 1103515245 + 12345;
		pin_to(drawn >> 30 & 1);
		sender_send(stage, &stranger[round < STRANGERS ? (unsigned int)round
							       : (drawn >> 8) % STRANGERS]);
	}
	pin_to(0);
	verdict("seen/quiet", are_exact(STRANGERS), "everybody who was refused, to the packet");
}

/* --- a flood --- */

/* As many as are due by the time that has passed, one after the other. */
static void call(struct stage *stage, __u64 passed)
{
	__u64 due = passed * PER_WINDOW * CALLERS / stage->window_ns;
	static __u64 called;

	if (due > called + CALLERS * PER_WINDOW) /* kept from the processor: no burst */
		called = due - CALLERS;
	for (; called < due; called++)
		sender_send(stage, &caller[called % CALLERS]);
}

/* Beside the callers, on the same processor: one thread gives way to the other. */
static void *flood_on(void *context)
{
	struct stage *stage = context;
	__u64 start = now_ns(), chunks = 0, passed, ended = 0;

	pin_to(0);
	while (!stage->over) {
		if (ended && now_ns() - ended > stage->longest_gap)
			stage->longest_gap = now_ns() - ended;
		flood(stage);
		ended = now_ns();
		passed = now_ns() - start;
		if (++chunks * stage->gap_ns > passed)
			sleep_ns(chunks * stage->gap_ns - passed);
	}
	return NULL;
}

/* Returns after how many ns all were found, 0: they were not. */
static __u64 call_until_found(struct stage *stage)
{
	__u64 start = now_ns(), looked = 0, found = 0, passed = 0;

	while (found ? passed < found + stage->after_ns : passed < stage->limit_ns) {
		sleep_ns(stage->window_ns / PER_WINDOW / CALLERS / 2);
		passed = now_ns() - start;
		call(stage, passed);
		if (!found && passed > looked + stage->limit_ns / 200) {
			looked = passed;
			found = callers_found() == CALLERS ? passed : 0;
		}
	}
	return found;
}

/* The callers begin when it is settled how many are looked at: before, everybody is found. */
static __u64 flood_and_call(struct stage *stage)
{
	pthread_t thread;
	__u64 found;

	if (pthread_create(&thread, NULL, flood_on, stage))
		rig_die("no thread");
	sleep_ns(SETTLED * stage->window_ns);
	stage->flooded = 0;
	found = call_until_found(stage);
	stage->over = true;
	pthread_join(thread, NULL);
	return found;
}

/* Kept from the processor for a window and more, it was two floods, and a quiet moment. */
static bool was_held_up(const struct stage *stage)
{
	return stage->slowest > stage->fastest + stage->window_ns ||
	       stage->longest_gap > stage->gap_ns + stage->window_ns;
}

/* Nobody of the flood is shown; of one that was held up, who came in the quiet moment is. */
static void test_untrue(const struct stage *stage, const char *name, unsigned int fresh)
{
	unsigned int found = untrue();
	char said[120];

	snprintf(said, sizeof(said), "%u are shown that never were, or with too many packets",
		 found - fresh);
	if (found != fresh && was_held_up(stage))
		rig_skip(name, "the flood was held up: %s", said);
	else
		verdict(name, found == fresh, said);
}

static void test_flood(struct stage *stage)
{
	__u64 found;
	char said[200];

	for (int i = 0; i < CALLERS; i++)
		sender_make(&caller[i], 1, i);
	found = flood_and_call(stage);
	snprintf(said, sizeof(said),
		 "%u of %d callers, in %.1f s of windows of %.3f s; %.1f M packets, one in %llu "
		 "looked at",
		 callers_found(), CALLERS, found / 1e9, stage->window_ns / 1e9,
		 stage->flooded / 1e6, stage->most_in);
	verdict("seen/callers under a flood", found, said);
	verdict("seen/soon", found && found < ROTATIONS * stage->most_in * stage->window_ns,
		"all of them, before everybody was looked at three times");
	test_untrue(stage, "seen/none of the flood's", 0);
	verdict("seen/not everybody is looked at", stage->most_in > 1, "under a flood");
}

/* Two windows later it is quiet again. */
static void test_quiet_again(struct stage *stage)
{
	struct sender newcomer;
	const struct seen *seen;
	struct seen *list;
	size_t count;

	sender_make(&newcomer, 2, 1);
	sleep_ns(3 * stage->window_ns);
	for (int i = 0; i < 2; i++)
		sender_send(stage, &newcomer);
	list = look(&count);
	seen = find(list, count, &newcomer);
	verdict("seen/quiet again",
		seen && seen->exact && seen->packets == 2 && seen_one_in(&rig.instance) == 1,
		"who comes after the flood, to the packet");
	free(list);
	test_untrue(stage, "seen/none of the flood's, afterwards", 1); /* the newcomer */
}

static void test_memory(void)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	char said[64];

	if (bpf_obj_get_info_by_fd(rig.instance.fd[MAP_SEEN], &info, &len))
		rig_die("no map: %s", strerror(errno));
	snprintf(said, sizeof(said), "%u bytes a CPU", info.value_size * info.max_entries);
	verdict("seen/memory", info.value_size * info.max_entries <= MEMORY_MOST, said);
}

int main(int argc, char **argv)
{
	bool is_long = argc > 1 && !strcmp(argv[1], "long");
	__u64 pps = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	struct stage stage = {
		.chunk = is_long ? CHUNK : CHUNK_FAST,
		.gap_ns = is_long ? CHUNK * NSEC_PER_SEC / pps : 0,
		.limit_ns = (is_long ? LONG_LIMIT : SHORT_LIMIT) * NSEC_PER_SEC,
		.after_ns = (is_long ? LONG_AFTER : SHORT_AFTER) * NSEC_PER_SEC,
	};

	rig_open(&rig);
	stage_open(&stage, is_long ? 0 : SHORTER);
	test_memory();
	test_quiet(&stage);
	test_flood(&stage);
	test_quiet_again(&stage);
	stage_close(&stage);
	rig_close(&rig);
	return rig_summary();
}
