/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Asks the very program that is attached to an interface what it does with frames.
 *
 *   verdicts IFACE...  frames on standard input, one a line, as hexadecimal digits
 *
 * Prints a line per interface, with a letter per frame: p passed, d dropped,
 * - no program attached.  Unlike `clarent-xdp check` it trusts no pin.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <error.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES_MAX 512
#define FRAME_MAX  256
/* Of Linux 6.6, which headers need not be. */
#define TCX_INGRESS ((enum bpf_attach_type)46)

struct frame {
	unsigned char bytes[FRAME_MAX];
	__u32 len;
};

static struct frame frames[FRAMES_MAX];
static size_t frame_count;

static void read_frame(const char *hex)
{
	struct frame *frame = &frames[frame_count++];
	unsigned int byte;

	while (frame->len < FRAME_MAX && sscanf(hex + 2 * frame->len, "%2x", &byte) == 1)
		frame->bytes[frame->len++] = byte;
}

static void read_frames(void)
{
	char line[2 * FRAME_MAX + 2];

	while (frame_count < FRAMES_MAX && fgets(line, sizeof(line), stdin))
		read_frame(line);
}

/* At tc ingress by a link, or by a filter of the first priority; 0: none. */
static __u32 at_tc(unsigned int ifindex)
{
	__u32 id = 0;
	LIBBPF_OPTS(bpf_prog_query_opts, links, .prog_ids = &id, .prog_cnt = 1);
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, filter, .handle = 1, .priority = 1);

	if (!bpf_prog_query_opts(ifindex, TCX_INGRESS, &links) && id)
		return id;
	libbpf_set_print(NULL); /* there may be none */
	return bpf_tc_query(&hook, &filter) ? 0 : filter.prog_id;
}

/* The program on an interface, in whatever mode; -1: there is none. */
static int attached(unsigned int ifindex, bool *ret_tc)
{
	__u32 id = 0;

	if (bpf_xdp_query_id(ifindex, 0, &id))
		error(1, errno, "query");
	*ret_tc = !id;
	if (!id)
		id = at_tc(ifindex);
	return id ? bpf_prog_get_fd_by_id(id) : -1;
}

static char ask_tc(int prog_fd, unsigned int ifindex, const struct frame *frame)
{
	struct __sk_buff ctx = { .ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes, .data_size_in = frame->len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));

	if (bpf_prog_test_run_opts(prog_fd, &opts))
		error(1, errno, "test run");
	return opts.retval == (__u32)TC_ACT_UNSPEC ? 'p' : opts.retval == TC_ACT_SHOT ? 'd' : '?';
}

static char ask(int prog_fd, unsigned int ifindex, const struct frame *frame)
{
	struct xdp_md ctx = { .data_end = frame->len, .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes, .data_size_in = frame->len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));

	if (bpf_prog_test_run_opts(prog_fd, &opts))
		error(1, errno, "test run");
	return opts.retval == XDP_PASS ? 'p' : opts.retval == XDP_DROP ? 'd' : '?';
}

static void ask_all(const char *ifname)
{
	unsigned int ifindex = if_nametoindex(ifname);
	bool tc;
	int prog_fd;

	if (!ifindex)
		error(1, errno, "%s", ifname);
	prog_fd = attached(ifindex, &tc);
	for (size_t i = 0; i < frame_count; i++)
		putchar(prog_fd < 0 ? '-' : (tc ? ask_tc : ask)(prog_fd, ifindex, &frames[i]));
	putchar('\n');
	if (prog_fd >= 0)
		close(prog_fd);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		error(2, 0, "usage: verdicts IFACE... < FRAMES");
	read_frames();
	for (int i = 1; i < argc; i++)
		ask_all(argv[i]);
	return 0;
}
