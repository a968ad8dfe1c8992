/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The addresses of this network namespace. */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <stddef.h>

#include "prefix.h"

struct address {
	struct prefix host;
	__u32 ifindex;
};

/* All of them, in the kernel's order. Returns 0 or -errno; *ret_list is the caller's to free. */
int addresses_read(struct address **ret_list, size_t *ret_count);

#endif
