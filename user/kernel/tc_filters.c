/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filters that an ingress or clsact qdisc holds on an interface of the current namespace. */
#include "tc_filters.h"

#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"
#include "scope.h"

struct found {
	struct tc_filter *list; /* owned */
	size_t count;
};

static void read_bpf(const struct nlattr *options, struct tc_filter *filter)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, options)
	{
		if (mnl_attr_get_type(attr) == TCA_BPF_ID)
			filter->prog_id = mnl_attr_get_u32(attr);
	}
}

static void read_attributes(const struct nlmsghdr *message, struct tc_filter *filter)
{
	const struct nlattr *attr, *options = NULL;

	mnl_attr_for_each(attr, message, sizeof(struct tcmsg))
	{
		if (mnl_attr_get_type(attr) == TCA_KIND)
			snprintf(filter->kind, sizeof(filter->kind), "%.*s",
				 (int)mnl_attr_get_payload_len(attr), mnl_attr_get_str(attr));
		if (mnl_attr_get_type(attr) == TCA_CHAIN)
			filter->chain = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == TCA_OPTIONS)
			options = attr;
	}
	if (options && !strcmp(filter->kind, "bpf"))
		read_bpf(options, filter);
}

static int take_filter(const struct nlmsghdr *message, void *data)
{
	const struct tcmsg *header = mnl_nlmsg_get_payload(message);
	struct found *found = data;
	struct tc_filter *grown = reallocarray(found->list, found->count + 1, sizeof(*grown));

	if (!grown)
		return MNL_CB_ERROR;
	found->list = grown;
	grown[found->count] = (struct tc_filter){
		.handle = header->tcm_handle,
		.priority = TC_H_MAJ(header->tcm_info) >> 16,
	};
	read_attributes(message, &grown[found->count++]);
	return MNL_CB_OK;
}

static int read_once(__u32 ifindex, enum tc_side side, struct found *found)
{
	const __u32 minor = side == TC_SIDE_INGRESS ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;
	const struct tcmsg header = {
		.tcm_ifindex = (int)ifindex,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, minor),
	};
	scoped(socket) socket = netlink_open();

	found->count = 0;
	return socket ? netlink_dump_of(socket, RTM_GETTFILTER, &header, sizeof(header),
					take_filter, found)
		      : -errno;
}

int tc_filters_read(__u32 ifindex, enum tc_side side, struct tc_filter **ret_list,
		    size_t *ret_count)
{
	struct found found = {};
	int err = -EINTR;

	for (int i = 0; i < NETLINK_TRIES && err == -EINTR; i++)
		err = read_once(ifindex, side, &found);
	if (err) {
		free(found.list);
		return err;
	}
	*ret_list = found.list;
	*ret_count = found.count;
	return 0;
}

int tc_filters_before(__u32 ifindex, __u32 prog_id, struct tc_filter *ret_filter)
{
	scoped(memory) memory = NULL;
	const struct tc_filter *filter;
	bool found = false;
	size_t count;
	int err = tc_filters_read(ifindex, TC_SIDE_INGRESS, (struct tc_filter **)&memory, &count);

	filter = memory;
	for (size_t i = 0; !err && i < count; i++) {
		if (filter[i].prog_id == prog_id)
			return found;
		if (filter[i].chain || !filter[i].handle)
			continue;
		*ret_filter = filter[i];
		found = true;
	}
	return err;
}

/* A search for the qdisc of one interface. */
struct search {
	__u32 ifindex;
	bool found;
};

static int take_qdisc(const struct nlmsghdr *message, void *data)
{
	const struct tcmsg *header = mnl_nlmsg_get_payload(message);
	struct search *search = data;

	if ((__u32)header->tcm_ifindex == search->ifindex && header->tcm_parent == TC_H_CLSACT)
		search->found = true;
	return MNL_CB_OK;
}

int tc_filters_possible(__u32 ifindex)
{
	struct search search = { .ifindex = ifindex };
	int err = -EINTR;

	for (int i = 0; i < NETLINK_TRIES && err == -EINTR; i++) {
		scoped(socket) socket = netlink_open();

		err = socket ? netlink_dump(socket, RTM_GETQDISC, sizeof(struct tcmsg), take_qdisc,
					    &search)
			     : -errno;
	}
	return err ? err : search.found;
}
