/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What hosts say of themselves, beside what they were told: one row a host. */
#ifndef HOSTS_H
#define HOSTS_H

#include "fleet.h"
#include "store.h"

struct host {
	char name[CONFIG_NAME_MAX], group[CONFIG_NAME_MAX];
	const char *state; /* how it stands, a word */
	char reason[320];
	__u64 line; /* of what it refuses; 0: none */
	__u64 serial, wanted;
	char digest[72];           /* of the policy that is in force */
	__u64 since;               /* seconds since the epoch */
	__u64 heard;               /* when it last had something to say */
	__s64 drops, drops_before; /* packets/s; -1: not known */
	char version[16];
	/* while they are gathered */
	char said[16]; /* its own word for how it stands */
	char id[40], machine[40], other[40];
	__s64 clock_ahead;
	bool alive, twice, known;
};

struct hosts {
	struct host *host; /* by name */
	size_t count, space;
};

/* All hosts, of one group or (NULL) of any. Returns 0 or an error of store.h's. */
int hosts_read(struct etcd *etcd, const char *group, struct hosts *ret_hosts);
void hosts_free(struct hosts *hosts);

/* Is it as it should be? */
bool host_is_well(const struct host *host);

#endif
