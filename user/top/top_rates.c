/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For `top`: packets by the second, by policy, reason and what became of them. */
#include "top_rates.h"

#include <errno.h>
#include <stdlib.h>

#define RATES_MAX (CX_MAX_POLICIES * CX_REASON_COUNT * 2)

static const struct top_rate *rate_of(const void *row)
{
	return row;
}

static const struct policy *policy_of(const void *row)
{
	return &rate_of(row)->of->settings->policy[rate_of(row)->policy];
}

/* A policy that is gone has left its counts behind. */
static struct value get_policy(const void *row)
{
	if (!rate_of(row)->policy)
		return value_none();
	return value_text(*policy_of(row)->name ? policy_of(row)->name : "(deleted)");
}

static struct value get_reason(const void *row)
{
	return value_text(reason_name(rate_of(row)->reason));
}

static struct value get_verdict(const void *row)
{
	if (rate_of(row)->would)
		return value_text("would drop");
	return value_text(reason_passes(policy_of(row), rate_of(row)->reason) ? "pass" : "drop");
}

#define X(seconds)                                                                          \
	static struct value get_rate_##seconds(const void *row)                             \
	{                                                                                   \
		const struct top_rate *rate = row;                                          \
                                                                                            \
		return value_tenths(meter_rate(&rate->meter, rate->of->timeline, seconds)); \
	}
METER_SPANS(X)
#undef X

static const struct field fields[] = {
	{ "POLICY", "policy", get_policy },
	{ "REASON", "reason", get_reason },
	{ "VERDICT", "verdict", get_verdict },
#define X(seconds) { #seconds " S", "packets_per_second_" #seconds "s", get_rate_##seconds },
	METER_SPANS(X)
#undef X
		{},
};

int top_rates_begin(struct top_rates *rates, const struct timeline *timeline)
{
	*rates = (struct top_rates){ .timeline = timeline };
	rates->all = calloc(RATES_MAX, sizeof(*rates->all));
	rates->shown = calloc(RATES_MAX, sizeof(*rates->shown));
	if (!rates->all || !rates->shown) {
		top_rates_free(rates);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < RATES_MAX; i++) {
		rates->all[i].of = rates;
		rates->all[i].policy = i / 2 / CX_REASON_COUNT;
		rates->all[i].reason = i / 2 % CX_REASON_COUNT;
		rates->all[i].would = i % 2;
	}
	return 0;
}

void top_rates_free(struct top_rates *rates)
{
	free(rates->all);
	free(rates->shown);
	*rates = (struct top_rates){};
}

static __u64 sum(const struct top_rate *rate, const struct cx_counter *counters, size_t attachments)
{
	unsigned int index = CX_COUNTER(rate->policy, rate->would, rate->reason);
	__u64 packets = 0;

	for (size_t i = 0; i < attachments; i++)
		packets += counters[i * CX_COUNTERS + index].packets;
	return packets;
}

void top_rates_add(struct top_rates *rates, const struct settings *settings,
		   const struct cx_counter *counters, size_t attachments)
{
	rates->settings = settings;
	rates->count = 0;
	for (unsigned int i = 0; i < RATES_MAX; i++) {
		struct top_rate *rate = &rates->all[i];

		meter_add(&rate->meter, rates->timeline, sum(rate, counters, attachments));
		if (meter_rate(&rate->meter, rates->timeline, METER_LONGEST))
			rates->shown[rates->count++] = i;
	}
}

static const void *row_at(const struct rows *rows, size_t index)
{
	const struct top_rates *rates = rows->context;

	return &rates->all[rates->shown[index]];
}

struct rows top_rates_rows(const struct top_rates *rates)
{
	return (struct rows){ fields, rates->count, row_at, rates };
}
