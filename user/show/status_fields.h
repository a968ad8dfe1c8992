/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `status` shows of an attachment, and of an interface. */
#ifndef STATUS_FIELDS_H
#define STATUS_FIELDS_H

#include "attachments.h"
#include "facts.h"
#include "judging.h"

struct attachment_row {
	const struct attachment *attachment;
	const char *netns;
	const struct judging_facts *facts;
	/* of reverse_path_mute(), while a policy uses rpf */
	unsigned int mute;
	int mute_err;
};

struct interface_row {
	const struct interface *interface;
	const struct rows *guarded; /* policies whose ports can be reached there */
	bool filtered;
	bool named; /* by the setting `tunnel` */
};

/* Of attachments; where rpf asks the routing table; of interfaces not filtered; of tunnels. */
extern const struct field attachment_fields[];
extern const struct field asked_fields[];
extern const struct field unfiltered_fields[];
extern const struct field tunnel_fields[];

/* For struct rows: context is an array of struct attachment_row, or interface_row. */
const void *attachment_at(const struct rows *rows, size_t index);
const void *interface_at(const struct rows *rows, size_t index);

#endif
