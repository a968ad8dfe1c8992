/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arrays of tens of megabytes, on large pages. */
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_PAGE (2UL << 20)

/*
 * Touching a million entries for the first time in pages of 4 KiB can cost
 * more than reading them from their file.  The large pages are only asked
 * for: without them it is slower, not wrong.
 */
void *memory_new(size_t count, size_t size)
{
	size_t bytes;
	void *array;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - LARGE_PAGE)
		return NULL;
	if (bytes < LARGE_PAGE)
		return malloc(bytes ? bytes : 1);
	bytes = (bytes + LARGE_PAGE - 1) & -LARGE_PAGE;
	array = aligned_alloc(LARGE_PAGE, bytes);
	if (array)
		(void)madvise(array, bytes, MADV_HUGEPAGE);
	return array;
}

/* Not by realloc(): moving a mapping breaks large pages up. */
void *memory_grow(void *array, size_t used, size_t count, size_t size)
{
	void *grown = memory_new(count, size);

	if (!grown)
		return NULL;
	if (used)
		memcpy(grown, array, used * size);
	free(array);
	return grown;
}
