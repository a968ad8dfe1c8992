/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pins of the lists: what people dump is what is in force. */
#include "pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "list.h"
#include "pindir.h"
#include "scope.h"
#include "slots.h"

/* Id of the map that a pin holds, 0 if there is no pin. Returns 0 or -errno. */
static int pinned_map(const char *path, __u32 *ret_id)
{
	scoped(fd) fd = bpf_obj_get(path);

	*ret_id = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return map_id_of(fd, ret_id);
}

static bool is_list_pin(const struct cx_rules *rules, const char *pin)
{
	struct list_at at;
	char name[CX_NAME_MAX];

	FOR_EACH_LIST (at) {
		const char *policy = rules->policy[at.policy].name;

		if (policy[0] && !strcmp(pin, list_name(policy, at.direction, at.family, name)))
			return true;
	}
	return false;
}

/* Is it a list of ours, whatever its name? */
static bool is_own_list(int dir_fd, const char *pin)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	char path[NAME_MAX + 40];
	scoped(fd) fd = -1;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, pin);
	fd = bpf_obj_get(path);
	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       info.type == BPF_MAP_TYPE_HASH && info.value_size == sizeof(struct cx_entry);
}

/* Removes the lists of policies that are gone, and what a killed rename left. */
static int sweep_pins(const struct instance *instance, const struct cx_rules *rules)
{
	scoped(dir) dir = opendir(instance->dir);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = pindir_next(dir, &err))) {
		if (entry->d_type != DT_DIR && !is_list_pin(rules, entry->d_name) &&
		    is_own_list(dirfd(dir), entry->d_name) &&
		    unlinkat(dirfd(dir), entry->d_name, 0))
			err = -errno;
	}
	return err;
}

/* The map of this id is what the pin holds; with id 0, there is no pin. Returns 0 or -errno. */
static int pin_map(__u32 id, const char *path)
{
	scoped(fd) fd = -1;
	__u32 held;
	int err = pinned_map(path, &held);

	if (err || held == id)
		return err;
	if (!id)
		return unlink(path) ? -errno : 0;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : pindir_replace(fd, path);
}

/* The pins hold the live lists; those of policies that are gone go too. */
int sync_pins(const struct instance *instance, unsigned int generation)
{
	const struct cx_rules *rules = &instance->rules[generation];
	char path[PIN_PATH_MAX], name[CX_NAME_MAX];
	struct list_at at;
	int err;

	FOR_EACH_LIST (at) {
		__u32 id = slot_map(instance, generation, &at);
		const char *policy = rules->policy[at.policy].name;

		if (!policy[0])
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", instance->dir,
			     list_name(policy, at.direction, at.family, name)) >= PIN_PATH_MAX)
			return -ENAMETOOLONG;
		err = pin_map(id, path);
		if (err)
			return err;
	}
	return sweep_pins(instance, rules);
}
