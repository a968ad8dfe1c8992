/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing what a group, or a host, is to have: pieces first, then the signed pointer to them. */
#ifndef PUBLISH_H
#define PUBLISH_H

#include "fleet.h"
#include "pointer.h"
#include "store.h"

/* What lies there now. */
struct published {
	struct kv kv;           /* its key, and at which revision */
	struct pointer pointer; /* without text: nothing does */
};

/*
 * Reads what lies there; its signature must be good if the configuration
 * trusts any key.  Returns an exit status; freed with published_free().
 */
int published_read(struct fleet *fleet, struct etcd *etcd, enum pointer_kind kind, const char *name,
		   struct published *ret_published);
void published_free(struct published *published);

struct publication {
	enum pointer_kind kind;
	const char *name;
	const char *text;
	size_t len;
	bool force;
	struct published *held; /* that must be unchanged at the end, too; NULL: none */
};

/* Returns an exit status. *ret_serial: of the pointer that is there now. */
int publish(struct fleet *fleet, struct etcd *etcd, const struct publication *publication,
	    __u64 *ret_serial);

/* The text of what lies there, the caller's. Returns an exit status. */
int published_text(struct etcd *etcd, const struct published *published, char **ret_text);

#endif
