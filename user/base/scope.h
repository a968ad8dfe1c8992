/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ownership in the declaration: what leaves its scope is let go. */
#ifndef SCOPE_H
#define SCOPE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * DEFINE_SCOPED(type, name, release) makes "scoped(name) variable = ...;" a
 * variable of that type whose value is released when it leaves its scope.
 * Empty values (NULL, a negative fd) are not released.
 */
#define DEFINE_SCOPED(type, name, release)                    \
	typedef type scoped_##name;                           \
	static inline void scope_##name(scoped_##name *value) \
	{                                                     \
		if (*value)                                   \
			release(*value);                      \
	}

#define scoped(name) __attribute__((cleanup(scope_##name))) scoped_##name

typedef int scoped_fd;
static inline void scope_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

DEFINE_SCOPED(FILE *, file, fclose)
DEFINE_SCOPED(DIR *, dir, closedir)
DEFINE_SCOPED(void *, memory, free)

/* Hands a scoped fd to a new owner. */
static inline int scope_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
