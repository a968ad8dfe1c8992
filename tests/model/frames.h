/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames drawn from a seed, aimed at a rule set.
 *
 * Each frame is built for one policy of the rules: from one of its sources, a
 * neighbour of one or a stranger, to one of its ports or just beside, through
 * whatever headers a sender may put in between. Then some are cut or damaged.
 * Payload, options and padding spell guarded ports where none are to be read.
 * Every reason that the model gives occurs; how often, the unit test prints.
 *
 * Frames may be of any length from 0 on. BPF_PROG_TEST_RUN takes none below 14
 * bytes: a harness counts those that it has to leave out.
 */
#ifndef CLARENT_TESTS_FRAMES_H
#define CLARENT_TESTS_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model.h"

/* A page, less the room that a test run of an XDP program takes of it. */
#define MODEL_FRAME_MAX 3400

struct model_frame {
	struct model_where where;
	size_t len;
	uint8_t data[MODEL_FRAME_MAX]; /* what lies beyond len is undefined */
};

/*
 * Same seed, rules and time, same frame. where is filled in from the rules:
 * a device's link is fixed, is_tunnel is rules->tunnel[dev_id]. The rules hold
 * at least one policy, and every policy at least one port, as all that
 * model_rules_make() draws.
 */
void model_frame_make(uint64_t seed, const struct model_rules *rules, uint64_t now_ns,
		      struct model_frame *ret_frame);

/* One line for where and length, then the bytes in hex, 16 a line. */
void model_frame_print(FILE *out, const struct model_frame *frame);

#endif
