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

/* A source route, 131 or 137, whose third byte is not beyond its length; zeroes behind the end. */
static _Bool spec_options(const byte options[42])
{
	for (unsigned int at = 0, i = 0; i < 40 && at < 40 && options[at]; i++) {
		if ((options[at] == 131 || options[at] == 137) &&
		    options[at + 2] <= options[at + 1])
			return 1;
		if (options[at] != 1 && options[at + 1] < 2)
			return 0;
		at += options[at] == 1 ? 1 : options[at + 1];
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
