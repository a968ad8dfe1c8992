/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tests of the model by hand-written frames, and of the generators by counting.
 */
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "model.h"
#include "rules.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#define SECOND_NS UINT64_C(1000000000)
#define NOW_NS    (UINT64_C(1767225600) * SECOND_NS) /* 2026-01-01T00:00:00Z */

static int passed, failed;

static void report(const char *name, const char *why)
{
	if (!why) {
		printf("PASS %s\n", name);
		passed++;
		return;
	}
	printf("FAIL %s (%s)\n", name, why);
	failed++;
}

/* ---- Frames in hex ------------------------------------------------------- */

#define MACS "020000000002 020000000001 "
#define IS4  "0800 "
#define IS6  "86dd "
#define Q    "8100 0064 "
#define AD   "88a8 0064 "
#define ETH4 MACS IS4
#define ETH6 MACS IS6

#define TO4 "c6336401 " /* 198.51.100.1 */
#define TO6 "20010db8000100000000000000000001 "

#define LISTED4    "c0000205 " /* 192.0.2.5, in gateway's list */
#define DENIED4    "c0000285 " /* 192.0.2.133, under the deny */
#define SPARED4    "c00002c8 " /* 192.0.2.200, allowed under the deny */
#define COMMANDER4 "cb007105 " /* 203.0.113.5, in command's list */
#define STRANGER4  "08080808 "
#define LISTED6    "20010db8000200000000000000000005 "
#define DENIED6    "20010db80bad00000000000000000005 "
#define STRANGER6  "26000000000000000000000000000001 "

#define IP4_FRAG(frag, ttl, proto, src) "45 00 0000 0000 " frag ttl proto " 0000 " src TO4
#define IP4(proto, src)                 IP4_FRAG("0000 ", "40 ", proto, src)
#define IP6_TTL(ttl, proto, src)        "6 0000000 0000 " proto ttl src TO6
#define IP6(proto, src)                 IP6_TTL("40 ", proto, src)

#define FROM_PORT        "d431 "
#define UDP(port)        FROM_PORT port " 0008 0000 "
#define TCP(port)        FROM_PORT port " 00000000 00000000 5002 ffff 0000 0000 "
#define P_COMMAND        "1389" /* 5001 */
#define P_GATEWAY        "0fc8" /* 4040 */
#define P_PCANYWHERE_TCP "15ff" /* 5631 */

#define GATEWAY4(src) ETH4 IP4("11", src) UDP(P_GATEWAY)
#define GATEWAY6(src) ETH6 IP6("11", src) UDP(P_GATEWAY)

/* Extension headers of 8 bytes; "next" is what follows. */
#define EXT(next)                     next " 00 000000000000 "
#define DST                           EXT("3c") /* destination options, and again */
#define DST11                         DST DST DST DST DST DST DST DST DST DST DST
#define AH                            EXT("33") /* authentication of IPv4, and again */
#define AH11                          AH AH AH AH AH AH AH AH AH AH AH
#define FRAG6(next, offset_and_flags) next " 00 " offset_and_flags " 00000000 "

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";

	return (int)(strchr(digits, c) - digits);
}

/* Blanks are for the eye. Half a byte too many would be a mistyped frame. */
static size_t frame_from_hex(const char *hex, uint8_t *ret_frame)
{
	size_t digits = 0;

	for (; *hex; hex++) {
		uint8_t *byte = &ret_frame[digits / 2];

		if (*hex == ' ')
			continue;
		*byte = (uint8_t)(digits % 2 ? *byte * 16 : 0);
		*byte = (uint8_t)(*byte + hex_digit(*hex));
		digits++;
	}
	if (digits % 2)
		abort();
	return digits / 2;
}

/* ---- The rules that the cases begin with, and what a case changes -------- */

enum { COMMAND, GATEWAY, PCANYWHERE, CUSTOM, NOBODY = MODEL_NO_POLICY };

struct scene {
	struct model_rules rules;
	struct model_where where;
};

static const struct scene base = {
	.rules = { .policies = 4,
		   .policy = { { .name = "command",
				 .udp = { { { 5001, 5001 }, { 5002, 5002 } }, 2 },
				 .source = { { .prefix = { MODEL_IPV4, { 203, 0, 113, 5 }, 32 } } },
				 .sources = 1 },
			       { .name = "gateway",
				 .udp = { { { 4040, 4040 }, { 4045, 4045 }, { 5010, 5010 } }, 3 },
				 .source = { { .prefix = { MODEL_IPV4, { 192, 0, 2, 0 }, 24 } },
					     { .prefix = { MODEL_IPV4, { 192, 0, 2, 200 }, 32 } },
					     { .prefix = { MODEL_IPV4, { 192, 0, 2, 128 }, 25 },
					       .deny = true },
					     { .prefix = { MODEL_IPV6,
							   { 0x20, 0x01, 0x0d, 0xb8 },
							   32 } },
					     { .prefix = { MODEL_IPV6,
							   { 0x20, 0x01, 0x0d, 0xb8, 0x0b, 0xad },
							   48 },
					       .deny = true } },
				 .sources = 5 },
			       { .name = "pcanywhere",
				 .mode = MODEL_MODE_OPEN,
				 .udp = { { { 22, 22 }, { 5632, 5632 } }, 2 },
				 .tcp = { { { 5631, 5631 }, { 65301, 65301 } }, 2 } },
			       { .name = "lab",
				 .udp = { { { 6000, 6010 }, { 65535, 65535 } }, 2 } } } },
	.where = { .link = MODEL_ETHERNET, .dev_id = 1, .now_ns = NOW_NS }
};

static struct model_policy *gateway(struct scene *s)
{
	return &s->rules.policy[GATEWAY];
}

static void monitored(struct scene *s)
{
	gateway(s)->mode = MODEL_MODE_MONITOR;
}

static void opened(struct scene *s)
{
	gateway(s)->mode = MODEL_MODE_OPEN;
}

static void closed(struct scene *s)
{
	gateway(s)->mode = MODEL_MODE_CLOSED;
}

static void others_open(struct scene *s)
{
	s->rules.policy[COMMAND].mode = MODEL_MODE_OPEN;
	s->rules.policy[CUSTOM].mode = MODEL_MODE_OPEN;
}

static void no_policies(struct scene *s)
{
	s->rules.policies = 0;
}

static void tcp_guarded(struct scene *s)
{
	s->rules.policy[PCANYWHERE].mode = MODEL_MODE_ENFORCE;
}

static void fragments_drop(struct scene *s)
{
	s->rules.fragments = MODEL_FRAGMENTS_DROP;
}

static void bare_ip(struct scene *s)
{
	s->where.link = MODEL_BARE_IP;
}

static void tunnel_required(struct scene *s)
{
	gateway(s)->tunnel_required = true;
}

static void in_tunnel(struct scene *s)
{
	s->where.is_tunnel = true;
}

static void protect(struct scene *s, struct model_prefix dest)
{
	gateway(s)->dest[gateway(s)->dests++] = dest;
}

static void protects_this4(struct scene *s)
{
	protect(s, (struct model_prefix){ MODEL_IPV4, { 198, 51, 100, 0 }, 31 });
}

static void protects_other4(struct scene *s)
{
	protect(s, (struct model_prefix){ MODEL_IPV4, { 198, 51, 100, 2 }, 31 });
}

static void protects_this6(struct scene *s)
{
	protect(s, (struct model_prefix){
			   MODEL_IPV6, { 0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1 }, 128 });
}

static void elsewhere_pass(struct scene *s)
{
	gateway(s)->elsewhere_pass = true;
}

static void add_source(struct scene *s, struct model_source source)
{
	gateway(s)->source[gateway(s)->sources++] = source;
}

/* 0.0.0.0/0 and ::/0, so that a bogus sender is a listed one. */
static void all_listed(struct scene *s)
{
	add_source(s, (struct model_source){ .prefix = { MODEL_IPV4, { 0 }, 0 } });
	add_source(s, (struct model_source){ .prefix = { MODEL_IPV6, { 0 }, 0 } });
}

/* No policy file can say so, but the order of reasons does. */
static void loopback_denied(struct scene *s)
{
	add_source(s, (struct model_source){ .prefix = { MODEL_IPV4, { 127 }, 8 }, .deny = true });
}

/* The conditions of 192.0.2.0/24 and of 2001:db8::/32. */
static void set_expiry(struct scene *s, uint64_t expires_ns)
{
	gateway(s)->source[0].expires_ns = expires_ns;
	gateway(s)->source[3].expires_ns = expires_ns;
}

static void expired_long_ago(struct scene *s)
{
	set_expiry(s, 1);
}

static void expires_now(struct scene *s)
{
	set_expiry(s, NOW_NS);
}

static void expires_next(struct scene *s)
{
	set_expiry(s, NOW_NS + 1);
}

static void deny_expired(struct scene *s)
{
	gateway(s)->source[2].expires_ns = NOW_NS;
}

static void deny_expires_next(struct scene *s)
{
	gateway(s)->source[2].expires_ns = NOW_NS + 1;
}

static void exact_deny_expired(struct scene *s)
{
	add_source(s, (struct model_source){ .prefix = { MODEL_IPV4, { 192, 0, 2, 5 }, 32 },
					     .deny = true,
					     .expires_ns = NOW_NS });
}

static void exact_allow_expired(struct scene *s)
{
	add_source(s, (struct model_source){ .prefix = { MODEL_IPV4, { 192, 0, 2, 5 }, 32 },
					     .expires_ns = NOW_NS });
}

static void other_dev(struct scene *s)
{
	gateway(s)->source[0].dev_id = 2;
	gateway(s)->source[3].dev_id = 2;
}

static void this_dev(struct scene *s)
{
	gateway(s)->source[0].dev_id = 1;
	gateway(s)->source[3].dev_id = 1;
}

static void min_ttl(struct scene *s)
{
	gateway(s)->source[0].min_ttl = 255;
	gateway(s)->source[3].min_ttl = 255;
}

static void wide_has_conditions(struct scene *s)
{
	struct model_policy *policy = gateway(s);

	for (int i = policy->sources - 2; i < policy->sources; i++) {
		policy->source[i].expires_ns = 1;
		policy->source[i].dev_id = 2;
		policy->source[i].min_ttl = 255;
	}
}

/* ---- The table, case by case --------------------------------------------- */

enum outcome { PASSES, DROPS, WOULD_DROP };

#define CHANGES_MAX 4

struct judged {
	const char *name;
	const char *hex;
	enum model_reason reason;
	enum outcome outcome;
	int policy;
	void (*change[CHANGES_MAX])(struct scene *scene);
};

/* Whose port it is, then what else is changed of the scene. */
#define CASE(title, bytes, why, what, whose, ...)                                \
	{                                                                        \
		.name = title, .hex = bytes, .reason = (why), .outcome = (what), \
		.policy = (whose), .change = {                                   \
			__VA_ARGS__                                              \
		}                                                                \
	}

static const struct judged judged[] = {
	/* not-guarded: everything that is not for a guarded port */
	CASE("arp", MACS "0806 0001 0800 0604 0001", MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("icmp", ETH4 IP4("01", STRANGER4) UDP(P_GATEWAY), MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("icmpv6", ETH6 IP6("3a", STRANGER6) UDP(P_GATEWAY), MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("dns", ETH4 IP4("11", STRANGER4) UDP("0035"), MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("port-4041", ETH4 IP4("11", STRANGER4) UDP("0fc9"), MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("port-4044", ETH4 IP4("11", STRANGER4) UDP("0fcc"), MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("port-5003", ETH4 IP4("11", STRANGER4) UDP("138b"), MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("port-with-swapped-bytes", ETH4 IP4("11", STRANGER4) UDP("c80f"), MODEL_NOT_GUARDED,
	     PASSES, NOBODY),
	CASE("guarded-port-as-source", ETH4 IP4("11", STRANGER4) "0fc8 0035 0008 0000",
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("guarded-udp-port-over-tcp", ETH4 IP4("06", STRANGER4) TCP(P_GATEWAY),
	     MODEL_NOT_GUARDED, PASSES, NOBODY, tcp_guarded),
	CASE("guarded-tcp-port-over-udp", ETH4 IP4("11", STRANGER4) UDP(P_PCANYWHERE_TCP),
	     MODEL_NOT_GUARDED, PASSES, NOBODY, tcp_guarded),
	CASE("ssh-stays", ETH4 IP4("06", STRANGER4) TCP("0016"), MODEL_NOT_GUARDED, PASSES, NOBODY,
	     tcp_guarded),
	CASE("udplite", ETH4 IP4("88", STRANGER4) UDP(P_GATEWAY), MODEL_NOT_GUARDED, PASSES,
	     NOBODY),
	CASE("esp-v6", ETH6 IP6("32", STRANGER6) UDP(P_GATEWAY), MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("no-next-header-v6", ETH6 IP6("3b", STRANGER6) UDP(P_GATEWAY), MODEL_NOT_GUARDED,
	     PASSES, NOBODY),
	CASE("mobility-v6-is-not-walked", ETH6 IP6("87", STRANGER6) EXT("11") UDP(P_GATEWAY),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("ipv4-walks-ah-alone", ETH4 IP4("33", STRANGER4) EXT("3c") EXT("11") UDP(P_GATEWAY),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("ipv4-walks-no-options-header", ETH4 IP4("3c", STRANGER4) EXT("11") UDP(P_GATEWAY),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("ipv4-later-fragment-of-ah",
	     ETH4 IP4_FRAG("0001 ", "40 ", "33", STRANGER4) EXT("11") UDP(P_GATEWAY),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("open-policy", GATEWAY4(STRANGER4), MODEL_NOT_GUARDED, PASSES, NOBODY, opened),
	CASE("open-tcp", ETH4 IP4("06", STRANGER4) TCP(P_PCANYWHERE_TCP), MODEL_NOT_GUARDED, PASSES,
	     NOBODY),
	CASE("no-policies", GATEWAY4(STRANGER4), MODEL_NOT_GUARDED, PASSES, NOBODY, no_policies),
	CASE("empty-frame", "", MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("cut-in-ethernet", "020000000002 020000000001 08", MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("cut-in-tag", MACS "8100 0064 08", MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("cut-in-second-tag", MACS Q "88a8 00", MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("arp-in-tags", MACS Q AD "0806 0001", MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("ethertype-9100-is-no-tag", MACS "9100 0064 " IS4 IP4("11", STRANGER4) UDP(P_GATEWAY),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),

	/* unlisted, on every guarded port and behind every header */
	CASE("unlisted-4040", GATEWAY4(STRANGER4), MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("unlisted-4045", ETH4 IP4("11", STRANGER4) UDP("0fcd"), MODEL_UNLISTED, DROPS,
	     GATEWAY),
	CASE("unlisted-5010", ETH4 IP4("11", STRANGER4) UDP("1392"), MODEL_UNLISTED, DROPS,
	     GATEWAY),
	CASE("unlisted-5001", ETH4 IP4("11", STRANGER4) UDP("1389"), MODEL_UNLISTED, DROPS,
	     COMMAND),
	CASE("unlisted-5002", ETH4 IP4("11", STRANGER4) UDP("138a"), MODEL_UNLISTED, DROPS,
	     COMMAND),
	CASE("unlisted-range-first", ETH4 IP4("11", STRANGER4) UDP("1770"), MODEL_UNLISTED, DROPS,
	     CUSTOM),
	CASE("unlisted-range-last", ETH4 IP4("11", STRANGER4) UDP("177a"), MODEL_UNLISTED, DROPS,
	     CUSTOM),
	CASE("beside-range-first", ETH4 IP4("11", STRANGER4) UDP("176f"), MODEL_NOT_GUARDED, PASSES,
	     NOBODY),
	CASE("beside-range-last", ETH4 IP4("11", STRANGER4) UDP("177b"), MODEL_NOT_GUARDED, PASSES,
	     NOBODY),
	CASE("unlisted-65535", ETH4 IP4("11", STRANGER4) UDP("ffff"), MODEL_UNLISTED, DROPS,
	     CUSTOM),
	CASE("unlisted-v6", GATEWAY6(STRANGER6), MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("unlisted-tcp", ETH4 IP4("06", STRANGER4) TCP(P_PCANYWHERE_TCP), MODEL_UNLISTED, DROPS,
	     PCANYWHERE, tcp_guarded),
	CASE("unlisted-tcp-65301-v6", ETH6 IP6("06", STRANGER6) TCP("ff15"), MODEL_UNLISTED, DROPS,
	     PCANYWHERE, tcp_guarded),
	CASE("gateway-list-opens-no-command", ETH4 IP4("11", LISTED4) UDP(P_COMMAND),
	     MODEL_UNLISTED, DROPS, COMMAND),
	CASE("command-list-opens-no-gateway", GATEWAY4(COMMANDER4), MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("before-prefix", GATEWAY4("c00001ff "), MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("after-prefix", GATEWAY4("c0000300 "), MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("before-host", ETH4 IP4("11", "cb007104 ") UDP(P_COMMAND), MODEL_UNLISTED, DROPS,
	     COMMAND),
	CASE("after-host", ETH4 IP4("11", "cb007106 ") UDP(P_COMMAND), MODEL_UNLISTED, DROPS,
	     COMMAND),
	CASE("before-prefix-v6", GATEWAY6("20010db7ffffffffffffffffffffffff "), MODEL_UNLISTED,
	     DROPS, GATEWAY),
	CASE("after-prefix-v6", GATEWAY6("20010db9000000000000000000000000 "), MODEL_UNLISTED,
	     DROPS, GATEWAY),
	CASE("ipv4-list-answers-not-for-v6", GATEWAY6("c0000205000000000000000000000000 "),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("ipv4-list-answers-not-for-mapped", GATEWAY6("00000000000000000000ffffc0000205 "),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("ipv6-list-answers-not-for-v4", GATEWAY4("20010db8 "), MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("behind-a-tag", MACS Q IS4 IP4("11", STRANGER4) UDP(P_GATEWAY), MODEL_UNLISTED, DROPS,
	     GATEWAY),
	CASE("behind-four-tags", MACS Q AD Q AD IS4 IP4("11", STRANGER4) UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("behind-four-tags-v6", MACS AD AD Q Q IS6 IP6("11", STRANGER6) UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("behind-ipv4-options",
	     ETH4 "46 00 0000 0000 0000 40 11 0000 " STRANGER4 TO4 "0fc9 0fc9 " UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("behind-40-bytes-of-options",
	     ETH4 "4f 00 0000 0000 0000 40 11 0000 " STRANGER4 TO4 LISTED6 LISTED6
		  "00000000 00000000 " UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("options-spell-no-port",
	     ETH4 "46 00 0000 0000 0000 40 11 0000 " STRANGER4 TO4 "0fc8 0fc8 " UDP("0035"),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("ipv4-first-fragment", ETH4 IP4_FRAG("2000 ", "40 ", "11", STRANGER4) UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY, fragments_drop),
	CASE("ipv4-dont-fragment", ETH4 IP4_FRAG("4000 ", "40 ", "11", STRANGER4) UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY, fragments_drop),
	CASE("ipv4-reserved-bit", ETH4 IP4_FRAG("8000 ", "40 ", "11", STRANGER4) UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY, fragments_drop),
	CASE("ipv4-authentication",
	     ETH4 IP4("33", STRANGER4) "11 04 0000 " LISTED6 "00000000 " UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("ipv4-authentication-twelve-times",
	     ETH4 IP4("33", STRANGER4) AH11 EXT("11") UDP(P_GATEWAY), MODEL_UNLISTED, DROPS,
	     GATEWAY),
	CASE("ipv4-authentication-of-a-first-fragment",
	     ETH4 IP4_FRAG("2000 ", "40 ", "33", STRANGER4) EXT("11") UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("v6-hop-by-hop", ETH6 IP6("00", STRANGER6) EXT("11") UDP(P_GATEWAY), MODEL_UNLISTED,
	     DROPS, GATEWAY),
	CASE("v6-routing", ETH6 IP6("2b", STRANGER6) EXT("11") UDP(P_GATEWAY), MODEL_UNLISTED,
	     DROPS, GATEWAY),
	CASE("v6-long-routing",
	     ETH6 IP6("2b", STRANGER6) "11 02 000000000000 " LISTED6 UDP(P_GATEWAY), MODEL_UNLISTED,
	     DROPS, GATEWAY),
	CASE("v6-destination-options", ETH6 IP6("3c", STRANGER6) EXT("11") UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("v6-authentication",
	     ETH6 IP6("33", STRANGER6) "11 04 0000 " LISTED6 "00000000 " UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("v6-authentication-of-length-0", ETH6 IP6("33", STRANGER6) EXT("11") UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("v6-atomic-fragment", ETH6 IP6("2c", STRANGER6) FRAG6("11", "0000") UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY, fragments_drop),
	CASE("v6-first-fragment", ETH6 IP6("2c", STRANGER6) FRAG6("11", "0001") UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY, fragments_drop),
	CASE("v6-fragment-reserved-bits",
	     ETH6 IP6("2c", STRANGER6) FRAG6("11", "0007") UDP(P_GATEWAY), MODEL_UNLISTED, DROPS,
	     GATEWAY, fragments_drop),
	CASE("v6-fragment-has-no-length",
	     ETH6 IP6("2c", STRANGER6) "11 ff 0000 00000000 " UDP(P_GATEWAY), MODEL_UNLISTED, DROPS,
	     GATEWAY),
	CASE("v6-every-kind-in-any-order",
	     ETH6 IP6("3c", STRANGER6) EXT("2c") FRAG6("00", "0000") EXT("33") EXT("2b") EXT("00")
		     EXT("11") UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("v6-twelve-headers", ETH6 IP6("3c", STRANGER6) DST11 EXT("11") UDP(P_GATEWAY),
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("bare-ipv4", IP4("11", STRANGER4) UDP(P_GATEWAY), MODEL_UNLISTED, DROPS, GATEWAY,
	     bare_ip),
	CASE("bare-ipv6", IP6("11", STRANGER6) UDP(P_GATEWAY), MODEL_UNLISTED, DROPS, GATEWAY,
	     bare_ip),
	CASE("lengths-are-not-judged", ETH4 IP4("11", STRANGER4) FROM_PORT P_GATEWAY "ffff 0000",
	     MODEL_UNLISTED, DROPS, GATEWAY),
	CASE("unlisted-monitor", GATEWAY4(STRANGER4), MODEL_UNLISTED, WOULD_DROP, GATEWAY,
	     monitored),

	/* allowed */
	CASE("allowed", GATEWAY4(LISTED4), MODEL_ALLOWED, PASSES, GATEWAY),
	CASE("allowed-first-of-prefix", GATEWAY4("c0000200 "), MODEL_ALLOWED, PASSES, GATEWAY),
	CASE("allowed-last-before-deny", GATEWAY4("c000027f "), MODEL_ALLOWED, PASSES, GATEWAY),
	CASE("allowed-under-deny", GATEWAY4(SPARED4), MODEL_ALLOWED, PASSES, GATEWAY),
	CASE("allowed-command", ETH4 IP4("11", COMMANDER4) UDP(P_COMMAND), MODEL_ALLOWED, PASSES,
	     COMMAND),
	CASE("allowed-v6", GATEWAY6(LISTED6), MODEL_ALLOWED, PASSES, GATEWAY),
	CASE("allowed-v6-last", GATEWAY6("20010db8ffffffffffffffffffffffff "), MODEL_ALLOWED,
	     PASSES, GATEWAY),
	CASE("allowed-in-monitor", GATEWAY4(LISTED4), MODEL_ALLOWED, PASSES, GATEWAY, monitored),
	CASE("allowed-by-everybody", GATEWAY4(STRANGER4), MODEL_ALLOWED, PASSES, GATEWAY,
	     all_listed),
	CASE("allowed-to-protected", GATEWAY4(LISTED4), MODEL_ALLOWED, PASSES, GATEWAY,
	     protects_this4),
	CASE("allowed-to-second-protected", GATEWAY4(LISTED4), MODEL_ALLOWED, PASSES, GATEWAY,
	     protects_other4, protects_this4),
	CASE("allowed-to-protected-v6", GATEWAY6(LISTED6), MODEL_ALLOWED, PASSES, GATEWAY,
	     protects_this6),

	/* denied */
	CASE("denied", GATEWAY4(DENIED4), MODEL_DENIED, DROPS, GATEWAY),
	CASE("denied-first", GATEWAY4("c0000280 "), MODEL_DENIED, DROPS, GATEWAY),
	CASE("denied-last", GATEWAY4("c00002ff "), MODEL_DENIED, DROPS, GATEWAY),
	CASE("denied-beside-the-spared", GATEWAY4("c00002c9 "), MODEL_DENIED, DROPS, GATEWAY),
	CASE("denied-v6", GATEWAY6(DENIED6), MODEL_DENIED, DROPS, GATEWAY),
	CASE("denied-monitor", GATEWAY4(DENIED4), MODEL_DENIED, WOULD_DROP, GATEWAY, monitored),
	CASE("denied-till-its-expiry", GATEWAY4(DENIED4), MODEL_DENIED, DROPS, GATEWAY,
	     deny_expires_next),
	CASE("denied-also-under-everybody", GATEWAY4(DENIED4), MODEL_DENIED, DROPS, GATEWAY,
	     all_listed),
	CASE("expired-deny-is-absent", GATEWAY4(DENIED4), MODEL_ALLOWED, PASSES, GATEWAY,
	     deny_expired),
	CASE("expired-deny-leaves-the-allow", GATEWAY4(LISTED4), MODEL_ALLOWED, PASSES, GATEWAY,
	     exact_deny_expired),
	CASE("expired-deny-leaves-the-expired-allow", GATEWAY4(LISTED4), MODEL_EXPIRED, DROPS,
	     GATEWAY, exact_deny_expired, expired_long_ago),

	/* closed */
	CASE("closed", GATEWAY4(LISTED4), MODEL_CLOSED, DROPS, GATEWAY, closed),
	CASE("closed-v6", GATEWAY6(LISTED6), MODEL_CLOSED, DROPS, GATEWAY, closed),
	CASE("closed-before-no-tunnel", GATEWAY4(LISTED4), MODEL_CLOSED, DROPS, GATEWAY, closed,
	     tunnel_required),
	CASE("closed-before-elsewhere", GATEWAY4(LISTED4), MODEL_CLOSED, DROPS, GATEWAY, closed,
	     protects_other4, elsewhere_pass),
	CASE("closed-before-unlisted", GATEWAY4(STRANGER4), MODEL_CLOSED, DROPS, GATEWAY, closed),
	CASE("closed-leaves-other-ports", ETH4 IP4("11", STRANGER4) UDP("0fc9"), MODEL_NOT_GUARDED,
	     PASSES, NOBODY, closed),

	/* no-tunnel */
	CASE("no-tunnel", GATEWAY4(LISTED4), MODEL_NO_TUNNEL, DROPS, GATEWAY, tunnel_required),
	CASE("no-tunnel-monitor", GATEWAY4(LISTED4), MODEL_NO_TUNNEL, WOULD_DROP, GATEWAY,
	     tunnel_required, monitored),
	CASE("in-tunnel", GATEWAY4(LISTED4), MODEL_ALLOWED, PASSES, GATEWAY, tunnel_required,
	     in_tunnel),
	CASE("in-tunnel-unlisted", GATEWAY4(STRANGER4), MODEL_UNLISTED, DROPS, GATEWAY,
	     tunnel_required, in_tunnel),
	CASE("no-tunnel-before-elsewhere", GATEWAY4(LISTED4), MODEL_NO_TUNNEL, DROPS, GATEWAY,
	     tunnel_required, protects_other4, elsewhere_pass),
	CASE("no-tunnel-before-unlisted", GATEWAY4(STRANGER4), MODEL_NO_TUNNEL, DROPS, GATEWAY,
	     tunnel_required),

	/* elsewhere */
	CASE("elsewhere", GATEWAY4(LISTED4), MODEL_ELSEWHERE, DROPS, GATEWAY, protects_other4),
	CASE("elsewhere-pass", GATEWAY4(LISTED4), MODEL_ELSEWHERE, PASSES, GATEWAY, protects_other4,
	     elsewhere_pass),
	CASE("elsewhere-monitor", GATEWAY4(LISTED4), MODEL_ELSEWHERE, WOULD_DROP, GATEWAY,
	     protects_other4, monitored),
	CASE("elsewhere-pass-monitor", GATEWAY4(LISTED4), MODEL_ELSEWHERE, PASSES, GATEWAY,
	     protects_other4, elsewhere_pass, monitored),
	CASE("elsewhere-by-the-other-family", GATEWAY4(LISTED4), MODEL_ELSEWHERE, DROPS, GATEWAY,
	     protects_this6),
	CASE("elsewhere-by-the-other-family-v6", GATEWAY6(LISTED6), MODEL_ELSEWHERE, DROPS, GATEWAY,
	     protects_this4),
	CASE("elsewhere-before-unlisted", GATEWAY4(STRANGER4), MODEL_ELSEWHERE, PASSES, GATEWAY,
	     protects_other4, elsewhere_pass),
	CASE("elsewhere-before-denied", GATEWAY4(DENIED4), MODEL_ELSEWHERE, DROPS, GATEWAY,
	     protects_other4),

	/* bogus-source: only a listed one can get as far */
	CASE("bogus-0", GATEWAY4("00ffffff "), MODEL_BOGUS_SOURCE, DROPS, GATEWAY, all_listed),
	CASE("bogus-after-0", GATEWAY4("01000000 "), MODEL_ALLOWED, PASSES, GATEWAY, all_listed),
	CASE("bogus-before-127", GATEWAY4("7effffff "), MODEL_ALLOWED, PASSES, GATEWAY, all_listed),
	CASE("bogus-127", GATEWAY4("7f000001 "), MODEL_BOGUS_SOURCE, DROPS, GATEWAY, all_listed),
	CASE("bogus-127-last", GATEWAY4("7fffffff "), MODEL_BOGUS_SOURCE, DROPS, GATEWAY,
	     all_listed),
	CASE("bogus-after-127", GATEWAY4("80000000 "), MODEL_ALLOWED, PASSES, GATEWAY, all_listed),
	CASE("bogus-before-224", GATEWAY4("dfffffff "), MODEL_ALLOWED, PASSES, GATEWAY, all_listed),
	CASE("bogus-multicast", GATEWAY4("e0000000 "), MODEL_BOGUS_SOURCE, DROPS, GATEWAY,
	     all_listed),
	CASE("bogus-reserved", GATEWAY4("f0000000 "), MODEL_BOGUS_SOURCE, DROPS, GATEWAY,
	     all_listed),
	CASE("bogus-broadcast", GATEWAY4("ffffffff "), MODEL_BOGUS_SOURCE, DROPS, GATEWAY,
	     all_listed),
	CASE("bogus-unspecified-v6", GATEWAY6("00000000000000000000000000000000 "),
	     MODEL_BOGUS_SOURCE, DROPS, GATEWAY, all_listed),
	CASE("bogus-loopback-v6", GATEWAY6("00000000000000000000000000000001 "), MODEL_BOGUS_SOURCE,
	     DROPS, GATEWAY, all_listed),
	CASE("bogus-after-loopback-v6", GATEWAY6("00000000000000000000000000000002 "),
	     MODEL_ALLOWED, PASSES, GATEWAY, all_listed),
	CASE("bogus-multicast-v6", GATEWAY6("ff000000000000000000000000000000 "),
	     MODEL_BOGUS_SOURCE, DROPS, GATEWAY, all_listed),
	CASE("bogus-before-multicast-v6", GATEWAY6("feffffffffffffffffffffffffffffff "),
	     MODEL_ALLOWED, PASSES, GATEWAY, all_listed),
	CASE("bogus-mapped-v6", GATEWAY6("00000000000000000000ffffc0000205 "), MODEL_BOGUS_SOURCE,
	     DROPS, GATEWAY, all_listed),
	CASE("bogus-beside-mapped-v6", GATEWAY6("00000000000000000000fffec0000205 "), MODEL_ALLOWED,
	     PASSES, GATEWAY, all_listed),
	CASE("bogus-monitor", GATEWAY4("7f000001 "), MODEL_BOGUS_SOURCE, WOULD_DROP, GATEWAY,
	     all_listed, monitored),
	CASE("bogus-before-every-condition", GATEWAY4("7f000001 "), MODEL_BOGUS_SOURCE, DROPS,
	     GATEWAY, all_listed, wide_has_conditions),
	CASE("denied-before-bogus", GATEWAY4("7f000001 "), MODEL_DENIED, DROPS, GATEWAY, all_listed,
	     loopback_denied),
	CASE("unlisted-before-bogus", GATEWAY4("7f000001 "), MODEL_UNLISTED, DROPS, GATEWAY),

	/* expired */
	CASE("expired", GATEWAY4(LISTED4), MODEL_EXPIRED, DROPS, GATEWAY, expired_long_ago),
	CASE("expired-v6", GATEWAY6(LISTED6), MODEL_EXPIRED, DROPS, GATEWAY, expired_long_ago),
	CASE("expired-this-instant", GATEWAY4(LISTED4), MODEL_EXPIRED, DROPS, GATEWAY, expires_now),
	CASE("expires-next-instant", GATEWAY4(LISTED4), MODEL_ALLOWED, PASSES, GATEWAY,
	     expires_next),
	CASE("expired-monitor", GATEWAY4(LISTED4), MODEL_EXPIRED, WOULD_DROP, GATEWAY,
	     expired_long_ago, monitored),
	CASE("expired-under-a-live-prefix", GATEWAY4(LISTED4), MODEL_EXPIRED, DROPS, GATEWAY,
	     exact_allow_expired),
	CASE("denied-under-an-expired-prefix", GATEWAY4(DENIED4), MODEL_DENIED, DROPS, GATEWAY,
	     expired_long_ago),
	CASE("expired-before-wrong-dev", GATEWAY4(LISTED4), MODEL_EXPIRED, DROPS, GATEWAY,
	     expired_long_ago, other_dev, min_ttl),

	/* wrong-dev */
	CASE("wrong-dev", GATEWAY4(LISTED4), MODEL_WRONG_DEV, DROPS, GATEWAY, other_dev),
	CASE("wrong-dev-v6", GATEWAY6(LISTED6), MODEL_WRONG_DEV, DROPS, GATEWAY, other_dev),
	CASE("wrong-dev-monitor", GATEWAY4(LISTED4), MODEL_WRONG_DEV, WOULD_DROP, GATEWAY,
	     other_dev, monitored),
	CASE("right-dev", GATEWAY4(LISTED4), MODEL_ALLOWED, PASSES, GATEWAY, this_dev),
	CASE("wrong-dev-before-low-ttl", GATEWAY4(LISTED4), MODEL_WRONG_DEV, DROPS, GATEWAY,
	     other_dev, min_ttl),

	/* low-ttl */
	CASE("low-ttl", ETH4 IP4_FRAG("0000 ", "fe ", "11", LISTED4) UDP(P_GATEWAY), MODEL_LOW_TTL,
	     DROPS, GATEWAY, min_ttl),
	CASE("low-ttl-met", ETH4 IP4_FRAG("0000 ", "ff ", "11", LISTED4) UDP(P_GATEWAY),
	     MODEL_ALLOWED, PASSES, GATEWAY, min_ttl),
	CASE("low-hop-limit", ETH6 IP6_TTL("fe ", "11 ", LISTED6) UDP(P_GATEWAY), MODEL_LOW_TTL,
	     DROPS, GATEWAY, min_ttl),
	CASE("low-hop-limit-met", ETH6 IP6_TTL("ff ", "11 ", LISTED6) UDP(P_GATEWAY), MODEL_ALLOWED,
	     PASSES, GATEWAY, min_ttl),
	CASE("low-ttl-monitor", GATEWAY4(LISTED4), MODEL_LOW_TTL, WOULD_DROP, GATEWAY, min_ttl,
	     monitored),
	CASE("ttl-0-without-condition", ETH4 IP4_FRAG("0000 ", "00 ", "11", LISTED4) UDP(P_GATEWAY),
	     MODEL_ALLOWED, PASSES, GATEWAY),

	/* malformed */
	CASE("malformed-no-ip-at-all", ETH4, MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-19-bytes-of-ipv4",
	     ETH4 "45 00 0000 0000 0000 40 01 0000 " STRANGER4 "c63364", MODEL_MALFORMED, DROPS,
	     NOBODY),
	CASE("20-bytes-of-ipv4", ETH4 IP4("01", STRANGER4), MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("malformed-version-5-as-ipv4",
	     ETH4 "55 00 0000 0000 0000 40 11 0000 " LISTED4 TO4 UDP(P_GATEWAY), MODEL_MALFORMED,
	     DROPS, NOBODY),
	CASE("malformed-version-5-as-ipv6", ETH6 "5 0000000 0000 11 40 " LISTED6 TO6 UDP(P_GATEWAY),
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-version-6-as-ipv4", ETH4 IP6("11", STRANGER6) UDP(P_GATEWAY),
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-version-4-as-ipv6", ETH6 IP4("11", STRANGER4) UDP(P_GATEWAY) LISTED6,
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-ihl-4",
	     ETH4 "44 00 0000 0000 0000 40 11 0000 " STRANGER4 TO4 UDP(P_GATEWAY), MODEL_MALFORMED,
	     DROPS, NOBODY),
	CASE("malformed-ihl-0-icmp", ETH4 "40 00 0000 0000 0000 40 01 0000 " STRANGER4 TO4,
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-ihl-beyond-the-frame",
	     ETH4 "4f 00 0000 0000 0000 40 11 0000 " STRANGER4 TO4 UDP(P_GATEWAY), MODEL_MALFORMED,
	     DROPS, NOBODY),
	CASE("ihl-beyond-the-frame-icmp",
	     ETH4 "4f 00 0000 0000 0000 40 01 0000 " STRANGER4 TO4 UDP(P_GATEWAY),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("malformed-7-bytes-of-udp", ETH4 IP4("11", STRANGER4) FROM_PORT "0fc8 0008 00",
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-dns-cut", ETH4 IP4("11", STRANGER4) FROM_PORT "0035 0008 00",
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-19-bytes-of-tcp",
	     ETH4 IP4("06", STRANGER4) FROM_PORT "01bb 00000000 00000000 5002 ffff 0000 00",
	     MODEL_MALFORMED, DROPS, NOBODY, tcp_guarded),
	CASE("tcp-is-not-read-unless-guarded", ETH4 IP4("06", STRANGER4) FROM_PORT "15",
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("malformed-39-bytes-of-ipv6",
	     ETH6 "60000000 0000 3a 40 " STRANGER6 "20010db80001000000000000000000",
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-udp-v6-cut", ETH6 IP6("11", STRANGER6) FROM_PORT "0fc8 0008 00",
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-extension-absent", ETH6 IP6("3c", STRANGER6), MODEL_MALFORMED, DROPS,
	     NOBODY),
	CASE("malformed-extension-cut", ETH6 IP6("3c", STRANGER6) "3a 00 0000000000",
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-extension-length",
	     ETH6 IP6("3c", STRANGER6) "3a 02 000000000000 "
				       "00000000 00000000 00000000 000000",
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("extension-length-met",
	     ETH6 IP6("3c", STRANGER6) "3a 02 000000000000 "
				       "00000000 00000000 00000000 00000000",
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("malformed-authentication-length",
	     ETH6 IP6("33", STRANGER6) "3a 04 000000000000 00000000 00000000 00000000 000000",
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("authentication-length-met",
	     ETH6 IP6("33", STRANGER6) "3a 04 000000000000 00000000 00000000 00000000 00000000",
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("malformed-fragment-header-cut", ETH6 IP6("2c", STRANGER6) "11 00 0008 000000",
	     MODEL_MALFORMED, DROPS, NOBODY),
	CASE("malformed-empty-bare-frame", "", MODEL_MALFORMED, DROPS, NOBODY, bare_ip),
	CASE("malformed-bare-version-5",
	     "55 00 0000 0000 0000 40 11 0000 " STRANGER4 TO4 UDP(P_GATEWAY), MODEL_MALFORMED,
	     DROPS, NOBODY, bare_ip),
	CASE("malformed-bare-one-byte", "45", MODEL_MALFORMED, DROPS, NOBODY, bare_ip),
	CASE("malformed-while-one-monitors", ETH4, MODEL_MALFORMED, WOULD_DROP, NOBODY, monitored,
	     others_open),
	CASE("malformed-while-one-is-closed", ETH4, MODEL_MALFORMED, DROPS, NOBODY, closed,
	     others_open),
	CASE("malformed-while-all-is-open", ETH4, MODEL_MALFORMED, WOULD_DROP, NOBODY, opened,
	     others_open),
	CASE("malformed-while-another-enforces", ETH4, MODEL_MALFORMED, DROPS, NOBODY, monitored),

	CASE("malformed-ah-v4-cut", ETH4 IP4("33", STRANGER4) "11 00 0000000000", MODEL_MALFORMED,
	     DROPS, NOBODY),
	CASE("malformed-ah-v4-longer-than-the-frame",
	     ETH4 IP4("33", STRANGER4) "11 05 000000000000 " UDP(P_GATEWAY), MODEL_MALFORMED, DROPS,
	     NOBODY),

	/* too-deep */
	CASE("too-deep-five-tags", MACS Q AD Q AD Q IS4 IP4("11", STRANGER4) UDP(P_GATEWAY),
	     MODEL_TOO_DEEP, DROPS, NOBODY),
	CASE("too-deep-five-tags-of-arp", MACS Q Q Q Q Q "0806", MODEL_TOO_DEEP, DROPS, NOBODY),
	CASE("too-deep-fifth-tag-unread", MACS Q Q Q Q "88a8", MODEL_TOO_DEEP, DROPS, NOBODY),
	CASE("too-deep-thirteen-headers",
	     ETH6 IP6("3c", STRANGER6) DST11 DST EXT("11") UDP(P_GATEWAY), MODEL_TOO_DEEP, DROPS,
	     NOBODY),
	CASE("too-deep-thirteenth-unread", ETH6 IP6("3c", STRANGER6) DST11 EXT("00"),
	     MODEL_TOO_DEEP, DROPS, NOBODY),
	CASE("too-deep-not-by-esp", ETH6 IP6("3c", STRANGER6) DST11 EXT("32"), MODEL_NOT_GUARDED,
	     PASSES, NOBODY),
	CASE("too-deep-thirteen-ah-v4",
	     ETH4 IP4("33", STRANGER4) AH11 EXT("33") EXT("11") UDP(P_GATEWAY), MODEL_TOO_DEEP,
	     DROPS, NOBODY),
	CASE("too-deep-not-by-an-ipv6-header-v4", ETH4 IP4("33", STRANGER4) AH11 EXT("3c"),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("too-deep-lenient", MACS Q Q Q Q Q IS4, MODEL_TOO_DEEP, WOULD_DROP, NOBODY, monitored,
	     others_open),
	CASE("malformed-before-too-deep", ETH6 IP6("3c", STRANGER6) DST11 "3c 00 0000000000",
	     MODEL_MALFORMED, DROPS, NOBODY),

	/* fragment */
	CASE("fragment-v4", ETH4 IP4_FRAG("2001 ", "40 ", "11", STRANGER4) UDP(P_GATEWAY),
	     MODEL_FRAGMENT, DROPS, NOBODY, fragments_drop),
	CASE("fragment-v4-last", ETH4 IP4_FRAG("1fff ", "40 ", "11", STRANGER4) UDP(P_GATEWAY),
	     MODEL_FRAGMENT, DROPS, NOBODY, fragments_drop),
	CASE("fragment-v4-high-offset-bit",
	     ETH4 IP4_FRAG("1000 ", "40 ", "11", STRANGER4) UDP(P_GATEWAY), MODEL_FRAGMENT, DROPS,
	     NOBODY, fragments_drop),
	CASE("fragment-v4-of-icmp", ETH4 IP4_FRAG("0001 ", "40 ", "01", STRANGER4), MODEL_FRAGMENT,
	     DROPS, NOBODY, fragments_drop),
	CASE("fragment-v4-passes", ETH4 IP4_FRAG("2001 ", "40 ", "11", STRANGER4) UDP(P_GATEWAY),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("fragment-v4-shorter-than-udp", ETH4 IP4_FRAG("0001 ", "40 ", "11", STRANGER4),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("fragment-v4-options-unread", ETH4 "4f 00 0000 0000 0001 40 11 0000 " STRANGER4 TO4,
	     MODEL_FRAGMENT, DROPS, NOBODY, fragments_drop),
	CASE("fragment-v6", ETH6 IP6("2c", STRANGER6) FRAG6("11", "0009") UDP(P_GATEWAY),
	     MODEL_FRAGMENT, DROPS, NOBODY, fragments_drop),
	CASE("fragment-v6-passes", ETH6 IP6("2c", STRANGER6) FRAG6("11", "0008") UDP(P_GATEWAY),
	     MODEL_NOT_GUARDED, PASSES, NOBODY),
	CASE("fragment-v6-high-offset-bit",
	     ETH6 IP6("2c", STRANGER6) FRAG6("11", "8000") UDP(P_GATEWAY), MODEL_FRAGMENT, DROPS,
	     NOBODY, fragments_drop),
	CASE("fragment-v6-second-header",
	     ETH6 IP6("2c", STRANGER6) FRAG6("2c", "0000") FRAG6("11", "0008") UDP(P_GATEWAY),
	     MODEL_FRAGMENT, DROPS, NOBODY, fragments_drop),
	CASE("fragment-v6-twelfth-names-another",
	     ETH6 IP6("3c", STRANGER6) DST DST DST DST DST DST DST DST DST DST EXT("2c")
		     FRAG6("3c", "0008"),
	     MODEL_FRAGMENT, DROPS, NOBODY, fragments_drop),
	CASE("fragment-v6-as-thirteenth-is-too-deep",
	     ETH6 IP6("3c", STRANGER6) DST11 EXT("2c") FRAG6("11", "0008"), MODEL_TOO_DEEP, DROPS,
	     NOBODY, fragments_drop),
	CASE("fragment-lenient", ETH4 IP4_FRAG("0001 ", "40 ", "11", STRANGER4), MODEL_FRAGMENT,
	     WOULD_DROP, NOBODY, fragments_drop, monitored, others_open),
	CASE("fragment-of-a-listed-source", ETH4 IP4_FRAG("0001 ", "40 ", "11", LISTED4),
	     MODEL_FRAGMENT, DROPS, NOBODY, fragments_drop),
	CASE("malformed-before-fragment", ETH4 "44 00 0000 0000 0001 40 11 0000 " STRANGER4 TO4,
	     MODEL_MALFORMED, DROPS, NOBODY, fragments_drop)
};

static enum outcome outcome_of(const struct model_verdict *verdict)
{
	if (verdict->drop)
		return DROPS;
	return verdict->would_drop ? WOULD_DROP : PASSES;
}

static void test_judged(const struct judged *judged)
{
	static const char *const word[] = { "passes", "drops", "would drop" };
	struct scene scene = base;
	struct model_verdict got;
	uint8_t frame[1024];
	char why[160];
	size_t len = frame_from_hex(judged->hex, frame);

	for (int i = 0; i < CHANGES_MAX && judged->change[i]; i++)
		judged->change[i](&scene);
	got = model_judge(&scene.rules, &scene.where, frame, len);

	snprintf(why, sizeof(why), "%s, policy %d, %s; expected %s, policy %d, %s",
		 model_reason_name(got.reason), got.policy, word[outcome_of(&got)],
		 model_reason_name(judged->reason), judged->policy, word[judged->outcome]);
	if (got.reason == judged->reason && got.policy == judged->policy &&
	    outcome_of(&got) == judged->outcome && !(got.drop && got.would_drop))
		report(judged->name, NULL);
	else
		report(judged->name, why);
}

/* ---- Names --------------------------------------------------------------- */

static void test_reason_names(void)
{
	static const char *const in_order[] = {
		"malformed", "too-deep",   "fragment",  "not-guarded",  "closed",      "no-tunnel",
		"elsewhere", "unlisted",   "denied",    "bogus-source", "expired",     "wrong-dev",
		"low-ttl",   "rpf-failed", "over-rate", "dest-rate",    "policy-rate", "allowed"
	};
	const char *why = NULL;

	if (COUNT(in_order) != MODEL_REASONS)
		why = "another number of reasons than the table has";
	for (int i = 0; !why && i < MODEL_REASONS; i++)
		if (strcmp(in_order[i], model_reason_name((enum model_reason)i)))
			why = in_order[i];
	report("reason-names-in-order", why);
}

/* ---- The policy file ----------------------------------------------------- */

static const char *const printed =
	"policy command mode enforce elsewhere drop tunnel optional rpf off\n"
	"policy gateway mode monitor elsewhere pass tunnel required rpf off\n"
	"policy pcanywhere mode open elsewhere drop tunnel optional rpf off\n"
	"policy lab udp 6000-6010,65535 tcp 80 mode closed elsewhere drop"
	" tunnel optional rpf off\n"
	"allow 203.0.113.5 command\n"
	"allow 192.0.2.0/24 gateway dev model2 min-ttl 255"
	" expires 2026-01-01T00:00:00Z\n"
	"allow 192.0.2.200 gateway\n"
	"deny 192.0.2.128/25 gateway expires 2026-01-01T00:00:01Z\n"
	"allow 2001:db8:0:0:0:0:0:0/32 gateway dev model2 min-ttl 255"
	" expires 2026-01-01T00:00:00Z\n"
	"deny 2001:db8:bad:0:0:0:0:0/48 gateway\n"
	"allow 0.0.0.0/0 gateway wide\n"
	"allow 0:0:0:0:0:0:0:0/0 gateway wide\n"
	"protect 198.51.100.2/31 gateway\n"
	"protect 2001:db8:1:0:0:0:0:1 gateway\n"
	"fragments drop\n"
	"tunnel model3\n";

static void write_printed(struct scene *s)
{
	monitored(s);
	elsewhere_pass(s);
	tunnel_required(s);
	expires_now(s);
	other_dev(s);
	min_ttl(s);
	all_listed(s);
	protects_other4(s);
	protects_this6(s);
	fragments_drop(s);
	gateway(s)->source[2].expires_ns = NOW_NS + SECOND_NS;
	s->rules.policy[CUSTOM].mode = MODEL_MODE_CLOSED;
	s->rules.policy[CUSTOM].tcp.range[0] = (struct model_range){ 80, 80 };
	s->rules.policy[CUSTOM].tcp.count = 1;
	s->rules.tunnel[3] = true;
}

static size_t print_to(const struct model_rules *rules, char *ret_text, size_t size)
{
	FILE *file = tmpfile();
	size_t len;

	if (!file)
		abort();
	model_rules_print(file, rules);
	rewind(file);
	len = fread(ret_text, 1, size - 1, file);
	ret_text[len] = '\0';
	fclose(file);
	return len;
}

static void test_rules_print(void)
{
	struct scene scene = base;
	char text[4096];

	write_printed(&scene);
	print_to(&scene.rules, text, sizeof(text));
	report("rules-print", strcmp(text, printed) ? text : NULL);
}

/* ---- Drawn rule sets keep to the grammar --------------------------------- */

#define RULE_SETS 2000

static bool host_bits_clear(const struct model_prefix *prefix)
{
	int bits = prefix->family == MODEL_IPV4 ? 32 : 128;

	if (prefix->len < 0 || prefix->len > bits)
		return false;
	for (int bit = prefix->len; bit < 128; bit++)
		if (prefix->addr[bit / 8] & 0x80 >> bit % 8)
			return false;
	return true;
}

static bool is_short(const struct model_prefix *prefix)
{
	return prefix->len < (prefix->family == MODEL_IPV4 ? 8 : 19);
}

static bool is_fe80(const struct model_prefix *prefix)
{
	return prefix->family == MODEL_IPV6 && prefix->addr[0] == 0xfe && prefix->addr[1] >= 0x80 &&
	       prefix->addr[1] <= 0xbf;
}

/* That every address of it is bogus: a wide prefix may hold some. */
static bool is_wholly_bogus(const struct model_prefix *prefix)
{
	if (prefix->family == MODEL_IPV4)
		return !is_short(prefix) &&
		       (prefix->addr[0] == 0 || prefix->addr[0] == 127 || prefix->addr[0] >= 224);
	return prefix->len >= 8 && (prefix->addr[0] == 0xff || prefix->addr[0] == 0);
}

static bool same_prefix(const struct model_prefix *a, const struct model_prefix *b)
{
	return a->family == b->family && a->len == b->len && memcmp(a->addr, b->addr, 16) == 0;
}

static const char *source_fault(const struct model_policy *policy, int index)
{
	const struct model_source *source = &policy->source[index];

	if (!host_bits_clear(&source->prefix))
		return "host bits in a source";
	if (is_wholly_bogus(&source->prefix))
		return "bogus source listed";
	if (source->deny && is_short(&source->prefix))
		return "deny would need wide";
	if (source->deny && (source->dev_id || source->min_ttl))
		return "deny with a condition";
	if (is_fe80(&source->prefix) && source->dev_id == 0)
		return "link-local source without dev";
	if (source->dev_id < 0 || source->dev_id > MODEL_DEVS_MAX)
		return "no such device";
	if (source->min_ttl < 0 || source->min_ttl > 255)
		return "no such ttl";
	if (source->expires_ns % SECOND_NS)
		return "expires between two seconds";
	if (source->expires_ns > NOW_NS - 3600 * SECOND_NS &&
	    source->expires_ns < NOW_NS + 3600 * SECOND_NS)
		return "expires within the hour";
	for (int i = 0; i < index; i++)
		if (same_prefix(&policy->source[i].prefix, &source->prefix))
			return "one source twice";
	return NULL;
}

static const char *dest_fault(const struct model_policy *policy, int index)
{
	const struct model_prefix *dest = &policy->dest[index];

	if (!host_bits_clear(dest))
		return "host bits in a destination";
	if (is_short(dest) || is_fe80(dest) || is_wholly_bogus(dest))
		return "destination that protect refuses";
	for (int i = 0; i < index; i++)
		if (same_prefix(&policy->dest[i], dest))
			return "one destination twice";
	return NULL;
}

static const char *name_fault(const struct model_rules *rules, int index)
{
	const char *name = rules->policy[index].name;

	if (strlen(name) < 1 || strlen(name) > 10)
		return "length of a name";
	if (name[0] < 'a' || name[0] > 'z')
		return "first letter of a name";
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
		return "letters of a name";
	for (int i = 0; i < index; i++)
		if (strcmp(rules->policy[i].name, name) == 0)
			return "one name twice";
	return NULL;
}

static const char *policy_fault(const struct model_rules *rules, int index)
{
	const struct model_policy *policy = &rules->policy[index];
	const char *fault = name_fault(rules, index);

	for (int i = 0; !fault && i < policy->sources; i++)
		fault = source_fault(policy, i);
	for (int i = 0; !fault && i < policy->dests; i++)
		fault = dest_fault(policy, i);
	if (!fault && policy->udp.count + policy->tcp.count == 0)
		fault = "policy without ports";
	return fault;
}

/* Marks every port of a list; a mark already there has two owners. */
static const char *ports_fault(const struct model_ports *ports, bool *owned)
{
	for (int i = 0; i < ports->count; i++) {
		const struct model_range *range = &ports->range[i];

		if (range->first < 1 || range->first > range->last)
			return "range of ports";
		for (int port = range->first; port <= range->last; port++) {
			if (owned[port])
				return "port with two owners";
			owned[port] = true;
		}
	}
	return NULL;
}

static const char *rules_fault(const struct model_rules *rules)
{
	static bool udp[65536], tcp[65536];
	const char *fault = NULL;

	memset(udp, 0, sizeof(udp));
	memset(tcp, 0, sizeof(tcp));
	for (int i = 0; !fault && i < rules->policies; i++) {
		fault = policy_fault(rules, i);
		if (!fault)
			fault = ports_fault(&rules->policy[i].udp, udp);
		if (!fault)
			fault = ports_fault(&rules->policy[i].tcp, tcp);
	}
	if (!fault && !(udp[4040] && udp[5002] && udp[22] && tcp[65301]))
		fault = "a built-in policy lost its ports";
	return fault;
}

static void test_rules_are_legal(void)
{
	struct model_rules rules;
	const char *fault = NULL;
	char why[80];
	int seed;

	for (seed = 1; seed <= RULE_SETS; seed++) {
		model_rules_make((uint64_t)seed, NOW_NS, &rules);
		fault = rules_fault(&rules);
		if (fault)
			break;
	}
	snprintf(why, sizeof(why), "seed %d: %s", seed, fault ? fault : "");
	report("rules-keep-to-the-grammar", fault ? why : NULL);
}

/* ---- What a seed repeats ------------------------------------------------- */

static void test_rules_repeat(void)
{
	static char text[3][65536];
	struct model_rules rules;

	for (int i = 0; i < 3; i++) {
		memset(&rules, 0x55 * (i + 1), sizeof(rules));
		model_rules_make(i < 2 ? 7 : 8, NOW_NS, &rules);
		print_to(&rules, text[i], sizeof(text[i]));
	}
	report("rules-repeat", strcmp(text[0], text[1])        ? "seed 7 differs"
			       : strcmp(text[0], text[2]) == 0 ? "seeds 7 and 8 agree"
							       : NULL);
}

static bool same_frame(const struct model_frame *a, const struct model_frame *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0 &&
	       a->where.link == b->where.link && a->where.dev_id == b->where.dev_id &&
	       a->where.is_tunnel == b->where.is_tunnel && a->where.now_ns == b->where.now_ns;
}

static void test_frames_repeat(void)
{
	static struct model_frame frame[3];
	struct model_rules rules;
	const char *why = NULL;

	model_rules_make(1, NOW_NS, &rules);
	for (uint64_t seed = 1; !why && seed <= 1000; seed++) {
		memset(&frame[0], 0x55, sizeof(frame[0]));
		memset(&frame[1], 0xaa, sizeof(frame[1]));
		model_frame_make(seed, &rules, NOW_NS, &frame[0]);
		model_frame_make(seed, &rules, NOW_NS, &frame[1]);
		model_frame_make(seed + 1, &rules, NOW_NS, &frame[2]);
		if (!same_frame(&frame[0], &frame[1]))
			why = "one seed, two frames";
		if (same_frame(&frame[0], &frame[2]) && frame[0].len > 0)
			why = "two seeds, one frame";
	}
	report("frames-repeat", why);
}

/* ---- Nothing beyond the frame is read ------------------------------------ */

#define CUT_FRAMES 300

static bool same_verdict(const struct model_verdict *a, const struct model_verdict *b)
{
	return a->reason == b->reason && a->policy == b->policy && a->drop == b->drop &&
	       a->would_drop == b->would_drop;
}

/* Once with the rest of the frame behind the cut, once with its inverse. */
static bool rest_is_unread(const struct model_rules *rules, const struct model_frame *frame,
			   size_t len)
{
	static uint8_t other[MODEL_FRAME_MAX];
	struct model_verdict a, b;

	for (size_t i = 0; i < frame->len; i++)
		other[i] = (uint8_t)(i < len ? frame->data[i] : ~frame->data[i]);
	a = model_judge(rules, &frame->where, frame->data, len);
	b = model_judge(rules, &frame->where, other, len);
	return same_verdict(&a, &b);
}

static void test_cuts(void)
{
	static struct model_frame frame;
	struct model_rules rules;
	const char *why = NULL;

	for (uint64_t seed = 1; seed <= CUT_FRAMES; seed++) {
		model_rules_make(seed, NOW_NS, &rules);
		model_frame_make(seed, &rules, NOW_NS, &frame);
		for (size_t len = 0; len <= frame.len; len++)
			if (!rest_is_unread(&rules, &frame, len))
				why = "bytes behind the end decided";
	}
	report("cuts-at-every-byte", why);
}

/* ---- What 100,000 frames hold -------------------------------------------- */

#define SETS              1000
#define FRAMES_A_SET      100
#define LEAST_OF_A_REASON 500
#define LEAST_OF_A_SHAPE  100

enum shape {
	SHAPE_TAGGED,
	SHAPE_OPTIONS,
	SHAPE_EXTENSIONS,
	SHAPE_TCP,
	SHAPE_BARE_IPV4,
	SHAPE_BARE_IPV6,
	SHAPES
};

struct tally {
	int reason[MODEL_REASONS];
	int outcome[MODEL_REASONS][3];
	int shape[SHAPES][2]; /* passed as allowed, dropped as unlisted */
	uint64_t digest;
};

/* Looks at what lies at fixed places; of tags only that there is one. */
static bool has_shape(const struct model_frame *frame, enum shape shape)
{
	bool bare = frame->where.link == MODEL_BARE_IP;
	const uint8_t *ip = frame->data + (bare ? 0 : 14);
	const uint8_t *type = frame->data + 12;
	bool ipv4 = bare ? ip[0] / 16 == 4 : type[0] == 0x08;
	bool ipv6 = bare ? ip[0] / 16 == 6 : type[0] == 0x86;

	switch (shape) {
	case SHAPE_TAGGED:
		return !bare && (type[0] == 0x81 || type[0] == 0x88);
	case SHAPE_OPTIONS:
		return ipv4 && ip[0] > 0x45;
	case SHAPE_EXTENSIONS:
		return ipv6 && ip[6] != 17 && ip[6] != 6;
	case SHAPE_TCP:
		return (ipv4 && ip[9] == 6) || (ipv6 && ip[6] == 6);
	case SHAPE_BARE_IPV4:
		return bare && ipv4;
	case SHAPE_BARE_IPV6:
		return bare && ipv6;
	default:
		return false;
	}
}

/* FNV-1a: to compare what two compilers or machines draw. */
static uint64_t digest_frame(uint64_t digest, const struct model_frame *frame)
{
	for (size_t i = 0; i < frame->len; i++)
		digest = (digest ^ frame->data[i]) * UINT64_C(0x100000001b3);
	return (digest ^ (uint64_t)frame->where.dev_id) * UINT64_C(0x100000001b3);
}

static void count_frame(struct tally *tally, const struct model_frame *frame,
			const struct model_verdict *verdict)
{
	tally->reason[verdict->reason]++;
	tally->outcome[verdict->reason][outcome_of(verdict)]++;
	tally->digest = digest_frame(tally->digest, frame);
	for (int i = 0; i < SHAPES; i++) {
		if (!has_shape(frame, (enum shape)i))
			continue;
		tally->shape[i][0] += verdict->reason == MODEL_ALLOWED;
		tally->shape[i][1] += verdict->reason == MODEL_UNLISTED;
	}
}

/* From a copy of exactly its size, so that a sanitizer sees the end. */
static struct model_verdict judge_copy(const struct model_rules *rules,
				       const struct model_frame *frame)
{
	uint8_t *copy = malloc(frame->len ? frame->len : 1);
	struct model_verdict verdict;

	if (!copy)
		abort();
	memcpy(copy, frame->data, frame->len);
	verdict = model_judge(rules, &frame->where, copy, frame->len);
	free(copy);
	return verdict;
}

static void fill_tally(struct tally *ret_tally)
{
	static struct model_frame frame;
	struct model_rules rules;
	struct model_verdict verdict;

	ret_tally->digest = UINT64_C(0xcbf29ce484222325);
	for (uint64_t set = 0; set < SETS; set++) {
		model_rules_make(set, NOW_NS, &rules);
		for (uint64_t i = 0; i < FRAMES_A_SET; i++) {
			model_frame_make(set * FRAMES_A_SET + i, &rules, NOW_NS, &frame);
			verdict = judge_copy(&rules, &frame);
			count_frame(ret_tally, &frame, &verdict);
		}
	}
}

static void test_reason_occurs(const struct tally *tally, enum model_reason reason)
{
	bool never = reason >= MODEL_RPF_FAILED && reason <= MODEL_POLICY_RATE;
	const int *outcome = tally->outcome[reason];
	char name[64];
	char why[32];
	bool good = never ? tally->reason[reason] == 0 : tally->reason[reason] >= LEAST_OF_A_REASON;

	printf("%-12s %6d: %5d pass, %5d drop, %4d would drop\n", model_reason_name(reason),
	       tally->reason[reason], outcome[PASSES], outcome[DROPS], outcome[WOULD_DROP]);
	snprintf(name, sizeof(name), "%s-%s", never ? "never" : "drawn-often",
		 model_reason_name(reason));
	snprintf(why, sizeof(why), "%d times", tally->reason[reason]);
	report(name, good ? NULL : why);
}

static void test_shape_occurs(const struct tally *tally, enum shape shape)
{
	static const char *const word[SHAPES] = { "tagged", "options",   "extensions",
						  "tcp",    "bare-ipv4", "bare-ipv6" };
	const int *count = tally->shape[shape];
	char name[64];
	char why[64];

	snprintf(name, sizeof(name), "drawn-often-%s", word[shape]);
	snprintf(why, sizeof(why), "%d allowed, %d unlisted", count[0], count[1]);
	printf("%-12s %s\n", word[shape], why);
	report(name, count[0] >= LEAST_OF_A_SHAPE && count[1] >= LEAST_OF_A_SHAPE ? NULL : why);
}

static void test_tally(void)
{
	struct tally tally = { .digest = 0 };
	int i;

	fill_tally(&tally);
	for (i = 0; i < MODEL_REASONS; i++)
		test_reason_occurs(&tally, (enum model_reason)i);
	for (i = 0; i < SHAPES; i++)
		test_shape_occurs(&tally, (enum shape)i);
	printf("digest of the frames: %016llx\n", (unsigned long long)tally.digest);
}

int main(void)
{
	for (int i = 0; i < COUNT(judged); i++)
		test_judged(&judged[i]);
	test_reason_names();
	test_rules_print();
	test_rules_are_legal();
	test_rules_repeat();
	test_frames_repeat();
	test_cuts();
	test_tally();
	printf("%d passed, %d failed\n", passed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
