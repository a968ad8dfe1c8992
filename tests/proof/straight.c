/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The straight lane against the specification: when it answers, it says what
 * the table says, which is what the walk says.  It is the same at tc, where it
 * is given frames of Ethernet alone: a tag may lie beside them.
 *
 * EXACT: the linear part ends with its object, and only loads are checked.
 * Else there is room behind it, as comparing pointers beyond an object is
 * undefined in C, though not in BPF; what lies there is anything.
 */
#define STRAIGHT
#include "found.h"

_Bool nondet_bool(void);
byte nondet_byte(void);
unsigned int nondet_uint(void);

#define LINEAR 128
#ifdef EXACT
#define ROOM 0
#else
#define ROOM 40
#endif
#define SPAN (LINEAR + ROOM)
static byte memory[SPAN];
static const byte *data = memory;
static unsigned int linear; /* bytes there */

static unsigned int frame_read(enum place place, unsigned int at, byte *to, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		to[i] = place != PLACE_EXTENSION && at + i < SPAN ? data[at + i] : nondet_byte();
	return at;
}

int main(void)
{
	_Bool bare = nondet_bool(), tcp = nondet_bool(), dests = nondet_bool();
	_Bool fragments = nondet_bool();
	struct packet packet = {};
	enum parsed parsed;

	size = nondet_uint();
	beside = nondet_bool(); /* at tc; where it makes no difference it need not be asked for */
	linear = nondet_uint();
	__CPROVER_assume(linear <= size && size <= BOUND && linear <= LINEAR);
	__CPROVER_havoc_object(memory);
#ifdef EXACT
	data = memory + LINEAR - linear;
#else
	spec_read(bare, tcp, &spec);
#endif
	parsed = parse_straight(data, data + linear, bare ? CX_LINK_BARE_IP : CX_LINK_ETHERNET, tcp,
				dests, fragments, &packet);
	if (parsed == PARSED_NOT)
		return 0;
	cover_kinds();
	__CPROVER_assert(spec.kind != SPEC_LATER || parsed == PARSED_FRAGMENT,
			 "the straight lane reads no later fragment as ports");
	__CPROVER_assert(is_spec(parsed, dests, fragments, &packet),
			 "the straight lane finds what the walk finds");
	return 0;
}
