/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel said in words, picked out of what libbpf prints. */
#ifndef KERNEL_SAID_H
#define KERNEL_SAID_H

#include <stdbool.h>

/* From now on libbpf is heard; what it prints goes to standard error too, or nowhere. */
void kernel_listen(bool verbose);

/*
 * The last words since kernel_forget(): of a netlink extended acknowledgement,
 * or the line of the verifier's log that says why.  Empty if there were none.
 */
const char *kernel_said(void);
void kernel_forget(void);

/* Why libbpf made a map without its types since then: -errno, 0 if it did not. */
int kernel_refused_types(void);

#endif
