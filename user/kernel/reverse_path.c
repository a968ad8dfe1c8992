/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `rpf` needs of the kernel: that it answers questions about routes. */
#include "reverse_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "capabilities.h"
#include "netns.h"
#include "scope.h"

#define BOTH_FAMILIES (1U << CX_IPV4 | 1U << CX_IPV6)

#define IPV6_CONF_DIR "/proc/sys/net/ipv6/conf"

/* accept_ra, see the kernel's ip-sysctl */
#define RA_UNLESS_FORWARDING 1
#define RA_ALWAYS            2

const char *const reverse_path_sysctl[] = {
	[CX_IPV4] = "net.ipv4.conf.lo.forwarding",
	[CX_IPV6] = "net.ipv6.conf.lo.forwarding",
};

static const char *const lo_path[] = {
	[CX_IPV4] = "/proc/sys/net/ipv4/conf/lo/forwarding",
	[CX_IPV6] = "/proc/sys/net/ipv6/conf/lo/forwarding",
};

/* The value of a sysctl of the current network namespace, or -errno. */
static int sysctl_read(const char *path)
{
	scoped(file) file = fopen(path, "re");
	int value;

	if (!file)
		return -errno;
	return fscanf(file, "%d", &value) == 1 ? value : -EIO;
}

static int sysctl_write(const char *path, int value)
{
	scoped(fd) fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || dprintf(fd, "%d\n", value) < 0 ? -errno : 0;
}

/* What was set, to be set back by purge */

static __u64 *find_word(struct instance *instance, __u64 cookie)
{
	__u64 *words = instance->meta->lo_set, *room = NULL;

	for (size_t i = 0; i < CX_LO_SET_MAX; i++) {
		if (words[i] >> CX_LO_FAMILIES == cookie)
			return &words[i];
		if (!words[i] && !room)
			room = &words[i];
	}
	return room;
}

/* False if there is no room. */
static bool remember(struct instance *instance, __u64 cookie, enum cx_family family)
{
	__u64 *word = find_word(instance, cookie);

	if (!word || cookie << CX_LO_FAMILIES >> CX_LO_FAMILIES != cookie)
		return false;
	*word |= cookie << CX_LO_FAMILIES | 1U << family;
	return true;
}

/* Router advertisements */

struct raised {
	char (*path)[PATH_MAX]; /* owned */
	size_t count;
};

static void raise_one(struct raised *raised, const char *ifname)
{
	char path[PATH_MAX];
	char(*grown)[PATH_MAX];

	snprintf(path, sizeof(path), IPV6_CONF_DIR "/%s/forwarding", ifname);
	if (sysctl_read(path)) /* a router learns no routes, and must not begin to */
		return;
	snprintf(path, sizeof(path), IPV6_CONF_DIR "/%s/accept_ra", ifname);
	if (sysctl_read(path) != RA_UNLESS_FORWARDING)
		return;
	grown = reallocarray(raised->path, raised->count + 1, sizeof(*grown));
	if (!grown)
		return;
	raised->path = grown;
	if (!sysctl_write(path, RA_ALWAYS))
		memcpy(grown[raised->count++], path, sizeof(path));
}

/*
 * Setting forwarding on any interface, lo too, makes Linux delete the default
 * routes that every interface has learned from router advertisements
 * (rt6_purge_dflt_routers), but for those whose accept_ra says "always".  On
 * an interface that does not forward that means what it means already.
 */
static void keep_learned_routes(struct raised *raised)
{
	scoped(dir) dir = opendir(IPV6_CONF_DIR);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, "all") && strcmp(entry->d_name, "default"))
			raise_one(raised, entry->d_name);
	}
}

static void lower(struct raised *raised)
{
	for (size_t i = 0; i < raised->count; i++)
		sysctl_write(raised->path[i], RA_UNLESS_FORWARDING);
	free(raised->path);
}

/* One network namespace */

struct place {
	struct instance *instance;
	__u64 cookie;
	unsigned int set; /* families that were off */
	bool forgotten;   /* there was no room to remember that */
	enum cx_family failed;
};

static int enable_family(struct place *place, enum cx_family family)
{
	int value = sysctl_read(lo_path[family]);
	struct raised raised = {};
	int err;

	if (value == -ENOENT || value > 0) /* a kernel without this family asks nothing of it */
		return 0;
	if (value < 0)
		return value;
	if (!remember(place->instance, place->cookie, family))
		place->forgotten = true;
	if (family == CX_IPV6)
		keep_learned_routes(&raised);
	err = sysctl_write(lo_path[family], 1);
	lower(&raised);
	if (!err)
		place->set |= 1U << family;
	return err;
}

static int enable_place(void *context)
{
	struct place *place = context;
	int err = 0;

	for (int family = CX_IPV4; family <= CX_IPV6 && !err; family++) {
		place->failed = family;
		err = enable_family(place, family);
	}
	return err;
}

static void warn_set(const struct place *place, const char *where, struct warnings *warnings)
{
	bool both = place->set == BOTH_FAMILIES;

	if (!place->set)
		return;
	warn_add(warnings, "set %s=1%s%s%s%s, because rpf asks the routing table as from lo; %s",
		 reverse_path_sysctl[place->set & 1U << CX_IPV4 ? CX_IPV4 : CX_IPV6],
		 both ? " and " : "", both ? reverse_path_sysctl[CX_IPV6] : "", both ? "=1" : "",
		 where,
		 place->forgotten ? "there is no room to remember that for purge"
				  : "purge sets it back");
}

/* where: " in ...", or empty. */
static int enable(struct instance *instance, __u64 cookie, const char *where,
		  struct complaint *ret_why, struct warnings *warnings)
{
	struct place place = { .instance = instance, .cookie = cookie };
	int err = netns_visit(cookie, enable_place, &place);

	warn_set(&place, where, warnings);
	if (!err)
		return 0;
	complain_errno(ret_why, reverse_path_sysctl[place.failed], err, "cannot set it to 1%s",
		       where);
	capabilities_hint(ret_why, CAPABILITY(CAP_NET_ADMIN));
	if (!*ret_why->hint)
		complain_hint(ret_why,
			      "rpf asks the routing table as from lo; set it by other means first");
	return err;
}

static void describe(char buf[static 80], const char *netns)
{
	buf[0] = '\0';
	if (netns && *netns)
		snprintf(buf, 80, " in network namespace '%.50s'", netns);
}

int reverse_path_enable_here(struct instance *instance, const char *netns,
			     struct complaint *ret_why, struct warnings *warnings)
{
	char where[80];
	__u64 here;
	int err = netns_cookie(&here);

	describe(where, netns);
	return err ? complain_errno(ret_why, NULL, err, "cannot number the network namespace")
		   : enable(instance, here, where, ret_why, warnings);
}

/* What is attached elsewhere, and cannot be reached, does not stop what can. */
static int enable_attached(struct instance *instance, const struct attachment *attachment,
			   struct complaint *ret_why, struct warnings *warnings)
{
	const struct cx_attachment *self = &attachment->self;
	char where[80];
	int err;

	describe(where, self->netns_name);
	if (!*where && *attachment->netns_name)
		describe(where, attachment->netns_name);
	if (!*where && attachment->netns != self->netns)
		snprintf(where, sizeof(where), " in the network namespace of %s", self->ifname);
	err = !attachment->netns ? -ENOENT
				 : enable(instance, attachment->netns, where, ret_why, warnings);
	if (err != -ENOENT)
		return err;
	*ret_why = (struct complaint){};
	warn_add(warnings,
		 "%s: its network namespace cannot be found; unless %s is 1 there, "
		 "rpf refuses all that comes in through it",
		 self->ifname, reverse_path_sysctl[CX_IPV4]);
	return 0;
}

int reverse_path_enable(struct instance *instance, const char *netns, struct complaint *ret_why,
			struct warnings *warnings)
{
	scoped(memory) list = NULL;
	bool attached = false;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (err)
		return complain_errno(ret_why, NULL, err, "cannot tell what is attached");
	(void)attachments_locate(instance, list, count); /* each that is not found is named below */
	for (size_t i = 0; i < count && !err; i++) {
		const struct attachment *attachment = (struct attachment *)list + i;

		if (!attachment->ifindex)
			continue;
		attached = true;
		err = enable_attached(instance, attachment, ret_why, warnings);
	}
	return attached || err ? err : reverse_path_enable_here(instance, netns, ret_why, warnings);
}

static int restore_place(void *context)
{
	const __u64 *word = context;
	int err = 0;

	for (int family = CX_IPV4; family <= CX_IPV6; family++) {
		if (*word >> family & 1)
			err = sysctl_write(lo_path[family], 0) ?: err;
	}
	return err;
}

/* With a namespace that is gone, its sysctls are. */
void reverse_path_restore(struct instance *instance, struct warnings *warnings)
{
	__u64 *words = instance->meta->lo_set;

	for (size_t i = 0; i < CX_LO_SET_MAX; i++) {
		int err = !words[i] ? 0
				    : netns_visit(words[i] >> CX_LO_FAMILIES, restore_place,
						  &words[i]);

		if (err && err != -ENOENT)
			warn_add(warnings, "%s and its IPv6 twin could not all be set back: %s",
				 reverse_path_sysctl[CX_IPV4], strerror(-err));
		words[i] = 0;
	}
}

static int find_mute(void *context)
{
	unsigned int *mute = context;

	for (int family = CX_IPV4; family <= CX_IPV6; family++) {
		int value = sysctl_read(lo_path[family]);

		if (value < 0 && value != -ENOENT)
			return value;
		if (!value)
			*mute |= 1U << family;
	}
	return 0;
}

int reverse_path_mute(const struct attachment *attachment, unsigned int *ret_mute)
{
	*ret_mute = 0;
	return netns_visit(attachment->netns, find_mute, ret_mute);
}

bool reverse_path_used(const struct settings *settings)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (settings->policy[i].name[0] && settings->policy[i].rpf != RPF_OFF)
			return true;
	}
	return false;
}
