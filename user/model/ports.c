/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sets of ports as words: "4040,5010-5012". */
#include "ports.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NO_PORTS  "none"
#define LAST_PORT (PORTS_COUNT - 1)

static int complain_ports(const char *text, struct complaint *ret_why)
{
	complain_usage(ret_why, text, "not a list of ports");
	complain_hint(ret_why, "ports are 1 to %d, written as 4040,5010-5012", LAST_PORT);
	return -EINVAL;
}

/* One port, its digits only; 0 if there is none at the cursor. */
static unsigned int read_port(const char **cursor)
{
	unsigned int port = 0;

	while (**cursor >= '0' && **cursor <= '9') {
		port = port * 10 + (unsigned int)(*(*cursor)++ - '0');
		if (!port || port > LAST_PORT)
			return 0;
	}
	return port;
}

int ports_parse(const char *text, __u8 ret_set[static PORTS_COUNT], struct complaint *ret_why)
{
	const char *cursor = text;

	memset(ret_set, 0, PORTS_COUNT);
	if (!strcmp(text, NO_PORTS))
		return 0;
	if (strlen(text) >= PORTS_WORD_MAX)
		return complain_usage(ret_why, text, "longer than %d characters",
				      PORTS_WORD_MAX - 1);
	for (;;) {
		unsigned int first = read_port(&cursor), last = first;

		if (first && *cursor == '-') {
			cursor++;
			last = read_port(&cursor);
		}
		if (!first || !last)
			return complain_ports(text, ret_why);
		if (last < first)
			return complain_usage(ret_why, text, "%u-%u runs backwards", first, last);
		memset(ret_set + first, 1, last - first + 1);
		if (!*cursor)
			return 0;
		if (*cursor++ != ',')
			return complain_ports(text, ret_why);
	}
}

/* The next port behind this one that has this owner, 0 if there is none. */
static unsigned int next_port(const __u8 *owners, __u8 owner, unsigned int port)
{
	const __u8 *next = memchr(owners + port + 1, owner, LAST_PORT - port);

	return next ? (unsigned int)(next - owners) : 0;
}

static unsigned int run_end(const __u8 *owners, __u8 owner, unsigned int first)
{
	unsigned int last = first;

	while (last < LAST_PORT && owners[last + 1] == owner)
		last++;
	return last;
}

bool ports_run(const __u8 owners[static PORTS_COUNT], __u8 owner, unsigned int *ret_first,
	       unsigned int *last)
{
	*ret_first = *last < LAST_PORT ? next_port(owners, owner, *last) : 0;
	if (*ret_first)
		*last = run_end(owners, owner, *ret_first);
	return *ret_first;
}

const char *ports_format(const __u8 owners[static PORTS_COUNT], __u8 owner,
			 char buf[static PORTS_TEXT_MAX])
{
	unsigned int port = 0, last;
	size_t used = 0;

	snprintf(buf, PORTS_TEXT_MAX, NO_PORTS);
	while ((port = next_port(owners, owner, port)) && used < PORTS_WORD_MAX) {
		used += (size_t)sprintf(buf + used, "%s%u", used ? "," : "", port);
		last = run_end(owners, owner, port);
		if (last < port + 2)
			continue;
		used += (size_t)sprintf(buf + used, "-%u", last);
		port = last;
	}
	return buf;
}
