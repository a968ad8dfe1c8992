/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Options of IPv4 against the specification: is another hop named?  That the
 * walk finds them where they stand is left to the cases and the differential
 * tests: no array of the proof's frames is as long.
 */
#include "walk.h"

#ifndef COVER
#define __CPROVER_cover(condition) ((void)0)
#endif

typedef unsigned char byte;

byte nondet_byte(void);

/*
 * Where an option begins, bit by bit: at the first byte, and behind each that
 * is not the end of the list.  One of them a source route, 131 or 137, whose
 * third byte is not beyond its length?
 */
static _Bool spec_options(const byte options[42])
{
	unsigned long long begins = 1;

	for (unsigned int i = 0; i < 40; i++) {
		unsigned int size = options[i] == 1 ? 1 : options[i + 1];

		if (!(begins >> i & 1) || !options[i])
			continue;
		if ((options[i] == 131 || options[i] == 137) && options[i + 2] <= options[i + 1])
			return 1;
		if (size >= 1 + (options[i] != 1) && size < 40)
			begins |= 1ULL << size << i;
	}
	return 0;
}

int main(void)
{
	byte options[IPV4_OPTIONS_MAX + 2] = { 0 };
	_Bool wanted;

	for (unsigned int i = 0; i < IPV4_OPTIONS_MAX; i++)
		options[i] = nondet_byte();
	wanted = spec_options(options);
	__CPROVER_cover(wanted);
	__CPROVER_cover(!wanted);
	__CPROVER_assert(!options_lead_on(options) == !wanted,
			 "another hop is found where the table says that one is named");
	return 0;
}
