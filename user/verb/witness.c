/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whom `check` asks: the program that an attachment has beside its own, which moves nothing. */
#include "witness.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

#include "coverage.h"
#include "scope.h"

/* In front of what is shorter than the kernel's least stands so much metadata, of zeros. */
#define FILL_SIZE 32

static int refuse_idle(struct cli *cli, const struct attachment *attachment)
{
	complain_failed(&cli->why, attachment_name(attachment),
			"passes everything while its attach or detach is not confirmed");
	complain_hint(&cli->why, "see: clarent-xdp status");
	return STATUS_FAILED;
}

static int refuse_none(struct cli *cli, const char *dev)
{
	complain_failed(
		&cli->why, dev,
		dev ? "is not attached in this network namespace"
		    : "nothing is attached in this network namespace, so nothing is dropped");
	complain_hint(&cli->why, "see: clarent-xdp status");
	return STATUS_FAILED;
}

int witness_choose(struct cli *cli, const struct view *view, const char *dev,
		   struct attachment *ret_attachment)
{
	scoped(memory) list = NULL;
	size_t count;
	int status = view_attachments(cli, view, (struct attachment **)&list, &count);

	for (size_t i = 0; i < count && !status; i++) {
		const struct attachment *one = (struct attachment *)list + i;

		if (one->netns != view->here || !one->ifindex ||
		    (dev && !attachment_is_called(one, dev)))
			continue;
		*ret_attachment = *one;
		return attachment_judges(one, clocks_now().boottime) ? STATUS_DONE
								     : refuse_idle(cli, one);
	}
	return status ? status : refuse_none(cli, dev);
}

int witness_ask(int check_fd, __u32 ifindex, const __u8 *frame, size_t len, __u32 *ret_answer)
{
	__u8 filled[FILL_SIZE + ETH_HLEN] = {};
	struct xdp_md ctx = { .data_end = len, .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));

	if (len < ETH_HLEN) {
		memcpy(filled + FILL_SIZE, frame, len);
		ctx.data = FILL_SIZE;
		ctx.data_end = FILL_SIZE + len;
		opts.data_in = filled;
		opts.data_size_in = FILL_SIZE + len;
	}
	if (bpf_prog_test_run_opts(check_fd, &opts))
		return -errno;
	*ret_answer = opts.retval;
	return 0;
}

/* Would it drop, were everything enforced? */
static bool is_drop(const struct settings *settings, __u32 answer)
{
	switch (CX_ANSWER_REASON(answer)) {
	case CX_ALLOWED:
	case CX_NOT_GUARDED:
		return false;
	case CX_ELSEWHERE:
		return !settings->policy[CX_ANSWER_POLICY(answer)].elsewhere_pass;
	default:
		return true;
	}
}

enum verdict witness_verdict(const struct settings *settings, __u32 answer)
{
	if (!CX_ANSWER_PASS(answer))
		return VERDICT_DROP;
	return is_drop(settings, answer) ? VERDICT_WOULD_DROP : VERDICT_PASS;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_PASS] = "pass",
		[VERDICT_WOULD_DROP] = "would drop",
		[VERDICT_DROP] = "drop",
	};

	return names[verdict];
}
