/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads fleet.conf: a word and its value a line. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scope.h"

#define SECONDS_MAX   3600
#define CONFIRM_LEAST 10 /* seconds, in which a self-test must come to an end */

struct reading {
	struct config *config;
	struct complaint *why;
};

typedef int set_fn(struct reading *reading, char *value);

static int wrong(struct reading *reading, const char *value, const char *what)
{
	complain_failed(reading->why, value, "%s", what);
	return -EINVAL;
}

static int set_text(struct reading *reading, char **text, const char *value)
{
	if (*text)
		return wrong(reading, value, "said twice");
	*text = strdup(value);
	return *text ? 0 : complain_memory(reading->why);
}

static int add_text(struct reading *reading, char **list, size_t *count, size_t max,
		    const char *value)
{
	if (*count == max)
		return wrong(reading, value, "one too many of them");
	list[*count] = strdup(value);
	return list[(*count)++] ? 0 : complain_memory(reading->why);
}

static int set_seconds(struct reading *reading, unsigned int *ret, unsigned int least,
		       const char *value)
{
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || number < least || number > SECONDS_MAX)
		return wrong(reading, value, "not a fitting number of seconds");
	*ret = (unsigned int)number;
	return 0;
}

static bool is_loopback(const char *url)
{
	static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };
	const char *host = strstr(url, "://") + 3;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i]);

		if (!strncmp(host, names[i], len) && strchr(":/", host[len]))
			return true;
	}
	return false;
}

static int set_endpoint(struct reading *reading, char *value)
{
	struct config *config = reading->config;

	if (strncmp(value, "https://", 8) && strncmp(value, "http://", 7))
		return wrong(reading, value, "not a URL as https://NAME:2379");
	value[strcspn(value, " \t")] = '\0';
	if (value[strlen(value) - 1] == '/')
		value[strlen(value) - 1] = '\0';
	return add_text(reading, config->endpoint, &config->endpoints, CONFIG_ENDPOINTS, value);
}

static int set_trust(struct reading *reading, char *value)
{
	struct config *config = reading->config;

	return add_text(reading, config->trust, &config->trusts, CONFIG_TRUSTS, value);
}

static int set_test(struct reading *reading, char *value)
{
	struct config *config = reading->config;
	struct config_test *test = &config->test[config->tests];
	unsigned char address[sizeof(struct in6_addr)];
	char source[INET6_ADDRSTRLEN], policy[CONFIG_POLICY_MAX], more;

	if (config->tests == CONFIG_TESTS)
		return wrong(reading, value, "one too many of them");
	if (sscanf(value, "%45s %31s %c", source, policy, &more) != 2 ||
	    (inet_pton(AF_INET, source, address) != 1 && inet_pton(AF_INET6, source, address) != 1))
		return wrong(reading, value, "not as self-test ADDRESS POLICY");
	memcpy(test->source, source, sizeof(source));
	memcpy(test->policy, policy, sizeof(policy));
	config->tests++;
	return 0;
}

static int set_name(struct reading *reading, char **text, const char *value)
{
	if (!config_is_name(value))
		return wrong(reading, value, "not a name: letters, digits, . _ -");
	return set_text(reading, text, value);
}

static int set_prefix(struct reading *reading, char *value)
{
	size_t len = strlen(value);

	if (*value != '/' || len < 2 || len > 100 || value[len - 1] == '/')
		return wrong(reading, value, "not a prefix as /clarent-xdp");
	return set_text(reading, &reading->config->prefix, value);
}

static int set_ssh_port(struct reading *reading, char *value)
{
	char *end;
	unsigned long port = strtoul(value, &end, 10);

	if (!strcmp(value, "off"))
		return reading->config->ssh_port = 0, 0;
	if (*value < '0' || *value > '9' || *end || !port || port > 65535)
		return wrong(reading, value, "not a port, or off");
	reading->config->ssh_port = (unsigned int)port;
	return 0;
}

static int set_insecure(struct reading *reading, char *value)
{
	if (strcmp(value, "yes"))
		return wrong(reading, value, "can only be yes");
	reading->config->insecure = true;
	return 0;
}

#define TEXT_SETTER(name)                                                \
	static int set_##name(struct reading *reading, char *value)      \
	{                                                                \
		return set_text(reading, &reading->config->name, value); \
	}
#define NAME_SETTER(name)                                                \
	static int set_##name(struct reading *reading, char *value)      \
	{                                                                \
		return set_name(reading, &reading->config->name, value); \
	}
#define SECONDS_SETTER(name, least)                                                \
	static int set_##name(struct reading *reading, char *value)                \
	{                                                                          \
		return set_seconds(reading, &reading->config->name, least, value); \
	}

TEXT_SETTER(ca)
TEXT_SETTER(certificate)
TEXT_SETTER(key)
TEXT_SETTER(user)
TEXT_SETTER(password_file)
TEXT_SETTER(secret)
NAME_SETTER(host)
NAME_SETTER(group)
SECONDS_SETTER(jitter, 0)
SECONDS_SETTER(confirm, CONFIRM_LEAST)
SECONDS_SETTER(poll, 1)

static const struct {
	const char *word;
	set_fn *set;
} settings[] = {
	{ "endpoint", set_endpoint },
	{ "ca", set_ca },
	{ "certificate", set_certificate },
	{ "key", set_key },
	{ "user", set_user },
	{ "password-file", set_password_file },
	{ "group", set_group },
	{ "host", set_host },
	{ "trust", set_trust },
	{ "secret", set_secret },
	{ "prefix", set_prefix },
	{ "jitter", set_jitter },
	{ "confirm", set_confirm },
	{ "poll", set_poll },
	{ "self-test", set_test },
	{ "ssh-port", set_ssh_port },
	{ "insecure", set_insecure },
};

bool config_is_name(const char *name)
{
	size_t len = strlen(name);

	return len && len < CONFIG_NAME_MAX && *name != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       len;
}

char *config_slurp(const char *path, size_t max, int *ret_err)
{
	scoped(file) file = fopen(path, "re");
	char *text = file ? calloc(1, max + 1) : NULL;
	size_t len;

	*ret_err = file ? -ENOMEM : -errno;
	if (!text)
		return NULL;
	len = fread(text, 1, max, file);
	if (ferror(file) || getc(file) != EOF) {
		*ret_err = ferror(file) ? -EIO : -EFBIG;
		free(text);
		return NULL;
	}
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	return text;
}

/* Cuts blanks and the comment off; the word's value, "" if it has none. */
static char *split(char *line)
{
	char *end = line + strcspn(line, "\r\n"), *value;

	while (end > line && strchr(" \t", end[-1]))
		end--;
	*end = '\0';
	value = line + strcspn(line, " \t");
	if (*value)
		*value++ = '\0';
	return value + strspn(value, " \t");
}

static int read_line(struct reading *reading, char *line)
{
	char *word = line + strspn(line, " \t"), *value;

	if (!*word || strchr("#\r\n", *word))
		return 0;
	value = split(word);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (strcmp(settings[i].word, word))
			continue;
		if (!*value)
			return wrong(reading, word, "has no value");
		return settings[i].set(reading, value);
	}
	return wrong(reading, word, "no such word");
}

/* FILE:LINE in front of what is wrong. */
static void place(struct complaint *why, const char *path, unsigned int line)
{
	char what[sizeof(why->what)];

	snprintf(what, sizeof(what), "%.40s:%u: %.60s%s%.60s", path, line, why->object,
		 *why->object ? ": " : "", why->what);
	memcpy(why->what, what, sizeof(what));
	why->object[0] = '\0';
}

static int use_defaults(struct config *config, struct complaint *why)
{
	char name[CONFIG_NAME_MAX] = "";

	if (!config->prefix)
		config->prefix = strdup("/clarent-xdp");
	if (!config->host && !gethostname(name, sizeof(name) - 1) && config_is_name(name))
		config->host = strdup(name);
	return config->prefix ? 0 : complain_memory(why);
}

/* What no line alone can say. */
static int judge(const char *path, const struct config *config, struct complaint *why)
{
	if (!config->endpoints)
		return complain_failed(why, path, "names no endpoint");
	if (!config->certificate != !config->key)
		return complain_failed(why, path, "certificate and key go together");
	if (!config->user != !config->password_file)
		return complain_failed(why, path, "user and password-file go together");
	for (size_t i = 0; i < config->endpoints; i++) {
		const char *url = config->endpoint[i];

		if (config->insecure || url[4] == 's' || is_loopback(url))
			continue;
		complain_failed(why, url, "anybody on the way could read and change what it says");
		complain_hint(why, "say https, or, if that is meant: insecure yes");
		return -EPERM;
	}
	return 0;
}

static int read_lines(FILE *file, const char *path, struct reading *reading)
{
	unsigned int number = 0;
	char line[1024];
	int err = 0;

	while (!err && fgets(line, sizeof(line), file)) {
		number++;
		err = strchr(line, '\n') || feof(file) ? read_line(reading, line)
						       : wrong(reading, "", "too long a line");
	}
	if (err)
		place(reading->why, path, number);
	return err;
}

int config_read(const char *path, struct config *ret_config, struct complaint *ret_why)
{
	scoped(file) file = fopen(path, "re");
	struct config config = { .jitter = 10, .confirm = 60, .poll = 10, .ssh_port = 22 };
	struct reading reading = { .config = &config, .why = ret_why };
	int err;

	if (!file)
		return complain_errno(ret_why, path, -errno, "cannot be read");
	err = read_lines(file, path, &reading);
	if (!err)
		err = use_defaults(&config, ret_why);
	if (!err)
		err = judge(path, &config, ret_why);
	if (err)
		return config_free(&config), err;
	*ret_config = config;
	return 0;
}

void config_free(struct config *config)
{
	char *const texts[] = { config->ca,     config->certificate,   config->key,
				config->user,   config->password_file, config->secret,
				config->prefix, config->host,          config->group };

	for (size_t i = 0; i < config->endpoints; i++)
		free(config->endpoint[i]);
	for (size_t i = 0; i < config->trusts; i++)
		free(config->trust[i]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	*config = (struct config){};
}
