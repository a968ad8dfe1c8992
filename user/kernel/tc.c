/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs at tc ingress of interfaces of the current network namespace. */
#include "tc.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>

/* Of Linux 6.6, which headers to build with need not be. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define BEFORE      (1U << 3) /* BPF_F_BEFORE, and before nothing in particular: the first */

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

int tc_programs(__u32 ifindex, __u32 ret_ids[static TC_PROGRAMS_MAX])
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ret_ids, .prog_cnt = TC_PROGRAMS_MAX);
	int err = query(ifindex, &opts);

	if (err == -ENODEV || (err == -EINVAL && !tc_has_links()))
		return 0;
	return err ? err : (int)opts.prog_cnt;
}

int tc_runs(__u32 ifindex, __u32 prog_id)
{
	__u32 ids[TC_PROGRAMS_MAX];
	int count = tc_programs(ifindex, ids);

	for (int i = 0; i < count; i++) {
		if (ids[i] == prog_id)
			return 1;
	}
	return count < 0 ? count : 0;
}
