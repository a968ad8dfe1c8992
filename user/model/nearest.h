/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The entry of a list that an address is nearest to: a slip of the pen, or a gateway that moved. */
#ifndef NEAREST_H
#define NEAREST_H

#include "settings.h"

/*
 * The source that agrees with a host in most leading bits of what it covers, in
 * *ret_bits; NULL if the policy lists none of its family.
 */
const struct entry *nearest_source(const struct settings *settings, unsigned int policy,
				   const struct prefix *host, unsigned int *ret_bits);

#endif
