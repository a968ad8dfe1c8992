/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a change did: whatever the grammar can set shows, and nothing else does. */
#include "unit.h"

#include "diff.h"
#include "grammar.h"

#define NOW 1800000000ULL

static struct settings have, want;
static char summary[256];

static int setup(void **state)
{
	(void)state;
	return settings_init(&have) || settings_init(&want);
}

static int teardown(void **state)
{
	(void)state;
	settings_free(&have);
	settings_free(&want);
	return 0;
}

static void run(struct settings *settings, const char *line)
{
	struct grammar_context context = { .now = NOW };
	char copy[256], *words[GRAMMAR_WORDS_MAX];
	struct complaint why;
	int count;

	strcpy(copy, line);
	count = grammar_split(copy, words, GRAMMAR_WORDS_MAX, &why);
	assert_true(count > 0);
	if (grammar_run(settings, count, words, &context, &why))
		fail_msg("%s: %s", line, complaint_text(&why));
}

static void both(const char *line)
{
	run(&have, line);
	run(&want, line);
}

/* What these words do to a copy of what there is. */
static void does(const char *line, const char *expected)
{
	settings_free(&want);
	assert_int_equal(settings_copy(&have, &want), 0);
	run(&want, line);
	assert_int_equal(diff_summary(&have, &want, summary, sizeof(summary)), *expected != 0);
	assert_string_equal(summary, expected);
}

static void entries(void **state)
{
	(void)state;
	both("allow 10.0.0.1,10.0.0.2 gateway");
	both("protect 192.0.2.1,192.0.2.2 gateway");
	does("allow 10.0.0.3 gateway", "gateway +1 -0 ~0");
	does("allow 2001:db8::1 command", "command +1 -0 ~0");
	does("revoke 10.0.0.1 gateway", "gateway +0 -1 ~0");
	does("deny 10.0.0.1 gateway", "gateway +0 -0 ~1");
	does("protect 192.0.2.3 gateway", "gateway protect +1 -0 ~0");
	does("unprotect 192.0.2.2 gateway", "gateway protect +0 -1 ~0");
	does("protect 192.0.2.2 gateway rate 5", "gateway protect +0 -0 ~1");
	does("allow 10.0.0.1 gateway", "");
}

static void each_attribute(void **state)
{
	static const char *const attributes[] = {
		"peer a",    "dev eth0",    "rate 5",     "rate 10 burst 2",
		"min-ttl 2", "expires 30m", "comment hm",
	};
	char line[100];

	(void)state;
	both("allow 10.0.0.1 gateway");
	for (size_t i = 0; i < COUNT(attributes); i++) {
		snprintf(line, sizeof(line), "allow 10.0.0.1 gateway %s", attributes[i]);
		does(line, "gateway +0 -0 ~1");
	}
	both("allow 10.0.0.1 gateway rate 100");
	does("allow 10.0.0.1 gateway rate 100 burst 10", ""); /* the default */
	does("allow 10.0.0.1 gateway rate 100 burst 11", "gateway +0 -0 ~1");
}

static void policies(void **state)
{
	(void)state;
	both("policy voice udp 7000 mode monitor");
	both("allow 10.0.0.1,10.0.0.2 voice");
	does("policy gateway mode monitor", "gateway mode enforce -> monitor");
	does("policy gateway elsewhere pass", "gateway elsewhere");
	does("policy gateway rate 5", "gateway rate");
	does("policy gateway tunnel required", "gateway tunnel");
	does("policy gateway rpf loose", "gateway rpf");
	does("policy voice udp 7001", "voice ports");
	does("policy voice tcp 7000", "voice ports");
	does("policy gateway mode enforce", "");
	does("policy other udp 7001 mode monitor", "other new");
	does("policy voice udp 7000", "");
	run(&want, "policy voice delete");
	assert_int_equal(diff_summary(&have, &want, summary, sizeof(summary)), 3);
	assert_string_equal(summary, "voice deleted +0 -2 ~0");
	run(&want, "policy gateway rate 7 burst 3 rpf strict mode closed elsewhere pass");
	diff_summary(&have, &want, summary, sizeof(summary));
	assert_string_equal(summary, "gateway mode enforce -> closed elsewhere rate rpf, "
				     "voice deleted +0 -2 ~0");
	run(&want, "policy other udp 7000 mode monitor"); /* under the same number */
	diff_summary(&have, &want, summary, sizeof(summary));
	assert_non_null(strstr(summary, "voice deleted, other new +0 -2 ~0"));
}

static void globals(void **state)
{
	(void)state;
	both("tunnel wg0");
	does("fragments drop", "fragments: pass -> drop");
	does("fragments listed", "fragments: pass -> listed");
	does("tunnel wg1", "tunnel wg1: off -> on");
	does("tunnel wg0 off", "tunnel wg0: on -> off");
	does("tunnel wg0", "");
	run(&want, "fragments drop");
	run(&want, "allow 10.0.0.1 gateway");
	assert_int_equal(diff_summary(&have, &want, summary, sizeof(summary)), 2);
	assert_string_equal(summary, "fragments: pass -> drop, gateway +1 -0 ~0");
}

/* Whatever the room, the text ends within it, and says that there is more. */
static void small_buffers(void **state)
{
	char buf[64], whole[64];

	(void)state;
	run(&want, "allow 10.0.0.1 command");
	run(&want, "allow 10.0.0.1 gateway");
	diff_summary(&have, &want, whole, sizeof(whole));
	for (size_t size = 1; size < sizeof(buf); size++) {
		memset(buf, 'x', sizeof(buf));
		assert_int_equal(diff_summary(&have, &want, buf, size), 2);
		assert_true(strlen(buf) < size);
		assert_int_equal(buf[size], 'x');
		if (size >= sizeof("..."))
			assert_true(!strcmp(buf, whole) || strstr(buf, "..."));
	}
	assert_string_equal(buf, whole);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(entries), TEST(each_attribute), TEST(policies),
		TEST(globals), TEST(small_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
