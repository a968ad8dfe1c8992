/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Any bytes as a policy file: refused with reasons, or written and read again as the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_file.h"

#define NOW 1800000000ULL

static struct file_errors errors;

static int read_bytes(const void *bytes, size_t size, struct settings *ret_settings,
		      struct warnings *warnings)
{
	FILE *from = size ? fmemopen((void *)bytes, size, "r") : fopen("/dev/null", "r");
	int err = policy_file_read(from, NOW, ret_settings, &errors, warnings);

	fclose(from);
	return err;
}

static char *print(const struct settings *settings, size_t *ret_size)
{
	char *text;
	FILE *to = open_memstream(&text, ret_size);

	if (policy_file_write(to, settings))
		abort();
	fclose(to);
	return text;
}

static void check_errors(void)
{
	size_t kept = errors.count < FILE_ERRORS_MAX ? errors.count : FILE_ERRORS_MAX;

	if (!kept)
		abort();
	for (size_t i = 0; i < kept; i++)
		if (!*errors.kept[i].why.what)
			abort();
}

/* The same entries too: both are sorted, and by one set of policies. */
static void check_same(const struct settings *a, const struct settings *b)
{
	if (a->count != b->count)
		abort();
	for (size_t i = 0; i < a->count; i++) {
		const struct entry *x = &a->entry[i];
		unsigned int policy = settings_policy(b, a->policy[x->policy].name);
		const struct entry *y =
			settings_find(b, policy, (enum cx_direction)x->direction, &x->prefix);

		if (!y || !entry_same(a, x, b, y))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings first, second;
	struct warnings warnings = { 0 };
	size_t size_once, size_twice;
	char *once, *twice;

	if (read_bytes(data, size, &first, &warnings)) {
		check_errors();
		warnings_free(&warnings);
		return 0;
	}
	warnings_free(&warnings);
	once = print(&first, &size_once);
	if (read_bytes(once, size_once, &second, NULL))
		abort();
	check_same(&first, &second);
	twice = print(&second, &size_twice);
	if (size_once != size_twice || memcmp(once, twice, size_once))
		abort();
	free(once);
	free(twice);
	settings_free(&first);
	settings_free(&second);
	return 0;
}
