/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An IPv4 or IPv6 prefix: parse, print, compare. */
#include "prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IPV4_BYTES  4
#define IPV4_BITS   32
#define IPV6_BITS   128
#define MAPPED_BITS 96 /* ::ffff:0:0/96, RFC 4291 2.5.5.2 */

static unsigned int full_len(__u8 family)
{
	return family == CX_IPV4 ? IPV4_BITS : IPV6_BITS;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One number of a dotted address: ends where its digits end. */
static int read_octet(const char **cursor, const char *text, __u8 *ret_octet,
		      struct complaint *ret_why)
{
	const char *start = *cursor, *at = start;
	unsigned int value = 0;

	while (is_digit(*at) && at - start < 4)
		value = value * 10 + (unsigned int)(*at++ - '0');
	if (at == start)
		return complain_usage(ret_why, text, "not an IPv4 address");
	if (*start == '0' && at - start > 1) {
		complain_usage(ret_why, text, "leading zero");
		complain_hint(ret_why, "octal or decimal? write the number without it");
		return -EINVAL;
	}
	if (value > 255)
		return complain_usage(ret_why, text, "a number is over 255");
	*cursor = at;
	*ret_octet = (__u8)value;
	return 0;
}

static int read_ipv4(const char *address, const char *text, struct prefix *ret_prefix,
		     struct complaint *ret_why)
{
	const char *cursor = address;
	int err;

	for (int i = 0; i < IPV4_BYTES; i++) {
		if (i && *cursor++ != '.')
			return complain_usage(ret_why, text, "an IPv4 address has four numbers");
		err = read_octet(&cursor, text, &ret_prefix->addr[i], ret_why);
		if (err)
			return err;
		if (!*cursor && i < IPV4_BYTES - 1)
			return complain_usage(ret_why, text, "an IPv4 address has four numbers");
	}
	if (*cursor == '.')
		return complain_usage(ret_why, text, "an IPv4 address has four numbers");
	if (*cursor)
		return complain_usage(ret_why, text, "not an IPv4 address");
	ret_prefix->family = CX_IPV4;
	return 0;
}

static int read_ipv6(const char *address, const char *text, struct prefix *ret_prefix,
		     struct complaint *ret_why)
{
	const char *zone = strchr(address, '%');

	if (zone) {
		complain_usage(ret_why, text, "an address is written without its zone");
		complain_hint(ret_why, "name the interface with dev");
		return -EINVAL;
	}
	if (inet_pton(AF_INET6, address, ret_prefix->addr) != 1)
		return complain_usage(ret_why, text, "not an IPv6 address");
	ret_prefix->family = CX_IPV6;
	return 0;
}

/* The number behind the slash; without one, a host. */
static int read_len(const char *slash, const char *text, struct prefix *prefix,
		    struct complaint *ret_why)
{
	unsigned int full = full_len(prefix->family), value = 0;
	const char *at;

	prefix->len = (__u8)full;
	if (!slash)
		return 0;
	at = slash + 1;
	while (is_digit(*at) && value <= full)
		value = value * 10 + (unsigned int)(*at++ - '0');
	if (value > full && is_digit(at[-1]) && strspn(at, "0123456789") == strlen(at))
		return complain_usage(ret_why, text, "prefix length is over %u", full);
	if (*at || at == slash + 1 || (slash[1] == '0' && slash[2])) {
		complain_usage(ret_why, text, "prefix length is not a number");
		complain_hint(ret_why, "write it in bits, 0 to %u, such as /%u", full,
			      prefix->family == CX_IPV4 ? 24 : 64);
		return -EINVAL;
	}
	prefix->len = (__u8)value;
	return 0;
}

static void truncate_to(struct prefix *prefix, __u8 len)
{
	prefix->len = len;
	for (unsigned int i = 0; i < sizeof(prefix->addr); i++) {
		unsigned int bits = len > i * 8 ? len - i * 8 : 0;

		if (bits < 8)
			prefix->addr[i] &= (__u8)(0xff00 >> bits);
	}
}

static int check_host_bits(const char *text, const struct prefix *prefix, struct complaint *ret_why)
{
	char network[PREFIX_TEXT_MAX], host[PREFIX_TEXT_MAX];
	struct prefix meant = *prefix;

	truncate_to(&meant, prefix->len);
	if (!memcmp(meant.addr, prefix->addr, sizeof(meant.addr)))
		return 0;
	prefix_format(&meant, network);
	meant = *prefix;
	meant.len = (__u8)full_len(prefix->family);
	complain_usage(ret_why, text, "host bits are set");
	complain_hint(ret_why, "did you mean %s or %s?", network, prefix_format(&meant, host));
	return -EINVAL;
}

/* Such a packet is IPv4 on the wire: an IPv6 entry would never match it. */
static int check_mapped(const char *text, const struct prefix *prefix, struct complaint *ret_why)
{
	static const struct prefix mapped = { CX_IPV6, MAPPED_BITS, { [10] = 0xff, [11] = 0xff } };
	struct prefix inner = { .family = CX_IPV4 };
	char meant[PREFIX_TEXT_MAX];

	if (!prefix_covers(&mapped, prefix))
		return 0;
	inner.len = (__u8)(prefix->len - MAPPED_BITS);
	memcpy(inner.addr, prefix->addr + sizeof(prefix->addr) - IPV4_BYTES, IPV4_BYTES);
	complain_usage(ret_why, text, "IPv4-mapped IPv6 address");
	complain_hint(ret_why, "say %s", prefix_format(&inner, meant));
	return -EINVAL;
}

static int complain_no_address(const char *text, struct complaint *ret_why)
{
	complain_usage(ret_why, text, "not an IP address or prefix");
	if (*text && !is_digit(*text))
		complain_hint(ret_why, "names are not looked up: say the address");
	return -EINVAL;
}

int prefix_parse(const char *text, struct prefix *ret_prefix, struct complaint *ret_why)
{
	struct prefix prefix = { 0 };
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN + 1];
	int err;

	if (!len || len >= sizeof(address))
		return complain_no_address(text, ret_why);
	memcpy(address, text, len);
	address[len] = '\0';
	if (memchr(address, ':', len))
		err = read_ipv6(address, text, &prefix, ret_why);
	else if (strspn(address, "0123456789.") == len)
		err = read_ipv4(address, text, &prefix, ret_why);
	else
		err = complain_no_address(text, ret_why);
	if (err)
		return err;
	err = read_len(slash, text, &prefix, ret_why);
	if (err)
		return err;
	err = check_host_bits(text, &prefix, ret_why);
	if (!err)
		err = check_mapped(text, &prefix, ret_why);
	if (!err)
		*ret_prefix = prefix;
	return err;
}

static char *put_number(char *at, unsigned int number)
{
	if (number >= 100)
		*at++ = (char)('0' + number / 100);
	if (number >= 10)
		*at++ = (char)('0' + number / 10 % 10);
	*at++ = (char)('0' + number % 10);
	return at;
}

/* inet_ntop() spends a printf on each: a million of them would show. */
static char *put_ipv4(char *at, const __u8 *addr)
{
	for (int i = 0; i < IPV4_BYTES; i++) {
		if (i)
			*at++ = '.';
		at = put_number(at, addr[i]);
	}
	return at;
}

const char *prefix_format(const struct prefix *prefix, char buf[static PREFIX_TEXT_MAX])
{
	char *at;

	if (prefix->family == CX_IPV4) {
		at = put_ipv4(buf, prefix->addr);
	} else {
		inet_ntop(AF_INET6, prefix->addr, buf, PREFIX_TEXT_MAX);
		at = buf + strlen(buf);
	}
	if (!prefix_is_host(prefix)) {
		*at++ = '/';
		at = put_number(at, prefix->len);
	}
	*at = '\0';
	return buf;
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int order = a->family - b->family;

	if (!order)
		order = memcmp(a->addr, b->addr, sizeof(a->addr));
	return order ? order : a->len - b->len;
}

bool prefix_covers(const struct prefix *a, const struct prefix *b)
{
	unsigned int bytes = a->len / 8, bits = a->len % 8;

	if (a->family != b->family || a->len > b->len || memcmp(a->addr, b->addr, bytes))
		return false;
	return !bits || !((a->addr[bytes] ^ b->addr[bytes]) >> (8 - bits));
}

bool prefix_is_host(const struct prefix *prefix)
{
	return prefix->len == full_len(prefix->family);
}

struct prefix prefix_shorten(const struct prefix *prefix, __u8 len)
{
	struct prefix shorter = *prefix;

	truncate_to(&shorter, len);
	return shorter;
}

static __u64 word_at(const __u8 *bytes, int count)
{
	__u64 word = 0;

	for (int i = 0; i < count; i++)
		word = word << 8 | bytes[i];
	return word;
}

void prefix_words(const struct prefix *prefix, __u64 *ret_hi, __u64 *ret_lo)
{
	if (prefix->family == CX_IPV4) {
		*ret_hi = 0;
		*ret_lo = word_at(prefix->addr, IPV4_BYTES);
		return;
	}
	*ret_hi = word_at(prefix->addr, 8);
	*ret_lo = word_at(prefix->addr + 8, 8);
}
