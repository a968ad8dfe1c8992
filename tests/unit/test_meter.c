/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rates over the last seconds: of steady and of sudden traffic, on time and late. */
#include "unit.h"

#include "meter.h"

#define SECOND 1000000000ULL
#define START  (5 * SECOND)

/* So much comes in each of so many seconds. */
static void run(struct timeline *timeline, struct meter *meter, __u64 from, int seconds, __u64 each)
{
	for (int i = 1; i <= seconds; i++) {
		timeline_look(timeline, START + (from + i) * SECOND);
		meter_add(meter, timeline, each);
	}
}

static void begin(struct timeline *timeline, struct meter *meter)
{
	*timeline = (struct timeline){};
	*meter = (struct meter){};
	timeline_look(timeline, START);
	meter_add(meter, timeline, 0);
}

static void nothing_before_a_second_look(void **state)
{
	struct timeline timeline;
	struct meter meter;

	(void)state;
	begin(&timeline, &meter);
	assert_int_equal(meter_rate(&meter, &timeline, 2), 0);
	run(&timeline, &meter, 0, 1, 7);
	assert_int_equal(meter_rate(&meter, &timeline, 2), 70);
	assert_int_equal(meter_rate(&meter, &timeline, 40), 70);
}

static void each_span_is_its_own(void **state)
{
	struct timeline timeline;
	struct meter meter;

	(void)state;
	begin(&timeline, &meter);
	run(&timeline, &meter, 0, 100, 10);
	assert_int_equal(meter_rate(&meter, &timeline, 2), 100);
	assert_int_equal(meter_rate(&meter, &timeline, 10), 100);
	assert_int_equal(meter_rate(&meter, &timeline, 40), 100);
	run(&timeline, &meter, 100, 2, 0);
	assert_int_equal(meter_rate(&meter, &timeline, 2), 0);
	assert_int_equal(meter_rate(&meter, &timeline, 10), 80);
	assert_int_equal(meter_rate(&meter, &timeline, 40), 95);
	run(&timeline, &meter, 102, 38, 0);
	assert_int_equal(meter_rate(&meter, &timeline, 40), 0);
}

/* A turn of ten seconds: the span that is shorter is as long as that. */
static void seldom(void **state)
{
	struct timeline timeline;
	struct meter meter;

	(void)state;
	begin(&timeline, &meter);
	for (int i = 1; i <= 6; i++) {
		timeline_look(&timeline, START + i * 10 * SECOND);
		meter_add(&meter, &timeline, 100 * i);
	}
	assert_int_equal(meter_rate(&meter, &timeline, 2), 600);
	assert_int_equal(meter_rate(&meter, &timeline, 10), 600);
	assert_int_equal(meter_rate(&meter, &timeline, 40), 450);
}

/* Looks that are late by some milliseconds are the same looks. */
static void late(void **state)
{
	struct timeline timeline;
	struct meter meter;

	(void)state;
	begin(&timeline, &meter);
	for (int i = 1; i <= 20; i++) {
		timeline_look(&timeline, START + i * SECOND + i % 3 * (SECOND / 100));
		meter_add(&meter, &timeline, i > 18 ? 50 : 0);
	}
	assert_in_range(meter_rate(&meter, &timeline, 2), 485, 515);
	assert_in_range(meter_rate(&meter, &timeline, 10), 98, 102);
}

/* One that is met late has had nothing before. */
static void met_late(void **state)
{
	struct meter meter, other = {};
	struct timeline timeline;

	(void)state;
	begin(&timeline, &meter);
	run(&timeline, &meter, 0, 60, 1);
	run(&timeline, &other, 60, 4, 10);
	assert_int_equal(meter_rate(&other, &timeline, 2), 100);
	assert_int_equal(meter_rate(&other, &timeline, 10), 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_before_a_second_look),
		cmocka_unit_test(each_span_is_its_own),
		cmocka_unit_test(seldom),
		cmocka_unit_test(late),
		cmocka_unit_test(met_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
