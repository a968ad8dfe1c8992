/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One access list in the kernel: a hash map, made, filled, checked and read. */
#ifndef LIST_H
#define LIST_H

#include "instance.h"
#include "settings.h"

/*
 * Types in the instance's BTF, so that dumps name their fields; and Linux
 * before 6.3 takes no map without BTF where its template has some.
 */
struct list_types {
	int btf_fd;
	__u32 key[2]; /* of access lists, by enum cx_family */
	__u32 value;
	__u32 index; /* of segments of state, and of filters */
	__u32 state;
	__u32 word; /* of filters */
};

/* Returns 0 or -errno; the fd is the caller's. */
int list_types_open(const struct instance *instance, struct list_types *ret_types);

/* Turns a model entry into its value; what it refers to has numbers by now. */
typedef void list_value_fn(const void *context, const struct entry *entry,
			   struct cx_entry *ret_value);

/*
 * Makes a map of that name with room for count entries and a quarter more,
 * fills it, and reads back a sample.  Returns its fd or -errno.
 */
int list_create(const struct list_types *types, const char *name, enum cx_family family,
		const struct entry *entries, size_t count, list_value_fn *value,
		const void *context);

/* Fills one that is empty. Returns 0 or -errno. */
int list_fill(int map_fd, enum cx_family family, const struct entry *entries, size_t count,
	      list_value_fn *value, const void *context);

/* The entry of exactly that prefix. Returns 0, -ENOENT, or another -errno. */
int list_find(int map_fd, const struct prefix *prefix, struct cx_entry *ret_value);
/* Enters one, over what it has of that prefix; takes one out, if it is there. Return 0 or -errno. */
int list_enter(int map_fd, const struct prefix *prefix, const struct cx_entry *value);
int list_remove(int map_fd, const struct prefix *prefix);

/* Called per entry read; a negative return ends the reading. */
typedef int list_read_fn(void *context, const struct prefix *prefix, const struct cx_entry *value);

/* Reads all entries, in no order. Returns 0 or -errno. */
int list_read(int map_fd, enum cx_family family, list_read_fn *take, void *context);

/* Name of a list's map: the policy's name and what CX_*_SUFFIX says. */
const char *list_name(const char *policy, enum cx_direction direction, enum cx_family family,
		      char buf[static CX_NAME_MAX]);

#endif
