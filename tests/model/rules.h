/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rule sets for the model: drawn from a seed, written as a policy file.
 *
 * Every rule set that is drawn can be loaded into the real filter:
 *
 * - Policies 0, 1 and 2 are command, gateway and pcanywhere with their own
 *   ports; up to four custom ones follow. No port has two owners.
 * - Prefixes have no host bits, and no policy has one twice. Only an allow is
 *   shorter than /8 (IPv6: /19), for only there the grammar has `wide`; only
 *   an allow with a dev is link-local. Wholly bogus prefixes do not occur,
 *   but wide ones that hold bogus addresses do.
 * - Expiry is in whole seconds, and at least an hour away from now_ns on
 *   either side, so that a harness's clock may run on while it tests.
 * - Device 1 and 2 are Ethernet, 3 and 4 bare IP.
 */
#ifndef CLARENT_TESTS_RULES_H
#define CLARENT_TESTS_RULES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "model.h"

/* Policies 0 .. 2, which have their ports from the filter itself. */
#define MODEL_BUILT_INS 3

/* How a policy file spells device N; an interface of that name is expected. */
#define MODEL_DEV_FORMAT "model%d"

enum model_link model_dev_link(int dev_id);

/* Same seed and time, same rules. now_ns is Unix time, a year past its beginning or later. */
void model_rules_make(uint64_t seed, uint64_t now_ns, struct model_rules *ret_rules);

/*
 * Writes settings alone, one entry a line, every attribute of a policy named,
 * `rpf off` included. What out refuses to take, ferror() tells.
 */
void model_rules_print(FILE *out, const struct model_rules *rules);

/* addr's first keep bits stay; the others, up to the family's end, are rest's. */
void model_address_join(enum model_family family, uint8_t *addr, int keep, const uint8_t *rest);

/* Shorter than /8, or for IPv6 than /19: an allow of it needs `wide`. */
bool model_prefix_is_wide(const struct model_prefix *prefix);

/* 32 or 128. */
int model_address_bits(enum model_family family);

#endif
