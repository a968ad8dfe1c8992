/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The busiest of any number of hosts: to the packet while they fit, and in any flood who sends much. */
#include "crowd.h"

#include <string.h>

#include "unit.h"

#define RANDOM 3000000
#define ONE_IN 500 /* of all, of one that is to be found */

static const __u64 seed[2] = { 0x9e3779b97f4a7c15ULL, 0xd1342543de82ef95ULL };
static __u64 drawn = 1;

static __u64 draw(void)
{
	drawn = drawn * 6364136223846793005ULL + 1442695040888963407ULL;
	return drawn >> 16;
}

/* A record that stands for so many packets. */
static struct cx_inside record_of(__u64 hi, __u64 lo, __u64 packets)
{
	return (struct cx_inside){
		.hi = hi,
		.lo = lo,
		.packets = packets,
		.datagrams = 1,
		.time = 1000,
		.policy = 1,
		.family = CX_IPV6,
		.ttl = 64,
	};
}

static void add(struct crowd *crowd, __u64 hi, __u64 lo, __u64 packets)
{
	const struct cx_inside record = record_of(hi, lo, packets);

	crowd_add(crowd, &record);
}

static void begin(struct crowd *ret_crowd)
{
	assert_int_equal(crowd_init(ret_crowd, seed), 0);
}

static void few_are_exact(void **state)
{
	struct crowd crowd;

	(void)state;
	begin(&crowd);
	for (__u64 host = 0; host < CROWD_HOSTS; host++)
		for (__u64 i = 0; i <= host % 5; i++)
			add(&crowd, host, ~host, 1);
	assert_int_equal(crowd.count, CROWD_HOSTS);
	assert_false(crowd.left);
	crowd_sort(&crowd);
	for (size_t i = 0; i < crowd.count; i++) {
		const struct crowd_host *host = &crowd.host[i];

		assert_int_equal(host->told, host->hi % 5 + 1);
		assert_int_equal(host->stands, host->told);
		assert_int_equal(host->records, host->told);
		assert_int_equal(host->lo, ~host->hi);
		assert_false(host->late);
		assert_true(!i || host->stands <= host[-1].stands);
	}
	crowd_free(&crowd);
}

/* What it says of one host: the lowest, the highest, the first, the last. */
static void what_is_kept_of_one(void **state)
{
	struct cx_inside record = record_of(7, 7, 3);
	struct crowd crowd;

	(void)state;
	begin(&crowd);
	record.ttl = 60, record.time = 500, record.port = 4040;
	crowd_add(&crowd, &record);
	record.ttl = 50, record.time = 900, record.port = 5001, record.datagrams = 2;
	crowd_add(&crowd, &record);
	record.ttl = 55, record.time = 700;
	crowd_add(&crowd, &record);
	record.policy = 2; /* of another policy it is another */
	crowd_add(&crowd, &record);
	crowd_sort(&crowd);
	assert_int_equal(crowd.count, 2);
	assert_int_equal(crowd.host[0].lowest_ttl, 50);
	assert_int_equal(crowd.host[0].highest_ttl, 60);
	assert_int_equal(crowd.host[0].first, 500);
	assert_int_equal(crowd.host[0].last, 900);
	assert_int_equal(crowd.host[0].port, 5001);
	assert_int_equal(crowd.host[0].told, 5);
	assert_int_equal(crowd.host[0].stands, 9);
	assert_int_equal(crowd.host[1].policy, 2);
	assert_int_equal(crowd.told, 7);
	assert_int_equal(crowd.stands, 12);
	crowd_free(&crowd);
}

/* Of random sources none comes near it, and the sum of all is kept. */
static void who_sends_much_stays(__u64 weight)
{
	__u64 heavy = 0;
	struct crowd crowd;

	begin(&crowd);
	for (__u64 i = 0; i < RANDOM; i++) {
		if (i % ONE_IN == 0) {
			add(&crowd, 0x20010db800000000ULL, 0x66, weight);
			heavy++;
		}
		add(&crowd, 0x20010db800000000ULL | (draw() & 0xffffffff), draw(),
		    1 + draw() % (2 * weight - 1));
		assert_true(crowd.count <= CROWD_HOSTS);
	}
	assert_true(crowd.left);
	assert_int_equal(crowd.told, RANDOM + heavy);
	crowd_sort(&crowd);
	assert_int_equal(crowd.host[0].lo, 0x66);
	assert_int_equal(crowd.host[0].told, heavy);
	assert_int_equal(crowd.host[0].stands, heavy * weight);
	assert_false(crowd.host[0].late);
	for (size_t i = 1; i < crowd.count; i++)
		assert_true(crowd.host[i].records < CX_SEEN_SURE);
	crowd_free(&crowd);
}

static void a_flood(void **state)
{
	(void)state;
	who_sends_much_stays(1);
}

static void a_flood_of_which_a_part_is_told(void **state)
{
	(void)state;
	who_sends_much_stays(64);
}

/* Who comes when it is full already is found as well, and said to have come late. */
static void who_comes_late(void **state)
{
	struct crowd crowd;

	(void)state;
	begin(&crowd);
	for (__u64 i = 0; i < RANDOM / 10; i++)
		add(&crowd, 1, draw(), 1);
	for (__u64 i = 0; i < RANDOM / 10; i++) {
		add(&crowd, 1, draw(), 1);
		if (i % 100 == 0)
			add(&crowd, 2, 2, 1);
	}
	crowd_sort(&crowd);
	assert_int_equal(crowd.host[0].hi, 2);
	assert_true(crowd.host[0].late);
	assert_true(crowd.host[0].told > RANDOM / 10 / 100 * 9 / 10);
	crowd_free(&crowd);
}

/* Credit is used up: who was busy once does not keep others out for good. */
static void who_was_busy_makes_room(void **state)
{
	__u64 late = 0;
	struct crowd crowd;

	(void)state;
	begin(&crowd);
	for (__u64 host = 0; host < 5 * CROWD_HOSTS / 8; host++)
		add(&crowd, 1, host, 10000 + host);
	for (__u64 i = 0; i < RANDOM / 10; i++) {
		add(&crowd, 2, draw(), 1);
		if (i % 1000 == 0) {
			add(&crowd, 3, 3, 1);
			late++;
		}
	}
	for (size_t i = 0; i < crowd.count; i++)
		if (crowd.host[i].hi == 3 && crowd.host[i].told > late / 2)
			late = 0;
	assert_int_equal(late, 0);
	crowd_free(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_are_exact),  cmocka_unit_test(what_is_kept_of_one),
		cmocka_unit_test(a_flood),        cmocka_unit_test(a_flood_of_which_a_part_is_told),
		cmocka_unit_test(who_comes_late), cmocka_unit_test(who_was_busy_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
