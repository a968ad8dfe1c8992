/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What libxdp's dispatcher calls in the filter's stead, and never changes:
 * which of its programs is in force is one word of a prog array, so that one
 * takes another's place without a gap, and without libxdp.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "clarent_xdp.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} entry SEC(".maps");

/* What comes behind it is given what it passes, and nothing else. */
struct {
	__uint(priority, CX_RUN_PRIORITY);
	__uint(XDP_PASS, 1);
} _clarent_join SEC(".xdp_run_config");

SEC("xdp")
int clarent_join(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &entry, 0);
	return XDP_PASS; /* as where a link is gone: nothing is judged */
}
