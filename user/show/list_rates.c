/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many packets a second meet each entry. */
#include "list_rates.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "clocks.h"
#include "interrupts.h"
#include "pace.h"
#include "scope.h"
#include "states.h"

static __u64 monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return clocks_ns(&now);
}

/* Passed and dropped; an entry that was taken back and listed anew begins from nought. */
static __u64 met(const struct entry *entry)
{
	const struct cx_state state = states_of(entry->id);

	return cx_state_hits(&state) + state.drops;
}

static __u64 since(__u64 now, __u64 before)
{
	return now < before ? now : now - before;
}

static __u64 per_second(__u64 packets, __u64 ns)
{
	return (__u64)((double)packets * NSEC_PER_SEC / (double)(ns ?: 1) + 0.5);
}

/* One second more: what came in it, which last[] had not. */
static void look(const struct settings *settings, struct list_rates *rates, __u64 *last, __u64 ns)
{
	for (size_t i = 0; i < settings->count; i++) {
		struct list_rate *rate = &rates->rate[i];
		__u64 now = met(&settings->entry[i]);
		__u64 a_second = per_second(since(now, last[i]), ns);

		if (a_second > rate->peak)
			rate->peak = a_second;
		last[i] = now;
	}
}

static void measure(const struct settings *settings, __u32 seconds, struct list_rates *rates,
		    __u64 *last)
{
	__u64 began = monotonic(), looked = began, now = began;

	for (size_t i = 0; i < settings->count; i++)
		last[i] = rates->rate[i].met = met(&settings->entry[i]);
	for (__u32 i = 1; i <= seconds && !interrupted(); i++) {
		pace_wait(began + i * NSEC_PER_SEC);
		now = monotonic();
		/* a part of a second says little of the peak */
		look(settings, rates, last,
		     now - looked < NSEC_PER_SEC ? NSEC_PER_SEC : now - looked);
		looked = now;
	}
	for (size_t i = 0; i < settings->count; i++)
		rates->rate[i].average =
			per_second(since(last[i], rates->rate[i].met), now - began);
}

int list_rates_measure(const struct settings *settings, __u32 seconds, struct list_rates *ret_rates)
{
	scoped(memory) last = calloc(settings->count + 1, sizeof(__u64));

	ret_rates->rate = calloc(settings->count + 1, sizeof(*ret_rates->rate));
	if (!last || !ret_rates->rate)
		return -ENOMEM;
	interrupts_catch();
	measure(settings, seconds, ret_rates, last);
	return 0;
}

void list_rates_free(struct list_rates *rates)
{
	free(rates->rate);
	rates->rate = NULL;
}
