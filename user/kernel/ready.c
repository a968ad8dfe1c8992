/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that are loaded before the lock is asked for. */
#include "ready.h"

#include <string.h>
#include <sys/resource.h>

#include "links.h"
#include "readers.h"
#include "scope.h"

struct ready {
	char pin[PIN_PATH_MAX]; /* of its attachment */
	__u32 prog_id;          /* which it is to replace; an id is not given again so soon */
	__u64 readers_ids;      /* of the maps that they tell through */
	struct cx_attachment self;
	struct object_programs programs;
};

/* For the life of the process. */
static struct ready ready[CX_MAX_DEVS];
static size_t ready_count;

__u32 ready_needed(const struct instance *instance)
{
	unsigned int live = instance_generation(instance);
	__u32 features = instance->rules[live].features;

	if (instance_pending(instance))
		features |= instance->rules[!live].features;
	return features | readers_feature(instance);
}

/* Two for each. */
static void allow_many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* else fewer are ready */
}

/* What it keeps of its own it has by its pins. */
static void let_go_of_maps(struct object_programs *programs)
{
	if (programs->counters_fd >= 0)
		close(programs->counters_fd);
	if (programs->then_fd >= 0)
		close(programs->then_fd);
	programs->counters_fd = programs->then_fd = -1;
}

static int load(const struct instance *instance, const struct attachment *attachment,
		__u32 features)
{
	struct ready *new = &ready[ready_count];
	struct complaint unheard = {};
	scoped(fd) counters_fd = -1;
	scoped(fd) then_fd = -1;
	scoped(fd) readers_fd = -1;
	scoped(fd) wishes_fd = -1;
	int err;

	new->self = attachment->self;
	new->self.features = features;
	readers_fd = readers_open(instance, &new->self, &wishes_fd);
	new->readers_ids = readers_ids(readers_fd, wishes_fd);
	new->prog_id = attachment->prog_id;
	memcpy(new->pin, attachment->pin, sizeof(new->pin));
	err = open_counters(attachment, &counters_fd, &unheard);
	if (!err)
		err = open_then(attachment, &then_fd, &unheard);
	if (!err)
		err = object_load(
			instance, &new->self,
			&(struct object_maps){ counters_fd, then_fd, readers_fd, wishes_fd },
			&new->programs, &unheard);
	if (err)
		return err;
	let_go_of_maps(&new->programs);
	ready_count++;
	return 0;
}

static __u32 wanted_of(const struct attachment *attachment, __u32 features, bool exact)
{
	__u32 has = attachment->self.features;

	return exact ? (features & ~CX_FEATURES_OWN) | (has & CX_FEATURES_OWN) : features | has;
}

void ready_load(const struct instance *instance, __u32 features, bool exact)
{
	scoped(memory) list = NULL;
	const struct attachment *attachment;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	attachment = list;
	if (!err && count)
		allow_many_files();
	for (size_t i = 0; i < count && !err && ready_count < CX_MAX_DEVS; i++) {
		__u32 wanted = wanted_of(&attachment[i], features, exact);

		if (attachment[i].ifindex && attachment[i].self.features != wanted)
			err = load(instance, &attachment[i], wanted);
	}
}

/* The same but for features, of which there may be more. */
static bool is_for(const struct ready *one, const struct attachment *attachment,
		   const struct cx_attachment *self, __u64 readers_ids)
{
	struct cx_attachment same = one->self;

	same.features = self->features;
	return one->readers_ids == readers_ids && one->prog_id == attachment->prog_id &&
	       !strcmp(one->pin, attachment->pin) && !(self->features & ~one->self.features) &&
	       !memcmp(&same, self, sizeof(same));
}

bool ready_take(const struct attachment *attachment, const struct cx_attachment *self,
		__u64 readers_ids, struct object_programs *ret_programs)
{
	for (size_t i = 0; i < ready_count; i++) {
		if (!is_for(&ready[i], attachment, self, readers_ids))
			continue;
		*ret_programs = ready[i].programs;
		ready[i] = ready[--ready_count];
		return true;
	}
	return false;
}
