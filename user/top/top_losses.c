/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For `top`: where packets are lost, so that each loss has an owner: card, filter or socket. */
#include "top_losses.h"

#include <stdlib.h>
#include <string.h>

#include "interfaces.h"
#include "scope.h"
#include "sockets.h"

#define RATE_SECONDS 10

static const struct top_loss *loss_of(const void *row)
{
	return row;
}

static bool is_interface(const struct top_loss *loss)
{
	return *loss->pin;
}

static struct value get_where(const void *row)
{
	static char where[16];

	if (is_interface(row))
		return value_text(loss_of(row)->interface);
	if (!loss_of(row)->port)
		return value_text("all udp");
	snprintf(where, sizeof(where), "udp %u", loss_of(row)->port);
	return value_text(where);
}

static struct value get_interface(const void *row)
{
	return value_text(loss_of(row)->interface);
}

static struct value get_namespace(const void *row)
{
	return value_text(loss_of(row)->netns);
}

static struct value get_port(const void *row)
{
	return value_some(loss_of(row)->port);
}

static struct value get_rate(const void *row, const struct meter *meter, bool known)
{
	if (!known)
		return value_none();
	return value_tenths(meter_rate(meter, loss_of(row)->of->timeline, RATE_SECONDS));
}

static struct value get_received(const void *row)
{
	return get_rate(row, &loss_of(row)->receiving, loss_of(row)->counts);
}

static struct value get_card(const void *row)
{
	return get_rate(row, &loss_of(row)->card, loss_of(row)->counts);
}

static struct value get_filter(const void *row)
{
	return get_rate(row, &loss_of(row)->filter, is_interface(row));
}

static struct value get_sockets(const void *row)
{
	return get_rate(row, &loss_of(row)->sockets, !is_interface(row));
}

static const struct field text_fields[] = {
	{ "WHERE", NULL, get_where },
	{ "NETNS", NULL, get_namespace },
	{ "RECEIVED/S", NULL, get_received },
	{ "CARD DROPS/S", NULL, get_card },
	{ "FILTER DROPS/S", NULL, get_filter },
	{ "SOCKET DROPS/S", NULL, get_sockets },
	{},
};

static const struct field json_fields[] = {
	{ "", "interface", get_interface },
	{ "", "namespace", get_namespace },
	{ "", "port", get_port },
	{ "", "received_per_second", get_received },
	{ "", "card_drops_per_second", get_card },
	{ "", "filter_drops_per_second", get_filter },
	{ "", "socket_drops_per_second", get_sockets },
	{},
};

/* --- the list of them --- */

static struct top_loss *find(const struct top_losses *losses, const char *pin, __u16 port)
{
	for (size_t i = 0; i < losses->count; i++) {
		if (losses->list[i].port == port && !strcmp(losses->list[i].pin, pin))
			return &losses->list[i];
	}
	return NULL;
}

/* One that is there now, good until the next is met; NULL without memory. */
static struct top_loss *meet(struct top_losses *losses, const char *pin, __u16 port)
{
	struct top_loss *loss = find(losses, pin, port), *grown;

	if (!loss) {
		grown = reallocarray(losses->list, losses->count + 1, sizeof(*grown));
		if (!grown)
			return NULL;
		losses->list = grown;
		loss = &grown[losses->count++];
		*loss = (struct top_loss){ .of = losses, .port = port };
		snprintf(loss->pin, sizeof(loss->pin), "%s", pin);
	}
	loss->there = true;
	return loss;
}

/* Interfaces by name, then ports, then what all sockets dropped. */
static int compare(const void *a, const void *b)
{
	const struct top_loss *x = a, *y = b;

	if (is_interface(x) != is_interface(y))
		return is_interface(x) ? -1 : 1;
	if (is_interface(x))
		return strcmp(x->interface, y->interface) ?: strcmp(x->pin, y->pin);
	return (__u16)(x->port - 1) - (__u16)(y->port - 1);
}

static void forget_gone(struct top_losses *losses)
{
	size_t count = 0;

	for (size_t i = 0; i < losses->count; i++) {
		if (losses->list[i].there)
			losses->list[count++] = losses->list[i];
	}
	losses->count = count;
	if (count)
		qsort(losses->list, count, sizeof(*losses->list), compare);
}

void top_losses_free(struct top_losses *losses)
{
	free(losses->list);
	free(losses->socket);
	*losses = (struct top_losses){};
}

/* --- interfaces --- */

/* A card whose numbers went back was set up anew, or is another. */
static __u64 since(__u64 now, __u64 before)
{
	return now < before ? 0 : now - before;
}

static __u64 filtered(const struct settings *settings, const struct cx_counter *counters)
{
	__u64 packets = 0;

	for (unsigned int policy = 0; policy < CX_MAX_POLICIES; policy++) {
		for (unsigned int reason = 0; reason < CX_REASON_COUNT; reason++) {
			if (!reason_passes(&settings->policy[policy], reason))
				packets += counters[CX_COUNTER(policy, 0, reason)].packets;
		}
	}
	return packets;
}

/* NULL: it cannot be asked. */
static void ask_card(struct top_loss *loss, const struct interface *interface)
{
	__u64 received = interface ? interface->rx_packets : 0;
	__u64 lost = interface ? interface->rx_lost : 0;
	bool both = loss->counts && interface;

	meter_add(&loss->receiving, loss->of->timeline, both ? since(received, loss->received) : 0);
	meter_add(&loss->card, loss->of->timeline, both ? since(lost, loss->lost) : 0);
	loss->counts = interface;
	loss->received = received;
	loss->lost = lost;
}

static int add_attachment(struct top_losses *losses, struct cli *cli, const struct view *view,
			  const struct attachment *attachment, const struct interface *interface,
			  const struct cx_counter *counters)
{
	struct top_loss *loss = meet(losses, attachment->pin, 0);

	if (!loss)
		return view_no_memory(cli);
	snprintf(loss->interface, sizeof(loss->interface), "%s", attachment_name(attachment));
	snprintf(loss->netns, sizeof(loss->netns), "%s", attachment_netns(attachment, view->here));
	meter_add(&loss->filter, losses->timeline, filtered(&view->settings, counters));
	ask_card(loss, interface);
	return STATUS_DONE;
}

/* The cards of other namespaces cannot be asked from here. */
static int add_interfaces(struct top_losses *losses, struct cli *cli, const struct view *view,
			  const struct turn *turn, const struct cx_counter *counters)
{
	scoped(memory) list = NULL;
	size_t count = 0;
	int status = STATUS_DONE, err = interfaces_read((struct interface **)&list, &count);

	if (err)
		warn_add(&cli->warnings, "cannot tell what cards drop: %s", strerror(-err));
	for (size_t i = 0; i < turn->count && !status; i++) {
		const struct attachment *attachment = &turn->list[i];
		const struct interface *interface = NULL;

		if (attachment->ifindex && attachment->netns == view->here)
			interface = interfaces_find(list, count, attachment->ifindex);
		status = add_attachment(losses, cli, view, attachment, interface,
					&counters[i * CX_COUNTERS]);
	}
	return status;
}

/* --- sockets --- */

static const struct udp_socket *find_socket(const struct top_losses *losses, __u64 inode)
{
	size_t from = 0, to = losses->sockets;

	while (from < to) {
		size_t middle = (from + to) / 2;

		if (losses->socket[middle].inode < inode)
			from = middle + 1;
		else
			to = middle;
	}
	return from < losses->sockets && losses->socket[from].inode == inode ? &losses->socket[from]
									     : NULL;
}

/* One that was not there at the first look has dropped all that since. */
static __u64 dropped_since(const struct top_losses *losses, const struct udp_socket *socket)
{
	const struct udp_socket *before = find_socket(losses, socket->inode);

	if (before)
		return since(socket->drops, before->drops);
	return losses->timeline->count > 1 ? socket->drops : 0;
}

static int add_socket(struct top_losses *losses, struct cli *cli, const struct udp_socket *socket)
{
	struct top_loss *loss = meet(losses, "", socket->port);

	if (!loss)
		return view_no_memory(cli);
	loss->dropping += dropped_since(losses, socket);
	return STATUS_DONE;
}

static int add_guarded(struct top_losses *losses, struct cli *cli, const struct settings *settings)
{
	struct udp_socket *list;
	int status = STATUS_DONE, err;
	size_t count;

	err = udp_sockets_read(settings->port[CX_UDP], &list, &count);
	if (err)
		return warn_add(&cli->warnings, "cannot tell what sockets drop: %s",
				strerror(-err)),
		       STATUS_DONE;
	for (size_t i = 0; i < count && !status; i++)
		status = add_socket(losses, cli, &list[i]);
	free(losses->socket);
	losses->socket = list;
	losses->sockets = count;
	return status;
}

static int add_all_sockets(struct top_losses *losses, struct cli *cli)
{
	struct top_loss *loss;
	__u64 dropped;
	int err = udp_drops_read(&dropped);

	if (err)
		return warn_add(&cli->warnings, "cannot tell what all sockets drop: %s",
				strerror(-err)),
		       STATUS_DONE;
	loss = meet(losses, "", 0);
	if (!loss)
		return view_no_memory(cli);
	loss->dropping = losses->counted ? since(dropped, losses->dropped) : 0;
	losses->counted = true;
	losses->dropped = dropped;
	return STATUS_DONE;
}

/* Several may be bound to one port: they are added up before they are entered. */
static void enter_sockets(struct top_losses *losses)
{
	for (size_t i = 0; i < losses->count; i++) {
		struct top_loss *loss = &losses->list[i];

		if (!is_interface(loss))
			meter_add(&loss->sockets, losses->timeline, loss->dropping);
		loss->dropping = 0;
	}
}

int top_losses_add(struct top_losses *losses, struct cli *cli, const struct view *view,
		   const struct turn *turn, const struct cx_counter *counters)
{
	int status;

	for (size_t i = 0; i < losses->count; i++)
		losses->list[i].there = false;
	status = add_interfaces(losses, cli, view, turn, counters);
	if (!status)
		status = add_guarded(losses, cli, &view->settings);
	if (!status)
		status = add_all_sockets(losses, cli);
	enter_sockets(losses);
	forget_gone(losses);
	return status;
}

static const void *row_at(const struct rows *rows, size_t index)
{
	return &((const struct top_losses *)rows->context)->list[index];
}

struct rows top_losses_rows(const struct top_losses *losses, bool json)
{
	return (struct rows){ json ? json_fields : text_fields, losses->count, row_at, losses };
}
