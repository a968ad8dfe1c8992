/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The policy file: what is read, what is refused with which line, and that nothing is lost. */
#include "unit.h"

#include <unistd.h>

#include "change.h"
#include "policy_file.h"
#include "ports.h"

#define NOW    1800000000ULL /* 2027-01-15T08:00:00Z */
#define HEAD   "# clarent-xdp policy\n"
#define COPIES 300 /* random models */

static struct settings settings;
static struct warnings warnings;
static struct file_errors errors;

static int read_bytes(const char *bytes, size_t size)
{
	FILE *from = tmpfile();
	int err;

	assert_non_null(from);
	assert_int_equal(fwrite(bytes, 1, size, from), size);
	rewind(from);
	warnings_free(&warnings);
	err = policy_file_read(from, NOW, &settings, &errors, &warnings);
	fclose(from);
	return err;
}

static char *print(const struct settings *from)
{
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_int_equal(policy_file_write(to, from), 0);
	fclose(to);
	return text;
}

static const char *error_text(size_t i)
{
	static char text[700];

	snprintf(text, sizeof(text), "%u: %s", errors.kept[i].line,
		 complaint_text(&errors.kept[i].why));
	return text;
}

/* The file is taken, and says this. */
static void reads(const char *file, const char *expected)
{
	char *text;

	if (read_bytes(file, strlen(file)))
		fail_msg("%s: %s", file, error_text(0));
	text = print(&settings);
	assert_string_equal(text + strlen(HEAD), expected);
	free(text);
	settings_free(&settings);
}

/* The file is refused with exactly these errors, one a line of text. */
static void refuses_bytes(const char *bytes, size_t size, const char *expected)
{
	char all[4096] = "";

	assert_int_equal(read_bytes(bytes, size), -EINVAL);
	for (size_t i = 0; i < errors.count; i++) {
		strcat(all, error_text(i));
		strcat(all, "\n");
	}
	assert_string_equal(all, expected);
}

static void refuses(const char *file, const char *expected)
{
	refuses_bytes(file, strlen(file), expected);
}

static int teardown(void **state)
{
	(void)state;
	warnings_free(&warnings);
	return 0;
}

static void any_order(void **state)
{
	(void)state;
	reads("allow 203.0.113.5 voice\n"
	      "# who calls\n"
	      "\n"
	      "\tallow 203.0.113.6,2001:db8::/32 gateway   # the carrier\n"
	      "deny 2001:db8::1 gateway\n"
	      "tunnel wg1\n"
	      "protect 192.0.2.1 gateway\n"
	      "  policy voice udp 7000 mode monitor\n"
	      "fragments drop\n"
	      "tunnel wg0\n"
	      "policy\tgateway rpf loose\n"
	      "policy another tcp 1-5\n"
	      "allow 203.0.113.5 command\n",
	      "policy gateway rpf loose\n"
	      "policy another tcp 1-5\n"
	      "policy voice udp 7000 mode monitor\n"
	      "fragments drop\n"
	      "tunnel wg0\n"
	      "tunnel wg1\n"
	      "protect 192.0.2.1 gateway\n"
	      "allow 203.0.113.5 command\n"
	      "allow 203.0.113.6 gateway\n"
	      "allow 2001:db8::/32 gateway\n"
	      "deny 2001:db8::1 gateway\n"
	      "allow 203.0.113.5 voice\n");
	assert_int_equal(warnings.count, 0);
}

static void defaults_are_not_written(void **state)
{
	(void)state;
	reads(HEAD, "");
	reads("policy gateway mode enforce elsewhere drop tunnel optional rpf off rate off\n"
	      "policy pcanywhere mode open\n"
	      "fragments pass\n"
	      "protect any gateway\n"
	      "allow 203.0.113.5 gateway rate 100 burst 10 dev any expires never min-ttl 0 "
	      "peer \"\" comment \"\"\n",
	      "allow 203.0.113.5 gateway rate 100\n");
	reads("policy pcanywhere mode enforce\n", "policy pcanywhere mode enforce\n");
}

/* Several policies in one line are as many lines: that is how they are written. */
static void several_policies(void **state)
{
	(void)state;
	reads("allow 203.0.113.5 gateway,command,voice comment a\n"
	      "deny 203.0.113.6 all\n"
	      "policy voice udp 7000 mode monitor\n",
	      "policy voice udp 7000 mode monitor\n"
	      "allow 203.0.113.5 command comment a\n"
	      "deny 203.0.113.6 command\n"
	      "allow 203.0.113.5 gateway comment a\n"
	      "deny 203.0.113.6 gateway\n"
	      "deny 203.0.113.6 pcanywhere\n"
	      "allow 203.0.113.5 voice comment a\n"
	      "deny 203.0.113.6 voice\n");
	refuses("allow 203.0.113.5 gateway,command\n"
		"allow 203.0.113.5 command\n"
		"deny 203.0.113.6 all\n"
		"deny 203.0.113.6 gateway\n"
		"allow 203.0.113.7 gateway,gatway\n",
		"2: '203.0.113.5': line 1 has it already\n"
		"4: '203.0.113.6': line 3 has it already\n"
		"5: 'gatway': no such policy; did you mean gateway? "
		"there are: command, gateway, pcanywhere\n");
}

static void quoting(void **state)
{
	static const char file[] = "allow 192.0.2.1 gateway comment \"\\\"\"\n"
				   "allow 192.0.2.2 gateway comment \"#1 carrier\"\n"
				   "allow 192.0.2.3 gateway comment a\\b\n"
				   "allow 192.0.2.4 gateway comment \"a \\\\ b\"\n"
				   "allow 192.0.2.5 gateway comment \"B\xc3\xbcro\"\n"
				   "allow 192.0.2.6 gateway comment wide\n";

	(void)state;
	reads(file, "allow 192.0.2.1 gateway comment \"\\\"\"\n"
		    "allow 192.0.2.2 gateway comment \"#1 carrier\"\n"
		    "allow 192.0.2.3 gateway comment a\\b\n"
		    "allow 192.0.2.4 gateway comment \"a \\\\ b\"\n"
		    "allow 192.0.2.5 gateway comment B\xc3\xbcro\n"
		    "allow 192.0.2.6 gateway comment wide\n");
}

static void every_bad_line(void **state)
{
	(void)state;
	refuses("allow 203.0.113.5 gateway\n"
		"allow 300.1.1.1 gateway\n"
		"attach eth0\n"
		"allow 203.0.113.6 voice\n"
		"policy voice mode open\n"
		"allow 203.0.113.7 gateway rate 0\n"
		"allow \"203.0.113.8 gateway\n",
		"2: '300.1.1.1': a number is over 255\n"
		"3: 'attach': not a setting; "
		"settings are allow, deny, protect, policy, fragments, tunnel\n"
		"4: 'voice': no such policy; there are: command, gateway, pcanywhere\n"
		"5: 'voice': no such policy, and a new one needs ports; policy voice udp PORTS\n"
		"6: '0': not a number from 1 to 10000000\n"
		"7: a quote is not closed\n");
}

static void other_verbs(void **state)
{
	static const char *const verbs[] = { "attach eth0",
					     "detach all",
					     "purge",
					     "save",
					     "apply x",
					     "rollback",
					     "confirm",
					     "list",
					     "status",
					     "revoke 10.0.0.1 gateway",
					     "unprotect 10.0.0.1 gateway",
					     "policy voice delete",
					     "tunnel wg0 off",
					     "allow 10.0.0.1 gateway force",
					     "fragments drop confirm 10",
					     "allow 10.0.0.1 gateway expires 7d" };
	char line[100];

	(void)state;
	for (size_t i = 0; i < COUNT(verbs); i++) {
		snprintf(line, sizeof(line), "# first\n%s\n", verbs[i]);
		assert_int_equal(read_bytes(line, strlen(line)), -EINVAL);
		assert_int_equal(errors.count, 1);
		assert_int_equal(errors.kept[0].line, 2);
		assert_int_equal(errors.kept[0].why.status, STATUS_USAGE);
	}
}

static void nothing_twice(void **state)
{
	(void)state;
	refuses("allow 203.0.113.5 gateway\n"
		"allow 203.0.113.5 command\n"
		"allow 10.0.0.0/8,203.0.113.5 gateway\n"
		"deny 203.0.113.5/32 Clarent-Gateway comment x\n"
		"protect 203.0.113.5 gateway\n"
		"protect 203.0.113.5 gateway\n"
		"allow 2001:DB8::1 command\n"
		"allow 2001:db8:0::1 command\n"
		"allow 192.0.2.1,192.0.2.1 command\n",
		"3: '203.0.113.5': line 1 has it already\n"
		"4: '203.0.113.5': line 1 has it already\n"
		"6: '203.0.113.5': line 5 has it already\n"
		"8: '2001:db8::1': line 7 has it already\n"
		"9: '192.0.2.1': twice in one line\n");
	refuses("policy gateway mode open\n"
		"policy voice udp 7000\n"
		"policy Clarent-Gateway rpf loose\n"
		"policy VOICE tcp 7000\n"
		"fragments drop\n"
		"fragments pass\n"
		"tunnel wg0\n"
		"tunnel wg1\n"
		"tunnel wg0\n"
		"protect any gateway\n"
		"protect any gateway\n",
		"3: 'Clarent-Gateway': line 1 says it already\n"
		"4: 'VOICE': line 2 says it already\n"
		"6: 'fragments': line 5 says it already\n"
		"9: 'wg0': line 7 says it already\n"
		"11: 'gateway': line 10 says it already\n");
	refuses("protect any gateway\n"
		"protect 192.0.2.1 gateway\n",
		"2: 'gateway': line 1 says protect any\n");
}

static void ports_of_two_policies(void **state)
{
	(void)state;
	refuses("policy voice udp 7000-7010\n"
		"policy other udp 7005\n"
		"allow 203.0.113.5 other\n",
		"2: '7005': udp port 7005 belongs to voice\n"
		"3: 'other': no such policy; there are: command, gateway, pcanywhere, voice\n");
	refuses("policy gateway udp 4040\n", "1: '4040': the ports of gateway cannot be changed; "
					     "they are udp 4040,4045,5010 tcp none\n");
}

static void a_file_enforces_nobody(void **state)
{
	(void)state;
	reads("policy voice udp 7000\npolicy gateway mode monitor\n",
	      "policy gateway mode monitor\npolicy voice udp 7000\n");
	assert_int_equal(warnings.count, 0); /* what changes, says who applies it */
}

static void cut_off(void **state)
{
	(void)state;
	refuses("", "0: empty: it may have been cut off; "
		    "a file without settings holds a comment line\n");
	refuses("allow 203.0.113.5 gateway\nallow 203.0.113.6 gat",
		"2: no newline at the end: the file may be cut off\n");
	refuses("allow 300.1.1.1 gateway\nallow 203.0.113.6 gateway",
		"1: '300.1.1.1': a number is over 255\n"
		"2: no newline at the end: the file may be cut off\n");
}

static void bytes_that_are_no_text(void **state)
{
	static const char nul[] = "allow 203.0.113.5 gateway\nallow\0 203.0.113.6 gateway\n";
	static const char nul_policy[] = "policy\0 gateway mode open\n";

	(void)state;
	refuses_bytes(nul, sizeof(nul) - 1, "2: holds U+0000, a control character\n");
	refuses_bytes(nul_policy, sizeof(nul_policy) - 1, "1: holds U+0000, a control character\n");
	refuses("allow 203.0.113.5 gateway\r\npolicy gateway mode open\r\n",
		"1: ends in a carriage return; save the file with Unix line ends\n"
		"2: ends in a carriage return; save the file with Unix line ends\n");
	refuses("\r\n", "1: ends in a carriage return; save the file with Unix line ends\n");
	refuses("allow 203.0.113.5\rgateway\n", "1: holds U+000D, a control character\n");
	refuses("# caf\xe9\n", "1: is not UTF-8\n");
	refuses("# \033[2J\n", "1: holds U+001B, a control character\n");
	refuses("# \xe2\x80\xae\n", "1: holds U+202E, which turns the direction of writing\n");
	refuses("allow 203.0.113.5 gateway\nallow 203.0.113.6 gateway peer ac\xe2\x80\x8bme\n",
		"2: holds U+200B, which cannot be seen\n");
	refuses("allow 203.0.113.5\xc2\xa0gateway\n",
		"1: holds U+00A0, a blank that is not the plain one\n");
	refuses("\xef\xbb\xbf# windows\n", "1: begins with a byte order mark\n");
	refuses("#\n\xef\xbb\xbf\n", "2: holds U+FEFF, which cannot be seen\n");
}

static void long_lines(void **state)
{
	static char file[2 << 20];

	(void)state;
	memset(file, 'x', sizeof(file));
	file[0] = '#';
	file[FILE_LINE_MAX] = '\n';
	file[FILE_LINE_MAX + 1] = '\0';
	reads(file, "");
	file[FILE_LINE_MAX] = 'x';
	file[FILE_LINE_MAX + 1] = '\n';
	file[FILE_LINE_MAX + 2] = '\0';
	refuses(file, "1: longer than 4096 bytes\n");
	memset(file, 'x', sizeof(file));
	memcpy(file, "policy ", 7);
	file[1 << 20] = '\n';
	file[(1 << 20) + 1] = '\0';
	refuses(file, "1: longer than 4096 bytes\n");
}

static void only_so_many_errors_are_kept(void **state)
{
	char file[(FILE_ERRORS_MAX + 50) * 2 + 1] = "";

	(void)state;
	for (int i = 0; i < FILE_ERRORS_MAX + 50; i++)
		strcat(file, "x\n");
	assert_int_equal(read_bytes(file, strlen(file)), -EINVAL);
	assert_int_equal(errors.count, FILE_ERRORS_MAX + 50);
	assert_int_equal(errors.kept[FILE_ERRORS_MAX - 1].line, FILE_ERRORS_MAX);
}

static void random_bytes(void **state)
{
	static char file[1 << 20];

	(void)state;
	for (size_t i = 0; i < sizeof(file); i++)
		file[i] = (char)rand();
	assert_int_equal(read_bytes(file, sizeof(file)), -EINVAL);
	for (size_t i = 1; i < FILE_ERRORS_MAX; i++)
		assert_true(errors.kept[i - 1].line <= errors.kept[i].line);
}

static void past_dates_load_as_expired(void **state)
{
	(void)state;
	reads("allow 203.0.113.5 gateway expires 2027-01-15T07:00:00Z\n"
	      "deny 203.0.113.6 gateway expires 2027-01-15T09:00:00+01:00\n"
	      "allow 203.0.113.7 gateway expires 2027-01-15T08:00:01Z\n",
	      "allow 203.0.113.5 gateway expires 2027-01-15T07:00:00Z\n"
	      "deny 203.0.113.6 gateway expires 2027-01-15T08:00:00Z\n"
	      "allow 203.0.113.7 gateway expires 2027-01-15T08:00:01Z\n");
	assert_int_equal(warnings.count, 2);
	assert_string_equal(warnings.text[0], "line 1: 203.0.113.5 gateway: expired already");
	assert_string_equal(warnings.text[1], "line 2: 203.0.113.6 gateway: expired already");
}

static void pipes(void **state)
{
	static const char file[] = "allow 203.0.113.5 gateway\n";
	int fds[2];
	FILE *from;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], file, strlen(file)), strlen(file));
	close(fds[1]);
	from = fdopen(fds[0], "r");
	assert_int_equal(policy_file_read(from, NOW, &settings, &errors, NULL), 0);
	assert_int_equal(settings.count, 1);
	settings_free(&settings);
	fclose(from);
}

/* Longer than the room that a pipe is given at first. */
static void large_streams(void **state)
{
	size_t size = 0;
	char *text;
	FILE *to = open_memstream(&text, &size), *from;

	(void)state;
	for (int i = 0; i < 20000; i++)
		fprintf(to, "allow 10.%d.%d.7 gateway\n", i >> 8, i & 255);
	fclose(to);
	from = fmemopen(text, size, "r"); /* no file descriptor, no size */
	assert_int_equal(policy_file_read(from, NOW, &settings, &errors, NULL), 0);
	assert_int_equal(settings.count, 20000);
	fclose(from);
	free(text);
	settings_free(&settings);
}

static void what_cannot_be_read(void **state)
{
	FILE *from = fopen("/", "r");

	(void)state;
	assert_non_null(from);
	assert_int_equal(policy_file_read(from, NOW, &settings, &errors, NULL), -EISDIR);
	fclose(from);
}

static void what_cannot_be_written(void **state)
{
	FILE *to = fopen("/dev/full", "w");

	(void)state;
	settings_init(&settings);
	assert_int_equal(policy_file_write(to, &settings), -ENOSPC);
	fclose(to);
	settings_free(&settings);
}

/* The linker hands us every fread(): a moment at which a file can change. */
static const char *touched;

size_t __real_fread(void *buf, size_t size, size_t count, FILE *from);
size_t __wrap_fread(void *buf, size_t size, size_t count, FILE *from);
size_t __wrap_fread(void *buf, size_t size, size_t count, FILE *from)
{
	size_t got = __real_fread(buf, size, count, from);
	FILE *to = touched ? fopen(touched, "a") : NULL;

	touched = NULL;
	if (to) {
		fputs("allow 203.0.113.6 gateway\n", to);
		fclose(to);
	}
	return got;
}

static void what_changes_while_it_is_read(void **state)
{
	static const char file[] = "allow 203.0.113.5 gateway\n";
	char name[] = "/tmp/test_policy_file.XXXXXX";
	int fd = mkstemp(name), err, again;
	FILE *from;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, file, strlen(file)), strlen(file));
	lseek(fd, 0, SEEK_SET);
	from = fdopen(fd, "r");
	touched = name;
	err = policy_file_read(from, NOW, &settings, &errors, NULL);
	assert_null(touched);
	assert_string_equal(error_text(0), "0: changed while it was read; try again");
	rewind(from);
	again = policy_file_read(from, NOW, &settings, &errors, NULL);
	fclose(from);
	unlink(name);
	assert_int_equal(err, -EINVAL);
	assert_int_equal(again, 0);
	assert_int_equal(settings.count, 2);
	settings_free(&settings);
}

/* And every allocation: each in turn finds no memory. */
static int allocations_left = -1;

static bool is_exhausted(void)
{
	if (allocations_left < 0)
		return false;
	return allocations_left == 0 || --allocations_left == 0;
}

#define WRAP(name, parameters, ...)                                        \
	void *__real_##name parameters;                                    \
	void *__wrap_##name parameters;                                    \
	void *__wrap_##name parameters                                     \
	{                                                                  \
		return is_exhausted() ? NULL : __real_##name(__VA_ARGS__); \
	}
WRAP(malloc, (size_t size), size)
WRAP(calloc, (size_t count, size_t size), count, size)
WRAP(reallocarray, (void *old, size_t count, size_t size), old, count, size)
WRAP(aligned_alloc, (size_t align, size_t size), align, size)

static void no_memory_anywhere(void **state)
{
	static const char file[] = "policy voice udp 7000 mode monitor\n"
				   "tunnel wg0\n"
				   "allow 203.0.113.6,10.0.0.1 voice peer a dev eth0 comment b\n"
				   "allow 203.0.113.5 voice peer c comment d\n";
	int failures = 0, err;

	(void)state;
	do {
		FILE *from = fmemopen((void *)file, strlen(file), "r");

		allocations_left = ++failures;
		err = policy_file_read(from, NOW, &settings, &errors, NULL);
		fclose(from);
	} while (err == -ENOMEM && failures < 100);
	allocations_left = -1;
	assert_int_equal(err, 0);
	assert_int_equal(settings.count, 3);
	assert_true(failures > 8);
	settings_free(&settings);
}

/* --- random models: what is written is read again --- */

static unsigned int below(unsigned int n)
{
	return (unsigned int)rand() % n;
}

static __u32 random_text(struct settings *model)
{
	static const char *const pieces[] = { "a", "B", "7",    " ",        "\"",           "\\",
					      "#", ",", "wide", "\xc3\xbc", "\xe2\x82\xac", "peer",
					      "-", "'" };
	char text[CX_TEXT_MAX] = "";

	for (unsigned int i = below(9); i; i--)
		strcat(text, pieces[below(COUNT(pieces))]);
	return strings_intern(model->strings, text);
}

static __u32 random_dev(struct settings *model)
{
	static const char *const names[] = { "eth0", "wg1", "#odd", "q\"q", "br-9", "any1" };

	return strings_intern(model->strings, names[below(COUNT(names))]);
}

static struct prefix random_prefix(void)
{
	struct prefix host = { .family = (__u8)below(2) };
	int bytes = host.family == CX_IPV4 ? 4 : 16;

	host.len = (__u8)(bytes * 8);
	for (int i = 0; i < bytes; i++)
		host.addr[i] = (__u8)(below(2) ? below(256) : 0);
	host.addr[0] = (__u8)(1 + below(100)); /* no multicast, no loopback */
	return prefix_shorten(&host, (__u8)below(host.len + 1U));
}

static bool is_possible(const struct prefix *prefix)
{
	static const struct prefix low = { CX_IPV4, 8, { 0 } }, zero = { CX_IPV6, 8, { 0 } };

	return !prefix_covers(&low, prefix) && !prefix_covers(&zero, prefix);
}

static void add_random_entry(struct settings *model, unsigned int policies)
{
	struct entry entry = { .prefix = random_prefix(),
			       .policy = (__u8)(1 + below(policies)),
			       .direction = (__u8)(below(4) == 0),
			       .action = (__u8)(below(4) != 0) };
	bool allow = entry.direction == CX_SOURCE && entry.action == CX_ALLOW;

	if (entry.direction == CX_DEST)
		entry.action = CX_ALLOW;
	if (below(2) && entry.action == CX_ALLOW) {
		entry.rate = 1 + below(10000000);
		entry.burst = below(2) ? 1 + below(10000000) : 0;
	}
	if (below(2) && entry.direction == CX_SOURCE) {
		entry.expires = 1 + (__u64)below(2000000000) * 3;
		entry.comment = random_text(model);
	}
	if (below(2) && allow) {
		entry.peer = random_text(model);
		entry.dev = random_dev(model);
		entry.min_ttl = (__u8)below(256);
	}
	entry.wide = allow && change_is_wide(&entry.prefix);
	if (is_possible(&entry.prefix) &&
	    !settings_find(model, entry.policy, (enum cx_direction)entry.direction, &entry.prefix))
		assert_int_equal(settings_insert(model, &entry), 0);
}

static void add_random_policy(struct settings *model, unsigned int index)
{
	struct policy *policy = &model->policy[index];
	bool custom = index >= POLICY_CUSTOM;

	if (custom) {
		sprintf(policy->name, "%c%u", 'a' + (char)below(26), index);
		for (unsigned int i = 1 + below(200), port; i; i--) {
			port = 10000 + below(300) + index * 300;
			model->port[below(2)][port] = (__u8)index;
		}
	}
	policy->mode = (enum cx_mode)below(4);
	policy->elsewhere_pass = below(2);
	policy->tunnel_required = below(2);
	policy->rpf = (enum rpf_mode)below(3);
	if (below(2)) {
		policy->rate = 1 + below(10000000);
		policy->burst = below(2) ? 1 + below(10000000) : 0;
	}
}

static void make_random(struct settings *model)
{
	unsigned int policies = POLICY_PCANYWHERE + below(8);

	assert_int_equal(settings_init(model), 0);
	for (unsigned int i = 1; i <= policies; i++)
		if (i >= POLICY_CUSTOM || below(2))
			add_random_policy(model, i);
	model->fragments = below(FRAGMENTS_MODES);
	for (unsigned int i = below(3); i; i--) {
		char name[16];

		sprintf(name, "wg%zu", 9 - model->tunnel_count);
		model->tunnel[model->tunnel_count++] = strings_intern(model->strings, name);
	}
	for (unsigned int i = below(100); i; i--)
		add_random_entry(model, policies);
}

static void same_policy(const struct settings *a, unsigned int i, const struct settings *b)
{
	unsigned int j = settings_policy(b, a->policy[i].name);
	const struct policy *x = &a->policy[i], *y = &b->policy[j];

	assert_int_not_equal(j, 0);
	assert_int_equal(x->builtin, y->builtin);
	assert_int_equal(x->mode, y->mode);
	assert_int_equal(x->elsewhere_pass, y->elsewhere_pass);
	assert_int_equal(x->tunnel_required, y->tunnel_required);
	assert_int_equal(x->rpf, y->rpf);
	assert_int_equal(x->rate, y->rate);
	if (x->rate)
		assert_int_equal(burst_or_default(x->rate, x->burst),
				 burst_or_default(y->rate, y->burst));
	for (int proto = CX_UDP; proto <= CX_TCP; proto++)
		for (unsigned int port = 0; port < PORTS_COUNT; port++)
			if ((a->port[proto][port] == i) != (b->port[proto][port] == j))
				fail_msg("%s: port %u", x->name, port);
}

static void same_models(const struct settings *a, const struct settings *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->fragments, b->fragments);
	assert_int_equal(a->tunnel_count, b->tunnel_count);
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++)
		if (a->policy[i].name[0])
			same_policy(a, i, b);
	for (size_t i = 0; i < a->count; i++) {
		const struct entry *entry = &a->entry[i];
		unsigned int policy = settings_policy(b, a->policy[entry->policy].name);
		struct entry *other = settings_find(b, policy, (enum cx_direction)entry->direction,
						    &entry->prefix);

		assert_non_null(other);
		assert_true(entry_same(a, entry, b, other));
	}
}

static void random_models_survive(void **state)
{
	struct settings model;

	(void)state;
	for (int i = 0; i < COPIES; i++) {
		char *text, *again;

		make_random(&model);
		text = print(&model);
		if (read_bytes(text, strlen(text)))
			fail_msg("%s\n%s", error_text(0), text);
		same_models(&model, &settings);
		again = print(&settings);
		assert_string_equal(text, again);
		free(text);
		free(again);
		settings_free(&model);
		settings_free(&settings);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		TEST(any_order),
		TEST(defaults_are_not_written),
		TEST(several_policies),
		TEST(quoting),
		TEST(every_bad_line),
		TEST(other_verbs),
		TEST(nothing_twice),
		TEST(ports_of_two_policies),
		TEST(a_file_enforces_nobody),
		TEST(cut_off),
		TEST(bytes_that_are_no_text),
		TEST(long_lines),
		TEST(only_so_many_errors_are_kept),
		TEST(random_bytes),
		TEST(past_dates_load_as_expired),
		TEST(pipes),
		TEST(large_streams),
		TEST(what_cannot_be_read),
		TEST(what_cannot_be_written),
		TEST(what_changes_while_it_is_read),
		TEST(no_memory_anywhere),
		TEST(random_models_survive),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
