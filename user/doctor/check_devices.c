/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What drivers and their settings make of the packets that the filter is to be given. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "device.h"
#include "xdp_features.h"

/* Of one page: what XDP and the socket buffer take of it, and Ethernet with a tag. */
#define BUFFER_OVERHEAD (256 + 320 + 18)
#define USUAL_MTU       1500

static void mend_by_mode(struct doctor *doctor, const struct interface *interface, const char *mode)
{
	char word[DOCTOR_WORD_MAX];

	doctor_word(interface->name, word);
	doctor_mend_self(doctor, "detach %s", word);
	doctor_mend_self(doctor, "attach %s mode %s", word, mode);
}

/* --- Driver --- */

static bool could_be_native(const struct interface *interface)
{
	__u64 features = 0;

	return device_link_type(interface) == CX_LINK_ETHERNET &&
	       !xdp_features_read(interface->ifindex, &features) && features & XDP_FEATURE_BASIC;
}

/* "basic,redirect", or that the kernel does not tell. */
static void features_text(__u64 features, bool told, char *buf, size_t size)
{
	static const char *const names[] = XDP_FEATURES_NAMES;
	size_t len = 0;

	snprintf(buf, size, told ? "no XDP of its own" : "this kernel tells no features");
	for (int i = 0; told && names[i] && len < size; i++) {
		if (features >> i & 1)
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? "," : "",
						names[i]);
	}
}

static void say_driver(struct doctor *doctor, const struct attachment *attachment,
		       const struct interface *interface)
{
	char driver[INTERFACE_KIND_MAX], text[96];
	__u64 features = 0;
	int err = xdp_features_read(interface->ifindex, &features);

	if (err && err != -ENOENT) {
		doctor_unseen(doctor, "the driver of %s: %s", interface->name, strerror(-err));
		return;
	}
	interface_driver(interface, driver);
	features_text(features, !err, text, sizeof(text));
	doctor_say(doctor, DOCTOR_OK, interface->name, "%s, mode %s; %s",
		   *driver ? driver : "no driver's name", attachment_mode(&attachment->self), text);
}

static void look_at_driver(struct doctor *doctor, const struct attachment *attachment,
			   const struct interface *interface)
{
	const struct coverage *coverage = &doctor->coverage;

	if (attachment->self.mode == CX_ATTACH_GENERIC && could_be_native(interface)) {
		doctor_say(doctor, DOCTOR_WARN, interface->name,
			   "mode generic, though its driver has native XDP");
		mend_by_mode(doctor, interface, "native");
	} else if (attachment->self.mode == CX_ATTACH_NATIVE &&
		   device_loses_native(interface, coverage->interface, coverage->interfaces)) {
		doctor_say(doctor, DOCTOR_WARN, interface->name,
			   "its driver loses a native program when it resets");
		mend_by_mode(doctor, interface, "generic");
	} else {
		say_driver(doctor, attachment, interface);
	}
}

void check_driver(struct doctor *doctor)
{
	doctor_each(doctor, look_at_driver);
	doctor_well(doctor, "nothing is attached here");
}

/* --- MTU, and frames in several buffers --- */

static bool takes_fragments(const struct attachment *attachment, const struct interface *interface)
{
	__u64 features = XDP_FEATURE_RX_SG; /* a kernel that does not tell is believed */

	if (attachment->self.features & CX_FEATURE_JOIN)
		return false; /* the dispatcher does only if all its programs do */
	(void)xdp_features_read(interface->ifindex, &features);
	return features & XDP_FEATURE_RX_SG;
}

static void look_at_mtu(struct doctor *doctor, const struct attachment *attachment,
			const struct interface *interface)
{
	const long buffer = sysconf(_SC_PAGESIZE) - BUFFER_OVERHEAD;
	char word[DOCTOR_WORD_MAX];

	if (attachment->self.mode != CX_ATTACH_NATIVE || (long)interface->mtu <= buffer ||
	    takes_fragments(attachment, interface))
		return;
	doctor_say(doctor, DOCTOR_WARN, interface->name,
		   "MTU %u is more than a buffer, and XDP is given frames of one there",
		   interface->mtu);
	doctor_mend_net(doctor, "ip link set dev %s mtu %d", doctor_word(interface->name, word),
			USUAL_MTU);
}

void check_mtu(struct doctor *doctor)
{
	doctor_each(doctor, look_at_mtu);
	doctor_well(doctor, "every frame fits, or may come in several buffers");
}

/* --- Queues and CPUs --- */

static void look_at_queues(struct doctor *doctor, const struct attachment *attachment,
			   const struct interface *interface)
{
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct interface_queues queues;
	char word[DOCTOR_WORD_MAX];
	__u32 best;

	(void)attachment;
	if (!interface_queues(interface, &queues))
		return;
	best = (long)queues.max < cpus ? queues.max : (__u32)cpus;
	if (queues.used >= best)
		return;
	doctor_say(doctor, DOCTOR_WARN, interface->name,
		   "%u of %u receive queues for %ld CPUs, so few judge a flood", queues.used,
		   queues.max, cpus);
	doctor_mend_net(doctor, "ethtool -L %s %s %u", doctor_word(interface->name, word),
			queues.combined ? "combined" : "rx", best);
}

void check_queues(struct doctor *doctor)
{
	doctor_each(doctor, look_at_queues);
	doctor_well(doctor, "as many as there are CPUs, or as the drivers have");
}

/* --- VLAN offload --- */

/* This filter judges alike with a tag and without; others that it hands on to may not. */
static void look_at_vlan(struct doctor *doctor, const struct attachment *attachment,
			 const struct interface *interface)
{
	static const char *const features[] = { "rx-vlan-hw-parse", "rx-vlan-stag-hw-parse" };
	const __u32 others = CX_FEATURE_THEN | CX_FEATURE_JOIN;
	char word[DOCTOR_WORD_MAX];

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (!(attachment->self.features & others) ||
		    !interface_has_feature(interface, features[i]))
			continue;
		doctor_say(doctor, DOCTOR_WARN, interface->name,
			   "%s is on: the program behind the filter sees no tag", features[i]);
		doctor_mend_net(doctor, "ethtool -K %s %s off", doctor_word(interface->name, word),
				features[i]);
	}
}

void check_vlan(struct doctor *doctor)
{
	doctor_each(doctor, look_at_vlan);
	doctor_well(doctor, "nobody misses a tag that a card takes off");
}

/* --- Many datagrams in one packet --- */

/* A driver is given each; what merges before it, or in generic mode, is undone by tc's own count. */
static void mend_merged(struct doctor *doctor, const struct interface *interface)
{
	static const char *const features[] = { "rx-udp-gro-forwarding", "rx-gro-list" };
	bool is_tun = !strcmp(interface->kind, "tun"), named = false;
	char word[DOCTOR_WORD_MAX];

	if (is_tun || could_be_native(interface)) {
		mend_by_mode(doctor, interface, is_tun ? "tc" : "native");
		return;
	}
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (!interface_has_feature(interface, features[i]))
			continue;
		doctor_mend_net(doctor, "ethtool -K %s %s off", doctor_word(interface->name, word),
				features[i]);
		named = true;
	}
	if (!named)
		mend_by_mode(doctor, interface, "tc");
}

static void look_at_merged(struct doctor *doctor, const struct attachment *attachment,
			   const struct interface *interface)
{
	const char *why = device_merges(interface, attachment->self.mode);

	if (!why)
		return;
	doctor_say(doctor, DOCTOR_WARN, interface->name, "a rate counts many as one: %s", why);
	mend_merged(doctor, interface);
}

void check_merged(struct doctor *doctor)
{
	if (settings_limit_rate(&doctor->view->settings))
		doctor_each(doctor, look_at_merged);
	doctor_well(doctor, "each datagram that a rate is for is counted");
}
