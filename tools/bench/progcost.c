// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Times programs beside each other over one frame, in turn, by test runs with a repeat. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <error.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "host.h"

#define MAX_SUBJECTS   8
#define MAX_BROKEN_OFF 10
#define USAGE                                                                             \
	"usage: progcost [-t TURNS] [-r REPEAT] [-c CORE] [-w MILLISECONDS] SUBJECT…\n" \
	"  SUBJECT  NAME,pinned=PATH|attached=IFACE[,FRAME-WORD…]\n"                    \
	"  -w       rest before each run, so that rate limits fill up again\n"

struct subject {
	const char *name;
	int prog_fd;
	unsigned int ifindex;
	unsigned char frame[FRAME_SIZE];
};

struct settings {
	unsigned int turns, repeat, core, rest_ms;
};

static int attached_prog(unsigned int ifindex)
{
	__u32 id = 0;
	int err = bpf_xdp_query_id(ifindex, 0, &id);

	if (err)
		return err;
	return id ? bpf_prog_get_fd_by_id(id) : -ENOENT;
}

static void parse_subject(char *text, struct subject *ret_subject)
{
	struct subject s = { .prog_fd = -1, .ifindex = if_nametoindex("lo") };
	struct frame_spec spec;
	char *rest = text, *word;

	frame_spec_init(&spec);
	s.name = strsep(&rest, ",");
	while ((word = strsep(&rest, ","))) {
		if (!strncmp(word, "pinned=", 7)) {
			s.prog_fd = bpf_obj_get(word + 7);
		} else if (!strncmp(word, "attached=", 9)) {
			s.ifindex = if_nametoindex(word + 9);
			s.prog_fd = attached_prog(s.ifindex);
		} else if (frame_spec_word(&spec, word)) {
			error(2, 0, "'%s': what is '%s'?", s.name, word);
		}
	}
	if (s.prog_fd < 0 || !s.ifindex)
		error(1, 0, "'%s': no such program", s.name);
	frame_build(&spec, s.frame);
	*ret_subject = s;
}

/* The kernel's own figure is in whole nanoseconds: too coarse, so the loop is timed. */
static void run(const struct subject *s, const struct settings *set, unsigned int turn)
{
	struct xdp_md where = { .data_end = FRAME_SIZE, .ingress_ifindex = s->ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = s->frame, .data_size_in = sizeof(s->frame),
		    .ctx_in = &where, .ctx_size_in = sizeof(where), .repeat = set->repeat);
	__u64 start, ns;
	int err, broken_off = 0;

	/* A run that the kernel breaks off tells nothing. */
	do {
		usleep(set->rest_ms * 1000);
		start = host_now_ns();
		err = bpf_prog_test_run_opts(s->prog_fd, &opts);
		ns = host_now_ns() - start;
	} while (err == -EINTR && ++broken_off < MAX_BROKEN_OFF);
	if (err)
		error(1, -err, "test run of '%s'", s->name);
	printf("{\"turn\":%u,\"name\":\"%s\",\"ns\":%.3f,\"verdict\":%u}\n", turn, s->name,
	       (double)ns / set->repeat, opts.retval);
}

static int parse_options(int argc, char **argv, struct settings *ret_set)
{
	int option;

	while ((option = getopt(argc, argv, "t:r:c:w:")) != -1) {
		switch (option) {
		case 't':
			ret_set->turns = atoi(optarg);
			break;
		case 'r':
			ret_set->repeat = atoi(optarg);
			break;
		case 'c':
			ret_set->core = atoi(optarg);
			break;
		case 'w':
			ret_set->rest_ms = atoi(optarg);
			break;
		default:
			error(2, 0, USAGE);
		}
	}
	return optind;
}

int main(int argc, char **argv)
{
	struct settings set = { .turns = 1, .repeat = 1000000 };
	int first = parse_options(argc, argv, &set);
	struct subject subjects[MAX_SUBJECTS];
	unsigned int n = argc - first;

	if (!n || n > MAX_SUBJECTS || !set.repeat)
		error(2, 0, USAGE);
	for (unsigned int i = 0; i < n; i++)
		parse_subject(argv[first + i], &subjects[i]);
	host_pin(set.core);
	for (unsigned int turn = 0; turn < set.turns; turn++)
		for (unsigned int i = 0; i < n; i++)
			run(&subjects[i], &set, turn);
	return 0;
}
