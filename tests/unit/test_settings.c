/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The model: built-in policies, and lists against a slow search of the same entries. */
#include "unit.h"

#include "settings.h"

static struct prefix parse(const char *text)
{
	struct prefix prefix;
	struct complaint why;

	assert_int_equal(prefix_parse(text, &prefix, &why), 0);
	return prefix;
}

static struct entry make_entry(unsigned int policy, enum cx_direction direction, const char *text)
{
	return (struct entry){ .prefix = parse(text),
			       .policy = (__u8)policy,
			       .direction = (__u8)direction,
			       .action = CX_ALLOW };
}

static void builtin_policies(void **state)
{
	struct settings settings;
	unsigned int udp = 0, tcp = 0;

	(void)state;
	assert_int_equal(settings_init(&settings), 0);
	assert_int_equal(settings.policy[POLICY_COMMAND].mode, CX_MODE_ENFORCE);
	assert_int_equal(settings.policy[POLICY_GATEWAY].mode, CX_MODE_ENFORCE);
	assert_int_equal(settings.policy[POLICY_PCANYWHERE].mode, CX_MODE_OPEN);
	assert_int_equal(settings.port[CX_UDP][5001], POLICY_COMMAND);
	assert_int_equal(settings.port[CX_UDP][5002], POLICY_COMMAND);
	assert_int_equal(settings.port[CX_UDP][4040], POLICY_GATEWAY);
	assert_int_equal(settings.port[CX_UDP][4045], POLICY_GATEWAY);
	assert_int_equal(settings.port[CX_UDP][5010], POLICY_GATEWAY);
	assert_int_equal(settings.port[CX_UDP][22], POLICY_PCANYWHERE);
	assert_int_equal(settings.port[CX_UDP][5632], POLICY_PCANYWHERE);
	assert_int_equal(settings.port[CX_TCP][5631], POLICY_PCANYWHERE);
	assert_int_equal(settings.port[CX_TCP][65301], POLICY_PCANYWHERE);
	assert_int_equal(settings.port[CX_TCP][22], 0);
	for (unsigned int port = 0; port < 65536; port++) {
		udp += settings.port[CX_UDP][port] != 0;
		tcp += settings.port[CX_TCP][port] != 0;
	}
	assert_int_equal(udp, 7);
	assert_int_equal(tcp, 2);
	settings_free(&settings);
}

static void policies_by_name(void **state)
{
	static const struct {
		const char *name;
		unsigned int policy;
	} cases[] = {
		{ "command", POLICY_COMMAND },
		{ "GateWay", POLICY_GATEWAY },
		{ "Clarent-Gateway", POLICY_GATEWAY },
		{ "clarent-command", POLICY_COMMAND },
		{ "CLARENT-COMMAND", POLICY_COMMAND },
		{ "pcAnywhere", POLICY_PCANYWHERE },
		{ "clarent-pcanywhere", 0 }, /* not the page's name */
		{ "voice", POLICY_CUSTOM + 2 },
		{ "VOICE", POLICY_CUSTOM + 2 },
		{ "clarent-voice", 0 },
		{ "clarent_gateway", 0 },
		{ "gatewa", 0 },
		{ "gateways", 0 },
		{ "clarent-", 0 },
		{ "", 0 },
	};
	struct settings settings;

	(void)state;
	settings_init(&settings);
	strcpy(settings.policy[POLICY_CUSTOM + 2].name, "voice");
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(settings_policy(&settings, cases[i].name), cases[i].policy);
	assert_int_equal(settings_free_policy(&settings), POLICY_CUSTOM);
	settings_free(&settings);
}

/* A few thousand entries, dense enough that covers nest and neighbours touch. */
static void fill(struct settings *settings, unsigned int count, bool sorted)
{
	for (unsigned int i = 0; i < count; i++) {
		struct entry entry = { .policy = (__u8)(1 + rand() % 3),
				       .direction = (__u8)(rand() % 2),
				       .action = (__u8)(rand() % 2),
				       .line = i + 1 };
		struct prefix host = { .family = (__u8)(rand() % 2) };

		host.len = host.family == CX_IPV4 ? 32 : 128;
		for (int byte = 0; byte < host.len / 8; byte++)
			host.addr[byte] = (__u8)(rand() % 3 ? rand() % 3 : rand());
		entry.prefix = prefix_shorten(&host, (__u8)(rand() % (host.len + 1)));
		if (!sorted)
			assert_int_equal(settings_append(settings, &entry), 0);
		else if (!settings_find(settings, entry.policy, entry.direction, &entry.prefix))
			assert_int_equal(settings_insert(settings, &entry), 0);
	}
}

static int compare(const struct entry *a, const struct entry *b)
{
	if (a->policy != b->policy)
		return a->policy - b->policy;
	if (a->direction != b->direction)
		return a->direction - b->direction;
	return prefix_compare(&a->prefix, &b->prefix);
}

static void insert_keeps_the_order(void **state)
{
	struct settings settings;

	(void)state;
	settings_init(&settings);
	fill(&settings, 3000, true);
	assert_true(settings.count > 2000);
	for (size_t i = 1; i < settings.count; i++)
		assert_true(compare(&settings.entry[i - 1], &settings.entry[i]) < 0);
	settings_free(&settings);
}

static void sort_orders_and_is_stable(void **state)
{
	struct settings settings;
	size_t equals = 0;

	(void)state;
	settings_init(&settings);
	assert_int_equal(settings_sort(&settings), 0);
	fill(&settings, 20000, false);
	assert_int_equal(settings_sort(&settings), 0);
	assert_int_equal(settings.count, 20000);
	for (size_t i = 1; i < settings.count; i++) {
		struct entry *a = &settings.entry[i - 1], *b = &settings.entry[i];
		int order = compare(a, b);

		assert_true(order < 0 || (order == 0 && a->line < b->line));
		assert_int_equal(entry_compare(a, b) == 0, order == 0);
		equals += order == 0;
	}
	assert_true(equals > 100);
	settings_free(&settings);
}

static void sort_loses_nothing(void **state)
{
	bool seen[5001] = { false };
	struct settings settings;

	(void)state;
	settings_init(&settings);
	fill(&settings, 5000, false);
	settings_sort(&settings);
	for (size_t i = 0; i < settings.count; i++) {
		assert_false(seen[settings.entry[i].line]);
		seen[settings.entry[i].line] = true;
	}
	settings_free(&settings);
}

/* The same by looking at every entry. */
static struct entry *slow_find(struct settings *settings, const struct entry *place)
{
	for (size_t i = 0; i < settings->count; i++)
		if (!compare(&settings->entry[i], place))
			return &settings->entry[i];
	return NULL;
}

static struct entry *slow_cover(struct settings *settings, const struct entry *place)
{
	struct entry *longest = NULL;

	for (size_t i = 0; i < settings->count; i++) {
		struct entry *entry = &settings->entry[i];

		if (entry->policy == place->policy && entry->direction == place->direction &&
		    entry->prefix.len < place->prefix.len &&
		    prefix_covers(&entry->prefix, &place->prefix) &&
		    (!longest || entry->prefix.len > longest->prefix.len))
			longest = entry;
	}
	return longest;
}

static void finds_and_covers(void **state)
{
	struct settings settings, probes;
	unsigned int found = 0, covered = 0;

	(void)state;
	settings_init(&settings);
	settings_init(&probes);
	fill(&settings, 2000, true);
	fill(&probes, 3000, false);
	for (size_t i = 0; i < probes.count; i++) {
		struct entry *probe = &probes.entry[i];
		enum cx_direction direction = (enum cx_direction)probe->direction;
		struct entry *entry =
			settings_find(&settings, probe->policy, direction, &probe->prefix);
		struct entry *cover =
			settings_cover(&settings, probe->policy, direction, &probe->prefix);

		assert_ptr_equal(entry, slow_find(&settings, probe));
		assert_ptr_equal(cover, slow_cover(&settings, probe));
		found += entry != NULL;
		covered += cover != NULL;
	}
	assert_true(found > 100 && covered > 100);
	settings_free(&settings);
	settings_free(&probes);
}

static void lists(void **state)
{
	static const char *const sources[] = { "10.0.0.0/8", "10.0.0.1", "2001:db8::1" };
	struct settings settings;
	struct entry entry, *list;
	size_t count = 77;

	(void)state;
	settings_init(&settings);
	assert_null(settings_list(&settings, POLICY_GATEWAY, CX_SOURCE, &count));
	assert_int_equal(count, 0);
	for (size_t i = 0; i < COUNT(sources); i++) {
		entry = make_entry(POLICY_GATEWAY, CX_SOURCE, sources[i]);
		settings_insert(&settings, &entry);
	}
	entry = make_entry(POLICY_GATEWAY, CX_DEST, "192.0.2.1");
	settings_insert(&settings, &entry);
	entry = make_entry(POLICY_COMMAND, CX_DEST, "192.0.2.2");
	settings_insert(&settings, &entry);
	entry = make_entry(CX_MAX_POLICIES - 1, CX_DEST, "::/0");
	settings_insert(&settings, &entry);
	list = settings_list(&settings, POLICY_GATEWAY, CX_SOURCE, &count);
	assert_int_equal(count, 3);
	assert_int_equal(list[0].prefix.len, 8);
	assert_int_equal(list[2].prefix.family, CX_IPV6);
	list = settings_list(&settings, POLICY_GATEWAY, CX_DEST, &count);
	assert_int_equal(count, 1);
	list = settings_list(&settings, CX_MAX_POLICIES - 1, CX_DEST, &count);
	assert_int_equal(count, 1);
	assert_null(settings_list(&settings, POLICY_COMMAND, CX_SOURCE, &count));
	settings_free(&settings);
}

static void sweeps(void **state)
{
	struct settings settings;
	size_t before, even = 0;

	(void)state;
	settings_init(&settings);
	fill(&settings, 1000, true);
	before = settings.count;
	for (size_t i = 0; i < settings.count; i++) {
		settings.entry[i].doomed = settings.entry[i].line % 2 == 1;
		even += !settings.entry[i].doomed;
	}
	assert_int_equal(settings_sweep(&settings), before - even);
	assert_int_equal(settings.count, even);
	for (size_t i = 0; i < settings.count; i++)
		assert_int_equal(settings.entry[i].line % 2, 0);
	settings_free(&settings);
}

static void deletes_a_policy_with_all_it_has(void **state)
{
	struct settings settings;
	struct entry entry;
	size_t count;

	(void)state;
	settings_init(&settings);
	strcpy(settings.policy[POLICY_CUSTOM].name, "voice");
	settings.port[CX_UDP][7000] = settings.port[CX_TCP][65535] = POLICY_CUSTOM;
	entry = make_entry(POLICY_CUSTOM, CX_SOURCE, "10.0.0.1");
	settings_insert(&settings, &entry);
	entry = make_entry(POLICY_CUSTOM, CX_DEST, "10.0.0.2");
	settings_insert(&settings, &entry);
	entry = make_entry(POLICY_GATEWAY, CX_SOURCE, "10.0.0.1");
	settings_insert(&settings, &entry);
	settings_delete_policy(&settings, POLICY_CUSTOM);
	assert_int_equal(settings.port[CX_UDP][7000], 0);
	assert_int_equal(settings.port[CX_TCP][65535], 0);
	assert_int_equal(settings_policy(&settings, "voice"), 0);
	assert_int_equal(settings.count, 1);
	assert_non_null(settings_list(&settings, POLICY_GATEWAY, CX_SOURCE, &count));
	settings_free(&settings);
}

static void copy_shares_nothing(void **state)
{
	struct settings settings, copy;
	struct entry entry = make_entry(POLICY_GATEWAY, CX_SOURCE, "10.0.0.1");

	(void)state;
	settings_init(&settings);
	strings_intern(settings.strings, "unused");
	entry.peer = strings_intern(settings.strings, "carrier");
	settings_insert(&settings, &entry);
	assert_int_equal(settings_copy(&settings, &copy), 0);
	settings.entry[0].rate = 5;
	strings_intern(settings.strings, "later");
	settings_free(&settings);
	assert_int_equal(copy.count, 1);
	assert_int_equal(copy.entry[0].rate, 0);
	assert_string_equal(strings_text(copy.strings, copy.entry[0].peer), "carrier");
	assert_int_equal(strings_find(copy.strings, "later"), 0);
	assert_int_equal(settings_insert(&copy, &(struct entry){ .policy = 1 }), 0);
	settings_free(&copy);
}

static void bursts(void **state)
{
	(void)state;
	assert_int_equal(burst_or_default(100, 0), 10);
	assert_int_equal(burst_or_default(5, 0), 1);
	assert_int_equal(burst_or_default(10000000, 0), 1000000);
	assert_int_equal(burst_or_default(100, 3), 3);
}

/* Two models that number texts and custom policies differently. */
static void same_by_meaning(void **state)
{
	struct settings a, b;
	struct entry x = make_entry(POLICY_CUSTOM, CX_SOURCE, "10.0.0.1"), y, changed;

	(void)state;
	settings_init(&a);
	settings_init(&b);
	strcpy(a.policy[POLICY_CUSTOM].name, "voice");
	strcpy(b.policy[POLICY_CUSTOM].name, "other");
	strcpy(b.policy[POLICY_CUSTOM + 1].name, "voice");
	strings_intern(b.strings, "something else");
	y = x;
	y.policy = POLICY_CUSTOM + 1;
	x.peer = strings_intern(a.strings, "carrier");
	y.peer = strings_intern(b.strings, "carrier");
	x.dev = strings_intern(a.strings, "eth0");
	y.dev = strings_intern(b.strings, "eth0");
	x.rate = y.rate = 100;
	y.burst = 10; /* said, but it is the default */
	y.id = 7, y.line = 3, y.listed = 1, y.boottime_expires = 1;
	assert_true(entry_same(&a, &x, &b, &y));
#define DIFFERS(field, value) \
	(changed = y, changed.field = (value), assert_false(entry_same(&a, &x, &b, &changed)))
	DIFFERS(policy, POLICY_CUSTOM);
	DIFFERS(direction, CX_DEST);
	DIFFERS(action, CX_DENY);
	DIFFERS(min_ttl, 5);
	DIFFERS(wide, true);
	DIFFERS(rate, 101);
	DIFFERS(burst, 11);
	DIFFERS(peer, 0);
	DIFFERS(comment, strings_intern(b.strings, "new"));
	DIFFERS(dev, 0);
	DIFFERS(expires, 5);
	DIFFERS(prefix.len, 31);
#undef DIFFERS
	settings_free(&a);
	settings_free(&b);
}

#define NOW 1800000000ULL

static void list_one(struct settings *settings, const char *text, enum cx_action action,
		     __u64 expires)
{
	struct entry entry = make_entry(POLICY_GATEWAY, CX_SOURCE, text);

	entry.action = (__u8)action;
	entry.expires = expires;
	assert_int_equal(settings_insert(settings, &entry), 0);
}

/* A source is what an allow admits: no deny, no destination, nothing that is over. */
static void sources_are_what_is_admitted(void **state)
{
	struct settings settings;
	struct entry destination = make_entry(POLICY_GATEWAY, CX_DEST, "10.0.0.9");

	(void)state;
	assert_int_equal(settings_init(&settings), 0);
	assert_int_equal(settings_insert(&settings, &destination), 0);
	list_one(&settings, "10.0.0.1", CX_DENY, 0);
	list_one(&settings, "10.0.0.2", CX_ALLOW, NOW);
	assert_int_equal(settings_admitted(&settings, POLICY_GATEWAY, NOW), 0);
	assert_int_equal(settings_admitted(&settings, POLICY_GATEWAY, NOW - 1), 1);
	list_one(&settings, "10.0.0.3", CX_ALLOW, NOW + 1);
	list_one(&settings, "2001:db8::1", CX_ALLOW, 0);
	assert_int_equal(settings_admitted(&settings, POLICY_GATEWAY, NOW), 2);
	assert_int_equal(settings_admitted(&settings, POLICY_COMMAND, NOW), 0);
	settings_free(&settings);
}

static void an_expired_deny_decides_nothing(void **state)
{
	struct settings settings;
	struct prefix host = parse("10.0.0.1");
	const struct entry *decider;

	(void)state;
	assert_int_equal(settings_init(&settings), 0);
	list_one(&settings, "10.0.0.0/8", CX_ALLOW, 0);
	list_one(&settings, "10.0.0.0/16", CX_DENY, NOW);
	decider = settings_decider(&settings, POLICY_GATEWAY, &host, NOW);
	assert_non_null(decider);
	assert_int_equal(decider->prefix.len, 8);
	assert_int_equal(settings_decider(&settings, POLICY_GATEWAY, &host, NOW - 1)->prefix.len,
			 16);
	list_one(&settings, "10.0.0.0/24", CX_ALLOW, NOW); /* an expired allow does decide */
	decider = settings_decider(&settings, POLICY_GATEWAY, &host, NOW);
	assert_int_equal(decider->prefix.len, 24);
	assert_false(entry_admits(decider, NOW));
	assert_null(settings_decider(&settings, POLICY_COMMAND, &host, NOW));
	settings_free(&settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builtin_policies),
		cmocka_unit_test(policies_by_name),
		cmocka_unit_test(insert_keeps_the_order),
		cmocka_unit_test(sort_orders_and_is_stable),
		cmocka_unit_test(sort_loses_nothing),
		cmocka_unit_test(finds_and_covers),
		cmocka_unit_test(lists),
		cmocka_unit_test(sweeps),
		cmocka_unit_test(deletes_a_policy_with_all_it_has),
		cmocka_unit_test(copy_shares_nothing),
		cmocka_unit_test(bursts),
		cmocka_unit_test(same_by_meaning),
		cmocka_unit_test(sources_are_what_is_admitted),
		cmocka_unit_test(an_expired_deny_decides_nothing),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
