// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Notes which numbered frames came through the filter, and ends them all. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>

#include "flood.h"

__u64 unlisted, twice, beyond;

/* One bit a number. All frames come over one queue, on one core: plain stores do. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} delivered SEC(".maps");

static __always_inline void note(__u64 number)
{
	__u32 at = number / 64;
	__u64 bit = 1ULL << (number % 64);
	__u64 *word = bpf_map_lookup_elem(&delivered, &at);

	if (!word)
		beyond++;
	else if (*word & bit)
		twice++;
	else
		*word |= bit;
}

SEC("tc")
int witness(struct __sk_buff *skb)
{
	struct flood_mark mark;
	__u32 at = ETH_HLEN + sizeof(struct iphdr) + sizeof(struct udphdr);

	if (bpf_skb_load_bytes(skb, at, &mark, sizeof(mark)))
		return TC_ACT_SHOT;
	if (mark.number_plus_one)
		note(mark.number_plus_one - 1);
	else
		unlisted++;
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
