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
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES_MAX 512
#define FRAME_MAX  256

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

/* The program on an interface, in whatever mode; -1: there is none. */
static int attached(unsigned int ifindex)
{
	__u32 id = 0;

	if (bpf_xdp_query_id(ifindex, 0, &id))
		error(1, errno, "query");
	return id ? bpf_prog_get_fd_by_id(id) : -1;
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
	int prog_fd;

	if (!ifindex)
		error(1, errno, "%s", ifname);
	prog_fd = attached(ifindex);
	for (size_t i = 0; i < frame_count; i++)
		putchar(prog_fd < 0 ? '-' : ask(prog_fd, ifindex, &frames[i]));
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
