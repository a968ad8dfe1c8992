/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The policy file: text to model and back; reading what was written gives the same model. */
#ifndef POLICY_FILE_H
#define POLICY_FILE_H

#include <stdio.h>

#include "settings.h"

#define FILE_LINE_MAX  4096        /* bytes of a line, without its newline */
#define FILE_BYTES_MAX (1UL << 30) /* of a whole file */

/* Bad lines of a file; only the first FILE_ERRORS_MAX are kept, all are counted. */
#define FILE_ERRORS_MAX 100

struct file_errors {
	size_t count;
	struct {
		__u32 line; /* 0: the file as a whole */
		struct complaint why;
	} kept[FILE_ERRORS_MAX]; /* by line */
};

/*
 * Reads a whole file (it may be a pipe).  Fills a fresh model, sorted.
 * Returns 0, or a negative errno: -EINVAL with *ret_errors filled, or what
 * reading failed with.  *ret_settings needs no freeing after a failure.
 */
int policy_file_read(FILE *from, __u64 now, struct settings *ret_settings,
		     struct file_errors *ret_errors, struct warnings *warnings);

/*
 * As policy_file_read(), for lines that are to be merged into what is there:
 * they may name its policies as well.  Of one that no line is about, nothing
 * is said.
 */
int policy_lines_read(FILE *from, __u64 now, const struct settings *there,
		      struct settings *ret_settings, struct file_errors *ret_errors,
		      struct warnings *warnings);

/*
 * What the good policy lines of a file say, however broken the rest is: for
 * who must know the ports that a file guards.  Fills a fresh model without
 * entries; ret_errors as above, of these lines only.  Returns 0 or -errno.
 */
int policy_file_read_policies(FILE *from, struct settings *ret_settings,
			      struct file_errors *ret_errors);

/*
 * As policy_file_read(), for a plain list: an address or prefix a line, each read as `allow
 * PREFIX POLICY` with no other word.  They are entries of PREFIX_LIST_POLICY,
 * in place of the policy that is meant.
 */
#define PREFIX_LIST_POLICY POLICY_GATEWAY
int prefix_list_read(FILE *from, __u64 now, struct settings *ret_settings,
		     struct file_errors *ret_errors, struct warnings *warnings);

/* Writes sorted, stable text that policy_file_read() takes back. Returns 0 or -errno. */
int policy_file_write(FILE *to, const struct settings *settings);

/* The same without the lists: what is said before them. */
void policy_file_write_rules(FILE *to, const struct settings *settings);

/* Writes one entry as its line, without the newline. */
void policy_file_write_entry(FILE *to, const struct settings *settings, const struct entry *entry);

/* Writes one policy as its line, without the newline, defaults left out. */
void policy_file_write_policy(FILE *to, const struct settings *settings, unsigned int policy);

#endif
