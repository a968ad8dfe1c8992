/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What libbpf's header of this name declares, for the filter as a plain C
 * program: the helpers are functions, which native.c gives tables behind them
 * and the proof gives nondeterminism.
 */
#ifndef NATIVE_BPF_HELPERS_H
#define NATIVE_BPF_HELPERS_H

#include <linux/bpf.h>
#include <stddef.h>

#define SEC(name)
#define __uint(name, value)  int(*name)[value]
#define __type(name, value)  typeof(value) *name
#define __array(name, value) typeof(value) *name[]

#undef __always_inline
#define __always_inline  inline __attribute__((always_inline))
#define __noinline       __attribute__((noinline))
#define barrier_var(var) asm volatile("" : "+r"(var))

void *bpf_map_lookup_elem(void *map, const void *key);
long bpf_xdp_load_bytes(struct xdp_md *ctx, __u32 offset, void *to, __u32 len);
__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx);
long bpf_skb_load_bytes(const void *ctx, __u32 offset, void *to, __u32 len);
long bpf_skb_load_bytes_relative(const void *ctx, __u32 offset, void *to, __u32 len, __u32 from);
long bpf_skb_pull_data(struct __sk_buff *skb, __u32 len);
__u64 bpf_ktime_get_ns(void);
__u64 bpf_ktime_get_boot_ns(void);
long bpf_tail_call(void *ctx, void *programs, __u32 index);
__u64 bpf_ktime_get_tai_ns(void);
__u64 bpf_ktime_get_coarse_ns(void);
__u64 bpf_jiffies64(void);
__u32 bpf_get_prandom_u32(void);
__u32 bpf_get_smp_processor_id(void);
void *bpf_ringbuf_reserve(void *ring, __u64 size, __u64 flags);
void bpf_ringbuf_submit(void *data, __u64 flags);
long bpf_fib_lookup(void *ctx, struct bpf_fib_lookup *params, int size, __u32 flags);

#endif
