/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does an attachment judge what its interface receives?  Said by what is known. */
#include "judging.h"

#include <stddef.h>

#define NONE_PACKETS   10  /* of so many, one at least should have been judged */
#define DOUBT_PACKETS  100 /* so many more than were judged may have been put together, or lost */
#define LATELY_PACKETS 5   /* as NONE_PACKETS, in a moment that was watched */

static const struct {
	bool filters;
	const char *note;
} states[JUDGING_STATES] = {
	[JUDGING] = { true, NULL },
	[JUDGING_TWICE] = { true, "judged twice: attached above or below as well" },
	[JUDGING_GONE] = { false, "gone" },
	[JUDGING_MOVED] = { false, "gone, or moved to another network namespace, which takes tc's "
				   "programs off: attach it again there" },
	[JUDGING_OFF] = { false, "its program was taken off: attach it again" },
	[JUDGING_ATTACH_WAITS] = { true, "attach is to be confirmed" },
	[JUDGING_ATTACH_LAPSED] = { false, "attach was not confirmed" },
	[JUDGING_DETACH_WAITS] = { false, "detach is to be confirmed" },
	[JUDGING_DETACH_LAPSED] = { true, "detach was not confirmed" },
	[JUDGING_NEVER] = { false, "such a device never runs a program: detach it" },
	[JUDGING_BEHIND] = { false, "another's program comes first at tc ingress, and may pass "
				    "packets by it: attach it again" },
	[JUDGING_NOTHING] = { false, "receives, and nothing is judged: attach it again" },
	[JUDGING_AROUND] = { false, "tc hands packets over to it behind the program: attach where "
				    "they come in" },
	[JUDGING_LOST] = { false, "its driver has reset and lost the program: attach it again" },
};

bool judging_is_in_doubt(const struct judging_facts *facts)
{
	const struct judging_count *since = &facts->since;

	if (facts->reset)
		return true;
	if (since->received <= since->judged)
		return false;
	return since->received - since->judged >=
	       (since->judged && !facts->exact ? DOUBT_PACKETS : NONE_PACKETS);
}

/* What was judged at last was judged by a program that the driver has. */
static bool is_blind(const struct judging_facts *facts)
{
	if (!judging_is_in_doubt(facts))
		return false;
	if (facts->exact)
		return true;
	if (facts->lately.judged)
		return false;
	return facts->reset || !facts->since.judged || facts->lately.received >= LATELY_PACKETS;
}

static enum judging blindness_of(const struct judging_facts *facts)
{
	if (facts->loses)
		return JUDGING_LOST;
	return facts->around ? JUDGING_AROUND : JUDGING_NOTHING;
}

static enum judging gate_of(const struct judging_facts *facts)
{
	static const enum judging by_gate[2][2] = {
		/* detach, lapsed */
		{ JUDGING_ATTACH_WAITS, JUDGING_ATTACH_LAPSED },
		{ JUDGING_DETACH_WAITS, JUDGING_DETACH_LAPSED },
	};

	return by_gate[facts->detach][facts->lapsed];
}

enum judging judging_of(const struct judging_facts *facts)
{
	if (facts->gone)
		return facts->moved ? JUDGING_MOVED : JUDGING_GONE;
	if (facts->off)
		return JUDGING_OFF;
	if (facts->never)
		return JUDGING_NEVER;
	if (facts->gated && !judging_filters(gate_of(facts)))
		return gate_of(facts);
	if (facts->behind)
		return JUDGING_BEHIND;
	if (is_blind(facts))
		return blindness_of(facts);
	if (facts->gated)
		return gate_of(facts);
	return facts->twice ? JUDGING_TWICE : JUDGING;
}

bool judging_filters(enum judging judging)
{
	return states[judging].filters;
}

const char *judging_note(enum judging judging)
{
	return states[judging].note;
}
