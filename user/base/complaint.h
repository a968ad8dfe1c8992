/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is wrong, said by the layer that knows, printed by the one that prints.
 *
 * Printed as "clarent-xdp: VERB: 'OBJECT': WHAT" and an indented HINT line;
 * empty object or hint: left out.
 */
#ifndef COMPLAINT_H
#define COMPLAINT_H

#include <stddef.h>

struct complaint {
	int status;      /* exit status: 1 failed, 2 wrong usage (the words alone decide) */
	int err;         /* of complain_errno(), else 0 */
	char object[80]; /* printable, whatever the user wrote */
	char what[200];
	char hint[256];
};

enum {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_DROP = 3, /* check: the packet would be dropped */
};

/* Fills a complaint and returns -EINVAL (usage) or -EPERM (failed): "return complain_usage(...)". */
int complain_usage(struct complaint *ret_why, const char *object, const char *what, ...)
	__attribute__((format(printf, 3, 4)));
int complain_failed(struct complaint *ret_why, const char *object, const char *what, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * As failed, ending in the reason, "cannot pin: No space left on device";
 * returns err, a negative errno.
 */
int complain_errno(struct complaint *ret_why, const char *object, int err, const char *what, ...)
	__attribute__((format(printf, 4, 5)));
/* As failed, but returns -ENOMEM. */
int complain_memory(struct complaint *ret_why);
/* Adds ": SAID" to what is wrong: the kernel's own words, made printable; nothing if empty. */
void complain_said(struct complaint *why, const char *said);
/* Adds the hint line to a filled complaint. */
void complain_hint(struct complaint *why, const char *hint, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Warnings in the order they arose: the effect is wider than the words.
 * Owned by the holder, freed with warnings_free().  Beyond WARNINGS_MAX one
 * last line says that there are more.
 */
#define WARNINGS_MAX 100

struct warnings {
	size_t count;
	char **text;
};

/* No warning is worth a failure: without memory, or a list (NULL), it is dropped. */
void warn_add(struct warnings *warnings, const char *text, ...)
	__attribute__((format(printf, 2, 3)));
void warnings_free(struct warnings *warnings);

#endif
