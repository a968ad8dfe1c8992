/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The cases, as data: rules, frames, and what must become of them. */
#include "case.h"

/* Tables, laid out by hand. */
/* clang-format off */

#define HOP 0
#define ROUTING 43
#define ESP 50
#define AUTH 51
#define ICMP6 58
#define NOTHING 59
#define DSTOPTS 60
#define MOBILITY 135

#define QTAG TAG(0x8100)
#define ADTAG TAG(0x88a8)

#define DST EXT(DSTOPTS, 0)
#define DST4 DST, DST, DST, DST
#define DST12 DST4, DST4, DST4
#define LONG EXT(DSTOPTS, 255) /* 2,048 bytes */
#define LONG12 LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG

#define AH(units, ...) EXT(AUTH, units, ##__VA_ARGS__)
#define AH4 AH(0), AH(0), AH(0), AH(0)
#define AH12 AH4, AH4, AH4

#define LISTED4 "192.0.2.7"
#define LISTED6 "2001:db8::7"
#define STRANGER4 "198.51.100.9"
#define STRANGER6 "2001:db8:bad::9"

#define IN4(...) IP4(LISTED4, ##__VA_ARGS__)
#define IN6(...) IP6(LISTED6, ##__VA_ARGS__)
#define OUT4(...) IP4(STRANGER4, ##__VA_ARGS__)
#define OUT6(...) IP6(STRANGER6, ##__VA_ARGS__)

#define MORE_FRAGMENTS 0x2000
#define DONT_FRAGMENT 0x4000
#define RESERVED_BIT 0x8000
#define MORE6 1
#define RESERVED6 6

#define PAST "2020-01-01T00:00:00Z"
#define FUTURE "2099-01-01T00:00:00Z"

/* Who is listed where: longest prefix, both families, one policy's list not the other's. */

static const char lists_rules[] =
	"allow " LISTED4 " gateway\n"
	"allow " LISTED6 " gateway\n"
	"allow 192.0.2.8 command\n"
	"allow 2001:db8::8 command\n"
	"allow 192.0.2.64/26 gateway\n"
	"deny 192.0.2.96/28 gateway\n"
	"allow 192.0.2.100 gateway\n"
	"deny 192.0.2.66 gateway\n"
	"allow 2001:db8:1::/48 gateway\n"
	"deny 2001:db8:1:1::/64 gateway\n"
	"allow 2001:db8:1:1::1/128 gateway\n"
	"allow 2001:db8:2::/63 gateway\n"
	"allow 2001:db8:3::8000:0:0:0/65 gateway\n"
	"allow 10.0.0.0/8 command\n";

static const struct test_case lists_cases[] = {
	{ "listed host", { ETH, IN4(), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "its 4045", { ETH, IN4(), UDP(4045) }, ADMITTED("gateway", 32) },
	{ "its 5010", { ETH, IN4(), UDP(5010) }, ADMITTED("gateway", 32) },
	{ "listed host, IPv6", { ETH, IN6(), UDP(4040) }, ADMITTED("gateway", 128) },
	{ "its 4045, IPv6", { ETH, IN6(), UDP(4045) }, ADMITTED("gateway", 128) },
	{ "its 5010, IPv6", { ETH, IN6(), UDP(5010) }, ADMITTED("gateway", 128) },
	{ "command's host", { ETH, IP4("192.0.2.8"), UDP(5001) }, ADMITTED("command", 32) },
	{ "its 5002", { ETH, IP4("192.0.2.8"), UDP(5002) }, ADMITTED("command", 32) },
	{ "command's host, IPv6", { ETH, IP6("2001:db8::8"), UDP(5001) },
	  ADMITTED("command", 128) },

	{ "stranger to 4040", { ETH, OUT4(), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "stranger to 4045", { ETH, OUT4(), UDP(4045) }, DROPS_IN("gateway", UNLISTED) },
	{ "stranger to 5010", { ETH, OUT4(), UDP(5010) }, DROPS_IN("gateway", UNLISTED) },
	{ "stranger to 5001", { ETH, OUT4(), UDP(5001) }, DROPS_IN("command", UNLISTED) },
	{ "stranger to 5002", { ETH, OUT4(), UDP(5002) }, DROPS_IN("command", UNLISTED) },
	{ "stranger to 4040, IPv6", { ETH, OUT6(), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "stranger to 4045, IPv6", { ETH, OUT6(), UDP(4045) }, DROPS_IN("gateway", UNLISTED) },
	{ "stranger to 5010, IPv6", { ETH, OUT6(), UDP(5010) }, DROPS_IN("gateway", UNLISTED) },
	{ "stranger to 5001, IPv6", { ETH, OUT6(), UDP(5001) }, DROPS_IN("command", UNLISTED) },
	{ "stranger to 5002, IPv6", { ETH, OUT6(), UDP(5002) }, DROPS_IN("command", UNLISTED) },

	{ "gateway's host to command", { ETH, IN4(), UDP(5001) }, DROPS_IN("command", UNLISTED) },
	{ "gateway's host to command, IPv6", { ETH, IN6(), UDP(5002) },
	  DROPS_IN("command", UNLISTED) },
	{ "command's host to gateway", { ETH, IP4("192.0.2.8"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "host before the listed one", { ETH, IP4("192.0.2.6"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "listed bytes reversed", { ETH, IP4("7.2.0.192"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "neighbour of the listed one, IPv6", { ETH, IP6("2001:db8::6"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },

	{ "first of a prefix", { ETH, IP4("192.0.2.64"), UDP(4040) }, ADMITTED("gateway", 26) },
	{ "last of a prefix", { ETH, IP4("192.0.2.127"), UDP(4040) }, ADMITTED("gateway", 26) },
	{ "before a prefix", { ETH, IP4("192.0.2.63"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "behind a prefix", { ETH, IP4("192.0.2.128"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "denied host in an allowed prefix", { ETH, IP4("192.0.2.66"), UDP(4040) },
	  REFUSED("gateway", DENIED, 32) },
	{ "denied prefix in an allowed one", { ETH, IP4("192.0.2.96"), UDP(4040) },
	  REFUSED("gateway", DENIED, 28) },
	{ "allowed host in that", { ETH, IP4("192.0.2.100"), UDP(4040) },
	  ADMITTED("gateway", 32) },
	{ "a /8, last address", { ETH, IP4("10.255.255.255"), UDP(5001) },
	  ADMITTED("command", 8) },
	{ "behind the /8", { ETH, IP4("11.0.0.0"), UDP(5001) }, DROPS_IN("command", UNLISTED) },
	{ "first of a prefix, IPv6", { ETH, IP6("2001:db8:1::"), UDP(4040) },
	  ADMITTED("gateway", 48) },
	{ "last of a prefix, IPv6",
	  { ETH, IP6("2001:db8:1:ffff:ffff:ffff:ffff:ffff"), UDP(4040) },
	  ADMITTED("gateway", 48) },
	{ "denied prefix, IPv6", { ETH, IP6("2001:db8:1:1::2"), UDP(4040) },
	  REFUSED("gateway", DENIED, 64) },
	{ "allowed host in that, IPv6", { ETH, IP6("2001:db8:1:1::1"), UDP(4040) },
	  ADMITTED("gateway", 128) },
	{ "last of a /63", { ETH, IP6("2001:db8:2:1:ffff::"), UDP(4040) },
	  ADMITTED("gateway", 63) },
	{ "behind the /63", { ETH, IP6("2001:db8:2:2::"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "first of a /65", { ETH, IP6("2001:db8:3:0:8000::"), UDP(4040) },
	  ADMITTED("gateway", 65) },
	{ "before the /65", { ETH, IP6("2001:db8:3:0:7fff:ffff:ffff:ffff"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },

	{ "an IPv4 list never answers for IPv6", { ETH, IP6("::ffff:192.0.2.7"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "nor for an IPv6 that begins with it", { ETH, IP6("c000:207::"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "nor an IPv6 list for IPv4", { ETH, IP4("32.1.13.184"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
};

/* What is not guarded passes, however near to a guarded port it is. */

static const struct test_case unguarded_cases[] = {
	{ "port 4039", { ETH, OUT4(), UDP(4039) }, PASSES(NOT_GUARDED) },
	{ "port 4041", { ETH, OUT4(), UDP(4041) }, PASSES(NOT_GUARDED) },
	{ "port 4044", { ETH, OUT4(), UDP(4044) }, PASSES(NOT_GUARDED) },
	{ "port 4046", { ETH, OUT4(), UDP(4046) }, PASSES(NOT_GUARDED) },
	{ "port 5000", { ETH, OUT4(), UDP(5000) }, PASSES(NOT_GUARDED) },
	{ "port 5003", { ETH, OUT4(), UDP(5003) }, PASSES(NOT_GUARDED) },
	{ "port 5009", { ETH, OUT4(), UDP(5009) }, PASSES(NOT_GUARDED) },
	{ "port 5011", { ETH, OUT4(), UDP(5011) }, PASSES(NOT_GUARDED) },
	{ "port 5003, IPv6", { ETH, OUT6(), UDP(5003) }, PASSES(NOT_GUARDED) },
	{ "port 0", { ETH, OUT4(), UDP(0) }, PASSES(NOT_GUARDED) },
	{ "port 65535", { ETH, OUT4(), UDP(65535) }, PASSES(NOT_GUARDED) },
	{ "4040 with its bytes swapped", { ETH, OUT4(), UDP(51215) }, PASSES(NOT_GUARDED) },
	{ "guarded source port", { ETH, OUT4(), UDP(53, .sport = 4040) }, PASSES(NOT_GUARDED) },
	{ "guarded source port, IPv6", { ETH, OUT6(), UDP(53, .sport = 4040) },
	  PASSES(NOT_GUARDED) },
	{ "an open policy's port", { ETH, OUT4(), UDP(5632) }, PASSES(NOT_GUARDED) },
	{ "TCP to a guarded UDP port", { ETH, OUT4(), TCP(4040) }, PASSES(NOT_GUARDED) },
	{ "TCP to a guarded UDP port, IPv6", { ETH, OUT6(), TCP(4040) }, PASSES(NOT_GUARDED) },
	{ "cut TCP, while none is guarded", { ETH, OUT4(), TCP(4040), CUT(19) },
	  PASSES(NOT_GUARDED) },
	{ "ICMP", { ETH, OUT4(), OTHER(1) }, PASSES(NOT_GUARDED) },
	{ "ICMPv6", { ETH, OUT6(), OTHER(ICMP6) }, PASSES(NOT_GUARDED) },
	{ "ESP", { ETH, OUT4(), OTHER(ESP) }, PASSES(NOT_GUARDED) },
	{ "UDP-Lite", { ETH, OUT4(), OTHER(136) }, PASSES(NOT_GUARDED) },
	{ "IPv4 in IPv4", { ETH, OUT4(), OUT4(), UDP(4040) }, PASSES(NOT_GUARDED) },
	{ "nothing behind IPv4", { ETH, OUT4(.next = NEXT(1)) }, PASSES(NOT_GUARDED) },
	{ "nothing behind IPv6", { ETH, OUT6(.next = NEXT(NOTHING)) }, PASSES(NOT_GUARDED) },
	{ "ARP", { ETH, OTHER(0x0806) }, PASSES(NOT_GUARDED) },
	{ "LLC, length as EtherType", { ETH, OTHER(0x0026) }, PASSES(NOT_GUARDED) },
	{ "EtherType with its bytes swapped", { ETH_SAYS(0x0008), OUT4(), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "a bare Ethernet header", { ETH_SAYS(0x0806) }, PASSES(NOT_GUARDED) },
	{ "PPPoE is not looked into", { ETH_SAYS(0x8864), OUT4(), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "an old QinQ EtherType is no tag", { ETH, TAG(0x9100), OUT4(), UDP(4040) },
	  PASSES(NOT_GUARDED) },
};

/* Tags are no way around. */

static const struct test_case tag_cases[] = {
	{ "one 802.1Q tag", { ETH, QTAG, OUT4(), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "one 802.1ad tag", { ETH, ADTAG, OUT4(), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "one tag, IPv6", { ETH, QTAG, OUT6(), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "one tag, listed", { ETH, QTAG, IN4(), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "one tag, other port", { ETH, QTAG, OUT4(), UDP(4041) }, PASSES(NOT_GUARDED) },
	{ "one tag, ARP", { ETH, QTAG, OTHER(0x0806) }, PASSES(NOT_GUARDED) },
	{ "802.1ad over 802.1Q", { ETH, ADTAG, QTAG, OUT4(), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "802.1Q over 802.1ad, IPv6", { ETH, QTAG, ADTAG, OUT6(), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "three tags", { ETH, QTAG, QTAG, QTAG, OUT4(), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "four tags", { ETH, QTAG, ADTAG, QTAG, ADTAG, OUT4(), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "four tags, IPv6", { ETH, QTAG, QTAG, QTAG, QTAG, OUT6(), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "four tags, listed", { ETH, QTAG, ADTAG, QTAG, ADTAG, IN6(), UDP(4040) },
	  ADMITTED("gateway", 128) },
	{ "four tags, other port", { ETH, QTAG, QTAG, QTAG, QTAG, OUT4(), UDP(53) },
	  PASSES(NOT_GUARDED) },
	{ "four tags, ARP", { ETH, QTAG, QTAG, QTAG, QTAG, OTHER(0x0806) },
	  PASSES(NOT_GUARDED) },
	{ "five tags", { ETH, QTAG, QTAG, QTAG, QTAG, QTAG, IN4(), UDP(4040) },
	  DROPS(TOO_DEEP) },
	{ "five tags, mixed, nothing guarded", { ETH, QTAG, ADTAG, QTAG, ADTAG, ADTAG, OUT4(),
	  UDP(53) }, DROPS(TOO_DEEP) },
	{ "a fifth tag announced and cut", { ETH, QTAG, QTAG, QTAG, TAG_SAYS(0x8100, 0x8100) },
	  DROPS(TOO_DEEP) },
	{ "a tag cut in half", { ETH, QTAG, CUT(2) }, PASSES(NOT_GUARDED) },
	{ "a tag and a half", { ETH, QTAG, QTAG, CUT(1) }, PASSES(NOT_GUARDED) },
	{ "a tag announced and cut", { ETH_SAYS(0x8100) }, PASSES(NOT_GUARDED) },
	{ "tag that announces the other family", { ETH, TAG_SAYS(0x8100, 0x86dd), OUT4(),
	  UDP(4040), FILL(20) }, DROPS(MALFORMED) },
};

/* IPv4: options, lies, cuts. */

static const struct test_case ipv4_cases[] = {
	{ "one word of options", { ETH, OUT4(.options = 1), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "ten words of options", { ETH, OUT4(.options = 10), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "options, listed", { ETH, IN4(.options = 7), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "options, other port", { ETH, OUT4(.options = 3), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "options, TCP", { ETH, OUT4(.options = 3), TCP(4040) }, PASSES(NOT_GUARDED) },
	{ "options and tags", { ETH, QTAG, ADTAG, OUT4(.options = 2), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "header length 4", { ETH, IN4(.ihl = 4), UDP(4040) }, DROPS(MALFORMED) },
	{ "header length 0", { ETH, IN4(.ihl = -1), UDP(53) }, DROPS(MALFORMED) },
	{ "header length beyond the frame, UDP", { ETH, IN4(.ihl = 15), UDP(4040) },
	  DROPS(MALFORMED) },
	{ "header length beyond the frame, ICMP", { ETH, OUT4(.ihl = 15), OTHER(1) },
	  PASSES(NOT_GUARDED) },
	{ "version 6 as IPv4", { ETH, IN4(.version = 6), UDP(4040) }, DROPS(MALFORMED) },
	{ "version 5", { ETH, IN4(.version = 5), UDP(53) }, DROPS(MALFORMED) },
	{ "19 bytes", { ETH, OUT4(.next = NEXT(1)), CUT(1) }, DROPS(MALFORMED) },
	{ "UDP of 7 bytes", { ETH, IN4(), UDP(53), CUT(1) }, DROPS(MALFORMED) },
	{ "UDP of 0 bytes", { ETH, IN4(), UDP(53), CUT(8) }, DROPS(MALFORMED) },
	{ "UDP of 7 bytes behind options", { ETH, IN4(.options = 10), UDP(4040), CUT(1) },
	  DROPS(MALFORMED) },
	{ "total length 20 and a port behind it", { ETH, OUT4(.length = LENGTH(20)), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "total length 0", { ETH, OUT4(.length = LENGTH(0)), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "UDP length 0", { ETH, OUT4(), UDP(4040, .length = LENGTH(0)) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "UDP length 65535", { ETH, IN4(), UDP(4040, .length = LENGTH(65535)) },
	  ADMITTED("gateway", 32) },
	{ "padding", { ETH, OUT4(.length = LENGTH(28)), UDP(4040), FILL(18) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "payload", { ETH, OUT4(), UDP(53), FILL(100) }, PASSES(NOT_GUARDED) },
	{ "TTL 0", { ETH, IN4(.ttl = -1), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "to a multicast group", { ETH, OUT4(.dst = "224.0.0.1"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "to the broadcast address", { ETH, OUT4(.dst = "255.255.255.255"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "don't fragment", { ETH, OUT4(.flags = DONT_FRAGMENT), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "reserved bit", { ETH, OUT4(.flags = RESERVED_BIT), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "unlisted bogus source is unlisted", { ETH, IP4("127.0.0.1"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
};

/* IPv4: authentication headers, walked as IPv6's are. */

static const struct test_case auth4_cases[] = {
	{ "UDP", { ETH, OUT4(), AH(4), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "UDP, listed", { ETH, IN4(), AH(4), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "UDP, other port", { ETH, OUT4(), AH(4), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "an odd number of words", { ETH, OUT4(), AH(1), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "shortest", { ETH, OUT4(), AH(0), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "longest", { ETH, OUT4(), AH(255), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "behind options", { ETH, OUT4(.options = 10), AH(4), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "behind tags", { ETH, QTAG, ADTAG, OUT4(), AH(4), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "behind one tag, listed", { ETH, QTAG, IN4(), AH(4), UDP(4040) },
	  ADMITTED("gateway", 32) },
	{ "one in another", { ETH, OUT4(), AH(4), AH(7), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "twelve", { ETH, OUT4(), AH12, UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "twelve, listed", { ETH, IN4(), AH12, UDP(4040) }, ADMITTED("gateway", 32) },
	{ "twelve, other port", { ETH, OUT4(), AH12, UDP(53) }, PASSES(NOT_GUARDED) },
	{ "twelve, ICMP", { ETH, OUT4(), AH12, OTHER(1) }, PASSES(NOT_GUARDED) },
	{ "twelve, four tags, options",
	  { ETH, QTAG, QTAG, QTAG, QTAG, OUT4(.options = 10), AH12, UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "thirteen", { ETH, IN4(), AH12, AH(0), UDP(53) }, DROPS(TOO_DEEP) },
	{ "a thirteenth announced and cut",
	  { ETH, IN4(), AH4, AH4, AH(0), AH(0), AH(0), AH(0, .next = NEXT(AUTH)) },
	  DROPS(TOO_DEEP) },
	{ "TCP, while none is guarded", { ETH, OUT4(), AH(4), TCP(4040) }, PASSES(NOT_GUARDED) },
	{ "ICMP", { ETH, OUT4(), AH(4), OTHER(1) }, PASSES(NOT_GUARDED) },
	{ "ESP", { ETH, OUT4(), AH(4), OTHER(ESP) }, PASSES(NOT_GUARDED) },
	{ "in ESP", { ETH, OUT4(), EXT(ESP, 0, .next = NEXT(AUTH)), AH(4), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "a whole IPv4 packet", { ETH, OUT4(), AH(4, .next = NEXT(4)), OUT4(), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "IPv6's headers are none of IPv4's", { ETH, OUT4(), AH(4), DST, UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "nor is its fragment header", { ETH, OUT4(), AH(4), FRAG(0), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "hop-by-hop in IPv4", { ETH, OUT4(), EXT(HOP, 0), AH(4), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "cut by a word", { ETH, IN4(), AH(2, .next = NEXT(1)), CUT(4) }, DROPS(MALFORMED) },
	{ "cut by a byte, UDP said", { ETH, IN4(), AH(2), UDP(53), CUT(9) }, DROPS(MALFORMED) },
	{ "announced and cut", { ETH, IN4(.next = NEXT(AUTH)) }, DROPS(MALFORMED) },
	{ "seven bytes", { ETH, IN4(), AH(0, .next = NEXT(1)), CUT(1) }, DROPS(MALFORMED) },
	{ "longer than the frame", { ETH, IN4(), AH(4, .length = LENGTH(200)), UDP(53) },
	  DROPS(MALFORMED) },
	{ "UDP of 7 bytes", { ETH, IN4(), AH(4), UDP(53), CUT(1) }, DROPS(MALFORMED) },
	{ "behind options beyond the frame", { ETH, IN4(.ihl = 15, .next = NEXT(AUTH)), FILL(39) },
	  DROPS(MALFORMED) },
	{ "first fragment", { ETH, OUT4(.flags = MORE_FRAGMENTS), AH(4), UDP(4040), FILL(16) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "first fragment, listed",
	  { ETH, IN4(.flags = MORE_FRAGMENTS), AH(4), UDP(4040), FILL(16) },
	  ADMITTED("gateway", 32) },
	{ "first fragment, cut inside", { ETH, IN4(.flags = MORE_FRAGMENTS), AH(4), CUT(8) },
	  DROPS(MALFORMED) },
	{ "first fragment, cut before its ports",
	  { ETH, IN4(.flags = MORE_FRAGMENTS), AH(4), UDP(4040), CUT(4) }, DROPS(MALFORMED) },
	{ "later fragment", { ETH, OUT4(.offset = 3, .next = NEXT(AUTH)), AH(4), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "later fragment, nothing inside", { ETH, OUT4(.offset = 1, .next = NEXT(AUTH)) },
	  PASSES(NOT_GUARDED) },
};

/* IPv6: extension headers, lies, cuts. */

static const struct test_case ipv6_cases[] = {
	{ "hop-by-hop", { ETH, OUT6(), EXT(HOP, 0), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "routing", { ETH, OUT6(), EXT(ROUTING, 2), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "destination options", { ETH, OUT6(), EXT(DSTOPTS, 1), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "authentication, its length in words", { ETH, OUT6(), EXT(AUTH, 4), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "authentication of an odd number of words", { ETH, OUT6(), EXT(AUTH, 1), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "shortest authentication", { ETH, OUT6(), EXT(AUTH, 0), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "longest authentication", { ETH, OUT6(), EXT(AUTH, 255), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "longest options", { ETH, OUT6(), LONG, UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "one of each", { ETH, OUT6(), EXT(HOP, 1), EXT(DSTOPTS, 0), EXT(ROUTING, 0), FRAG(0),
	  EXT(AUTH, 3), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "one of each, listed", { ETH, IN6(), EXT(HOP, 1), EXT(DSTOPTS, 0), EXT(ROUTING, 0),
	  FRAG(0), EXT(AUTH, 3), UDP(4040) }, ADMITTED("gateway", 128) },
	{ "one of each, other port", { ETH, OUT6(), EXT(HOP, 1), EXT(DSTOPTS, 0),
	  EXT(ROUTING, 0), FRAG(0), EXT(AUTH, 3), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "hop-by-hop where it may not stand", { ETH, OUT6(), DST, EXT(HOP, 0), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "options and tags", { ETH, QTAG, QTAG, OUT6(), DST, DST, UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "twelve", { ETH, OUT6(), DST12, UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "twelve, listed", { ETH, IN6(), DST12, UDP(4040) }, ADMITTED("gateway", 128) },
	{ "twelve, other port", { ETH, OUT6(), DST12, UDP(53) }, PASSES(NOT_GUARDED) },
	{ "twelve, ICMPv6", { ETH, OUT6(), DST12, OTHER(ICMP6) }, PASSES(NOT_GUARDED) },
	{ "twelve and four tags", { ETH, QTAG, QTAG, QTAG, QTAG, OUT6(), DST12, UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "thirteen", { ETH, IN6(), DST12, DST, UDP(53) }, DROPS(TOO_DEEP) },
	{ "a thirteenth announced and cut",
	  { ETH, IN6(), DST4, DST4, DST, DST, DST, EXT(DSTOPTS, 0, .next = NEXT(ROUTING)) },
	  DROPS(TOO_DEEP) },
	{ "thirteenth a fragment header", { ETH, IN6(), DST12, FRAG(1), FILL(8) },
	  DROPS(TOO_DEEP) },
	{ "mobility is not walked", { ETH, OUT6(), OTHER(MOBILITY) }, PASSES(NOT_GUARDED) },
	{ "ESP behind options", { ETH, OUT6(), DST, OTHER(ESP) }, PASSES(NOT_GUARDED) },
	{ "no next header, and a port", { ETH, OUT6(.next = NEXT(NOTHING)), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "options that end in no next header",
	  { ETH, OUT6(), EXT(DSTOPTS, 0, .next = NEXT(NOTHING)), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "version 4 as IPv6", { ETH, IN6(.version = 4), UDP(4040) }, DROPS(MALFORMED) },
	{ "39 bytes", { ETH, OUT6(.next = NEXT(NOTHING)), CUT(1) }, DROPS(MALFORMED) },
	{ "UDP of 7 bytes", { ETH, IN6(), UDP(53), CUT(1) }, DROPS(MALFORMED) },
	{ "UDP of 7 bytes behind options", { ETH, IN6(), DST, UDP(53), CUT(1) },
	  DROPS(MALFORMED) },
	{ "options cut by a byte", { ETH, IN6(), EXT(DSTOPTS, 1, .next = NEXT(NOTHING)), CUT(1) },
	  DROPS(MALFORMED) },
	{ "options longer than the frame",
	  { ETH, IN6(), EXT(DSTOPTS, 0, .length = LENGTH(1), .next = NEXT(NOTHING)) },
	  DROPS(MALFORMED) },
	{ "options announced and cut", { ETH, IN6(.next = NEXT(DSTOPTS)) }, DROPS(MALFORMED) },
	{ "authentication cut by a word",
	  { ETH, IN6(), EXT(AUTH, 2, .next = NEXT(NOTHING)), CUT(4) }, DROPS(MALFORMED) },
	{ "fragment header cut", { ETH, IN6(), FRAG(0, .next = NEXT(NOTHING)), CUT(1) },
	  DROPS(MALFORMED) },
	{ "payload length 0", { ETH, OUT6(.length = LENGTH(0)), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "UDP length 0", { ETH, OUT6(), UDP(4040, .length = LENGTH(0)) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "hop limit 0", { ETH, IN6(.ttl = -1), UDP(4040) }, ADMITTED("gateway", 128) },
	{ "to all nodes", { ETH, OUT6(.dst = "ff02::1"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "from an unlisted link-local", { ETH, IP6("fe80::9"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
};

/* Fragments: ports only from the first. */

static const struct test_case fragment_cases[] = {
	{ "first", { ETH, OUT4(.flags = MORE_FRAGMENTS), UDP(4040), FILL(16) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "first, listed", { ETH, IN4(.flags = MORE_FRAGMENTS), UDP(4040), FILL(16) },
	  ADMITTED("gateway", 32) },
	{ "first, too short for ports", { ETH, IN4(.flags = MORE_FRAGMENTS), UDP(4040), CUT(4) },
	  DROPS(MALFORMED) },
	{ "later", { ETH, OUT4(.offset = 185), UDP(4040) }, PASSES(NOT_GUARDED) },
	{ "later, the least offset", { ETH, OUT4(.offset = 1, .flags = MORE_FRAGMENTS),
	  UDP(4040) }, PASSES(NOT_GUARDED) },
	{ "later, the greatest offset", { ETH, OUT4(.offset = 8191), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "later, with options", { ETH, OUT4(.offset = 256, .options = 2), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "later, nothing inside", { ETH, OUT4(.offset = 1, .next = NEXT(17)) },
	  PASSES(NOT_GUARDED) },
	{ "later, tagged", { ETH, QTAG, OUT4(.offset = 1), UDP(4040) }, PASSES(NOT_GUARDED) },
	{ "later, and a header length of 4", { ETH, OUT4(.offset = 1, .ihl = 4), UDP(4040) },
	  DROPS(MALFORMED) },
	{ "atomic, IPv6", { ETH, OUT6(), FRAG(0), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "atomic, listed, IPv6", { ETH, IN6(), FRAG(0), UDP(4040) }, ADMITTED("gateway", 128) },
	{ "first, IPv6", { ETH, OUT6(), FRAG(0, .flags = MORE6), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "reserved bits are no offset, IPv6", { ETH, OUT6(), FRAG(0, .flags = RESERVED6),
	  UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "first, too short for ports, IPv6",
	  { ETH, IN6(), FRAG(0, .flags = MORE6), UDP(4040), CUT(4) }, DROPS(MALFORMED) },
	{ "first, cut inside options, IPv6",
	  { ETH, IN6(), FRAG(0, .flags = MORE6), EXT(DSTOPTS, 3), CUT(8) }, DROPS(MALFORMED) },
	{ "later, IPv6", { ETH, OUT6(), FRAG(1), UDP(4040) }, PASSES(NOT_GUARDED) },
	{ "later, the greatest offset, IPv6", { ETH, OUT6(), FRAG(8191), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "later, behind options, IPv6", { ETH, OUT6(), DST, FRAG(32), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "later, that announces options, IPv6",
	  { ETH, OUT6(), FRAG(32), EXT(DSTOPTS, 200), CUT(1000) }, PASSES(NOT_GUARDED) },
	{ "two fragment headers, IPv6", { ETH, OUT6(), FRAG(0), FRAG(0), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "two, the second a later one, IPv6", { ETH, OUT6(), FRAG(0), FRAG(9), UDP(4040) },
	  PASSES(NOT_GUARDED) },
};

static const char fragments_drop_rules[] =
	"fragments drop\n"
	"allow " LISTED4 " gateway\n"
	"allow " LISTED6 " gateway\n";

static const struct test_case fragments_drop_cases[] = {
	{ "later", { ETH, IN4(.offset = 185), UDP(4040) }, DROPS(FRAGMENT) },
	{ "later, not even UDP", { ETH, OUT4(.offset = 1), OTHER(1) }, DROPS(FRAGMENT) },
	{ "later, with options", { ETH, OUT4(.offset = 256, .options = 2), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "later, tagged", { ETH, QTAG, QTAG, OUT4(.offset = 1), UDP(53) }, DROPS(FRAGMENT) },
	{ "later, IPv6", { ETH, IN6(), FRAG(1), UDP(4040) }, DROPS(FRAGMENT) },
	{ "later, behind options, IPv6", { ETH, OUT6(), DST, FRAG(32), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "first, listed", { ETH, IN4(.flags = MORE_FRAGMENTS), UDP(4040), FILL(16) },
	  ADMITTED("gateway", 32) },
	{ "first, stranger", { ETH, OUT4(.flags = MORE_FRAGMENTS), UDP(4040), FILL(16) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "first, other port", { ETH, OUT4(.flags = MORE_FRAGMENTS), UDP(53), FILL(16) },
	  PASSES(NOT_GUARDED) },
	{ "atomic, listed, IPv6", { ETH, IN6(), FRAG(0), UDP(4040) }, ADMITTED("gateway", 128) },
	{ "a thirteenth header before the fragment's", { ETH, IN6(), DST12, DST, FRAG(1) },
	  DROPS(TOO_DEEP) },
	{ "whole", { ETH, OUT4(), UDP(53) }, PASSES(NOT_GUARDED) },
};

static const char fragments_listed_rules[] =
	"fragments listed\n"
	"allow " LISTED4 " gateway\n"
	"allow " LISTED6 " gateway\n"
	"allow 192.0.2.64/26 gateway\n"
	"deny 192.0.2.66 gateway\n"
	"deny 192.0.2.70 gateway expires " PAST "\n"
	"allow 192.0.2.71 gateway expires " PAST "\n"
	"allow 192.0.2.8 command\n"
	"deny " LISTED4 " command\n"
	"allow 192.0.2.9 command dev eth1\n"
	"allow 192.0.2.10 command dev eth0 min-ttl 255\n"
	"allow 2001:db8:1::/48 command\n"
	"deny 2001:db8:1:1::/64 command\n"
	"protect 203.0.113.9 command\n"
	"policy watched udp 1001 mode monitor\n"
	"allow 192.0.2.20 watched\n"
	"policy shut udp 1002 mode closed\n"
	"allow 192.0.2.21 shut\n"
	"policy free udp 1003 mode open\n"
	"allow 192.0.2.22 free\n"
	"policy inside udp 1004 tunnel required\n"
	"tunnel tun0\n"
	"allow 192.0.2.23 inside\n";

#define FIRST .flags = MORE_FRAGMENTS
#define FIRST6 FRAG(0, .flags = MORE6)

static const struct test_case fragments_listed_cases[] = {
	{ "later, stranger", { ETH, OUT4(.offset = 185), UDP(4040) }, DROPS(FRAGMENT) },
	{ "later, eight bytes", { ETH, OUT4(.offset = 1, FIRST), FILL(8) }, DROPS(FRAGMENT) },
	{ "later, nothing inside", { ETH, OUT4(.offset = 1, .next = NEXT(17)) }, DROPS(FRAGMENT) },
	{ "later, not even UDP", { ETH, OUT4(.offset = 1), OTHER(1) }, DROPS(FRAGMENT) },
	{ "later, options", { ETH, OUT4(.offset = 256, .options = 2), UDP(53) }, DROPS(FRAGMENT) },
	{ "later, tagged", { ETH, QTAG, OUT4(.offset = 1), UDP(53) }, DROPS(FRAGMENT) },
	{ "later, four tags", { ETH, QTAG, QTAG, QTAG, QTAG, OUT4(.offset = 1), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "later, listed", { ETH, IN4(.offset = 185), UDP(4040) }, PASSES(NOT_GUARDED) },
	{ "later, listed, tagged", { ETH, QTAG, IN4(.offset = 185), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "later, listed by another policy", { ETH, IP4("192.0.2.8", .offset = 1), UDP(4040) },
	  PASSES(NOT_GUARDED) },
	{ "first, stranger", { ETH, OUT4(FIRST), UDP(4040), FILL(16) }, DROPS(FRAGMENT) },
	{ "first, stranger, other port", { ETH, OUT4(FIRST), UDP(53), FILL(16) },
	  DROPS(FRAGMENT) },
	{ "first, stranger, ICMP", { ETH, OUT4(FIRST), OTHER(1) }, DROPS(FRAGMENT) },
	{ "first, stranger, TCP", { ETH, OUT4(FIRST), TCP(80) }, DROPS(FRAGMENT) },
	{ "first, stranger, ESP", { ETH, OUT4(FIRST), OTHER(ESP) }, DROPS(FRAGMENT) },
	{ "first, stranger, authentication", { ETH, OUT4(FIRST), AH(4), UDP(53), FILL(16) },
	  DROPS(FRAGMENT) },
	{ "first, listed", { ETH, IN4(FIRST), UDP(4040), FILL(16) }, ADMITTED("gateway", 32) },
	{ "first, listed, other port", { ETH, IN4(FIRST), UDP(53), FILL(16) },
	  PASSES(NOT_GUARDED) },
	{ "first, listed, ICMP", { ETH, IN4(FIRST), OTHER(1) }, PASSES(NOT_GUARDED) },
	{ "first, listed, to another policy", { ETH, IP4("192.0.2.8", FIRST), UDP(4040), FILL(16) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "first, listed, elsewhere", { ETH, IP4("192.0.2.8", FIRST), UDP(5001), FILL(16) },
	  DROPS_IN("command", ELSEWHERE) },
	{ "first, too short for ports", { ETH, OUT4(FIRST), UDP(4040), CUT(4) },
	  DROPS(MALFORMED) },
	{ "later, and a header length of 4", { ETH, IN4(.offset = 1, .ihl = 4), UDP(4040) },
	  DROPS(MALFORMED) },
	{ "whole, stranger", { ETH, OUT4(), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "whole, stranger, other port", { ETH, OUT4(), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "whole, don't fragment", { ETH, OUT4(.flags = DONT_FRAGMENT), UDP(53) },
	  PASSES(NOT_GUARDED) },
	{ "whole, reserved bit", { ETH, OUT4(.flags = RESERVED_BIT), UDP(53) },
	  PASSES(NOT_GUARDED) },
	{ "whole, options", { ETH, OUT4(.options = 3), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "ARP", { ETH, OTHER(0x0806) }, PASSES(NOT_GUARDED) },

	{ "in a prefix", { ETH, IP4("192.0.2.65", .offset = 1), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "denied in it", { ETH, IP4("192.0.2.66", .offset = 1), UDP(53) }, DROPS(FRAGMENT) },
	{ "denied in it, first", { ETH, IP4("192.0.2.66", FIRST), UDP(4040) }, DROPS(FRAGMENT) },
	{ "an expired deny", { ETH, IP4("192.0.2.70", .offset = 1), UDP(53) },
	  PASSES(NOT_GUARDED) },
	{ "expired", { ETH, IP4("192.0.2.71", .offset = 1), UDP(53) }, DROPS(FRAGMENT) },
	{ "the wrong device", { ETH, IP4("192.0.2.9", .offset = 1), UDP(53) }, DROPS(FRAGMENT) },
	{ "a low TTL", { ETH, IP4("192.0.2.10", .offset = 1, .ttl = 254), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "device and TTL", { ETH, IP4("192.0.2.10", .offset = 1, .ttl = 255), UDP(53) },
	  PASSES(NOT_GUARDED) },
	{ "listed where it is watched", { ETH, IP4("192.0.2.20", .offset = 1), UDP(53) },
	  PASSES(NOT_GUARDED) },
	{ "listed where it is closed", { ETH, IP4("192.0.2.21", .offset = 1), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "listed where it is open", { ETH, IP4("192.0.2.22", .offset = 1), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "listed for the tunnel", { ETH, IP4("192.0.2.23", .offset = 1), UDP(53) },
	  DROPS(FRAGMENT) },

	{ "later, IPv6", { ETH, OUT6(), FRAG(1), UDP(4040) }, DROPS(FRAGMENT) },
	{ "later, eight bytes, IPv6", { ETH, OUT6(), FRAG(1, .flags = MORE6), FILL(8) },
	  DROPS(FRAGMENT) },
	{ "later, behind options, IPv6", { ETH, OUT6(), DST, FRAG(32), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "later, behind one that is whole, IPv6", { ETH, OUT6(), FRAG(0), FRAG(9), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "later, twelfth, IPv6", { ETH, OUT6(), DST4, DST4, DST, DST, DST, FRAG(1), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "later, thirteenth, IPv6", { ETH, IN6(), DST12, FRAG(1), UDP(53) }, DROPS(TOO_DEEP) },
	{ "later, listed, IPv6", { ETH, IN6(), FRAG(1), UDP(4040) }, PASSES(NOT_GUARDED) },
	{ "later, in a prefix, IPv6", { ETH, IP6("2001:db8:1::9"), FRAG(1), UDP(53) },
	  PASSES(NOT_GUARDED) },
	{ "later, denied in it, IPv6", { ETH, IP6("2001:db8:1:1::9"), FRAG(1), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "later, an IPv4 list, IPv6", { ETH, IP6("::ffff:192.0.2.7"), FRAG(1), UDP(53) },
	  DROPS(FRAGMENT) },
	{ "first, IPv6", { ETH, OUT6(), FIRST6, UDP(4040), FILL(16) }, DROPS(FRAGMENT) },
	{ "first, other port, IPv6", { ETH, OUT6(), FIRST6, UDP(53), FILL(16) },
	  DROPS(FRAGMENT) },
	{ "first, ICMP, IPv6", { ETH, OUT6(), FIRST6, OTHER(ICMP6) }, DROPS(FRAGMENT) },
	{ "first, options behind it, IPv6", { ETH, OUT6(), FIRST6, DST, UDP(53) },
	  DROPS(FRAGMENT) },
	{ "first, listed, IPv6", { ETH, IN6(), FIRST6, UDP(4040), FILL(16) },
	  ADMITTED("gateway", 128) },
	{ "first, listed, other port, IPv6", { ETH, IN6(), FIRST6, UDP(53), FILL(16) },
	  PASSES(NOT_GUARDED) },
	{ "first, too short for ports, IPv6", { ETH, IN6(), FIRST6, UDP(4040), CUT(4) },
	  DROPS(MALFORMED) },
	{ "atomic is whole, IPv6", { ETH, OUT6(), FRAG(0), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "atomic, other port, IPv6", { ETH, OUT6(), FRAG(0), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "atomic, reserved bits, IPv6", { ETH, OUT6(), FRAG(0, .flags = RESERVED6), UDP(53) },
	  PASSES(NOT_GUARDED) },
};

static const char fragments_any_rules[] =
	"fragments listed\n"
	"allow 0.0.0.0/0 gateway wide\n"
	"allow ::/0 gateway wide\n";

static const struct test_case fragments_any_cases[] = {
	{ "anybody's", { ETH, OUT4(.offset = 1), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "anybody's, IPv6", { ETH, OUT6(), FRAG(1), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "no sender's", { ETH, IP4("127.0.0.1", .offset = 1), UDP(53) }, DROPS(FRAGMENT) },
	{ "no sender's, first", { ETH, IP4("224.0.0.1", FIRST), UDP(4040) }, DROPS(FRAGMENT) },
	{ "no sender's, IPv6", { ETH, IP6("::1"), FRAG(1), UDP(53) }, DROPS(FRAGMENT) },
};

/* Bare IP, and the tunnel at that. */
static const struct test_case fragments_tunnel_cases[] = {
	{ "later, stranger", { OUT4(.offset = 1), UDP(53) }, DROPS(FRAGMENT) },
	{ "later, IPv6", { OUT6(), FRAG(1), UDP(53) }, DROPS(FRAGMENT) },
	{ "first", { OUT4(FIRST), UDP(53), FILL(16) }, DROPS(FRAGMENT) },
	{ "listed for the tunnel", { IP4("192.0.2.23", .offset = 1), UDP(53) },
	  PASSES(NOT_GUARDED) },
	{ "listed for the tunnel, first", { IP4("192.0.2.23", FIRST), UDP(1004), FILL(16) },
	  ADMITTED("inside", 32) },
	{ "listed without it", { IN6(), FRAG(1), UDP(53) }, PASSES(NOT_GUARDED) },
};

/* Where no policy enforces, nobody's fragments drop. */
static const char fragments_watched_rules[] =
	"fragments listed\n"
	"policy gateway mode monitor\n"
	"policy command mode monitor\n"
	"allow " LISTED4 " gateway\n";

static const struct test_case fragments_watched_cases[] = {
	{ "later", { ETH, OUT4(.offset = 1), UDP(53) }, WOULD_DROP(FRAGMENT) },
	{ "first", { ETH, OUT4(FIRST), UDP(4040), FILL(16) }, WOULD_DROP(FRAGMENT) },
	{ "later, IPv6", { ETH, OUT6(), FRAG(1), UDP(53) }, WOULD_DROP(FRAGMENT) },
	{ "later, listed", { ETH, IN4(.offset = 1), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "first, listed", { ETH, IN4(FIRST), UDP(4040), FILL(16) }, ADMITTED("gateway", 32) },
};

/* A limit is asked of a datagram, by its first. */
static const char fragments_spent_rules[] =
	"fragments listed\n"
	"policy gateway rate 1000\n"
	"allow " LISTED4 " gateway rate 1\n"
	"allow " LISTED6 " gateway\n";

static const struct test_case fragments_spent_cases[] = {
	{ "later", { ETH, IN4(.offset = 1), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "first", { ETH, IN4(FIRST), UDP(4040), FILL(16) }, REFUSED("gateway", OVER_RATE, 32) },
	{ "later, IPv6", { ETH, IN6(), FRAG(1), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "first, IPv6", { ETH, IN6(), FIRST6, UDP(4040), FILL(16) },
	  REFUSED("gateway", POLICY_RATE, 128) },
	{ "first, stranger", { ETH, OUT4(FIRST), UDP(4040), FILL(16) }, DROPS(FRAGMENT) },
};

/* Bare IP: TUN, WireGuard. */

static const struct test_case bare_cases[] = {
	{ "stranger", { OUT4(), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "stranger, IPv6", { OUT6(), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "listed", { IN4(), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "listed, IPv6", { IN6(), UDP(4040) }, ADMITTED("gateway", 128) },
	{ "other port", { OUT4(), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "options", { OUT4(.options = 4), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "extension headers", { OUT6(), DST12, UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "IPv4 authentication", { OUT4(), AH(4), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "thirteen of them", { IN6(), DST12, DST, UDP(53) }, DROPS(TOO_DEEP) },
	{ "later fragment", { OUT4(.offset = 1), UDP(4040) }, PASSES(NOT_GUARDED) },
	{ "ICMP", { OUT4(), OTHER(1) }, PASSES(NOT_GUARDED) },
	{ "neither 4 nor 6", { OUT4(.version = 5), UDP(53) }, DROPS(MALFORMED) },
	{ "an Ethernet header where none belongs", { ETH, OUT4(), UDP(4040) },
	  DROPS(MALFORMED) },
	{ "header length 4", { IN4(.ihl = 4), UDP(53) }, DROPS(MALFORMED) },
	{ "shorter than an Ethernet header and IPv4", { IN4(), UDP(53), CUT(14) },
	  DROPS(MALFORMED) },
	{ "UDP cut", { IN6(), UDP(53), CUT(1) }, DROPS(MALFORMED) },
};

/* Headers beyond the first buffer of a frame. */

static const struct test_case large_cases[] = {
	{ "large payload", { ETH, OUT4(), UDP(4040), FILL(5000) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "large payload, listed", { ETH, IN4(), UDP(4040), FILL(8000) },
	  ADMITTED("gateway", 32) },
	{ "large payload, other port", { ETH, OUT6(), UDP(53), FILL(8000) },
	  PASSES(NOT_GUARDED) },
	{ "ports in the second buffer", { ETH, OUT6(), LONG, LONG, UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "ports in the second buffer, listed", { ETH, IN6(), LONG, LONG, UDP(4040), FILL(900) },
	  ADMITTED("gateway", 128) },
	{ "ports in the second buffer, other port", { ETH, OUT6(), LONG, LONG, UDP(53) },
	  PASSES(NOT_GUARDED) },
	/* 3,520 bytes fit into the first: 54 + 3,464 = 3,518 */
	{ "ports across the edge", { ETH, OUT6(), LONG, EXT(DSTOPTS, 176), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "the deepest chain there is", { ETH, OUT6(), LONG12, UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "the deepest chain, listed", { ETH, IN6(), LONG12, UDP(4040) },
	  ADMITTED("gateway", 128) },
	{ "one deeper", { ETH, IN6(), LONG12, DST, UDP(53) }, DROPS(TOO_DEEP) },
	{ "cut in the third buffer", { ETH, IN6(), LONG, LONG, LONG, LONG, UDP(53), CUT(1) },
	  DROPS(MALFORMED) },
	{ "IPv4, ports in the second buffer",
	  { ETH, OUT4(), AH(255), AH(255), AH(255), AH(255), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "IPv4, ports in the second buffer, listed",
	  { ETH, IN4(), AH(255), AH(255), AH(255), AH(255), UDP(4040), FILL(900) },
	  ADMITTED("gateway", 32) },
	{ "fragment header in the second buffer", { ETH, OUT6(), LONG, LONG, FRAG(1), UDP(4040) },
	  PASSES(NOT_GUARDED) },
};

/* Sources that cannot be. */

static const char bogus_rules[] =
	"allow 0.0.0.0/0 gateway wide\n"
	"allow ::/0 gateway wide\n";

static const struct test_case bogus_cases[] = {
	{ "unspecified", { ETH, IP4("0.0.0.0"), UDP(4040) }, REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "this network", { ETH, IP4("0.255.255.255"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "behind it", { ETH, IP4("1.0.0.0"), UDP(4040) }, ADMITTED("gateway", 0) },
	{ "before loopback", { ETH, IP4("126.255.255.255"), UDP(4040) }, ADMITTED("gateway", 0) },
	{ "loopback", { ETH, IP4("127.0.0.1"), UDP(4040) }, REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "last of loopback", { ETH, IP4("127.255.255.255"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "behind it, 128", { ETH, IP4("128.0.0.0"), UDP(4040) }, ADMITTED("gateway", 0) },
	{ "before multicast", { ETH, IP4("223.255.255.255"), UDP(4040) },
	  ADMITTED("gateway", 0) },
	{ "multicast", { ETH, IP4("224.0.0.0"), UDP(4040) }, REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "last of multicast", { ETH, IP4("239.255.255.255"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "class E", { ETH, IP4("240.0.0.1"), UDP(4040) }, REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "broadcast", { ETH, IP4("255.255.255.255"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "bogus, other port", { ETH, IP4("127.0.0.1"), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "bogus, behind options", { ETH, IP4("127.0.0.1", .options = 1), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "unspecified, IPv6", { ETH, IP6("::"), UDP(4040) }, REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "loopback, IPv6", { ETH, IP6("::1"), UDP(4040) }, REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "behind it, IPv6", { ETH, IP6("::2"), UDP(4040) }, ADMITTED("gateway", 0) },
	{ "multicast, IPv6", { ETH, IP6("ff02::1"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "before it, IPv6", { ETH, IP6("feff:ffff::1"), UDP(4040) }, ADMITTED("gateway", 0) },
	{ "IPv4 in IPv6", { ETH, IP6("::ffff:192.0.2.7"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 0) },
	{ "before it", { ETH, IP6("::fffe:c000:207"), UDP(4040) }, ADMITTED("gateway", 0) },
	{ "behind it, IPv4 in IPv6", { ETH, IP6("::1:0:c000:207"), UDP(4040) },
	  ADMITTED("gateway", 0) },
	{ "link-local", { ETH, IP6("fe80::9"), UDP(4040) }, ADMITTED("gateway", 0) },
};

/* Conditions of an entry. */

static const char conditions_rules[] =
	"allow 192.0.2.7 gateway dev eth0 min-ttl 255\n"
	"allow 192.0.2.8 gateway dev eth1\n"
	"allow 192.0.2.9 gateway expires " PAST "\n"
	"allow 192.0.2.10 gateway min-ttl 1\n"
	"allow 192.0.2.16/28 gateway\n"
	"allow 192.0.2.17 gateway expires " PAST "\n"
	"deny 192.0.2.18 gateway expires " PAST "\n"
	"deny 192.0.2.19 gateway expires " FUTURE "\n"
	"allow 192.0.2.20 gateway expires " FUTURE "\n"
	"deny 192.0.2.24/29 gateway expires " PAST "\n"
	"deny 192.0.2.25 gateway expires " PAST "\n"
	"deny 192.0.2.33 gateway expires " PAST "\n"
	"allow 2001:db8::7 gateway dev eth0 min-ttl 255\n"
	"allow 2001:db8::8 gateway dev eth1\n"
	"allow 2001:db8::9 gateway expires " PAST "\n"
	"allow 2001:db8:1::/64 gateway\n"
	"deny 2001:db8:1::/80 gateway expires " PAST "\n"
	"deny 2001:db8:1::1 gateway expires " PAST "\n"
	"allow 2001:db8:1::2 gateway expires " PAST "\n"
	"allow fe80::7 gateway dev eth0\n"
	"allow fe80::8 gateway dev eth1\n";

static const struct test_case conditions_cases[] = {
	{ "all hold", { ETH, IP4("192.0.2.7", .ttl = 255), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "TTL one too low", { ETH, IP4("192.0.2.7", .ttl = 254), UDP(4040) },
	  REFUSED("gateway", LOW_TTL, 32) },
	{ "TTL just enough", { ETH, IP4("192.0.2.10", .ttl = 1), UDP(4040) },
	  ADMITTED("gateway", 32) },
	{ "TTL 0", { ETH, IP4("192.0.2.10", .ttl = -1), UDP(4040) },
	  REFUSED("gateway", LOW_TTL, 32) },
	{ "TTL behind options", { ETH, IP4("192.0.2.7", .ttl = 254, .options = 1), UDP(4040) },
	  REFUSED("gateway", LOW_TTL, 32) },
	{ "another device", { ETH, IP4("192.0.2.8"), UDP(4040) },
	  REFUSED("gateway", WRONG_DEV, 32) },
	{ "expired", { ETH, IP4("192.0.2.9"), UDP(4040) }, REFUSED("gateway", EXPIRED, 32) },
	{ "expired under a live prefix", { ETH, IP4("192.0.2.17"), UDP(4040) },
	  REFUSED("gateway", EXPIRED, 32) },
	{ "not yet expired", { ETH, IP4("192.0.2.20"), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "expired deny is as if absent", { ETH, IP4("192.0.2.18"), UDP(4040) },
	  ADMITTED("gateway", 28) },
	{ "two expired denies", { ETH, IP4("192.0.2.25"), UDP(4040) }, ADMITTED("gateway", 28) },
	{ "deny not yet expired", { ETH, IP4("192.0.2.19"), UDP(4040) },
	  REFUSED("gateway", DENIED, 32) },
	{ "expired deny over nothing", { ETH, IP4("192.0.2.33"), UDP(4040) },
	  DROPS_IN("gateway", UNLISTED) },
	{ "all hold, IPv6", { ETH, IP6("2001:db8::7", .ttl = 255), UDP(4040) },
	  ADMITTED("gateway", 128) },
	{ "hop limit one too low", { ETH, IP6("2001:db8::7", .ttl = 254), UDP(4040) },
	  REFUSED("gateway", LOW_TTL, 128) },
	{ "hop limit behind options", { ETH, IP6("2001:db8::7", .ttl = 254), DST, UDP(4040) },
	  REFUSED("gateway", LOW_TTL, 128) },
	{ "another device, IPv6", { ETH, IP6("2001:db8::8"), UDP(4040) },
	  REFUSED("gateway", WRONG_DEV, 128) },
	{ "expired, IPv6", { ETH, IP6("2001:db8::9"), UDP(4040) },
	  REFUSED("gateway", EXPIRED, 128) },
	{ "two expired denies, IPv6", { ETH, IP6("2001:db8:1::1"), UDP(4040) },
	  ADMITTED("gateway", 64) },
	{ "expired under a live prefix, IPv6", { ETH, IP6("2001:db8:1::2"), UDP(4040) },
	  REFUSED("gateway", EXPIRED, 128) },
	{ "link-local of this device", { ETH, IP6("fe80::7"), UDP(4040) },
	  ADMITTED("gateway", 128) },
	{ "link-local of another", { ETH, IP6("fe80::8"), UDP(4040) },
	  REFUSED("gateway", WRONG_DEV, 128) },
	{ "stranger", { ETH, OUT4(), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
};

/* Modes: what would be dropped, what is open, what is closed. */

static const char monitor_rules[] =
	"policy gateway mode monitor\n"
	"policy command mode monitor\n"
	"fragments drop\n"
	"allow " LISTED4 " gateway\n"
	"deny 192.0.2.66 gateway\n"
	"allow 192.0.2.9 gateway expires " PAST "\n";

static const struct test_case monitor_cases[] = {
	{ "stranger", { ETH, OUT4(), UDP(4040) }, WOULD_DROP_IN("gateway", UNLISTED) },
	{ "stranger, IPv6", { ETH, OUT6(), UDP(5001) }, WOULD_DROP_IN("command", UNLISTED) },
	{ "denied", { ETH, IP4("192.0.2.66"), UDP(4040) }, WOULD_REFUSE("gateway", DENIED, 32) },
	{ "expired", { ETH, IP4("192.0.2.9"), UDP(4040) }, WOULD_REFUSE("gateway", EXPIRED, 32) },
	{ "listed", { ETH, IN4(), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "other port", { ETH, OUT4(), UDP(53) }, PASSES(NOT_GUARDED) },
	{ "malformed", { ETH, OUT4(), UDP(53), CUT(1) }, WOULD_DROP(MALFORMED) },
	{ "too deep", { ETH, OUT6(), DST12, DST, UDP(4040) }, WOULD_DROP(TOO_DEEP) },
	{ "later fragment", { ETH, OUT4(.offset = 1), UDP(4040) }, WOULD_DROP(FRAGMENT) },
};

/* One policy in force is enough for what belongs to none. */
static const char mixed_rules[] =
	"policy gateway mode monitor\n"
	"policy command mode closed\n"
	"fragments drop\n"
	"allow " LISTED4 " gateway\n"
	"allow " LISTED4 " command\n";

static const struct test_case mixed_cases[] = {
	{ "malformed", { ETH, OUT4(), UDP(53), CUT(1) }, DROPS(MALFORMED) },
	{ "too deep", { ETH, OUT6(), DST12, DST, UDP(53) }, DROPS(TOO_DEEP) },
	{ "later fragment", { ETH, OUT4(.offset = 1), UDP(53) }, DROPS(FRAGMENT) },
	{ "monitored", { ETH, OUT4(), UDP(4040) }, WOULD_DROP_IN("gateway", UNLISTED) },
	{ "closed to strangers", { ETH, OUT4(), UDP(5001) }, DROPS_IN("command", CLOSED) },
	{ "closed to the listed", { ETH, IN4(), UDP(5001) }, DROPS_IN("command", CLOSED) },
	{ "closed, IPv6", { ETH, OUT6(), UDP(5002) }, DROPS_IN("command", CLOSED) },
	{ "listed in the other", { ETH, IN4(), UDP(4040) }, ADMITTED("gateway", 32) },
};

static const char open_rules[] =
	"policy gateway mode open\n"
	"policy command mode open\n"
	"deny 192.0.2.66 gateway\n";

static const struct test_case open_cases[] = {
	{ "stranger", { ETH, OUT4(), UDP(4040) }, PASSES(NOT_GUARDED) },
	{ "denied", { ETH, IP4("192.0.2.66"), UDP(4040) }, PASSES(NOT_GUARDED) },
	{ "stranger, IPv6", { ETH, OUT6(), UDP(5001) }, PASSES(NOT_GUARDED) },
	{ "malformed", { ETH, OUT4(), UDP(53), CUT(1) }, WOULD_DROP(MALFORMED) },
	{ "too deep", { ETH, QTAG, QTAG, QTAG, QTAG, QTAG, OUT4(), UDP(53) },
	  WOULD_DROP(TOO_DEEP) },
};

/* TCP, while a policy guards it. */

static const char tcp_rules[] =
	"policy pcanywhere mode enforce\n"
	"policy web tcp 443,8000-8002\n"
	"allow " LISTED4 " pcanywhere\n"
	"allow " LISTED6 " web\n";

static const struct test_case tcp_cases[] = {
	{ "stranger", { ETH, OUT4(), TCP(5631) }, DROPS_IN("pcanywhere", UNLISTED) },
	{ "stranger to 65301", { ETH, OUT4(), TCP(65301) }, DROPS_IN("pcanywhere", UNLISTED) },
	{ "listed", { ETH, IN4(), TCP(5631) }, ADMITTED("pcanywhere", 32) },
	{ "its UDP port", { ETH, OUT4(), UDP(5632) }, DROPS_IN("pcanywhere", UNLISTED) },
	{ "its UDP port 22", { ETH, OUT4(), UDP(22) }, DROPS_IN("pcanywhere", UNLISTED) },
	{ "TCP to its UDP port", { ETH, OUT4(), TCP(5632) }, PASSES(NOT_GUARDED) },
	{ "TCP 22 is SSH", { ETH, OUT4(), TCP(22) }, PASSES(NOT_GUARDED) },
	{ "UDP to its TCP port", { ETH, OUT4(), UDP(5631) }, PASSES(NOT_GUARDED) },
	{ "custom policy", { ETH, OUT6(), TCP(443) }, DROPS_IN("web", UNLISTED) },
	{ "last of a range", { ETH, OUT6(), TCP(8002) }, DROPS_IN("web", UNLISTED) },
	{ "behind the range", { ETH, OUT6(), TCP(8003) }, PASSES(NOT_GUARDED) },
	{ "custom policy, listed", { ETH, IN6(), TCP(443) }, ADMITTED("web", 128) },
	{ "tagged, with options", { ETH, QTAG, OUT4(.options = 2), TCP(443) },
	  DROPS_IN("web", UNLISTED) },
	{ "extension headers", { ETH, OUT6(), DST, DST, TCP(443) }, DROPS_IN("web", UNLISTED) },
	{ "IPv4 authentication", { ETH, OUT4(), AH(4), TCP(443) }, DROPS_IN("web", UNLISTED) },
	{ "19 bytes behind it", { ETH, OUT4(), AH(4), TCP(80), CUT(1) }, DROPS(MALFORMED) },
	{ "19 bytes", { ETH, OUT4(), TCP(80), CUT(1) }, DROPS(MALFORMED) },
	{ "19 bytes, IPv6", { ETH, OUT6(), TCP(80), CUT(1) }, DROPS(MALFORMED) },
	{ "19 bytes behind options", { ETH, OUT6(), DST, TCP(80), CUT(1) }, DROPS(MALFORMED) },
	{ "other port", { ETH, OUT4(), TCP(80) }, PASSES(NOT_GUARDED) },
};

/* Destinations. */

static const char elsewhere_rules[] =
	"protect 203.0.113.1 gateway\n"
	"protect 2001:db8:ffff::/64 gateway\n"
	"allow " LISTED4 " gateway\n"
	"allow " LISTED6 " gateway\n"
	"policy command elsewhere pass\n"
	"protect 203.0.113.0/24 command\n"
	"allow " LISTED4 " command\n"
	"allow " LISTED6 " command\n"
	"policy watched udp 1001 mode monitor\n"
	"protect 203.0.113.1 watched\n"
	"policy apart udp 1002 mode monitor elsewhere pass\n"
	"protect 203.0.113.1 apart\n"
	"policy shut udp 1003 mode closed elsewhere pass\n"
	"protect 203.0.113.1 shut\n";

#define TO4 .dst = "203.0.113.1"
#define NEAR4 .dst = "203.0.113.2"
#define AWAY4 .dst = "198.51.100.1"
#define TO6 .dst = "2001:db8:ffff::1"
#define AWAY6 .dst = "2001:db8:fffe::1"

static const struct test_case elsewhere_cases[] = {
	{ "protected, listed", { ETH, IN4(TO4), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "protected, stranger", { ETH, OUT4(TO4), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "beside it, listed", { ETH, IN4(NEAR4), UDP(4040) }, DROPS_IN("gateway", ELSEWHERE) },
	{ "beside it, stranger", { ETH, OUT4(NEAR4), UDP(4040) },
	  DROPS_IN("gateway", ELSEWHERE) },
	{ "protected, IPv6", { ETH, IN6(TO6), UDP(4040) }, ADMITTED("gateway", 128) },
	{ "elsewhere, IPv6", { ETH, IN6(AWAY6), UDP(4040) }, DROPS_IN("gateway", ELSEWHERE) },
	{ "elsewhere, behind options", { ETH, IN6(AWAY6), DST, UDP(4040) },
	  DROPS_IN("gateway", ELSEWHERE) },
	{ "protected net", { ETH, OUT4(NEAR4), UDP(5001) }, DROPS_IN("command", UNLISTED) },
	{ "not its business", { ETH, OUT4(AWAY4), UDP(5001) }, PASSES_IN("command", ELSEWHERE) },
	{ "the other family is elsewhere", { ETH, IN6(TO6), UDP(5001) },
	  PASSES_IN("command", ELSEWHERE) },
	{ "monitored", { ETH, OUT4(NEAR4), UDP(1001) }, WOULD_DROP_IN("watched", ELSEWHERE) },
	{ "monitored, no destination of its family", { ETH, OUT6(TO6), UDP(1001) },
	  WOULD_DROP_IN("watched", ELSEWHERE) },
	{ "monitored, not its business", { ETH, OUT4(NEAR4), UDP(1002) },
	  PASSES_IN("apart", ELSEWHERE) },
	{ "closed comes first", { ETH, OUT4(NEAR4), UDP(1003) }, DROPS_IN("shut", CLOSED) },
	{ "other port", { ETH, OUT4(NEAR4), UDP(53) }, PASSES(NOT_GUARDED) },
};

/* What asks to be sent on is never let pass as being for another address. */

#define SENT_ON(words, bytes) OUT4(AWAY4, .options = words, .hex = bytes)
#define ROUTE6(bytes) EXT(ROUTING, 2, .hex = bytes)
#define NOP36 "010101010101010101010101010101010101010101010101010101010101010101010101"

static const struct test_case onward_cases[] = {
	{ "loose route", { ETH, SENT_ON(2, "830704cb00710100"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "strict route", { ETH, SENT_ON(2, "890704cb00710100"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "loose route, listed",
	  { ETH, IN4(AWAY4, .options = 2, .hex = "830704cb00710100"), UDP(5001) },
	  ADMITTED("command", 32) },
	{ "loose route, other port", { ETH, SENT_ON(2, "830704cb00710100"), UDP(53) },
	  PASSES(NOT_GUARDED) },
	{ "loose route, tagged", { ETH, QTAG, QTAG, SENT_ON(2, "830704cb00710100"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "loose route and authentication",
	  { ETH, SENT_ON(2, "830704cb00710100"), AH(4), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "loose route, first fragment",
	  { ETH, OUT4(AWAY4, .options = 2, .hex = "830704cb00710100", .flags = MORE_FRAGMENTS),
	    UDP(5001), FILL(16) }, DROPS_IN("command", UNLISTED) },
	{ "loose route to the protected net", { ETH, OUT4(NEAR4, .options = 2,
	  .hex = "830704c633640100"), UDP(5001) }, DROPS_IN("command", UNLISTED) },
	{ "its last address", { ETH, SENT_ON(3, "830b08c6336401cb00710100"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "its pointer at its end", { ETH, SENT_ON(2, "830707cb00710100"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "its pointer before its data", { ETH, SENT_ON(2, "830700cb00710100"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "used up", { ETH, SENT_ON(2, "830708cb00710100"), UDP(5001) },
	  PASSES_IN("command", ELSEWHERE) },
	{ "used up, strict", { ETH, SENT_ON(2, "890708cb00710100"), UDP(5001) },
	  PASSES_IN("command", ELSEWHERE) },
	{ "behind no-operations", { ETH, SENT_ON(3, "010101830704cb0071010000"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "behind another option", { ETH, SENT_ON(4, "07070400000000830704cb00710100"),
	  UDP(5001) }, DROPS_IN("command", UNLISTED) },
	{ "behind one that is used up", { ETH, SENT_ON(4, "830708cb007101890704cb0071010000"),
	  UDP(5001) }, DROPS_IN("command", UNLISTED) },
	{ "inside another option", { ETH, SENT_ON(4, "440f0500830704cb0071010000000000"),
	  UDP(5001) }, PASSES_IN("command", ELSEWHERE) },
	{ "behind the end of options", { ETH, SENT_ON(3, "00070000830704cb00710100"), UDP(5001) },
	  PASSES_IN("command", ELSEWHERE) },
	{ "behind an option without length", { ETH, SENT_ON(3, "07000000830704cb00710100"),
	  UDP(5001) }, PASSES_IN("command", ELSEWHERE) },
	{ "behind one that is too short", { ETH, SENT_ON(3, "0701830704cb007101000000"),
	  UDP(5001) }, PASSES_IN("command", ELSEWHERE) },
	{ "no options but the filler", { ETH, SENT_ON(10, 0), UDP(5001) },
	  PASSES_IN("command", ELSEWHERE) },
	{ "in the last three bytes", { ETH, SENT_ON(10, NOP36 "01830300"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "used up in the last three bytes", { ETH, SENT_ON(10, NOP36 "01830304"), UDP(5001) },
	  PASSES_IN("command", ELSEWHERE) },
	{ "cut by the end of options", { ETH, SENT_ON(10, NOP36 "01018904"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "its number alone", { ETH, SENT_ON(10, NOP36 "01010183"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "ten words of no-operations", { ETH, SENT_ON(10, NOP36 "01010101"), UDP(5001) },
	  PASSES_IN("command", ELSEWHERE) },

	{ "segments left", { ETH, OUT6(AWAY6), ROUTE6("0001"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "segments left, listed", { ETH, IN6(AWAY6), ROUTE6("0001"), UDP(5001) },
	  ADMITTED("command", 128) },
	{ "segments left, other port", { ETH, OUT6(AWAY6), ROUTE6("0001"), UDP(53) },
	  PASSES(NOT_GUARDED) },
	{ "type 2", { ETH, OUT6(AWAY6), ROUTE6("0201"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "type 4, segment routing", { ETH, OUT6(AWAY6), ROUTE6("0401"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "any type, all segments", { ETH, OUT6(AWAY6), ROUTE6("fdff"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "no segments left", { ETH, OUT6(AWAY6), ROUTE6("0000"), UDP(5001) },
	  PASSES_IN("command", ELSEWHERE) },
	{ "no segments left, type 4", { ETH, OUT6(AWAY6), ROUTE6("0400"), UDP(5001) },
	  PASSES_IN("command", ELSEWHERE) },
	{ "the second of two", { ETH, OUT6(AWAY6), ROUTE6("0400"), DST, ROUTE6("0401"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "the first of two", { ETH, OUT6(AWAY6), ROUTE6("0401"), ROUTE6("0400"), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "segments left, first fragment",
	  { ETH, OUT6(AWAY6), ROUTE6("0401"), FRAG(0, .flags = MORE6), UDP(5001), FILL(16) },
	  DROPS_IN("command", UNLISTED) },
	{ "what is none, with such bytes", { ETH, OUT6(AWAY6), EXT(DSTOPTS, 2, .hex = "0401"),
	  UDP(5001) }, PASSES_IN("command", ELSEWHERE) },

	{ "elsewhere drop, stranger",
	  { ETH, OUT4(NEAR4, .options = 2, .hex = "830704cb00710100"), UDP(4040) },
	  DROPS_IN("gateway", ELSEWHERE) },
	{ "elsewhere drop, listed",
	  { ETH, IN4(NEAR4, .options = 2, .hex = "830704cb00710100"), UDP(4040) },
	  DROPS_IN("gateway", ELSEWHERE) },
	{ "elsewhere drop, IPv6", { ETH, OUT6(AWAY6), ROUTE6("0401"), UDP(4040) },
	  DROPS_IN("gateway", ELSEWHERE) },
	{ "monitored", { ETH, SENT_ON(2, "830704cb00710100"), UDP(1002) },
	  WOULD_DROP_IN("apart", UNLISTED) },
	{ "closed", { ETH, SENT_ON(2, "830704cb00710100"), UDP(1003) }, DROPS_IN("shut", CLOSED) },
};

/* Tunnels. */

static const char no_tunnel_rules[] =
	"policy gateway tunnel required\n"
	"tunnel tun0\n"
	"allow " LISTED4 " gateway\n"
	"allow " LISTED6 " gateway\n"
	"policy watched udp 1001 mode monitor tunnel required\n";

static const struct test_case no_tunnel_cases[] = {
	{ "listed", { ETH, IN4(), UDP(4040) }, DROPS_IN("gateway", NO_TUNNEL) },
	{ "listed, IPv6", { ETH, IN6(), UDP(4040) }, DROPS_IN("gateway", NO_TUNNEL) },
	{ "stranger", { ETH, OUT4(), UDP(4040) }, DROPS_IN("gateway", NO_TUNNEL) },
	{ "a policy without the demand", { ETH, OUT4(), UDP(5001) },
	  DROPS_IN("command", UNLISTED) },
	{ "monitored", { ETH, OUT4(), UDP(1001) }, WOULD_DROP_IN("watched", NO_TUNNEL) },
};

static const struct test_case tunnel_cases[] = {
	{ "listed", { IN4(), UDP(4040) }, ADMITTED("gateway", 32) },
	{ "listed, IPv6", { IN6(), UDP(4040) }, ADMITTED("gateway", 128) },
	{ "stranger", { OUT4(), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
	{ "a policy without the demand", { OUT4(), UDP(5001) }, DROPS_IN("command", UNLISTED) },
};

/* Several reasons at once: the first in the order is the one. */

static const char order_rules[] =
	"policy a udp 1001 mode closed tunnel required\n"
	"protect 203.0.113.1 a\n"
	"deny 192.0.2.7 a\n"
	"policy b udp 1002 tunnel required\n"
	"protect 203.0.113.1 b\n"
	"policy c udp 1003\n"
	"protect 203.0.113.1 c\n"
	"deny 192.0.2.7 c\n"
	"allow 192.0.2.8 c expires " PAST "\n"
	"policy d udp 1004\n"
	"allow 0.0.0.0/0 d dev eth1 min-ttl 255 expires " PAST " wide\n"
	"allow ::/0 d dev eth1 min-ttl 255 expires " PAST " wide\n"
	"allow 192.0.2.8 d dev eth1 min-ttl 255\n";

static const struct test_case order_cases[] = {
	{ "closed before no-tunnel", { ETH, IP4("192.0.2.7", NEAR4), UDP(1001) },
	  DROPS_IN("a", CLOSED) },
	{ "no-tunnel before elsewhere", { ETH, OUT4(NEAR4), UDP(1002) },
	  DROPS_IN("b", NO_TUNNEL) },
	{ "elsewhere before unlisted", { ETH, OUT4(NEAR4), UDP(1003) }, DROPS_IN("c", ELSEWHERE) },
	{ "elsewhere before denied", { ETH, IP4("192.0.2.7", NEAR4), UDP(1003) },
	  DROPS_IN("c", ELSEWHERE) },
	{ "elsewhere before expired", { ETH, IP4("192.0.2.8", NEAR4), UDP(1003) },
	  DROPS_IN("c", ELSEWHERE) },
	{ "unlisted before bogus", { ETH, IP4("127.0.0.1", TO4), UDP(1003) },
	  DROPS_IN("c", UNLISTED) },
	{ "denied", { ETH, IP4("192.0.2.7", TO4), UDP(1003) }, REFUSED("c", DENIED, 32) },
	{ "bogus before expired", { ETH, IP4("127.0.0.1", .ttl = 1), UDP(1004) },
	  REFUSED("d", BOGUS_SOURCE, 0) },
	{ "bogus before expired, IPv6", { ETH, IP6("::1", .ttl = 1), UDP(1004) },
	  REFUSED("d", BOGUS_SOURCE, 0) },
	{ "expired before wrong-dev", { ETH, IP4("192.0.2.7", .ttl = 1), UDP(1004) },
	  REFUSED("d", EXPIRED, 0) },
	{ "wrong-dev before low-ttl", { ETH, IP4("192.0.2.8", .ttl = 1), UDP(1004) },
	  REFUSED("d", WRONG_DEV, 32) },
	{ "malformed before all", { ETH, IP4("192.0.2.7", NEAR4), UDP(1001), CUT(1) },
	  DROPS(MALFORMED) },
};

/* Limits; "coarse" ones have a burst longer than the coarse clock's steps. */

static const char limits_rules[] =
	"policy a udp 1001\n"
	"allow 192.0.2.7 a rate 1\n"
	"allow 2001:db8::7 a rate 1\n"
	"allow 192.0.2.8 a rate 1 min-ttl 255\n"
	"allow 192.0.2.9 a rate 1000 burst 1000\n"
	"allow 192.0.2.10 a\n"
	"policy b udp 1002\n"
	"allow 192.0.2.7 b\n"
	"allow 2001:db8::7 b\n"
	"protect 203.0.113.1 b rate 1\n"
	"protect 203.0.113.2 b rate 1000 burst 1000\n"
	"protect 203.0.113.3 b\n"
	"protect 2001:db8:ffff::1 b rate 1\n"
	"policy c udp 1003 rate 1\n"
	"allow 192.0.2.7 c\n"
	"allow 2001:db8::7 c\n"
	"policy d udp 1004 rate 1000 burst 1000\n"
	"allow 192.0.2.7 d\n"
	"policy e udp 1005 rate 1\n"
	"protect 203.0.113.0/24 e rate 1\n"
	"allow 192.0.2.7 e rate 1\n"
	"allow 192.0.2.8 e\n"
	"policy command mode monitor rate 1\n"
	"allow 192.0.2.7 command\n"
	"allow 192.0.2.8 command rate 1\n";

static const struct test_case spent_cases[] = {
	{ "entry", { ETH, IP4("192.0.2.7"), UDP(1001), FILL(6) },
	  REFUSED("a", OVER_RATE, 32) },
	{ "entry, IPv6", { ETH, IP6("2001:db8::7"), UDP(1001) }, REFUSED("a", OVER_RATE, 128) },
	{ "entry, coarse", { ETH, IP4("192.0.2.9"), UDP(1001) }, REFUSED("a", OVER_RATE, 32) },
	{ "entry without one", { ETH, IP4("192.0.2.10"), UDP(1001) }, ADMITTED("a", 32) },
	{ "conditions come first", { ETH, IP4("192.0.2.8"), UDP(1001) },
	  REFUSED("a", LOW_TTL, 32) },
	{ "destination", { ETH, IP4("192.0.2.7", TO4), UDP(1002) },
	  REFUSED("b", DEST_RATE, 32) },
	{ "destination, IPv6", { ETH, IP6("2001:db8::7", TO6), UDP(1002) },
	  REFUSED("b", DEST_RATE, 128) },
	{ "destination, coarse", { ETH, IP4("192.0.2.7", NEAR4), UDP(1002) },
	  REFUSED("b", DEST_RATE, 32) },
	{ "destination without one", { ETH, IP4("192.0.2.7", .dst = "203.0.113.3"), UDP(1002) },
	  ADMITTED("b", 32) },
	{ "policy", { ETH, IP4("192.0.2.7"), UDP(1003) }, REFUSED("c", POLICY_RATE, 32) },
	{ "policy, IPv6", { ETH, IP6("2001:db8::7"), UDP(1003) },
	  REFUSED("c", POLICY_RATE, 128) },
	{ "policy, coarse", { ETH, IP4("192.0.2.7"), UDP(1004) }, REFUSED("d", POLICY_RATE, 32) },
	{ "over-rate before dest-rate", { ETH, IP4("192.0.2.7"), UDP(1005) },
	  REFUSED("e", OVER_RATE, 32) },
	{ "dest-rate before policy-rate", { ETH, IP4("192.0.2.8"), UDP(1005) },
	  REFUSED("e", DEST_RATE, 32) },
	{ "policy, monitored", { ETH, IP4("192.0.2.7"), UDP(5001) },
	  WOULD_REFUSE("command", POLICY_RATE, 32) },
	{ "entry, monitored", { ETH, IP4("192.0.2.8"), UDP(5001) },
	  WOULD_REFUSE("command", OVER_RATE, 32) },
	{ "stranger", { ETH, OUT4(), UDP(1003) }, DROPS_IN("c", UNLISTED) },
};

static const struct test_case unspent_cases[] = {
	{ "entry", { ETH, IP4("192.0.2.7"), UDP(1001) }, ADMITTED("a", 32) },
	{ "entry, coarse", { ETH, IP4("192.0.2.9"), UDP(1001) }, ADMITTED("a", 32) },
	{ "destination", { ETH, IP4("192.0.2.7", TO4), UDP(1002) }, ADMITTED("b", 32) },
	{ "destination, coarse", { ETH, IP4("192.0.2.7", NEAR4), UDP(1002) },
	  ADMITTED("b", 32) },
	{ "policy", { ETH, IP4("192.0.2.7"), UDP(1003) }, ADMITTED("c", 32) },
	{ "policy, coarse", { ETH, IP4("192.0.2.7"), UDP(1004) }, ADMITTED("d", 32) },
	{ "all three", { ETH, IP4("192.0.2.7"), UDP(1005) }, ADMITTED("e", 32) },
	{ "all three, IPv6 elsewhere", { ETH, IP6("2001:db8::7"), UDP(1005) },
	  DROPS_IN("e", ELSEWHERE) },
};

/* Reverse path; see network[]. */

static const char rpf_rules[] =
	"policy gateway rpf strict\n"
	"allow 10.0.0.0/8 gateway\n"
	"allow 198.51.100.9 gateway\n"
	"allow 198.51.100.8 gateway min-ttl 255\n"
	"allow 10.8.0.3 gateway min-ttl 255\n"
	"allow 192.0.2.33 gateway\n"
	"allow 192.0.2.33 command\n"
	"allow 2001:db8::/32 gateway\n"
	"policy command rpf loose\n"
	"allow 10.0.0.0/8 command\n"
	"allow 198.51.100.9 command\n"
	"allow 2001:db8::/32 command\n"
	"policy watched udp 1001 mode monitor rpf strict\n"
	"allow 10.0.0.0/8 watched\n"
	"policy free udp 1002 rpf off\n"
	"allow 198.51.100.9 free\n";

static const struct test_case rpf_cases[] = {
	{ "strict, right side", { ETH, IP4("10.9.0.2"), UDP(4040) }, ADMITTED("gateway", 8) },
	{ "strict, wrong side", { ETH, IP4("10.8.0.2"), UDP(4040), FILL(6) },
	  REFUSED("gateway", RPF_FAILED, 8) },
	{ "low-ttl before rpf-failed", { ETH, IP4("10.8.0.3"), UDP(4040) },
	  REFUSED("gateway", LOW_TTL, 32) },
	{ "loose, unreachable", { ETH, IP4("192.0.2.33"), UDP(5001) },
	  REFUSED("command", RPF_FAILED, 32) },
	{ "strict, unreachable", { ETH, IP4("192.0.2.33"), UDP(4040) },
	  REFUSED("gateway", RPF_FAILED, 32) },
	{ "this host's own address", { ETH, IP4("10.9.0.1"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 8) },
	{ "this host's address on the other side", { ETH, IP4("10.8.0.1"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 8) },
	{ "a network's broadcast address", { ETH, IP4("10.9.0.255"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 8) },
	{ "loose, right side", { ETH, IP4("10.9.0.2"), UDP(5001) }, ADMITTED("command", 8) },
	{ "loose, wrong side", { ETH, IP4("10.8.0.2"), UDP(5001) }, ADMITTED("command", 8) },
	{ "loose, own address", { ETH, IP4("10.9.0.1"), UDP(5001) },
	  REFUSED("command", BOGUS_SOURCE, 8) },
	{ "strict, right side, IPv6", { ETH, IP6("2001:db8:9::2"), UDP(4040) },
	  ADMITTED("gateway", 32) },
	{ "strict, wrong side, IPv6", { ETH, IP6("2001:db8:8::2"), UDP(4040) },
	  REFUSED("gateway", RPF_FAILED, 32) },
	{ "own address, IPv6", { ETH, IP6("2001:db8:9::1"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 32) },
	{ "loose, wrong side, IPv6", { ETH, IP6("2001:db8:8::2"), UDP(5001) },
	  ADMITTED("command", 32) },
	{ "monitored", { ETH, IP4("10.8.0.2"), UDP(1001) },
	  WOULD_REFUSE("watched", RPF_FAILED, 8) },
	{ "off", { ETH, IP4("198.51.100.9"), UDP(1002) }, ADMITTED("free", 32) },
	{ "stranger", { ETH, IP4("203.0.113.7"), UDP(4040) }, DROPS_IN("gateway", UNLISTED) },
};

/* Sources that this host has no route to at all. */
/* The kernel answers NOT_FWDED alike for an IPv4 address of its own and for one without a route. */
static const struct test_case rpf_no_route_cases[] = {
	{ "strict, no route", { ETH, IP4("198.51.100.9"), UDP(4040) },
	  REFUSED("gateway", BOGUS_SOURCE, 32) },
	{ "loose, no route", { ETH, IP4("198.51.100.9"), UDP(5001) },
	  REFUSED("command", BOGUS_SOURCE, 32) },
};

static const char rpf_limits_rules[] =
	"policy gateway rpf strict rate 1\n"
	"allow 10.0.0.0/8 gateway rate 1\n"
	"allow 10.9.0.3 gateway\n";

static const struct test_case rpf_limits_cases[] = {
	{ "rpf-failed before over-rate", { ETH, IP4("10.8.0.2"), UDP(4040) },
	  REFUSED("gateway", RPF_FAILED, 8) },
	{ "over-rate before policy-rate", { ETH, IP4("10.9.0.2"), UDP(4040) },
	  REFUSED("gateway", OVER_RATE, 8) },
	{ "policy-rate", { ETH, IP4("10.9.0.3"), UDP(4040) },
	  REFUSED("gateway", POLICY_RATE, 32) },
};

const char *const network[] = {
	"ip link set lo up",
	"ip link add right type veth peer name left",
	"ip link set right up",
	"ip link set left up",
	"ip addr add 10.9.0.1/24 brd + dev right",
	"ip addr add 10.8.0.1/24 brd + dev left",
	"ip -6 addr add 2001:db8:9::1/64 dev right nodad",
	"ip -6 addr add 2001:db8:8::1/64 dev left nodad",
	"ip route add unreachable 192.0.2.32/28",
	"echo 1 > /proc/sys/net/ipv4/conf/lo/forwarding",
	"echo 1 > /proc/sys/net/ipv6/conf/lo/forwarding",
	0,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CASES(table) .cases = table, .count = COUNT(table)

const struct group groups[] = {
	{ "lists", "eth0", .rules = lists_rules, CASES(lists_cases) },
	{ "unguarded", "eth0", .rules = lists_rules, CASES(unguarded_cases) },
	{ "tags", "eth0", .rules = lists_rules, CASES(tag_cases) },
	{ "ipv4", "eth0", .rules = lists_rules, CASES(ipv4_cases) },
	{ "ipv4-auth", "eth0", .rules = lists_rules, CASES(auth4_cases) },
	{ "ipv6", "eth0", .rules = lists_rules, CASES(ipv6_cases) },
	{ "fragments", "eth0", .rules = lists_rules, CASES(fragment_cases) },
	{ "fragments-drop", "eth0", .rules = fragments_drop_rules, CASES(fragments_drop_cases) },
	{ "fragments-listed", "eth0", .rules = fragments_listed_rules,
	  CASES(fragments_listed_cases) },
	{ "fragments-any", "eth0", .rules = fragments_any_rules, CASES(fragments_any_cases) },
	{ "fragments-tunnel", "tun0", .flags = GROUP_BARE_IP, .rules = fragments_listed_rules,
	  CASES(fragments_tunnel_cases) },
	{ "fragments-watched", "eth0", .rules = fragments_watched_rules,
	  CASES(fragments_watched_cases) },
	{ "fragments-spent", "eth0", .flags = GROUP_SPENT, .rules = fragments_spent_rules,
	  CASES(fragments_spent_cases) },
	{ "bare-ip", "eth0", .flags = GROUP_BARE_IP, .rules = lists_rules, CASES(bare_cases) },
	{ "large", "eth0", .rules = lists_rules, CASES(large_cases) },
	{ "bogus", "eth0", .rules = bogus_rules, CASES(bogus_cases) },
	{ "conditions", "eth0", .rules = conditions_rules, CASES(conditions_cases) },
	{ "monitor", "eth0", .rules = monitor_rules, CASES(monitor_cases) },
	{ "mixed", "eth0", .rules = mixed_rules, CASES(mixed_cases) },
	{ "open", "eth0", .rules = open_rules, CASES(open_cases) },
	{ "tcp", "eth0", .rules = tcp_rules, CASES(tcp_cases) },
	{ "elsewhere", "eth0", .rules = elsewhere_rules, CASES(elsewhere_cases) },
	{ "onward", "eth0", .rules = elsewhere_rules, CASES(onward_cases) },
	{ "no-tunnel", "eth0", .rules = no_tunnel_rules, CASES(no_tunnel_cases) },
	{ "tunnel", "tun0", .flags = GROUP_BARE_IP, .rules = no_tunnel_rules,
	  CASES(tunnel_cases) },
	{ "order", "eth0", .rules = order_rules, CASES(order_cases) },
	{ "limits-spent", "eth0", .flags = GROUP_SPENT, .rules = limits_rules,
	  CASES(spent_cases) },
	{ "limits-unspent", "eth0", .rules = limits_rules, CASES(unspent_cases) },
	{ "rpf", "eth0", .in = "right", .rules = rpf_rules, CASES(rpf_cases) },
	{ "rpf-no-route", "eth0", .in = "right", .rules = rpf_rules, CASES(rpf_no_route_cases) },
	{ "rpf-limits", "eth0", .in = "right", .flags = GROUP_SPENT, .rules = rpf_limits_rules,
	  CASES(rpf_limits_cases) },
};

const size_t groups_count = COUNT(groups);
