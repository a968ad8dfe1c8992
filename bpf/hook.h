/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two places that a frame is given to the program at: XDP, and tc ingress.
 *
 * At tc it has become a socket buffer.  Its outermost VLAN tag then lies beside
 * the frame, it may be many datagrams that were put together, and on a device
 * of bare IP something of an outer header may stand in front of the packet.
 */
#ifndef CX_HOOK_H
#define CX_HOOK_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "clarent_xdp.h"

/* is_tc is known when it is compiled: one entry's code has nothing of the other. */
struct hook {
	void *ctx; /* struct xdp_md, or at tc struct __sk_buff */
	int is_tc;
};

static __always_inline int hook_pass(const struct hook *hook)
{
	return hook->is_tc ? TC_ACT_UNSPEC : XDP_PASS; /* which lets others behind it judge, too */
}

static __always_inline int hook_drop(const struct hook *hook)
{
	return hook->is_tc ? TC_ACT_SHOT : XDP_DROP;
}

/* Bytes of the whole frame, all buffers. */
static __always_inline __u32 hook_len(const struct hook *hook)
{
	if (hook->is_tc)
		return ((struct __sk_buff *)hook->ctx)->len;
	return bpf_xdp_get_buff_len(hook->ctx);
}

/* The interface that it came in through. */
static __always_inline __u32 hook_ifindex(const struct hook *hook)
{
	if (hook->is_tc)
		return ((struct __sk_buff *)hook->ctx)->ifindex;
	return ((struct xdp_md *)hook->ctx)->ingress_ifindex;
}

/* The queue that it was received on, as far as the driver said. */
static __always_inline __u32 hook_queue(const struct hook *hook)
{
	__u32 queue;

	if (!hook->is_tc)
		return ((struct xdp_md *)hook->ctx)->rx_queue_index;
	queue = ((struct __sk_buff *)hook->ctx)->queue_mapping; /* from 1 on; 0: nobody said */
	return queue ? queue - 1 : 0;
}

/* VLAN tags beside the frame. */
static __always_inline __u32 hook_tags(const struct hook *hook)
{
	return hook->is_tc && ((struct __sk_buff *)hook->ctx)->vlan_present;
}

/*
 * Copies bytes of the frame; 0, or negative if it has fewer.  Without a link
 * header it begins where the kernel says the network header does, and only
 * what lies in the first buffer is reached: see hook_gather().
 */
static __always_inline int hook_load(const struct hook *hook, enum cx_link_type link_type,
				     __u32 offset, void *to, __u32 len)
{
	if (!hook->is_tc)
		return bpf_xdp_load_bytes(hook->ctx, offset, to, len);
	if (link_type == CX_LINK_ETHERNET)
		return bpf_skb_load_bytes(hook->ctx, offset, to, len);
	return bpf_skb_load_bytes_relative(hook->ctx, offset, to, len, BPF_HDR_START_NET);
}

/* Puts this much of a frame into its first buffer. */
static __always_inline int hook_gather(const struct hook *hook, __u32 len)
{
	__u32 whole = hook_len(hook);

	return bpf_skb_pull_data(hook->ctx, len < whole ? len : whole);
}

static __always_inline const void *hook_data(const struct hook *hook)
{
	if (hook->is_tc)
		return (void *)(long)((struct __sk_buff *)hook->ctx)->data;
	return (void *)(long)((struct xdp_md *)hook->ctx)->data;
}

static __always_inline const void *hook_data_end(const struct hook *hook)
{
	if (hook->is_tc)
		return (void *)(long)((struct __sk_buff *)hook->ctx)->data_end;
	return (void *)(long)((struct xdp_md *)hook->ctx)->data_end;
}

/*
 * How many datagrams a frame at tc is.  A guest's are not counted by the kernel before
 * they are cut (SKB_GSO_DODGY): by their size, then.  headers: bytes that
 * stand before the first one's payload.
 */
static __always_inline __u32 hook_datagrams(const struct hook *hook, __u32 headers)
{
	struct __sk_buff *skb = hook->ctx;
	__u32 payload;

	if (skb->gso_segs)
		return skb->gso_segs;
	if (!skb->gso_size || skb->len <= headers)
		return 1;
	payload = skb->len - headers;
	return (payload + skb->gso_size - 1) / skb->gso_size;
}

#endif
