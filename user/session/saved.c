/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In how many lines what runs differs from the policy file: known, or to be found out. */
#include "saved.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "clocks.h"
#include "copies.h"

/*
 * What is that soon read is read each time: then nothing can be wrong about what
 * was noted.
 */
#define SMALL_ENTRIES 1000
#define SMALL_FILE    (64 << 10) /* bytes */

/*
 * Who writes a file twice within a tick of the file system's clock leaves it with
 * one and the same time; some have ticks of two seconds.
 */
#define TICK_MAX (2 * NSEC_PER_SEC)

/* FNV-1a, 64 bits, after Fowler, Noll and Vo. */
static __u64 digest(const void *data, size_t size)
{
	const unsigned char *byte = data;
	__u64 hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3ULL;
	return hash;
}

static __u64 check_of(const struct cx_compared *compared)
{
	return digest(compared, offsetof(struct cx_compared, check));
}

static size_t count_entries(const struct instance *instance)
{
	const struct cx_rules *rules = &instance->rules[instance_generation(instance)];
	size_t count = 0;

	for (int i = 0; i < CX_LISTS; i++)
		count += rules->list[i][CX_IPV4].count + rules->list[i][CX_IPV6].count;
	return count;
}

/* What would be compared now. Returns 0 or -errno. */
static int sides_of(const struct instance *instance, const char *bpffs,
		    struct cx_compared *ret_sides)
{
	char path[COPY_PATH_MAX];
	struct stat st;

	memset(ret_sides, 0, sizeof(*ret_sides));
	if (stat(copies_path(bpffs, COPY_POLICY, path), &st))
		return -errno;
	*ret_sides = (struct cx_compared){
		.serial = instance_serial(instance),
		.devices = digest(instance->devices, (size_t)CX_MAX_DEVS * CX_NAME_MAX),
		.dev = st.st_dev,
		.ino = st.st_ino,
		.size = (__u64)st.st_size,
		.mtime = clocks_ns(&st.st_mtim),
		.ctime = clocks_ns(&st.st_ctim),
	};
	return 0;
}

static bool is_small(const struct instance *instance, const struct cx_compared *sides)
{
	return sides->size <= SMALL_FILE && count_entries(instance) <= SMALL_ENTRIES;
}

static bool same_sides(const struct cx_compared *a, const struct cx_compared *b)
{
	size_t first = offsetof(struct cx_compared, serial);

	return !memcmp((const char *)a + first, (const char *)b + first,
		       offsetof(struct cx_compared, check) - first);
}

/* Has the file its time for good: would whoever writes it from now on give it another? */
static bool is_settled(const struct cx_compared *sides)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return sides->ctime + TICK_MAX < clocks_ns(&now);
}

void saved_look(const struct instance *instance, const char *bpffs, struct saved *ret_saved)
{
	struct cx_compared noted = instance->meta->compared;

	*ret_saved = (struct saved){};
	ret_saved->err = sides_of(instance, bpffs, &ret_saved->sides);
	ret_saved->known = ret_saved->err != 0;
	if (ret_saved->known || is_small(instance, &ret_saved->sides))
		return;
	ret_saved->notable = is_settled(&ret_saved->sides);
	ret_saved->known = noted.check == check_of(&noted) && same_sides(&noted, &ret_saved->sides);
	ret_saved->lines = noted.lines;
}

void saved_compare(const struct instance *instance, const char *bpffs,
		   const struct settings *settings, struct saved *saved)
{
	struct cx_compared sides;

	saved->known = true;
	saved->err = copies_differ(bpffs, settings, &saved->lines);
	if (!saved->notable || saved->err || sides_of(instance, bpffs, &sides) ||
	    !same_sides(&saved->sides, &sides))
		return;
	sides.lines = saved->lines;
	sides.check = check_of(&sides);
	(void)instance_note_compared(instance, &sides); /* or the next one compares again */
}
