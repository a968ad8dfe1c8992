/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The entry that an address is nearest to: as a look at all of them finds it. */
#include "nearest.h"

#include <string.h>

#include "unit.h"

#define ROUNDS 3000

static __u64 drawn;

static unsigned int draw(unsigned int below)
{
	drawn = drawn * 6364136223846793005ULL + 1442695040888963407ULL;
	return (drawn >> 33) % below;
}

/* Few bits differ, so that many agree. */
static struct prefix draw_prefix(bool host)
{
	struct prefix prefix = { .family = (__u8)draw(2), .len = 32 };

	prefix.len = prefix.family == CX_IPV4 ? 32 : 128;
	prefix.addr[0] = (__u8)draw(4) << 6;
	prefix.addr[1] = (__u8)draw(4);
	prefix.addr[3] = (__u8)draw(4) << 3;
	return host ? prefix : prefix_shorten(&prefix, (__u8)draw(prefix.len + 1U));
}

static unsigned int bits_in_common(const struct prefix *a, const struct prefix *host)
{
	unsigned int bits = 0;

	for (__u8 len = 1; len <= a->len; len++) {
		struct prefix x = prefix_shorten(a, len), y = prefix_shorten(host, len);

		if (!prefix_compare(&x, &y))
			bits = len;
	}
	return bits;
}

static int most_bits(const struct settings *settings, const struct prefix *host)
{
	int most = -1;

	for (size_t i = 0; i < settings->count; i++) {
		const struct entry *entry = &settings->entry[i];
		int bits;

		if (entry->policy != POLICY_GATEWAY || entry->direction != CX_SOURCE ||
		    entry->prefix.family != host->family)
			continue;
		bits = (int)bits_in_common(&entry->prefix, host);
		most = bits > most ? bits : most;
	}
	return most;
}

static void fill(struct settings *settings)
{
	for (unsigned int i = draw(12); i; i--) {
		struct entry entry = { .prefix = draw_prefix(false),
				       .policy = draw(4) ? POLICY_GATEWAY : POLICY_COMMAND,
				       .direction = draw(8) ? CX_SOURCE : CX_DEST };

		if (!settings_find(settings, entry.policy, entry.direction, &entry.prefix))
			assert_int_equal(settings_insert(settings, &entry), 0);
	}
}

static void none_is_nearer(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct prefix host = draw_prefix(true);
		const struct entry *nearest;
		struct settings settings;
		unsigned int bits;

		assert_int_equal(settings_init(&settings), 0);
		fill(&settings);
		nearest = nearest_source(&settings, POLICY_GATEWAY, &host, &bits);
		assert_int_equal(nearest ? (int)bits : -1, most_bits(&settings, &host));
		if (nearest) {
			assert_int_equal(nearest->policy, POLICY_GATEWAY);
			assert_int_equal(nearest->direction, CX_SOURCE);
			assert_int_equal(bits_in_common(&nearest->prefix, &host), bits);
		}
		settings_free(&settings);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(none_is_nearer) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
