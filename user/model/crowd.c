/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The busiest of any number of hosts, in bounded memory (Misra and Gries 1982). */
#include "crowd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_BITS 15 /* four for each host: few meet */
#define PLACES     (1U << PLACE_BITS)

_Static_assert(PLACES >= 2 * CROWD_HOSTS, "a place is found soon");

int crowd_init(struct crowd *ret_crowd, const __u64 seed[2])
{
	struct crowd *crowd = ret_crowd;

	*crowd = (struct crowd){
		.host = calloc(CROWD_HOSTS, sizeof(*crowd->host)),
		.place = calloc(PLACES, sizeof(*crowd->place)),
		.seed = { seed[0] | 1, seed[1] | 1 },
	};
	if (crowd->host && crowd->place)
		return 0;
	crowd_free(crowd);
	return -ENOMEM;
}

void crowd_free(struct crowd *crowd)
{
	free(crowd->host);
	free(crowd->place);
	*crowd = (struct crowd){};
}

/* Where it is, or may be put. */
static __u32 *place_of(const struct crowd *crowd, __u64 hi, __u64 lo, __u8 policy)
{
	__u64 hash = cx_filter_hash(hi, lo, crowd->seed) ^ policy * crowd->seed[1];
	__u32 place = cx_filter_rehash(hash) >> (64 - PLACE_BITS);

	for (;; place = (place + 1) % PLACES) {
		const struct crowd_host *host;

		if (!crowd->place[place])
			return &crowd->place[place];
		host = &crowd->host[crowd->place[place] - 1];
		if (host->hi == hi && host->lo == lo && host->policy == policy)
			return &crowd->place[place];
	}
}

static int compare_credit(const void *a, const void *b)
{
	const struct crowd_host *x = a, *y = b;

	return (x->credit < y->credit) - (x->credit > y->credit);
}

/* Takes from each what the middling one has: half of them go, at least. */
static void make_room(struct crowd *crowd)
{
	__u64 middling;
	size_t count = 0;

	qsort(crowd->host, crowd->count, sizeof(*crowd->host), compare_credit);
	middling = crowd->host[crowd->count / 2].credit;
	while (count < crowd->count && crowd->host[count].credit > middling)
		crowd->host[count++].credit -= middling;
	crowd->count = count;
	crowd->left = true;
	memset(crowd->place, 0, PLACES * sizeof(*crowd->place));
	for (size_t i = 0; i < count; i++) {
		const struct crowd_host *host = &crowd->host[i];

		*place_of(crowd, host->hi, host->lo, host->policy) = (__u32)i + 1;
	}
}

static struct crowd_host *new_host(struct crowd *crowd, const struct cx_inside *record,
				   __u32 *place)
{
	struct crowd_host *host = &crowd->host[crowd->count++];

	*place = (__u32)crowd->count;
	*host = (struct crowd_host){
		.hi = record->hi,
		.lo = record->lo,
		.first = record->time,
		.last = record->time,
		.policy = record->policy,
		.family = record->family,
		.lowest_ttl = record->ttl,
		.highest_ttl = record->ttl,
		.late = crowd->left,
	};
	return host;
}

static struct crowd_host *host_of(struct crowd *crowd, const struct cx_inside *record)
{
	__u32 *place = place_of(crowd, record->hi, record->lo, record->policy);

	if (*place)
		return &crowd->host[*place - 1];
	if (crowd->count == CROWD_HOSTS) {
		make_room(crowd);
		place = place_of(crowd, record->hi, record->lo, record->policy);
	}
	return new_host(crowd, record, place);
}

void crowd_add(struct crowd *crowd, const struct cx_inside *record)
{
	struct crowd_host *host = host_of(crowd, record);

	crowd->told += record->datagrams;
	crowd->stands += record->packets;
	host->told += record->datagrams;
	host->stands += record->packets;
	host->credit += record->packets;
	host->records++;
	host->port = record->port;
	host->dev = record->dev;
	host->proto = record->proto;
	/* CPUs write side by side: records need not be in the order of time */
	if (record->time < host->first)
		host->first = record->time;
	if (record->time > host->last)
		host->last = record->time;
	if (record->ttl < host->lowest_ttl)
		host->lowest_ttl = record->ttl;
	if (record->ttl > host->highest_ttl)
		host->highest_ttl = record->ttl;
}

static int compare_stands(const void *a, const void *b)
{
	const struct crowd_host *x = a, *y = b;

	if (x->stands != y->stands)
		return x->stands < y->stands ? 1 : -1;
	if (x->policy != y->policy)
		return x->policy - y->policy;
	if (x->hi != y->hi)
		return x->hi < y->hi ? -1 : 1;
	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

void crowd_sort(struct crowd *crowd)
{
	if (crowd->count)
		qsort(crowd->host, crowd->count, sizeof(*crowd->host), compare_stands);
}
