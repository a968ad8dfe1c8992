/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How much was dropped, or would have been, since it was first looked. */
#include "drops.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attachments.h"
#include "scope.h"

/* The counters of one attachment, held open, as they were. */
struct watched {
	__u32 map_id;
	int fd;
	bool there;             /* still of an attachment */
	struct cx_counter *was; /* [CX_COUNTERS], owned */
};

static bool is_drop(const struct cx_rules *rules, unsigned int policy, unsigned int reason)
{
	if (reason == CX_ELSEWHERE)
		return !(rules->policy[policy].flags & CX_POLICY_ELSEWHERE_PASS);
	return reason != CX_ALLOWED && reason != CX_NOT_GUARDED;
}

/* What came since, of one policy and reason. */
static __u64 added(const struct cx_counter *was, const struct cx_counter *is, unsigned int policy,
		   unsigned int reason, bool dropped)
{
	unsigned int would = CX_COUNTER(policy, 1, reason), done = CX_COUNTER(policy, 0, reason);

	return is[would].packets - was[would].packets +
	       (dropped ? is[done].packets - was[done].packets : 0);
}

static void add_all(struct drops *drops, const struct cx_rules *rules, const struct cx_counter *was,
		    const struct cx_counter *is)
{
	for (unsigned int policy = 0; policy < CX_MAX_POLICIES; policy++)
		for (unsigned int reason = 0; reason < CX_REASON_COUNT; reason++)
			drops->packets[policy][reason] +=
				added(was, is, policy, reason, is_drop(rules, policy, reason));
}

static int look_at(struct drops *drops, const struct cx_rules *rules, struct watched *watched)
{
	struct cx_counter *is = calloc(CX_COUNTERS, sizeof(*is));
	int err = is ? counters_read(watched->fd, is) : -ENOMEM;

	if (err) {
		free(is);
		return err;
	}
	if (watched->was)
		add_all(drops, rules, watched->was, is);
	free(watched->was);
	watched->was = is;
	return 0;
}

static struct watched *find(struct drops *drops, __u32 map_id)
{
	for (size_t i = 0; i < drops->count; i++) {
		if (drops->watched[i].map_id == map_id)
			return &drops->watched[i];
	}
	return NULL;
}

static int add(struct drops *drops, __u32 map_id, int fd)
{
	struct watched *grown = reallocarray(drops->watched, drops->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	drops->watched = grown;
	grown[drops->count++] = (struct watched){ .map_id = map_id, .fd = fd, .there = true };
	return 0;
}

static int meet(struct drops *drops, const struct attachment *attachment)
{
	scoped(fd) fd = attachment_open_pin(attachment->pin, "counters");
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	struct watched *known;
	int err;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd; /* just detached */
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	known = find(drops, info.id);
	if (known) {
		known->there = true;
		return 0;
	}
	err = add(drops, info.id, fd);
	if (!err)
		scope_take(&fd);
	return err;
}

static int meet_all(struct drops *drops, const struct instance *instance)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	attachment = list;
	for (size_t i = 0; i < drops->count && !err; i++)
		drops->watched[i].there = false;
	for (size_t i = 0; i < count && !err; i++)
		err = meet(drops, &attachment[i]);
	return err;
}

static void forget(struct watched *watched)
{
	close(watched->fd);
	free(watched->was);
}

/* Those that are attached no more. */
static void forget_gone(struct drops *drops)
{
	size_t count = 0;

	for (size_t i = 0; i < drops->count; i++) {
		if (drops->watched[i].there)
			drops->watched[count++] = drops->watched[i];
		else
			forget(&drops->watched[i]);
	}
	drops->count = count;
}

int drops_look(struct drops *drops, const struct instance *instance)
{
	const struct cx_rules *rules = &instance->rules[instance_generation(instance)];
	int err = meet_all(drops, instance);

	for (size_t i = 0; i < drops->count && !err; i++)
		err = look_at(drops, rules, &drops->watched[i]);
	if (!err)
		forget_gone(drops);
	return err;
}

void drops_free(struct drops *drops)
{
	for (size_t i = 0; i < drops->count; i++)
		forget(&drops->watched[i]);
	free(drops->watched);
	*drops = (struct drops){};
}
