// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The programs that the filter is held against: as little work as can be. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int bare_drop(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

SEC("xdp")
int bare_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* What the filter hands on to. */
SEC("xdp.frags")
int bare_next(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* Drops all IPv4 but what comes from the calls' own network, 10.99.0.0/16. */
SEC("xdp")
int bare_calls(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + ETH_HLEN;

	if ((void *)(ip + 1) > end)
		return XDP_DROP;
	return (ip->saddr & bpf_htonl(0xffff0000)) == bpf_htonl(0x0a630000) ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int bare_clock(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_ktime_get_ns() ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int bare_coarse(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_ktime_get_coarse_ns() ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
