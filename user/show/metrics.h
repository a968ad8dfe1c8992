/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `metrics` measures of the filter. */
#ifndef METRICS_H
#define METRICS_H

#include "cli.h"
#include "metrics_text.h"

/*
 * Adds all that there is to measure.  No label says an address, and how many
 * series there are is bounded by interfaces, policies and METRICS_PEERS_MAX.
 * Returns an exit status.
 */
int metrics_measure(struct cli *cli, struct metrics_text *to);

/* Of those whose entries have an end, the ones that end soonest. */
#define METRICS_PEERS_MAX 100

#endif
