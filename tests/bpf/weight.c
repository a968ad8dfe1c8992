/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs weigh: instructions that the verifier walks, and bytes
 * that come out; neither needs a clock.
 *
 *	bpf-weight           holds every object against weight.txt
 *	bpf-weight OBJECT    holds another one against what the shipped one weighs
 *	bpf-weight record    prints a new weight.txt, other kernels' lines kept
 *
 * The numbers are the kernel's, so each line is for one kernel series.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "rig.h"

#define RECORD            SOURCE_DIR "/tests/bpf/weight.txt"
#define VERIFIED_MAX      250000 /* a quarter of what the kernel bears */
#define TOLERANCE_PERCENT 3
#define SAID_SIZE         (1 << 20) /* the kernel's log, which ends with the reason */
#define SAID_TAIL         1500
#define WEIGHTS_MAX       256

static const char head[] =
	"# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\n"
	"# Instructions verified and bytes translated of each program; `make weight` rewrites it.\n"
	"# kernel compiler program checks link verified translated\n";

/* Objects, by compiler; the shipped one first, and again among the others. */
static const struct {
	const char *compiler;
	const char *path;
} objects[] = {
	{ "clang-" CLANG_MAJOR, BUILD_DIR "/clarent_xdp.bpf.o" },
	{ "clang-14", BUILD_DIR "/tests/bpf/clang-14/clarent_xdp.bpf.o" },
	{ "clang-16", BUILD_DIR "/tests/bpf/clang-16/clarent_xdp.bpf.o" },
	{ "clang-19", BUILD_DIR "/tests/bpf/clang-19/clarent_xdp.bpf.o" },
};

static const struct variant {
	const char *checks;
	const char *link;
	__u32 features;
	enum cx_link_type link_type;
} variants[] = {
	{ "none", "ethernet", 0, CX_LINK_ETHERNET },
	{ "none", "bare-ip", 0, CX_LINK_BARE_IP },
	{ "all", "ethernet", RIG_ALL_FEATURES, CX_LINK_ETHERNET },
	{ "all", "bare-ip", RIG_ALL_FEATURES, CX_LINK_BARE_IP },
};

struct weight {
	char kernel[16];
	char compiler[16];
	char program[32];
	char checks[8];
	char link[16];
	unsigned int verified, translated;
};

struct weights {
	struct weight weight[WEIGHTS_MAX];
	int count;
};

static struct weights recorded, found;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool same_thing(const struct weight *a, const struct weight *b)
{
	return !strcmp(a->kernel, b->kernel) && !strcmp(a->compiler, b->compiler) &&
	       !strcmp(a->program, b->program) && !strcmp(a->checks, b->checks) &&
	       !strcmp(a->link, b->link);
}

static const struct weight *look_up(const struct weights *weights, const struct weight *like)
{
	for (int i = 0; i < weights->count; i++) {
		if (same_thing(&weights->weight[i], like))
			return &weights->weight[i];
	}
	return NULL;
}

static void add(struct weights *weights, const struct weight *weight)
{
	if (weights->count == WEIGHTS_MAX)
		rig_die("more than %d weights", WEIGHTS_MAX);
	weights->weight[weights->count++] = *weight;
}

static void read_record(void)
{
	FILE *file = fopen(RECORD, "re");
	struct weight weight;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%15s %15s %31s %7s %15s %u %u", weight.kernel, weight.compiler,
			   weight.program, weight.checks, weight.link, &weight.verified,
			   &weight.translated) == 7 &&
		    *line != '#')
			add(&recorded, &weight);
	}
	if (file)
		fclose(file);
}

/* "6.18" of 6.18.44-something. */
static void kernel_series(char ret_series[static 16])
{
	unsigned int major, minor;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		rig_die("cannot tell the kernel's version");
	snprintf(ret_series, 16, "%u.%u", major, minor);
}

/* Loading */

static char said[SAID_SIZE];

/* Keeps the last long warning: the verifier's log, if it is one. */
static int listen(enum libbpf_print_level level, const char *format, va_list args)
{
	static char line[SAID_SIZE];

	if (level == LIBBPF_WARN && vsnprintf(line, sizeof(line), format, args) > SAID_TAIL)
		memcpy(said, line, sizeof(said));
	return 0;
}

static void print_said(void)
{
	size_t len = strnlen(said, sizeof(said) - 1);

	printf("%s\n", said + (len > SAID_TAIL ? len - SAID_TAIL : 0));
}

static void set_variant(struct bpf_object *object, const struct variant *variant)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata.self");
	size_t size;
	struct cx_attachment *self = map ? (void *)bpf_map__initial_value(map, &size) : NULL;

	if (!self || size != sizeof(*self))
		rig_die("the object's .rodata.self is something else");
	self->features = variant->features;
	self->link_type = variant->link_type;
	bpf_map__set_autocreate(bpf_object__find_map_by_name(object, ".data.types"), false);
}

static void weigh_program(const struct bpf_program *program, struct weight *weight)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len))
		rig_die("cannot read a program's info: %s", strerror(errno));
	snprintf(weight->program, sizeof(weight->program), "%s", bpf_program__name(program));
	weight->verified = info.verified_insns;
	weight->translated = info.xlated_prog_len;
	add(&found, weight);
}

static void weigh_variant(const char *compiler, const char *path, const struct variant *variant)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct weight weight = {};
	struct bpf_program *program;
	int err;

	if (!object)
		rig_die("cannot open %s: %s", path, strerror(errno));
	set_variant(object, variant);
	err = bpf_object__load(object);
	kernel_series(weight.kernel);
	snprintf(weight.compiler, sizeof(weight.compiler), "%s", compiler);
	snprintf(weight.checks, sizeof(weight.checks), "%s", variant->checks);
	snprintf(weight.link, sizeof(weight.link), "%s", variant->link);
	if (err) {
		print_said();
		rig_fail("weight", "%s, checks %s, %s: the kernel refuses it: %s", compiler,
			 variant->checks, variant->link, strerror(-err));
	}
	bpf_object__for_each_program (program, object) {
		if (!err)
			weigh_program(program, &weight);
	}
	bpf_object__close(object);
}

/* Judging */

static bool is_about(unsigned int number, unsigned int record)
{
	return number * 100ULL <= record * (100ULL + TOLERANCE_PERCENT) &&
	       number * 100ULL >= record * (100ULL - TOLERANCE_PERCENT);
}

static void judge(const struct weight *weight)
{
	const struct weight *record = look_up(&recorded, weight);
	char name[128];

	snprintf(name, sizeof(name), "weight/%s, %s, checks %s, %s", weight->program,
		 weight->compiler, weight->checks, weight->link);
	if (!weight->verified)
		rig_fail(name, "the kernel does not say what it verified");
	else if (weight->verified > VERIFIED_MAX)
		rig_fail(name, "%u instructions verified, more than %d", weight->verified,
			 VERIFIED_MAX);
	else if (!record)
		rig_skip(name, "%u verified, %u bytes; no record for Linux %s", weight->verified,
			 weight->translated, weight->kernel);
	else if (!is_about(weight->verified, record->verified) ||
		 !is_about(weight->translated, record->translated))
		rig_fail(
			name,
			"%u verified, %u bytes; recorded are %u, %u: if that is meant, make weight",
			weight->verified, weight->translated, record->verified, record->translated);
	else
		rig_pass(name, "%u verified, %u bytes", weight->verified, weight->translated);
}

/* The shipped object and that of the same compiler: once is enough. */
static bool is_known(const struct weight *weight)
{
	const struct weight *first = look_up(&found, weight);

	return first != weight && first->verified == weight->verified &&
	       first->translated == weight->translated;
}

static void print_weight(const struct weight *weight)
{
	printf("%s %s %s %s %s %u %u\n", weight->kernel, weight->compiler, weight->program,
	       weight->checks, weight->link, weight->verified, weight->translated);
}

/* What was found, and of the former record what was not looked for here. */
static int print_record(void)
{
	char kernel[16];

	kernel_series(kernel);
	fputs(head, stdout);
	for (int i = 0; i < recorded.count; i++) {
		if (strcmp(recorded.weight[i].kernel, kernel))
			print_weight(&recorded.weight[i]);
	}
	for (int i = 0; i < found.count; i++) {
		if (look_up(&found, &found.weight[i]) == &found.weight[i])
			print_weight(&found.weight[i]);
	}
	return found.count ? 0 : 1;
}

static void weigh(const char *compiler, const char *path)
{
	for (size_t i = 0; i < COUNT(variants); i++)
		weigh_variant(compiler, path, &variants[i]);
}

static void weigh_all(bool record)
{
	for (size_t i = 0; i < COUNT(objects); i++) {
		if (!access(objects[i].path, R_OK))
			weigh(objects[i].compiler, objects[i].path);
		else if (!record)
			rig_skip("weight", "not built by %s", objects[i].compiler);
	}
}

int main(int argc, char **argv)
{
	bool record = argc == 2 && !strcmp(argv[1], "record");

	libbpf_set_print(listen);
	read_record();
	if (argc == 2 && !record)
		weigh(objects[0].compiler, argv[1]);
	else
		weigh_all(record);
	if (record)
		return print_record();
	for (int i = 0; i < found.count; i++) {
		if (!is_known(&found.weight[i]))
			judge(&found.weight[i]);
	}
	return rig_summary();
}
