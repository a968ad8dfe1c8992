/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The frames that `check` asks about, byte by byte.  Built with the undefined
 * behaviour sanitizer, which sees a header written to an address that does not
 * suit it: the probe is included, so that it is built so, too.
 */
#include "../../user/kernel/probe.c"

#include "unit.h"

static const __u8 *built(const struct probe *probe, size_t *ret_len)
{
	/* as the caller's may lie, at an address that suits nothing */
	static __u8 space[PROBE_FRAME_MAX + 1] __attribute__((aligned(8)));

	*ret_len = probe_build(probe, space + 1);
	return space + 1;
}

static struct probe probe_of(const char *source, const char *dest)
{
	struct probe probe = { .port = 4040, .ttl = 64, .vlan = -1 };
	struct complaint why;

	assert_int_equal(prefix_parse(source, &probe.source, &why), 0);
	assert_int_equal(prefix_parse(dest, &probe.dest, &why), 0);
	return probe;
}

static void ipv4_udp(void **state)
{
	static const __u8 wanted[] = {
		0,    0,  0,   0,  0,   0, 0,    0,    0,    0,    0, 0, 0x08, 0x00,
		0x45, 0,  0,   0,  0,   0, 0,    0,    64,   17,   0, 0, 192,  0,
		2,    10, 198, 51, 100, 1, 0x04, 0x00, 0x0f, 0xc8, 0, 8, 0,    0,
	};
	struct probe probe = probe_of("192.0.2.10", "198.51.100.1");
	size_t len;
	const __u8 *frame = built(&probe, &len);

	(void)state;
	assert_int_equal(len, sizeof(wanted));
	assert_memory_equal(frame, wanted, sizeof(wanted));
}

static void ipv6_fragment_of_tcp_in_a_vlan(void **state)
{
	static const __u8 wanted[] = {
		0x81, 0x00, 0x00, 0x64, 0x86, 0xdd, /* behind two MAC addresses */
		0x60, 0,    0,    0,    0,    0,    44,   255,  0x20, 0x01, 0x0d, 0xb8, 0,    0,
		0,    0,    0,    0,    0,    0,    0,    0,    0,    1,    0x20, 0x01, 0x0d, 0xb8,
		0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    2,    6,    0,
		0,    1,    0,    0,    0,    0,    0x04, 0x00, 0x0f, 0xc8, 0,    0,    0,    0,
		0,    0,    0,    0,    0x50, 0,    0,    0,    0,    0,    0,    0,
	};
	struct probe probe = probe_of("2001:db8::1", "2001:db8::2");
	const __u8 *frame;
	size_t len;

	(void)state;
	probe.vlan = 100;
	probe.proto = CX_TCP;
	probe.ttl = 255;
	probe.fragment = PROBE_FIRST;
	frame = built(&probe, &len);
	assert_int_equal(len, 12 + sizeof(wanted));
	assert_memory_equal(frame + 12, wanted, sizeof(wanted));
}

static void bare_ip_has_no_link_header(void **state)
{
	struct probe probe = probe_of("192.0.2.10", "198.51.100.1");
	const __u8 *frame;
	size_t len;

	(void)state;
	probe.link_type = CX_LINK_BARE_IP;
	probe.fragment = PROBE_LATER;
	frame = built(&probe, &len);
	assert_int_equal(len, 28);
	assert_int_equal(frame[0], 0x45);
	assert_int_equal(frame[6] << 8 | frame[7], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_udp),
		cmocka_unit_test(ipv6_fragment_of_tcp_in_a_vlan),
		cmocka_unit_test(bare_ip_has_no_link_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
