/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The XDP program of somebody else that is handed what an attachment passes. */
#ifndef THEN_H
#define THEN_H

#include <linux/bpf.h>

#include "clarent_xdp.h"
#include "complaint.h"

struct then {
	__u32 prog_id; /* 0: none */
	char name[BPF_OBJ_NAME_LEN];
};

/*
 * The XDP program that is pinned at path: an fd, the caller's, or a negative
 * errno with *ret_why filled.
 */
int then_open(const char *path, struct complaint *ret_why);

/*
 * Puts it into an attachment's prog array, in one step, in the place of what is
 * there.  path: what the user called it.  A program that the kernel refuses
 * changes nothing.  Returns 0 or a negative errno with *ret_why filled.
 */
int then_put(int then_fd, int prog_fd, const char *path, enum cx_attach_mode mode,
	     struct complaint *ret_why);

/* Puts back what was there before. */
void then_put_back(int then_fd, const struct then *before);

/* What is in the prog array. Returns 0 or -errno. */
int then_read(int then_fd, struct then *ret_then);

#endif
