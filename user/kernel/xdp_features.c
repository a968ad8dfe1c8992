/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a driver says that it can do with XDP programs. */
#include "xdp_features.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdbool.h>

#include "genl.h"

/* Of linux/netdev.h, which headers to build with need not have. */
#define DEV_GET      1
#define DEV_IFINDEX  1
#define DEV_FEATURES 3

struct search {
	__u32 ifindex;
	__u64 features;
	bool found;
};

static int take_device(const struct nlmsghdr *message, void *data)
{
	struct search *search = data;
	const struct nlattr *attr;
	__u64 features = 0;
	__u32 ifindex = 0;

	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == DEV_IFINDEX)
			ifindex = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == DEV_FEATURES)
			features = mnl_attr_get_u64(attr);
	}
	if (ifindex == search->ifindex) {
		search->features = features;
		search->found = true;
	}
	return MNL_CB_OK;
}

int xdp_features_read(__u32 ifindex, __u64 *ret_features)
{
	struct search search = { .ifindex = ifindex };
	int err = genl_dump("netdev", DEV_GET, take_device, &search);

	if (err)
		return err;
	*ret_features = search.features;
	return search.found ? 0 : -ENOENT;
}
