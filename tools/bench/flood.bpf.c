// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Gives each frame of a flood its source and sends it into the veth pair. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "flood.h"

/* Only packets that a real IP stack will see need a true header checksum. */
const volatile bool fix_checksum;

__u32 out_ifindex;
__u32 header_sum;
__u32 drawn_lines;
__u32 drawn_at;
__u64 random_state;
__u64 frames_made;

__be32 call_source;
__u64 call_gap_ns;
__u64 next_call_ns;
__u64 calls_made;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct drawn_line);
} drawn SEC(".maps");

/*
 * A linear congruence costs a nanosecond, the kernel's own helper several; the
 * upper half is the good one. The flood runs on one core, so plain stores do.
 */
static __always_inline __u64 draw(void)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return random_state;
}

/* No division: the walk must stay cheaper than any filter that it feeds. */
static __always_inline struct drawn_line *line_at(__u32 at)
{
	return bpf_map_lookup_elem(&drawn, &at);
}

static __always_inline void next_line(void)
{
	if (++drawn_at >= drawn_lines)
		drawn_at = 0;
}

static __always_inline struct iphdr *ipv4_of(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + ETH_HLEN;

	return (void *)(ip + 1) > end ? NULL : ip;
}

static __always_inline struct ipv6hdr *ipv6_of(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ipv6hdr *ip = data + ETH_HLEN;

	return (void *)(ip + 1) > end ? NULL : ip;
}

static __always_inline void set_ipv4_source(struct iphdr *ip, __be32 source)
{
	__u32 sum;

	ip->saddr = source;
	if (!fix_checksum)
		return;
	sum = header_sum + (source & 0xffff) + (source >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = ~sum;
}

static __always_inline void set_ipv6_source(struct ipv6hdr *ip, __be64 high, __be64 low)
{
	__be64 *source = (__be64 *)&ip->saddr;

	source[0] = high;
	source[1] = low;
}

SEC("xdp")
int flood_one(struct xdp_md *ctx)
{
	(void)ctx;
	frames_made++;
	return bpf_redirect(out_ifindex, 0);
}

SEC("xdp")
int flood_random_ipv4(struct xdp_md *ctx)
{
	struct iphdr *ip = ipv4_of(ctx);

	if (!ip)
		return XDP_ABORTED;
	frames_made++;
	set_ipv4_source(ip, draw() >> 32);
	return bpf_redirect(out_ifindex, 0);
}

/* All of 2000::/3, the part of IPv6 that routers carry. */
SEC("xdp")
int flood_random_ipv6(struct xdp_md *ctx)
{
	struct ipv6hdr *ip = ipv6_of(ctx);
	__u64 high = draw();

	if (!ip)
		return XDP_ABORTED;
	frames_made++;
	high = (high & ~(7ULL << 61)) | (1ULL << 61);
	set_ipv6_source(ip, bpf_cpu_to_be64(high), draw());
	return bpf_redirect(out_ifindex, 0);
}

SEC("xdp")
int flood_drawn_ipv4(struct xdp_md *ctx)
{
	struct iphdr *ip = ipv4_of(ctx);
	struct drawn_line *line = line_at(drawn_at);
	__u64 column = frames_made++ & 3;

	if (!ip || !line)
		return XDP_ABORTED;
	set_ipv4_source(ip, line->ipv4[column]);
	if (column == 3)
		next_line();
	return bpf_redirect(out_ifindex, 0);
}

/* A drawn /64 with an interface identifier of the moment. */
SEC("xdp")
int flood_beside_ipv6(struct xdp_md *ctx)
{
	struct ipv6hdr *ip = ipv6_of(ctx);
	struct drawn_line *line = line_at(drawn_at);

	if (!ip || !line)
		return XDP_ABORTED;
	frames_made++;
	set_ipv6_source(ip, line->ipv6[0], draw());
	next_line();
	return bpf_redirect(out_ifindex, 0);
}

static __always_inline struct flood_mark *mark_of(struct xdp_md *ctx, struct iphdr *ip)
{
	struct flood_mark *mark = (void *)(ip + 1) + sizeof(struct udphdr);

	return (void *)(mark + 1) > (void *)(long)ctx->data_end ? NULL : mark;
}

SEC("xdp")
int flood_sequence(struct xdp_md *ctx)
{
	struct iphdr *ip = ipv4_of(ctx);
	struct drawn_line *line = line_at(drawn_at);
	struct flood_mark *mark;
	__u64 frame = frames_made++;
	__u64 number = frame / SEQUENCE_EVERY;
	__u64 column = number & 3;

	if (!ip || !line)
		return XDP_ABORTED;
	mark = mark_of(ctx, ip);
	if (!mark)
		return XDP_ABORTED;

	if (frame % SEQUENCE_EVERY) {
		set_ipv4_source(ip, draw() >> 32 | bpf_htonl(1U << 31));
		mark->number_plus_one = 0;
		return bpf_redirect(out_ifindex, 0);
	}
	set_ipv4_source(ip, line->ipv4[column]);
	mark->number_plus_one = number + 1;
	if (column == COLUMN_NEW)
		next_line();
	return bpf_redirect(out_ifindex, 0);
}

/* The moment's time if a call's packet is due, else 0. */
static __always_inline __u64 call_due(void)
{
	__u64 now;

	if (frames_made++ % CALL_LOOK_EVERY)
		return 0;
	now = bpf_ktime_get_ns();
	if (now < next_call_ns)
		return 0;
	next_call_ns = now + ((draw() >> 32) * (2 * call_gap_ns) >> 32);
	return now;
}

SEC("xdp")
int flood_calls(struct xdp_md *ctx)
{
	struct iphdr *ip = ipv4_of(ctx);
	struct flood_mark *mark;
	__u64 now = call_due();

	if (!ip)
		return XDP_ABORTED;
	mark = mark_of(ctx, ip);
	if (!mark)
		return XDP_ABORTED;

	if (now) {
		set_ipv4_source(ip, call_source);
		mark->number_plus_one = ++calls_made;
		mark->sent_ns = now;
	} else {
		set_ipv4_source(ip, draw() >> 32);
		mark->number_plus_one = 0;
	}
	return bpf_redirect(out_ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
