/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a driver says that it can do with XDP programs. */
#ifndef XDP_FEATURES_H
#define XDP_FEATURES_H

#include <linux/types.h>

/* Bits of the kernel's enum netdev_xdp_act, since Linux 6.3. */
#define XDP_FEATURE_BASIC (1U << 0) /* runs native programs */
#define XDP_FEATURE_RX_SG (1U << 5) /* ... on frames in several buffers */
#define XDP_FEATURES_NAMES                                                              \
	{                                                                               \
		"basic", "redirect", "ndo-xmit", "xsk-zerocopy", "hw-offload", "rx-sg", \
			"ndo-xmit-sg", NULL                                             \
	}

/*
 * Those of an interface of the current network namespace.  Returns 0; -ENOENT
 * if the kernel does not tell; or another -errno.
 */
int xdp_features_read(__u32 ifindex, __u64 *ret_features);

#endif
