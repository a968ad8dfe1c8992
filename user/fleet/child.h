/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs another program to its end: text in, text out, and never for ever. */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>

#include "buffer.h"

#define CHILD_FDS 2

struct child {
	const char *const *argv; /* ends with NULL */
	const char *input;       /* for its standard input; NULL: it has this one's */
	size_t input_len;
	int fd[CHILD_FDS];    /* it is given as 3 and 4; 0: none */
	unsigned int seconds; /* then it is killed */
	const char *ssh;      /* in its environment: the way in that is not to be closed */
};

/* Freed with said_free(). */
struct said {
	struct buffer out; /* bounded; ends in a NUL that is not counted */
	struct buffer err;
	int status; /* exit status; -1: it was killed */
};

/* Returns 0, whatever came of it, or -errno: it could not be run, or told more than is taken. */
int child_run(const struct child *child, struct said *ret_said);
void said_free(struct said *said);

/* A file in memory that holds this; the caller's to close, or -errno. */
int memory_file(const char *text, size_t len);
/* What a small one holds; the caller's, NULL if it cannot be had. */
char *memory_file_text(int fd, size_t max);

#endif
