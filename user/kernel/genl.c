/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions to families of generic netlink, in the current network namespace. */
#include "genl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

#include "netlink.h"

struct search {
	const char *name;
	__u16 id; /* 0: not found */
};

static int take_family(const struct nlmsghdr *message, void *data)
{
	struct search *search = data;
	const struct nlattr *attr;
	const char *name = "";
	__u16 id = 0;

	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_NAME)
			name = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			id = mnl_attr_get_u16(attr);
	}
	if (!strcmp(name, search->name))
		search->id = id;
	return MNL_CB_OK;
}

/* One question on a socket of its own. */
static int dump(__u16 type, __u8 command, mnl_cb_t take, void *context)
{
	const struct genlmsghdr header = { .cmd = command, .version = 1 };
	scoped(socket) socket = netlink_open_to(NETLINK_GENERIC);

	return socket ? netlink_dump_of(socket, type, &header, sizeof(header), take, context)
		      : -errno;
}

int genl_dump(const char *family, __u8 command, mnl_cb_t take, void *context)
{
	struct search search = { .name = family };
	int err = dump(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, take_family, &search);

	if (err)
		return err;
	return search.id ? dump(search.id, command, take, context) : -ENOENT;
}
