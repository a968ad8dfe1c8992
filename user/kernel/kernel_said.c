/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel said in words, picked out of what libbpf prints. */
#include "kernel_said.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define SAID_MAX    160
#define ACK_BEGINS  "Kernel error message: "
#define LOG_BEGINS  "-- BEGIN PROG LOAD LOG --\n"
#define LOG_ENDS    "-- END PROG LOAD LOG --"
#define TYPES_ENDED "Retrying without BTF"

static bool is_verbose;
static char said[SAID_MAX];
static int refused_types;

/* What stands at the end of every log, whatever it is about. */
static bool is_statistics(const char *line)
{
	static const char *const begins[] = { "processed ", "verification time ", "stack depth ",
					      LOG_ENDS };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		if (!strncmp(line, begins[i], strlen(begins[i])))
			return true;
	}
	return !*line;
}

/* The last line of the log that is none of those. */
static void hear_log(const char *log)
{
	while (*log && strncmp(log, LOG_ENDS, strlen(LOG_ENDS))) {
		size_t len = strcspn(log, "\n");

		if (!is_statistics(log))
			snprintf(said, sizeof(said), "%.*s", (int)len, log);
		log += log[len] ? len + 1 : len;
	}
}

/* "Error in bpf_create_map_xattr(rules): ...(-12). Retrying without BTF." */
static void hear_types(const char *line)
{
	const char *number = strstr(line, "(-");

	while (number && strstr(number + 1, "(-"))
		number = strstr(number + 1, "(-");
	if (number)
		refused_types = atoi(number + 1);
}

static void hear(const char *words)
{
	const char *log = strstr(words, LOG_BEGINS), *ack = strstr(words, ACK_BEGINS);

	if (log)
		hear_log(log + strlen(LOG_BEGINS));
	else if (ack)
		hear_log(ack + strlen(ACK_BEGINS)); /* one line */
	else if (strstr(words, TYPES_ENDED))
		hear_types(words);
}

/* Line by line: there may be names in it that others thought up. */
static void print_lines(char *words)
{
	char *line;

	while ((line = strsep(&words, "\n"))) {
		if (*line)
			text_print(stderr, "%s", line);
	}
}

static int listen(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char *words = NULL;

	if (level == LIBBPF_DEBUG || vasprintf(&words, format, arguments) < 0)
		return 0;
	hear(words);
	if (is_verbose)
		print_lines(words);
	free(words);
	return 0;
}

void kernel_listen(bool verbose)
{
	is_verbose = verbose;
	libbpf_set_print(listen);
}

const char *kernel_said(void)
{
	return said;
}

void kernel_forget(void)
{
	said[0] = '\0';
	refused_types = 0;
}

int kernel_refused_types(void)
{
	return refused_types;
}
