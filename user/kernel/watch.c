/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Watches attachments: what their interfaces receive, and what their programs judge. */
#include "watch.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "netns.h"
#include "scope.h"
#include "stack.h"
#include "tc.h"

#define MOMENT_NS (100 * 1000 * 1000)

_Static_assert((int)CX_REASON_COUNT <= (int)CX_PASSED_GATE, "a reason where notes are kept");

/* What an attachment's counters say. */
struct tally {
	__u64 judged; /* seen by the program, to be exact */
	bool noted;   /* what follows */
	__u64 noted_received, noted_judged, noted_downs;
};

/* A look at all attachments. */
struct look {
	const struct attachment *list;
	size_t count;
	struct judging_facts *facts;
	struct judging_count *now; /* what is counted in all */
	bool again;                /* only at those that are in doubt, and what they count */
};

static __u64 noted(const struct cx_counter *counters, enum cx_noted what)
{
	return counters[CX_COUNTER(0, 0, what)].packets;
}

static int read_tally(const struct attachment *attachment, struct tally *ret_tally)
{
	scoped(memory) memory = calloc(CX_COUNTERS, sizeof(struct cx_counter));
	const struct cx_counter *counters = memory;
	int err;

	if (!memory)
		return -ENOMEM;
	err = attachment_counters(attachment, memory);
	if (err)
		return err;
	*ret_tally = (struct tally){
		.judged = noted(counters, CX_PASSED_GATE),
		.noted = counters[CX_COUNTER(0, 0, CX_NOTED_DOWNS)].bytes,
		.noted_received = noted(counters, CX_NOTED_RECEIVED),
		.noted_judged = noted(counters, CX_NOTED_JUDGED),
		.noted_downs = noted(counters, CX_NOTED_DOWNS),
	};
	for (__u32 i = 0; i < CX_COUNTERS; i++) {
		if ((i & 31) < CX_REASON_COUNT)
			ret_tally->judged += counters[i].packets;
	}
	return 0;
}

/* On one CPU: they are summed when they are read. Returns 0 or -errno. */
static int note(int counters_fd, enum cx_noted what, __u64 number)
{
	int cpus = libbpf_num_possible_cpus();
	scoped(memory) memory = cpus > 0 ? calloc(cpus, sizeof(struct cx_counter)) : NULL;
	struct cx_counter *values = memory;
	__u32 index = CX_COUNTER(0, 0, what);

	if (!values)
		return -ENOMEM;
	values[0] = (struct cx_counter){ .packets = number, .bytes = 1 };
	return bpf_map_update_elem(counters_fd, &index, values, BPF_ANY) ? -errno : 0;
}

void watch_begin(const struct attachment *attachment)
{
	scoped(fd) fd = attachment_open_pin(attachment->pin, "counters");
	struct interface interface;
	struct tally tally;

	/* a look takes them in the other order: what comes in between is never missed as judged */
	if (fd < 0 || read_tally(attachment, &tally) ||
	    interface_read(attachment->ifindex, &interface))
		return;
	/* the last says that all are there */
	if (!note(fd, CX_NOTED_RECEIVED, interface.rx_packets) &&
	    !note(fd, CX_NOTED_JUDGED, tally.judged))
		(void)note(fd, CX_NOTED_DOWNS, interface.downs);
}

/* Counters of a driver may begin anew when it resets. */
static __u64 since(__u64 now, __u64 then)
{
	return now >= then ? now - then : now;
}

static void look_at(const struct interface *interface, enum cx_attach_mode mode,
		    const struct interface *all, size_t count, const struct tally *tally,
		    struct judging_facts *facts)
{
	const struct device_kind *kind = device_kind(interface);
	bool is_native = mode == CX_ATTACH_NATIVE && interface->xdp_native;
	struct stack_twin twin;

	facts->never = kind->never;
	facts->around = kind->around && mode != CX_ATTACH_TC;
	facts->exact = kind->around && is_native;
	facts->loses = is_native && device_loses_native(interface, all, count);
	facts->twice = stack_find_twin(interface, all, count, &twin);
	facts->counted = tally->noted;
	if (!facts->counted) /* the attach was told nothing, and what came before it is no sign */
		return;
	facts->reset = facts->loses && interface->downs != tally->noted_downs;
	facts->since.received = since(interface->rx_packets, tally->noted_received);
	facts->since.judged = since(tally->judged, tally->noted_judged);
}

/* At tc others may come first, and do as they like. Returns 0 or -errno. */
static int look_before(const struct attachment *attachment, const struct interface *interface,
		       struct judging_facts *facts)
{
	int behind = attachment->self.mode == CX_ATTACH_TC
			     ? tc_is_behind(interface->ifindex, attachment->prog_id)
			     : 0;

	facts->behind = behind > 0;
	return behind < 0 ? behind : 0;
}

static int look_once(struct look *look, size_t index, const struct interface *interface,
		     const struct interface *all, size_t count)
{
	const struct attachment *attachment = &look->list[index];
	struct judging_facts *facts = &look->facts[index];
	struct judging_count *now = &look->now[index];
	struct tally tally;
	int err = read_tally(attachment, &tally);

	if (err)
		return err;
	if (look->again)
		facts->lately = (struct judging_count){
			.received = since(interface->rx_packets, now->received),
			.judged = since(tally.judged, now->judged),
		};
	else
		look_at(interface, attachment->self.mode, all, count, &tally, facts);
	*now = (struct judging_count){ interface->rx_packets, tally.judged };
	return look->again ? 0 : look_before(attachment, interface, facts);
}

/* Looks at those whose interface is in the current namespace. */
static int look_here(void *context, __u64 netns, const char *netns_name)
{
	struct look *look = context;
	scoped(memory) memory = NULL;
	const struct interface *all;
	size_t count;
	int err = interfaces_read((struct interface **)&memory, &count);

	(void)netns;
	(void)netns_name;
	all = memory;
	for (size_t i = 0; i < look->count && !err; i++) {
		const struct attachment *attachment = &look->list[i];
		const struct interface *interface =
			interfaces_find(all, count, attachment->ifindex);
		/* of that number there may be one in each namespace, of that program not */
		int is_on = interface ? attachment_is_on(attachment, interface) : 0;

		if (is_on < 0)
			err = is_on;
		else if (is_on && (!look->again || judging_is_in_doubt(&look->facts[i])))
			err = look_once(look, i, interface, all, count);
	}
	return err;
}

static int look_everywhere(struct look *look, __u64 here)
{
	bool elsewhere = false;
	int err = look_here(look, here, ""), elsewhere_err;

	for (size_t i = 0; i < look->count; i++)
		elsewhere |= look->list[i].netns && look->list[i].netns != here;
	elsewhere_err = elsewhere ? netns_visit_others(look_here, look) : 0;
	return err ? err : elsewhere_err;
}

static void gate_facts(const struct attachment *attachment, __u64 boottime,
		       struct judging_facts *facts)
{
	const struct cx_attachment *self = &attachment->self;

	facts->gone = attachment_is_gone(attachment);
	facts->moved = attachment_may_be_moved(attachment);
	facts->off = attachment->off;
	facts->gated = self->gate;
	facts->detach = self->gate_passes;
	facts->lapsed = boottime >= self->gate;
}

static bool is_any_in_doubt(const struct look *look)
{
	for (size_t i = 0; i < look->count; i++) {
		if (judging_is_in_doubt(&look->facts[i]))
			return true;
	}
	return false;
}

int watch_attachments(const struct attachment *list, size_t count, __u64 here, __u64 boottime,
		      struct judging_facts *ret_facts)
{
	scoped(memory) now = calloc(count + 1, sizeof(struct judging_count));
	struct look look = { .list = list, .count = count, .facts = ret_facts, .now = now };
	int err;

	for (size_t i = 0; i < count; i++) {
		ret_facts[i] = (struct judging_facts){};
		gate_facts(&list[i], boottime, &ret_facts[i]);
	}
	if (!now)
		return -ENOMEM;
	err = look_everywhere(&look, here);
	if (err || !is_any_in_doubt(&look))
		return err;
	nanosleep(&(struct timespec){ .tv_nsec = MOMENT_NS }, NULL);
	look.again = true;
	return look_everywhere(&look, here);
}
