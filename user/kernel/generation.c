/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Puts the policy model in force: builds the idle generation, flips one word, tidies up. */
#include "generation.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attach.h"
#include "attachments.h"
#include "build.h"
#include "filters.h"
#include "inherit.h"
#include "patch.h"
#include "pins.h"
#include "scope.h"
#include "slots.h"
#include "texts.h"

/*
 * Waits until no packet is being judged that began before: the command is a
 * synchronize_rcu() (membarrier(2), Linux 4.3), and XDP runs under RCU.
 */
static void wait_for_packets(void)
{
	struct timespec pause = { .tv_nsec = 100 * 1000000L };

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		nanosleep(&pause, NULL); /* nohz_full: no such command; a packet takes far less */
}

/* Switching */

/* One store; from here on, the command goes by what it has stored. */
static void flip(struct instance *instance, unsigned int generation, __u64 deadline)
{
	__u64 word = (deadline & CX_LIVE_DEADLINE) | generation;

	__atomic_store_n(instance->live, word, __ATOMIC_SEQ_CST);
	instance->moment.word = word;
	instance->moment.serial = instance->rules[generation].serial;
}

/*
 * The idle generation becomes free for a build: no packet is judged by it any
 * more, and its slots hold what the live ones do.  That it is so, its serial
 * says, which is then the live one's.
 */
static int settle(const struct instance *instance, unsigned int live)
{
	__u64 serial = instance->rules[live].serial;
	int err;

	if (instance->rules[!live].serial == serial && slots_agree(instance, live))
		return 0;
	wait_for_packets();
	err = patches_settle(instance, live, wait_for_packets);
	if (!err)
		err = filters_drop(instance, !live);
	if (!err && !slots_agree(instance, live))
		filters_forget(instance, !live);
	if (!err)
		err = sync_slots(instance, live);
	if (!err)
		__atomic_store_n(&instance->rules[!live].serial, serial, __ATOMIC_SEQ_CST);
	return err;
}

int generation_mend(struct instance *instance)
{
	unsigned int live = instance_generation(instance);
	int err = 0;

	if (instance_lapsed(instance))
		flip(instance, live, /* deadline= */ 0);
	if (!instance_pending(instance)) /* else the former generation must stay */
		err = settle(instance, live);
	return err ? err : sync_pins(instance, live);
}

int generation_confirm(struct instance *instance)
{
	flip(instance, instance_generation(instance), /* deadline= */ 0);
	return generation_mend(instance);
}

int generation_give_up(struct instance *instance)
{
	flip(instance, !instance_generation(instance), /* deadline= */ 0);
	return generation_mend(instance);
}

static void keep_device(const struct instance *instance, const struct settings *settings,
			__u32 string, bool in_use[static CX_MAX_DEVS])
{
	if (string)
		in_use[instance_find_device(instance, strings_text(settings->strings, string))] =
			true;
}

int generation_keep_devices(struct instance *instance, const struct settings *settings)
{
	bool in_use[CX_MAX_DEVS] = {};
	scoped(memory) list = NULL;
	size_t count;
	int err = attachments_read(instance, (struct attachment **)&list, &count);

	if (err || instance_pending(instance)) /* the former generation has names of its own */
		return err;
	for (size_t i = 0; i < count; i++)
		in_use[((struct attachment *)list)[i].self.dev % CX_MAX_DEVS] = true;
	for (size_t i = 0; i < settings->count; i++)
		keep_device(instance, settings, settings->entry[i].dev, in_use);
	for (size_t i = 0; i < settings->tunnel_count; i++)
		keep_device(instance, settings, settings->tunnel[i], in_use);
	instance_keep_devices(instance, in_use);
	return 0;
}

int generation_complain(struct complaint *ret_why, int err)
{
	switch (err) {
	case -E2BIG:
		return complain_failed(ret_why, NULL,
				       "the lists are full: %u entries in all, %d different peers "
				       "and comments, %d interface names",
				       CX_MAX_ENTRIES, CX_MAX_TEXTS, CX_MAX_NAMES - 1),
		       err;
	case -ENOMEM:
		return complain_failed(ret_why, NULL,
				       "no memory for the new rules; the old ones stay in force"),
		       err;
	default:
		return complain_failed(ret_why, NULL,
				       "the kernel did not take the new rules: %s; the old ones "
				       "stay in force",
				       strerror(-err)),
		       err;
	}
}

/* Before they are used: killed anywhere behind, they are not free. */
static void take_ids(const struct builder *builder)
{
	struct cx_meta *meta = builder->instance->meta;
	const struct free_ids *ids = &builder->want->free_ids;

	__atomic_store_n(&meta->free_ids_end, 0, __ATOMIC_SEQ_CST); /* none, while they change */
	__atomic_store_n(&meta->free_id, ids->from, __ATOMIC_SEQ_CST);
	__atomic_store_n(&meta->free_ids_end, ids->to, __ATOMIC_SEQ_CST);
}

/* A window does not show which texts nothing refers to: who reads the whole drops them. */
static void drop_texts(struct instance *instance, const struct settings *settings,
		       const struct text_numbers *notes)
{
	if (!settings->beyond.count)
		texts_drop_unused(instance, notes);
}

static int build_checked(struct builder *builder, struct complaint *ret_why)
{
	static const struct settings nothing;
	struct instance *instance = builder->instance;
	int err = inherit(builder->have ? builder->have : &nothing, builder->want, &builder->now);

	if (!err)
		err = list_types_open(instance, &builder->types);
	if (err)
		return generation_complain(ret_why, err);
	take_ids(builder);
	builder->notes = texts_give_numbers(instance, builder->want);
	err = builder->notes ? build(builder) : -errno;
	close(builder->types.btf_fd);
	return err ? generation_complain(ret_why, err) : 0;
}

/* Of a change that failed nothing is left, not even its texts and names: they take up room. */
static void give_up(struct builder *builder)
{
	struct text_numbers *kept;

	(void)generation_mend(builder->instance); /* or the next change does */
	texts_free_numbers(builder->notes);
	kept = builder->have ? texts_give_numbers(builder->instance, builder->have) : NULL;
	if (kept)
		drop_texts(builder->instance, builder->have, kept);
	texts_free_numbers(kept);
	if (builder->have)
		(void)generation_keep_devices(builder->instance, builder->have);
}

int generation_commit(struct instance *instance, const struct settings *have, struct settings *want,
		      unsigned int confirm, struct complaint *ret_why)
{
	unsigned int live = instance_generation(instance);
	struct builder builder = {
		.instance = instance,
		.have = have,
		.want = want,
		.idle = !live,
		.rules = &instance->rules[!live],
		.now = instance->moment.clocks,
	};
	__u32 features = instance->rules[live].features;
	int err = build_checked(&builder, ret_why);

	/* a check is in every program before rules that need it are in force */
	if (!err)
		err = attach_need_features(instance, features | builder.rules->features, ret_why);
	if (err) {
		give_up(&builder);
		return err;
	}
	flip(instance, builder.idle, confirm ? clocks_now().boottime + confirm * NSEC_PER_SEC : 0);
	err = generation_mend(instance);
	if (!err && !confirm) {
		drop_texts(instance, want, builder.notes);
		err = attach_exceed_features(instance, builder.rules->features, &instance->exceeds);
	}
	if (!err)
		err = generation_keep_devices(instance, want);
	texts_free_numbers(builder.notes);
	return err ? complain_failed(ret_why, NULL,
				     "the new rules are in force, but tidying up failed: %s",
				     strerror(-err))
		   : 0;
}
