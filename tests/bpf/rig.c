/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The shipped object on a bpffs of its own: rules in, frames in, verdicts out. */
#include "rig.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "generation.h"
#include "kernel_said.h"
#include "policy_file.h"
#include "reading.h"

#define APART     SOURCE_DIR "/tests/apart"
#define WORDS_MAX 16
#define RIG_DIR   "/sys/fs/bpf/rig" /* on a bpffs of our own */
#define FILL_SIZE 32                /* metadata before a short frame: what all kernels take */

static unsigned int passed, failed, skipped;

/* Result lines */

static void say(const char *verdict, const char *name, const char *format, va_list args)
{
	printf("%s %s (", verdict, name);
	vprintf(format, args);
	printf(")\n");
	fflush(stdout);
}

void rig_pass(const char *name, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	say("PASS", name, what, args);
	va_end(args);
	passed++;
}

void rig_skip(const char *name, const char *why, ...)
{
	va_list args;

	va_start(args, why);
	say("SKIP", name, why, args);
	va_end(args);
	skipped++;
}

void rig_fail(const char *name, const char *why, ...)
{
	va_list args;

	va_start(args, why);
	say("FAIL", name, why, args);
	va_end(args);
	failed++;
}

void rig_die(const char *why, ...)
{
	va_list args;

	va_start(args, why);
	say("FAIL", "rig", why, args);
	va_end(args);
	failed++;
	rig_summary();
	exit(1);
}

int rig_summary(void)
{
	printf("%u passed, %u failed", passed, failed);
	if (skipped)
		printf(", %u skipped", skipped);
	printf("\n");
	return failed || !(passed + skipped);
}

/* A machine of its own */

static void stop(int number)
{
	_exit(128 + number);
}

/* What was typed, as main() gets it. */
static void read_words(char *text, size_t size, char **ret_words, int words_max)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, size - 1);
	int count = 0;

	if (len < 0)
		rig_die("cannot read /proc/self/cmdline: %s", strerror(errno));
	close(fd);
	text[len] = '\0';
	for (char *word = text; word < text + len && count < words_max; word += strlen(word) + 1)
		ret_words[count++] = word;
	ret_words[count] = NULL;
}

/* Starts this program anew by tests/apart. */
static void move_apart(void)
{
	static char program[PATH_MAX], dir[PATH_MAX], text[4 * PATH_MAX];
	char *words[3 + WORDS_MAX + 1] = { APART, "-r", dir };

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		rig_die("cannot read /proc/self/exe: %s", strerror(errno));
	strcpy(dir, program);
	*strrchr(dir, '/') = '\0';
	read_words(text, sizeof(text), words + 3, WORDS_MAX);
	words[3] = program;
	execv(APART, words);
	rig_die("cannot run " APART ": %s", strerror(errno));
}

/* Pid 1 obeys only the signals that it asks for. */
static void isolate(void)
{
	if (!getenv("APART"))
		move_apart();
	unsetenv("APART");
	if (getpid() != 1)
		rig_die("this is not tests/apart");
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
}

/* Rules */

/* No attachment holds the numbers of their interfaces, which a commit gives back else. */
static void keep_devices(struct rig *rig)
{
	for (__u32 i = 1; i < CX_MAX_DEVS; i++) {
		if (rig->device[i][0] &&
		    bpf_map_update_elem(rig->instance.fd[MAP_DEVICES], &i, rig->device[i], BPF_ANY))
			rig_die("cannot keep a device's number: %s", strerror(errno));
	}
}

static void commit(struct rig *rig, const struct settings *have)
{
	struct complaint why = {};

	if (generation_commit(&rig->instance, have, &rig->settings, /* confirm= */ 0, &why))
		rig_die("cannot put the rules in force: %s: %s", why.object, why.what);
	keep_devices(rig);
}

static void first_rules(struct rig *rig)
{
	if (settings_init(&rig->settings))
		rig_die("no memory");
	commit(rig, NULL);
	if (instance_seal(&rig->instance))
		rig_die("cannot pin the instance");
}

static void die_of(const struct file_errors *errors, const char *text)
{
	const struct complaint *why = &errors->kept[0].why;

	fputs(text, stdout);
	rig_die("rules, line %u: '%s' %s", errors->kept[0].line, why->object, why->what);
}

static void read_rules(const char *text, struct settings *ret_settings)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	static struct file_errors errors;
	struct warnings warnings = {};

	errors.count = 0;
	if (!file)
		rig_die("cannot read the rules: %s", strerror(errno));
	if (policy_file_read(file, time(NULL), ret_settings, &errors, &warnings))
		die_of(&errors, text);
	fclose(file);
	warnings_free(&warnings);
}

/* The first segment of states, once there is one. */
static struct cx_state *map_states(const struct instance *instance)
{
	__u32 segment = 0, id;
	void *mapped;
	int fd;

	if (bpf_map_lookup_elem(instance->fd[MAP_STATES], &segment, &id))
		return NULL;
	fd = bpf_map_get_fd_by_id(id);
	mapped = mmap(NULL, RIG_STATES * sizeof(struct cx_state), PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	if (fd < 0 || mapped == MAP_FAILED)
		rig_die("cannot map the states: %s", strerror(errno));
	close(fd);
	return mapped;
}

void rig_apply(struct rig *rig, const char *text)
{
	struct settings have;

	settings_free(&rig->settings);
	if (generation_read(&rig->instance, &have))
		rig_die("cannot read the rules in force");
	read_rules(text, &rig->settings);
	commit(rig, &have);
	settings_free(&have);
	if (!rig->states)
		rig->states = map_states(&rig->instance);
}

__u32 rig_features(const struct rig *rig)
{
	return rig->instance.rules[instance_generation(&rig->instance)].features;
}

/* Programs */

void rig_load(struct rig *rig, const char *dev, struct cx_attachment self, int counters_fd,
	      struct object_programs *ret_programs)
{
	const struct object_maps maps = { counters_fd, -1, -1, -1 };
	struct complaint why = {};

	self.abi = CX_ABI;
	self.dev = (__u16)instance_device(&rig->instance, dev);
	if (!self.dev)
		rig_die("no number for device %s", dev);
	snprintf(rig->device[self.dev], CX_NAME_MAX, "%s", dev);
	if (object_load(&rig->instance, &self, &maps, ret_programs, &why))
		rig_die("cannot load: %s", why.what);
}

/* Runs a program once. Returns 0 or -errno. */
static int test_run(int prog_fd, const struct rig_frame *frame, __u32 *ret_value)
{
	static __u8 filled[FILL_SIZE + RIG_FRAME_MIN]; /* metadata is zero */
	struct xdp_md ctx = { .data_end = frame->linear, .ingress_ifindex = frame->ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->data, .data_size_in = frame->size,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);

	if (frame->size < RIG_FRAME_MIN) {
		memcpy(filled + FILL_SIZE, frame->data, frame->size);
		ctx.data = FILL_SIZE;
		ctx.data_end = FILL_SIZE + frame->size;
		opts.data_in = filled;
		opts.data_size_in = FILL_SIZE + frame->size;
	}
	if (bpf_prog_test_run_opts(prog_fd, &opts))
		return -errno;
	*ret_value = opts.retval;
	return 0;
}

__u32 rig_run(const struct rig *rig, int prog_fd, const struct rig_frame *frame)
{
	__u32 value;
	int err = test_run(prog_fd, frame, &value);

	(void)rig;
	if (err)
		rig_die("the kernel did not run a frame of %u bytes, %u in the first buffer: %s",
			frame->size, frame->linear, strerror(-err));
	return value;
}

int rig_run_tc(int prog_fd, const struct rig_frame *frame, bool is_bare,
	       const struct rig_merged *merged)
{
	static __u8 behind[RIG_FRAME_MIN + RIG_TC_MAX]; /* a link header of zeros */
	struct __sk_buff ctx = {
		.ifindex = frame->ifindex,
		.gso_segs = merged ? merged->segments : 0,
		.gso_size = merged ? merged->size : 0,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->data, .data_size_in = frame->size,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);

	if (is_bare) {
		memcpy(behind + RIG_FRAME_MIN, frame->data, frame->size);
		opts.data_in = behind;
		opts.data_size_in = RIG_FRAME_MIN + frame->size;
	}
	if (!bpf_prog_test_run_opts(prog_fd, &opts))
		return (int)opts.retval;
	if (errno != EINVAL || frame->size >= RIG_TC_MIN)
		rig_die("the kernel did not run a frame of %u bytes at tc: %s", frame->size,
			strerror(errno));
	return RIG_NOT_RUN;
}

/* What this kernel's BPF_PROG_TEST_RUN can do beyond what all kernels can. */
static void probe(struct rig *rig)
{
	static const __u8 zeros[2 * RIG_FRAME_MIN];
	struct rig_frame small = { .data = zeros, .size = 1, .linear = 1 };
	struct rig_frame split = { .data = zeros, .size = sizeof(zeros), .linear = 1 };
	struct object_programs programs;
	__u32 value;

	rig_load(rig, "probe", (struct cx_attachment){}, -1, &programs);
	rig->runs_short = !test_run(programs.check_fd, &small, &value);
	rig->runs_split = !test_run(programs.check_fd, &split, &value);
	object_close(&programs);
}

void rig_open(struct rig *ret_rig)
{
	struct complaint why = {};

	*ret_rig = (struct rig){};
	if (geteuid())
		rig_die("needs root");
	isolate();
	kernel_listen(false);
	if (instance_open(RIG_DIR, INSTANCE_CREATE, &ret_rig->instance, &why))
		rig_die("cannot make an instance: %s: %s", why.object, why.what);
	first_rules(ret_rig);
	probe(ret_rig);
}

void rig_close(struct rig *rig)
{
	settings_free(&rig->settings);
	if (rig->states)
		munmap(rig->states, RIG_STATES * sizeof(struct cx_state));
	instance_close(&rig->instance);
}

/* Counters and states */

void rig_counters(const struct object_programs *programs,
		  struct cx_counter ret_counters[static CX_COUNTERS])
{
	int cpus = libbpf_num_possible_cpus();
	struct cx_counter *values = calloc((size_t)cpus * CX_COUNTERS, sizeof(*values));
	static __u32 keys[CX_COUNTERS];
	__u32 count = CX_COUNTERS, next;

	if (!values)
		rig_die("no memory");
	if (bpf_map_lookup_batch(programs->counters_fd, NULL, &next, keys, values, &count, NULL) &&
	    errno != ENOENT)
		rig_die("cannot read the counters: %s", strerror(errno));
	if (count != CX_COUNTERS)
		rig_die("read %u counters of %u", count, CX_COUNTERS);
	memset(ret_counters, 0, CX_COUNTERS * sizeof(*ret_counters));
	for (__u32 i = 0; i < count; i++) {
		for (int cpu = 0; cpu < cpus; cpu++) {
			ret_counters[keys[i]].packets += values[i * cpus + cpu].packets;
			ret_counters[keys[i]].bytes += values[i * cpus + cpu].bytes;
		}
	}
	free(values);
}

void rig_state_totals(const struct rig *rig, __u64 *ret_hits, __u64 *ret_drops)
{
	*ret_hits = *ret_drops = 0;
	for (int i = 0; rig->states && i < RIG_STATES; i++) {
		*ret_hits += cx_state_hits(&rig->states[i]);
		*ret_drops += rig->states[i].drops;
	}
}

void rig_set_limits(struct rig *rig, __u64 tat)
{
	for (int i = 0; rig->states && i < RIG_STATES; i++)
		rig->states[i].tat = tat;
}
