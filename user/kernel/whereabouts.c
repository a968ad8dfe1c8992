/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where pinned programs run that no link of ours leads to: looked for on every interface. */
#include "whereabouts.h"

#include <errno.h>

#include "netns.h"
#include "programs.h"
#include "scope.h"

struct wanted {
	struct attachment *list;
	size_t count;
};

static bool is_sought(const struct attachment *attachment)
{
	return !attachment->linked && !attachment->ifindex;
}

static bool are_all_found(const struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++) {
		if (is_sought(&wanted->list[i]))
			return false;
	}
	return true;
}

static void find_on(struct wanted *wanted, const struct interface *interface, const __u32 *ids,
		    int count, __u64 netns, const char *netns_name)
{
	for (size_t i = 0; i < wanted->count; i++) {
		struct attachment *attachment = &wanted->list[i];

		for (int j = 0; j < count && is_sought(attachment); j++) {
			if (attachment->prog_id != ids[j])
				continue;
			attachment->ifindex = interface->ifindex;
			attachment_place(attachment, interface, netns, netns_name);
		}
	}
}

/* Of those whose interface is there, but does not run them. */
static void tell_off(struct wanted *wanted, const struct interface *all, size_t count, __u64 netns)
{
	for (size_t i = 0; i < wanted->count; i++) {
		struct attachment *attachment = &wanted->list[i];
		const struct interface *interface;

		if (!is_sought(attachment) || attachment->self.netns != netns)
			continue;
		interface = interfaces_find(all, count, attachment->self.ifindex);
		attachment->off = interface;
	}
}

/* In the current namespace. Returns 1 when no more is to be looked for. */
static int find_here(void *context, __u64 netns, const char *netns_name)
{
	struct wanted *wanted = context;
	scoped(memory) memory = NULL;
	__u32 ids[PROGRAMS_MAX];
	const struct interface *all;
	size_t count;
	int err = interfaces_read((struct interface **)&memory, &count);

	all = memory;
	for (size_t i = 0; !err && i < count; i++) {
		int programs = programs_on(&all[i], ids);

		if (programs < 0)
			err = programs;
		else
			find_on(wanted, &all[i], ids, programs, netns, netns_name);
	}
	if (err)
		return err;
	tell_off(wanted, all, count, netns);
	return are_all_found(wanted);
}

int whereabouts_find(struct attachment *list, size_t count)
{
	struct wanted wanted = { list, count };
	__u64 here;
	int ret;

	if (are_all_found(&wanted))
		return 0;
	ret = netns_cookie(&here);
	if (!ret)
		ret = find_here(&wanted, here, "");
	if (!ret)
		ret = netns_visit_others(find_here, &wanted);
	return ret < 0 ? ret : 0;
}
