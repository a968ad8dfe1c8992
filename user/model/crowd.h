/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The busiest of any number of hosts, in bounded memory (Misra and Gries 1982).
 *
 * When there is no room, what the middling host came to is taken from the credit
 * of each, and who has none left goes.  So a host stays that sends more than one
 * in CROWD_HOSTS / 2 of all packets, whatever comes beside it, and of those that
 * come once none stays for long.
 */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>
#include <stddef.h>

#include "clarent_xdp.h"

#define CROWD_HOSTS 8192 /* at once */

struct crowd_host {
	__u64 hi, lo; /* its address, as struct cx_anchor */
	__u64 told;   /* datagrams that a record is of: it has sent these at least */
	__u64 stands; /* datagrams that its records stand for, as all were told of or at random */
	__u64 records;
	__u64 credit;
	__u64 first, last; /* CLOCK_MONOTONIC ns */
	__u16 port, dev;   /* of the last */
	__u8 policy, family, proto;
	__u8 lowest_ttl, highest_ttl;
	bool late; /* others had to go before it came: it may have been one of them */
};

struct crowd {
	struct crowd_host *host; /* owned, CROWD_HOSTS */
	__u32 *place;            /* owned: by a hash of the address, index in host + 1, 0: free */
	size_t count;
	__u64 seed[2];      /* odd, secret: nobody can choose addresses that meet */
	bool left;          /* some had to go */
	__u64 told, stands; /* of all, those that went among them */
};

/* Returns 0 or -ENOMEM; then there is nothing to free. */
int crowd_init(struct crowd *ret_crowd, const __u64 seed[2]);
void crowd_free(struct crowd *crowd);

void crowd_add(struct crowd *crowd, const struct cx_inside *record);

/* Who stands for most first; nothing can be added behind it. */
void crowd_sort(struct crowd *crowd);

#endif
