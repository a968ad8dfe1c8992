/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is what is attached judged, and what else comes in that is not. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <string.h>

#include "checks.h"
#include "device.h"
#include "object.h"
#include "programs.h"
#include "scope.h"
#include "stack.h"

/* --- What is attached --- */

static void mend_judging(struct doctor *doctor, const struct attachment *attachment,
			 enum judging judging)
{
	char word[DOCTOR_WORD_MAX];

	doctor_word(attachment_name(attachment), word);
	switch (judging) {
	case JUDGING_GONE:
	case JUDGING_MOVED:
		doctor_mend_self(doctor, "detach gone");
		break;
	case JUDGING_ATTACH_WAITS:
	case JUDGING_DETACH_WAITS:
		doctor_mend_self(doctor, "confirm");
		break;
	case JUDGING_NEVER:
		doctor_mend_self(doctor, "detach %s", word);
		break;
	case JUDGING_AROUND:
		doctor_mend_self(doctor, "detach %s", word);
		doctor_mend_self(doctor, "attach %s mode tc", word);
		break;
	default:
		doctor_mend_self(doctor, "attach %s mode %s", word,
				 attachment_mode(&attachment->self));
	}
}

/* Rules that nothing goes by. */
static void say_nothing_attached(struct doctor *doctor)
{
	const struct coverage *coverage = &doctor->coverage;

	doctor_say(doctor, DOCTOR_WARN, NULL, "nothing, so no packet is judged");
	for (size_t i = 0; i < coverage->interfaces; i++) {
		const struct interface *interface = &coverage->interface[i];

		if (interface->type == ARPHRD_LOOPBACK || !interface->up || !interface->has_address)
			continue;
		doctor_mend_attach(doctor, interface);
		return;
	}
}

void check_attached(struct doctor *doctor)
{
	const struct coverage *coverage = &doctor->coverage;

	for (size_t i = 0; i < coverage->attachments; i++) {
		const struct attachment *attachment = &coverage->attachment[i];
		enum judging judging = judging_of(&coverage->facts[i]);

		if (judging == JUDGING || judging == JUDGING_TWICE)
			continue;
		doctor_say(doctor, DOCTOR_FAIL, attachment_name(attachment), "%s",
			   judging_note(judging));
		mend_judging(doctor, attachment, judging);
	}
	if (!coverage->attachments && doctor->view->exists)
		say_nothing_attached(doctor);
	if (coverage->attachments)
		doctor_well(doctor, "%zu, and what comes in is judged", coverage->attachments);
	doctor_well(doctor, "nothing");
}

/* --- What is not --- */

static bool is_filtered_in_part(const struct coverage *coverage, const struct interface *master)
{
	for (size_t i = 0; i < coverage->interfaces; i++) {
		if (coverage->interface[i].master == master->ifindex &&
		    coverage_judged(coverage, &coverage->interface[i]))
			return true;
	}
	return false;
}

/* What a member or the device below receives is told of that. */
static bool is_told_of_another(const struct coverage *coverage, const struct interface *interface)
{
	const struct interface *master =
		interfaces_find(coverage->interface, coverage->interfaces, interface->master);

	if (master && device_kind(master)->by_members && !device_kind(master)->never)
		return true;
	return interfaces_find(coverage->interface, coverage->interfaces, interface->lower) ||
	       is_filtered_in_part(coverage, interface);
}

static bool is_unjudged(const struct coverage *coverage, const struct interface *interface)
{
	return interface->up && interface->rx_packets && interface->type != ARPHRD_LOOPBACK &&
	       !device_kind(interface)->never && !coverage_judged(coverage, interface) &&
	       !is_told_of_another(coverage, interface);
}

void check_unjudged(struct doctor *doctor)
{
	const struct coverage *coverage = &doctor->coverage;

	if (!coverage->attachments)
		doctor_well(doctor, "nothing is attached, see there");
	for (size_t i = 0; coverage->attachments && i < coverage->interfaces; i++) {
		const struct interface *interface = &coverage->interface[i];

		if (!is_unjudged(coverage, interface))
			continue;
		doctor_say(doctor, DOCTOR_WARN, interface->name,
			   "has received %llu packets, and is not filtered",
			   (unsigned long long)interface->rx_packets);
		doctor_mend_attach(doctor, interface);
	}
	doctor_well(doctor, "no interface receives what is not judged");
}

/* --- Members of one device --- */

static void check_member(struct doctor *doctor, const struct interface *master,
			 const struct interface *member)
{
	bool bridge = !strcmp(master->kind, "bridge");

	if (member->master != master->ifindex || coverage_judged(&doctor->coverage, member))
		return;
	/* a bridge may have guests' ports, whose packets nobody asked to be judged */
	doctor_say(doctor, bridge ? DOCTOR_WARN : DOCTOR_FAIL, member->name,
		   "is not filtered, as others of %s are", master->name);
	doctor_mend_attach(doctor, member);
}

void check_members(struct doctor *doctor)
{
	const struct coverage *coverage = &doctor->coverage;

	for (size_t i = 0; i < coverage->interfaces; i++) {
		const struct interface *master = &coverage->interface[i];

		if (!device_kind(master)->by_members || coverage_filtered(coverage, master) ||
		    !is_filtered_in_part(coverage, master))
			continue;
		for (size_t j = 0; j < coverage->interfaces; j++)
			check_member(doctor, master, &coverage->interface[j]);
	}
	doctor_well(doctor, "no bond, team or bridge is filtered in part");
}

/* --- Devices above and below --- */

/* Told once of two: of the lower. */
static void look_at_stack(struct doctor *doctor, const struct attachment *attachment,
			  const struct interface *interface)
{
	const struct coverage *coverage = &doctor->coverage;
	struct stack_twin twin;
	char word[DOCTOR_WORD_MAX];

	(void)attachment;
	if (!stack_find_twin(interface, coverage->interface, coverage->interfaces, &twin) ||
	    (twin.below && !twin.elsewhere))
		return;
	doctor_say(doctor, DOCTOR_WARN, interface->name, "%s %s it is attached too%s: judged twice",
		   twin.name, twin.below ? "below" : "above", twin.elsewhere ? " (elsewhere)" : "");
	doctor_mend_self(doctor, "detach %s",
			 doctor_word(twin.elsewhere ? interface->name : twin.name, word));
}

void check_stacked(struct doctor *doctor)
{
	doctor_each(doctor, look_at_stack);
	doctor_well(doctor, "no packet is judged twice");
}

/* --- Programs of others --- */

static const char *program_name(__u32 prog_id, char buf[static BPF_OBJ_NAME_LEN])
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	scoped(fd) fd = bpf_prog_get_fd_by_id(prog_id);

	buf[0] = '\0';
	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(buf, BPF_OBJ_NAME_LEN, "%.*s", BPF_OBJ_NAME_LEN - 1, info.name);
	return buf;
}

static bool is_ours(__u32 prog_id)
{
	struct cx_attachment self;

	return !object_read_self(prog_id, &self);
}

/* The link that holds a program, 0: none does. */
static __u32 link_of(__u32 prog_id)
{
	__u32 id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct bpf_link_info info = {};
		__u32 len = sizeof(info);
		scoped(fd) fd = bpf_link_get_fd_by_id(id);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) && info.prog_id == prog_id)
			return id;
	}
	return 0;
}

static bool is_ours_among(const __u32 *ids, int count)
{
	for (int i = 0; i < count; i++) {
		if (is_ours(ids[i]))
			return true;
	}
	return false;
}

static void check_xdp(struct doctor *doctor, const struct interface *interface)
{
	__u32 ids[PROGRAMS_AT_XDP_MAX], link;
	int count = programs_at_xdp(interface, ids);
	char name[BPF_OBJ_NAME_LEN], word[DOCTOR_WORD_MAX];

	if (count < 0)
		doctor_unseen(doctor, "XDP programs of %s: %s", interface->name, strerror(-count));
	if (count <= 0 || is_ours_among(ids, count))
		return;
	doctor_say(doctor, DOCTOR_WARN, interface->name,
		   "XDP program %u (%s) of others comes first there", ids[0],
		   program_name(ids[0], name));
	link = link_of(ids[0]);
	if (link)
		doctor_mend(doctor, "bpftool link detach id %u", link);
	else
		doctor_mend_net(doctor, "ip link set dev %s %s off",
				doctor_word(interface->name, word),
				interface->xdp_native ? "xdpdrv" : "xdpgeneric");
}

/* What comes before ours at tc decides before it. */
static void check_tc(struct doctor *doctor, const struct interface *interface)
{
	__u32 ids[TC_PROGRAMS_MAX], link;
	int count = tc_programs(interface->ifindex, ids);
	char name[BPF_OBJ_NAME_LEN], word[DOCTOR_WORD_MAX];

	if (count < 0)
		doctor_unseen(doctor, "tc programs of %s: %s", interface->name, strerror(-count));
	if (count <= 0 || !is_ours_among(ids, count) || is_ours(ids[0]))
		return;
	doctor_say(doctor, DOCTOR_WARN, interface->name,
		   "tc program %u (%s) of others comes before the filter", ids[0],
		   program_name(ids[0], name));
	link = link_of(ids[0]);
	if (link)
		doctor_mend(doctor, "bpftool link detach id %u", link);
	else
		doctor_mend_net(doctor, "tc filter show dev %s ingress",
				doctor_word(interface->name, word));
}

void check_foreign(struct doctor *doctor)
{
	const struct coverage *coverage = &doctor->coverage;

	for (size_t i = 0; i < coverage->interfaces; i++) {
		if (!coverage->interface[i].up)
			continue;
		check_xdp(doctor, &coverage->interface[i]);
		check_tc(doctor, &coverage->interface[i]);
	}
	doctor_well(doctor, "no program of others comes before the filter");
}

/* --- Other network namespaces --- */

/* Already told of one in the same namespace? */
static bool is_told(const struct coverage *coverage, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (coverage->attachment[i].netns == coverage->attachment[index].netns)
			return true;
	}
	return false;
}

void check_elsewhere(struct doctor *doctor)
{
	const struct coverage *coverage = &doctor->coverage;

	for (size_t i = 0; i < coverage->attachments; i++) {
		const struct attachment *attachment = &coverage->attachment[i];
		const char *netns = attachment_netns(attachment, coverage->here);
		char word[DOCTOR_WORD_MAX];

		if (!attachment->netns || attachment->netns == coverage->here ||
		    is_told(coverage, i))
			continue;
		doctor_say(doctor, DOCTOR_WARN, attachment_name(attachment),
			   "not looked at: what is around it, in namespace %s", netns);
		if (*attachment->netns_name)
			doctor_mend(doctor, "clarent-xdp --netns %s doctor",
				    doctor_word(netns, word));
	}
	doctor_well(doctor, "all that is attached is in this network namespace");
}
