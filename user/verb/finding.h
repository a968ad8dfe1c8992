/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What would become of one packet, in words: the answer of `check`. */
#ifndef FINDING_H
#define FINDING_H

#include "premises.h"
#include "show.h"

/* Who is asked: the program of an attachment, by the rules of a view. */
struct witness {
	const struct view *view;
	struct attachment attachment;
	struct premises_place place;
};

/* One packet, what was taken for granted of it, and what would become of it. */
struct finding {
	const struct witness *witness;
	struct probe probe;
	unsigned int said; /* enum premises_said */
	bool ttl_seen;     /* it is the lowest that arrived from there */
	__u32 answer;
};

/* On standard output: what becomes of it and why, and below it the packet. */
void finding_print(const struct finding *finding);
struct json_object *finding_json(const struct finding *finding);

#endif
