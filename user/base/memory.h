/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arrays of tens of megabytes, on large pages. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* Room for that many elements, not zeroed; NULL without memory. For free(). */
void *memory_new(size_t count, size_t size);

/*
 * Room for more: the first used elements are copied and the old array is
 * freed.  NULL without memory; the old array is then as it was.
 */
void *memory_grow(void *array, size_t used, size_t count, size_t size);

#endif
