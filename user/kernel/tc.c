/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs at tc ingress of interfaces of the current network namespace. */
#include "tc.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>

#include "scope.h"
#include "tc_filters.h"

/* Of Linux 6.6, which headers to build with need not be. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define BEFORE      (1U << 3) /* BPF_F_BEFORE, and before nothing in particular: the first */

#define LINKS_MAX 64 /* that the kernel takes on one interface */

#define LOOPBACK_IFINDEX 1 /* there is one in each namespace */

static int query(__u32 ifindex, struct bpf_prog_query_opts *opts)
{
	return bpf_prog_query_opts((int)ifindex, TCX_INGRESS, opts) ? -errno : 0;
}

bool tc_has_links(void)
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts);

	return query(LOOPBACK_IFINDEX, &opts) != -EINVAL;
}

int tc_link(int prog_fd, __u32 ifindex)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = BEFORE);
	int fd = bpf_link_create(prog_fd, (int)ifindex, TCX_INGRESS, &opts);

	return fd < 0 ? -errno : fd;
}

/* Those that links hold. Returns how many, or -errno. */
static int linked_programs(__u32 ifindex, __u32 ret_ids[static LINKS_MAX])
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ret_ids, .prog_cnt = LINKS_MAX);
	int err = query(ifindex, &opts);

	if (err == -ENODEV || (err == -EINVAL && !tc_has_links()))
		return 0;
	return err ? err : (int)opts.prog_cnt;
}

/* Those of filters. Returns how many, or -errno. */
static int filter_programs(__u32 ifindex, __u32 *ret_ids, int max)
{
	scoped(memory) memory = NULL;
	const struct tc_filter *filter;
	size_t count;
	int ids = 0;
	int err = tc_filters_read(ifindex, TC_SIDE_INGRESS, (struct tc_filter **)&memory, &count);

	if (err)
		return err;
	filter = memory;
	for (size_t i = 0; i < count && ids < max; i++) {
		if (filter[i].prog_id)
			ret_ids[ids++] = filter[i].prog_id;
	}
	return ids;
}

int tc_programs(__u32 ifindex, __u32 ret_ids[static TC_PROGRAMS_MAX])
{
	int linked = linked_programs(ifindex, ret_ids), filters;

	if (linked < 0)
		return linked;
	filters = filter_programs(ifindex, ret_ids + linked, TC_PROGRAMS_MAX - linked);
	return filters < 0 ? filters : linked + filters;
}

int tc_is_behind(__u32 ifindex, __u32 prog_id)
{
	__u32 ids[LINKS_MAX];
	int linked = linked_programs(ifindex, ids);
	struct tc_filter before;

	for (int i = 0; i < linked; i++) {
		if (ids[i] == prog_id)
			return i > 0;
	}
	return linked < 0 ? linked : tc_filters_before(ifindex, prog_id, &before);
}
