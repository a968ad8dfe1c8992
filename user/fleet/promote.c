/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From one group to the next, once the first has shown that it does no harm. */
#include "promote.h"

#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "hosts.h"
#include "interrupts.h"
#include "pieces.h"
#include "publish.h"

#define LOOK_MS 1000

/* What keeps one host from counting; "": nothing. */
static void objection(const struct host *host, const struct promotion *promotion,
		      const struct pointer *pointer, char ret_text[static REASON_MAX])
{
	*ret_text = '\0';
	if (!strcmp(host->state, "silent") && promotion->force)
		return;
	if (strcmp(host->state, "ok"))
		snprintf(ret_text, REASON_MAX, "%.30s: %.250s", host->state, host->reason);
	else if (host->serial != pointer->serial || strcmp(host->digest, pointer->digest))
		snprintf(ret_text, REASON_MAX, "has another policy in force");
	else if (host->drops < 0)
		snprintf(ret_text, REASON_MAX, "has not said yet what it refuses");
	else if (host->drops > (host->drops_before < 0 ? 0 : host->drops_before) + promotion->drops)
		snprintf(ret_text, REASON_MAX, "refuses %lld packets/s, %lld before",
			 (long long)host->drops,
			 (long long)(host->drops_before < 0 ? 0 : host->drops_before));
}

/* The first host that is not so far, "" if all are. */
static int look(struct fleet *fleet, struct etcd *etcd, const struct promotion *promotion,
		const struct pointer *pointer, char ret_host[static CONFIG_NAME_MAX],
		char ret_text[static REASON_MAX])
{
	struct hosts hosts;
	int err = hosts_read(etcd, promotion->from, &hosts);

	(void)fleet;
	if (err)
		return err;
	snprintf(ret_text, REASON_MAX, "has no host");
	snprintf(ret_host, CONFIG_NAME_MAX, "%s", promotion->from);
	for (size_t i = 0; i < hosts.count; i++) {
		objection(&hosts.host[i], promotion, pointer, ret_text);
		snprintf(ret_host, CONFIG_NAME_MAX, "%s", hosts.host[i].name);
		if (*ret_text)
			break;
	}
	hosts_free(&hosts);
	return 0;
}

static int await(struct fleet *fleet, struct etcd *etcd, const struct promotion *promotion,
		 const struct pointer *pointer)
{
	const __u64 end = now_ms() + promotion->within * 1000ULL;
	char host[CONFIG_NAME_MAX], text[REASON_MAX];

	do {
		if (look(fleet, etcd, promotion, pointer, host, text))
			return STATUS_FAILED;
		if (!*text)
			return STATUS_DONE;
		if (now_ms() < end)
			watch_wait(NULL, LOOK_MS);
	} while (now_ms() < end && !interrupted());
	complain_failed(&fleet->why, host, "%s; nothing is promoted", text);
	complain_hint(&fleet->why, "see: clarent-xdp fleet status %s", promotion->from);
	return STATUS_FAILED;
}

static int copy(struct fleet *fleet, struct etcd *etcd, const struct promotion *promotion,
		struct published *from, __u64 *ret_serial)
{
	struct publication publication = {
		.kind = POINTER_GROUP,
		.name = promotion->to,
		.len = from->pointer.size,
		.force = promotion->force,
		.held = from,
	};
	char *text;
	int status = published_text(etcd, from, &text);

	if (status)
		return status;
	publication.text = text;
	status = publish(fleet, etcd, &publication, ret_serial);
	free(text);
	return status;
}

int promote(struct fleet *fleet, struct etcd *etcd, const struct promotion *promotion,
	    __u64 *ret_serial)
{
	struct published from;
	int status = published_read(fleet, etcd, POINTER_GROUP, promotion->from, &from);

	if (status)
		return status;
	if (!from.pointer.text) {
		complain_failed(&fleet->why, promotion->from,
				"nothing is published for this group");
		status = STATUS_FAILED;
	}
	if (!status)
		status = await(fleet, etcd, promotion, &from.pointer);
	if (!status)
		status = copy(fleet, etcd, promotion, &from, ret_serial);
	published_free(&from);
	return status;
}
