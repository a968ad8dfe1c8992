/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An IPv4 or IPv6 prefix: parse, print, compare. */
#ifndef PREFIX_H
#define PREFIX_H

#include <stdbool.h>
#include <stddef.h>

#include "clarent_xdp.h"
#include "complaint.h"

struct prefix {
	__u8 family;   /* enum cx_family */
	__u8 len;      /* 0..32 or 0..128 */
	__u8 addr[16]; /* written order; IPv4 in the first four, the rest zero */
};

#define PREFIX_TEXT_MAX 52 /* longest text with its length and NUL */

/*
 * Reads "192.0.2.1", "192.0.2.0/24", "2001:db8::/32".  Strict: decimal octets
 * without leading zeros (RFC 6943 3.1.1), no host bits behind the length, no
 * IPv4-mapped IPv6.  Returns 0, or -EINVAL with *ret_why filled and
 * *ret_prefix untouched.
 */
int prefix_parse(const char *text, struct prefix *ret_prefix, struct complaint *ret_why);

/* Writes the canonical text (RFC 5952); a host without its length. Returns buf. */
const char *prefix_format(const struct prefix *prefix, char buf[static PREFIX_TEXT_MAX]);

/* Orders by family, address, length: a prefix stands before what it covers. */
int prefix_compare(const struct prefix *a, const struct prefix *b);

/* True if every address of b is in a. */
bool prefix_covers(const struct prefix *a, const struct prefix *b);

/* True for a prefix of full length. */
bool prefix_is_host(const struct prefix *prefix);

/* The prefix of that length (at most its own) around it. */
struct prefix prefix_shorten(const struct prefix *prefix, __u8 len);

/* As two host-order words, IPv4 in lo: what the filter hashes. */
void prefix_words(const struct prefix *prefix, __u64 *ret_hi, __u64 *ret_lo);

#endif
