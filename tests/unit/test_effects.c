/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a change does beyond its words: the same is said, whether typed or applied from a file. */
#include "unit.h"

#include "effects.h"
#include "grammar.h"
#include "policy_file.h"

#define NOW 1800000000ULL /* 2027-01-15T08:00:00Z */

static struct settings have, want;
static struct warnings warnings;

static int setup(void **state)
{
	(void)state;
	return settings_init(&have);
}

static int teardown(void **state)
{
	(void)state;
	warnings_free(&warnings);
	settings_free(&have);
	settings_free(&want);
	return 0;
}

static void read(const char *file, struct settings *ret_settings)
{
	static struct file_errors errors;
	FILE *from = tmpfile();

	assert_non_null(from);
	fputs(file, from);
	rewind(from);
	if (policy_file_read(from, NOW, ret_settings, &errors, NULL))
		fail_msg("%s: %u: %s", file, errors.kept[0].line,
			 complaint_text(&errors.kept[0].why));
	fclose(from);
}

/* What is in force from here on; no word of this command is about it. */
static void in_force(const char *file)
{
	settings_free(&have);
	read(file, &have);
	for (size_t i = 0; i < have.count; i++) {
		have.entry[i].said = false;
		have.entry[i].line = 0;
	}
	for (unsigned int i = 0; i < CX_MAX_POLICIES; i++)
		have.policy[i].said = 0;
}

/* One string of them all, a line each. */
static void warns(const char *expected)
{
	char all[4096] = "";

	warnings_free(&warnings);
	effects_warn(&have, &want, NOW, &warnings);
	for (size_t i = 0; i < warnings.count; i++)
		strcat(strcat(all, warnings.text[i]), "\n");
	assert_string_equal(all, expected);
}

static void applied(const char *file, const char *expected)
{
	settings_free(&want);
	read(file, &want);
	warns(expected);
}

static void typed(const char *line, const char *expected)
{
	struct grammar_context context = { .now = NOW, .warnings = &warnings };
	char copy[256], *words[GRAMMAR_WORDS_MAX];
	struct complaint why;
	int count;

	settings_free(&want);
	assert_int_equal(settings_copy(&have, &want), 0);
	strcpy(copy, line);
	count = grammar_split(copy, words, GRAMMAR_WORDS_MAX, &why);
	if (grammar_run(&want, count, words, &context, &why))
		fail_msg("%s: %s", line, complaint_text(&why));
	warns(expected);
}

#define DENIES  "deny 203.0.113.0/24 gateway comment attacker\n"
#define ANOTHER "allow 198.51.100.1 gateway\n"

static void allow_over_a_deny(void **state)
{
	(void)state;
	in_force(DENIES ANOTHER "deny 203.0.114.1 gateway expires 2027-01-15T07:00:00Z\n");
	typed("allow 203.0.113.0/24 gateway",
	      "203.0.113.0/24: gateway denied it (attacker): it is admitted now\n");
	applied(ANOTHER "allow 203.0.113.0/24 gateway\n",
		"line 2: 203.0.113.0/24: gateway denied it (attacker): it is admitted now\n");
	typed("allow 203.0.113.0/24 gateway expires 1h",
	      "203.0.113.0/24: gateway denied it (attacker): it is admitted now\n");
	typed("allow 203.0.114.1 gateway", ""); /* that deny is over */
	typed("allow 203.0.113.0/24 command", "");
}

static void allow_inside_a_deny(void **state)
{
	(void)state;
	in_force(DENIES ANOTHER "allow 203.0.113.9 gateway\n"
				"allow 203.0.0.0/16 gateway\n");
	typed("allow 203.0.113.5 gateway",
	      "203.0.113.5: admitted, although gateway denies 203.0.113.0/24 (attacker)\n");
	typed("allow 203.0.113.9 gateway", /* each time */
	      "203.0.113.9: admitted, although gateway denies 203.0.113.0/24 (attacker)\n");
	typed("allow 198.51.100.1 gateway comment x", "");
	typed("allow 203.0.113.5 command", "");
	typed("deny 203.0.113.5 gateway", "");
	applied(ANOTHER DENIES "allow 203.0.113.9 gateway\n",
		"line 3: 203.0.113.9: admitted, although gateway denies 203.0.113.0/24 "
		"(attacker)\n");
	in_force("deny 203.0.113.0/24 gateway expires 2027-01-15T07:00:00Z\n" ANOTHER
		 "allow 203.0.0.0/16 gateway\n");
	typed("allow 203.0.113.5 gateway", ""); /* that deny is over */
	typed("allow 203.0.113.5 gateway expires 1h",
	      "203.0.113.5: once it expires it is refused, although 203.0.0.0/16 is listed\n");
}

static void expiry_under_a_prefix(void **state)
{
	(void)state;
	applied("allow 203.0.113.5 gateway expires 2030-01-01T00:00:00Z\n"
		"allow 203.0.113.5 command expires 2030-01-01T00:00:00Z\n"
		"allow 203.0.113.0/24 gateway\n"
		"deny 203.0.113.128/25 gateway\n"
		"deny 203.0.113.6 gateway expires 2030-01-01T00:00:00Z\n"
		"allow 203.0.114.1 gateway expires 2030-01-01T00:00:00Z\n"
		"allow 192.0.0.0/16 gateway\n"
		"allow 192.0.0.0/24 gateway\n",
		"line 1: 203.0.113.5: once it expires it is refused, although 203.0.113.0/24 is "
		"listed\n");
}

static void closed_with_sources(void **state)
{
	static const char closed[] = "gateway: closed: admits nobody, though it lists 1 source\n";

	(void)state;
	in_force(ANOTHER);
	typed("policy gateway mode closed", closed);
	applied("policy gateway mode closed\n" ANOTHER, closed);
	typed("policy command mode closed", "");
	in_force("policy gateway mode closed\n" ANOTHER);
	typed("policy gateway mode closed", closed); /* each time */
	typed("policy gateway rate 5", "");
	typed("allow 198.51.100.2 gateway",
	      "gateway: closed: admits nobody, though it lists 2 sources\n");
	typed("allow 198.51.100.2 command", "");
}

/* What a file does is said as if it were typed; what it does not do is not. */
static void the_same_from_a_file(void **state)
{
	(void)state;
	in_force("policy voice udp 7000\nallow 198.51.100.1 voice\n"
		 "policy old udp 7100 mode closed\n" ANOTHER);
	applied("policy voice udp 7000,40000\n"
		"policy pcanywhere mode enforce\n"
		"policy gateway mode monitor tunnel required\n"
		"protect 192.0.2.1 gateway\nfragments drop\n" ANOTHER,
		"gateway: monitor: what it would drop passes, and is counted\n"
		"gateway: to all other destinations, everything for its ports now counts as "
		"elsewhere\n"
		"gateway: demands a tunnel, and no interface is named as one\n"
		"pcanywhere: lists nobody: its ports are closed to all\n"
		"voice: lists nobody now: its ports are closed to all\n"
		"voice: this host calls from udp ports 32768 to 60999 by default: replies to "
		"those that voice guards are judged as calls\n"
		"old: its ports are no longer guarded\n"
		"fragments drop: costs every fragmented UDP datagram, DNS and IKE too\n");
	in_force("policy gateway mode monitor tunnel required\nfragments drop\n"
		 "protect 192.0.2.1 gateway\n");
	applied("policy gateway mode monitor\nfragments drop\nprotect 192.0.2.1 gateway\n", "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(allow_over_a_deny),   TEST(allow_inside_a_deny),  TEST(expiry_under_a_prefix),
		TEST(closed_with_sources), TEST(the_same_from_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
