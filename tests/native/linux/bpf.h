/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The UAPI header, with the contexts of programs as the programs see them.
 *
 * What the kernel declares as 32 bits it loads as pointers (xdp_convert_ctx_access()
 * rewrites each access), so here they are pointers; and behind the fields of
 * the UAPI lies what only the kernel's helpers see, as in struct xdp_buff.
 */
#ifndef NATIVE_LINUX_BPF_H
#define NATIVE_LINUX_BPF_H

#define xdp_md    xdp_md_uapi
#define __sk_buff sk_buff_uapi
#include_next <linux/bpf.h>
#undef __sk_buff
#undef xdp_md

struct xdp_md {
	const void *data; /* the linear part */
	const void *data_end;
	__u32 ingress_ifindex;
	const void *rest; /* what other buffers hold, behind the linear part */
	__u32 rest_size;
	__u32 rx_queue_index;
};

struct __sk_buff {
	const void *data;
	const void *data_end;
	__u32 len;
	__u32 ifindex;
	__u32 vlan_present;
	__u32 gso_segs;
	__u32 gso_size;
	__u32 queue_mapping;
	const struct xdp_md *frame; /* the same, for the helpers */
};

#endif
