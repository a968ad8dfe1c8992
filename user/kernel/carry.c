/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Carries the policy model into the kernel and reads it back. */
#include "carry.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "acl.h"
#include "align.h"
#include "attach.h"
#include "attachments.h"
#include "compile.h"
#include "notes.h"
#include "object.h"
#include "pindir.h"
#include "scope.h"

/* Every list there can be, and which one a loop stands at. */
struct list_at {
	unsigned int policy;
	enum cx_direction direction;
	enum cx_family family;
};

#define FOR_EACH_LIST(at)                                                           \
	for ((at) = (struct list_at){ .policy = 1 }; (at).policy < CX_MAX_POLICIES; \
	     list_next(&(at)))

static void list_next(struct list_at *at)
{
	at->family = !at->family;
	if (at->family == CX_IPV6)
		return;
	at->direction = !at->direction;
	if (at->direction == CX_SOURCE)
		at->policy++;
}

static __u32 slot_of(unsigned int generation, const struct list_at *at)
{
	return CX_SLOT(generation, CX_LIST(at->direction, at->policy));
}

static struct cx_list *list_of(const struct instance *instance, unsigned int generation,
			       const struct list_at *at)
{
	return &instance->rules[generation].list[CX_LIST(at->direction, at->policy)][at->family];
}

/* In place of an idle slot's map id: what the slot holds is not known, and to be set anew. */
#define SLOT_UNKNOWN (~0U)

/*
 * Id of the map in a slot, 0 if it is empty.  Noted beside the slot, because
 * Linux before 6.7 takes a grace period for every look into a map of maps.
 */
static __u32 slot_map(const struct instance *instance, unsigned int generation,
		      const struct list_at *at)
{
	return list_of(instance, generation, at)->map_id;
}

/* Id of a map, 0 if there is none. Returns 0 or -errno. */
static int map_id_of(int map_fd, __u32 *ret_id)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int err = map_fd < 0 ? 0 : bpf_obj_get_info_by_fd(map_fd, &info, &len);

	if (err)
		return err;
	*ret_id = info.id;
	return 0;
}

static int slot_set(const struct instance *instance, unsigned int generation,
		    const struct list_at *at, int map_fd)
{
	struct cx_list *list = list_of(instance, generation, at);
	int outer = instance->fd[at->family == CX_IPV4 ? MAP_LISTS4 : MAP_LISTS6];
	__u32 slot = slot_of(generation, at), id;
	int err = map_id_of(map_fd, &id);

	if (err)
		return err;
	list->map_id = SLOT_UNKNOWN; /* should this be cut short here */
	if (map_fd < 0 && bpf_map_delete_elem(outer, &slot) && errno != ENOENT)
		return -errno;
	if (map_fd >= 0 && bpf_map_update_elem(outer, &slot, &map_fd, BPF_ANY))
		return -errno;
	list->map_id = id;
	return 0;
}

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

/* Reading */

struct reader {
	const struct instance *instance;
	struct settings *settings;
	struct list_at at;
	struct note_cache *notes;
};

static int read_entry(void *context, const struct prefix *prefix, const struct cx_entry *value)
{
	struct reader *reader = context;
	struct entry entry = {
		.prefix = *prefix,
		.policy = reader->at.policy,
		.direction = reader->at.direction,
		.action = value->action,
		.min_ttl = value->min_ttl,
		.wide = value->flags & CX_ENTRY_WIDE,
		.rate = value->rate,
		.burst = value->burst,
		.expires = value->expires_utc,
		.id = value->id,
		.listed = value->listed_utc,
		.boottime_expires = value->expires,
	};
	int err;

	err = notes_string(reader->notes, value->peer, &entry.peer);
	if (!err)
		err = notes_string(reader->notes, value->comment, &entry.comment);
	if (err)
		return err;
	if (value->dev)
		entry.dev = strings_intern(reader->settings->strings,
					   reader->instance->devices[value->dev]);
	return settings_append(reader->settings, &entry);
}

static int read_lists(struct reader *reader, unsigned int generation)
{
	int err = 0;

	FOR_EACH_LIST (reader->at) {
		const struct list_at *at = &reader->at;
		__u32 id = list_of(reader->instance, generation, at)->count
				   ? slot_map(reader->instance, generation, at)
				   : 0;
		scoped(fd) fd = id ? bpf_map_get_fd_by_id(id) : -1;

		if (id && fd < 0)
			return -errno;
		if (id)
			err = acl_read(fd, at->family, read_entry, reader);
		if (err)
			return err;
	}
	return 0;
}

static void read_policies(const struct cx_rules *rules, struct settings *settings)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct cx_policy *from = &rules->policy[i];
		struct policy *to = &settings->policy[i];

		memcpy(to->name, from->name, sizeof(to->name));
		to->builtin = i < POLICY_CUSTOM;
		to->mode = from->mode;
		to->mode_since = from->mode_since_utc;
		to->elsewhere_pass = from->flags & CX_POLICY_ELSEWHERE_PASS;
		to->tunnel_required = from->flags & CX_POLICY_TUNNEL;
		to->rpf = from->flags & CX_POLICY_RPF_STRICT  ? RPF_STRICT
			  : from->flags & CX_POLICY_RPF_LOOSE ? RPF_LOOSE
							      : RPF_OFF;
		to->rate = from->rate;
		to->burst = from->burst;
	}
	memcpy(settings->port, rules->ports, SETTINGS_PORTS_SIZE);
	settings->fragments_drop = rules->flags & CX_RULES_FRAGMENTS_DROP;
}

static void read_tunnels(const struct instance *instance, const struct cx_rules *rules,
			 struct settings *settings)
{
	for (unsigned int dev = 1; dev < CX_MAX_DEVS; dev++) {
		if (rules->tunnels[dev / 64] >> dev % 64 & 1)
			settings->tunnel[settings->tunnel_count++] =
				strings_intern(settings->strings, instance->devices[dev]);
	}
}

static int read_generation(const struct instance *instance, unsigned int generation,
			   struct settings *ret_settings)
{
	const struct cx_rules *rules = &instance->rules[generation];
	struct reader reader = { .instance = instance, .settings = ret_settings };
	int err = settings_init(ret_settings);

	if (err)
		return err;
	read_policies(rules, ret_settings);
	read_tunnels(instance, rules, ret_settings);
	reader.notes = notes_open(instance, ret_settings->strings);
	err = reader.notes ? read_lists(&reader, generation) : -ENOMEM;
	notes_close(reader.notes);
	if (!err && strings_failed(ret_settings->strings))
		err = -ENOMEM;
	if (!err)
		err = settings_sort(ret_settings);
	if (err)
		settings_free(ret_settings);
	return err;
}

int carry_read(const struct instance *instance, struct settings *ret_settings)
{
	return read_generation(instance, instance_generation(instance), ret_settings);
}

int carry_read_former(const struct instance *instance, struct settings *ret_settings)
{
	return read_generation(instance, !instance_generation(instance), ret_settings);
}

__u64 carry_former_serial(const struct instance *instance)
{
	return instance->rules[!instance_generation(instance)].serial;
}

/* Segments of state */

/* An fd of a segment, or -errno. */
static int segment_open(const struct instance *instance, __u32 segment)
{
	__u32 id = instance->meta->segment[segment];
	int fd = id ? bpf_map_get_fd_by_id(id) : -1;

	return !id ? -ENOENT : fd < 0 ? -errno : fd;
}

/* The same, made if there is none yet. */
static int segment_make(const struct instance *instance, const struct acl_types *types,
			__u32 segment)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE, .btf_fd = types->btf_fd,
		    .btf_key_type_id = types->index, .btf_value_type_id = types->state);
	scoped(fd) fd = segment_open(instance, segment);
	__u32 id;
	int err;

	if (fd != -ENOENT)
		return scope_take(&fd);
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "state", sizeof(__u32), sizeof(struct cx_state),
			    CX_SEGMENT_SIZE, &opts);
	if (fd < 0)
		return -errno;
	err = object_check_map(fd, "state");
	if (!err)
		err = map_id_of(fd, &id);
	if (err)
		return err;
	if (bpf_map_update_elem(instance->fd[MAP_STATES], &segment, &fd, BPF_ANY))
		return -errno;
	instance->meta->segment[segment] = id;
	return scope_take(&fd);
}

static const struct cx_state *mapped[CX_SEGMENTS]; /* for the life of the process */

/* What has no segment yet has seen nothing. */
static int map_segment(const struct instance *instance, __u32 segment)
{
	scoped(fd) fd = segment_open(instance, segment);
	void *memory;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	memory =
		mmap(NULL, CX_SEGMENT_SIZE * sizeof(struct cx_state), PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	mapped[segment] = memory;
	return 0;
}

int carry_open_states(const struct instance *instance, const struct settings *settings)
{
	int err = 0;

	for (size_t i = 0; i < settings->count && !err; i++) {
		__u32 segment = settings->entry[i].id >> CX_SEGMENT_SHIFT;

		if (segment < CX_SEGMENTS && !mapped[segment])
			err = map_segment(instance, segment);
	}
	return err;
}

struct cx_state carry_state(__u32 id)
{
	__u32 segment = id >> CX_SEGMENT_SHIFT;

	if (segment >= CX_SEGMENTS || !mapped[segment])
		return (struct cx_state){};
	return mapped[segment][id & (CX_SEGMENT_SIZE - 1)];
}

/* Clears the state of new entries, and makes room for it. */
static int clear_states(const struct instance *instance, const struct acl_types *types,
			const struct settings *have, const struct settings *want)
{
	scoped(memory) kept = calloc(CX_MAX_IDS / 8, 1);
	size_t size = CX_SEGMENT_SIZE * sizeof(struct cx_state);
	struct cx_state *segment[CX_SEGMENTS] = {};
	__u8 *bit = kept;
	int err = 0;

	if (!kept)
		return -ENOMEM;
	for (size_t i = 0; have && i < have->count; i++)
		bit[have->entry[i].id / 8] |= 1 << have->entry[i].id % 8;
	for (size_t i = 0; i < want->count && !err; i++) {
		__u32 id = want->entry[i].id, nr = id >> CX_SEGMENT_SHIFT;
		scoped(fd) fd = -1;

		if (bit[id / 8] >> id % 8 & 1)
			continue;
		if (!segment[nr]) {
			fd = segment_make(instance, types, nr);
			segment[nr] = fd < 0 ? MAP_FAILED
					     : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
						    fd, 0);
			err = segment[nr] == MAP_FAILED ? -errno : 0;
		}
		if (!err)
			memset(&segment[nr][id & (CX_SEGMENT_SIZE - 1)], 0,
			       sizeof(struct cx_state));
	}
	for (int i = 0; i < CX_SEGMENTS; i++) {
		if (segment[i] && segment[i] != MAP_FAILED)
			munmap(segment[i], size);
	}
	return err;
}

/* Building the idle generation */

struct builder {
	struct instance *instance;
	const struct settings *have; /* NULL: nothing */
	struct settings *want;
	unsigned int idle;
	struct cx_rules *rules; /* of the idle generation */
	struct clocks now;
	struct acl_types types;
	struct note_numbers *notes;
};

/* One family's part of a list; both families stand together, IPv4 first. */
static const struct entry *list_part(const struct settings *settings, const struct list_at *at,
				     size_t *ret_count)
{
	size_t count = 0, first = 0;
	const struct entry *list =
		settings ? settings_list(settings, at->policy, at->direction, &count) : NULL;

	while (first < count && list[first].prefix.family != at->family)
		first++;
	*ret_count = 0;
	while (first + *ret_count < count && list[first + *ret_count].prefix.family == at->family)
		++*ret_count;
	return list + first;
}

static void build_value(const void *context, const struct entry *entry, struct cx_entry *ret_value)
{
	const struct builder *builder = context;

	compile_entry(entry, builder->now.coarse_tick, ret_value);
	ret_value->id = entry->id;
	ret_value->peer = notes_number(builder->notes, entry->peer);
	ret_value->comment = notes_number(builder->notes, entry->comment);
	if (entry->dev)
		ret_value->dev = (__u16)instance_device(
			builder->instance, strings_text(builder->want->strings, entry->dev));
}

/* Does the map that is live already say what is wanted? */
static bool list_is_unchanged(const struct builder *builder, const struct list_at *at,
			      const struct entry *entries, size_t count)
{
	size_t have_count;
	const struct entry *have = list_part(builder->have, at, &have_count);

	if (!builder->have || have_count != count ||
	    strcmp(builder->have->policy[at->policy].name, builder->want->policy[at->policy].name))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (prefix_compare(&have[i].prefix, &entries[i].prefix) ||
		    have[i].id != entries[i].id ||
		    have[i].boottime_expires != entries[i].boottime_expires ||
		    !entry_same(builder->have, &have[i], builder->want, &entries[i]))
			return false;
	}
	return true;
}

/*
 * A list that does not change is there already, since before a build the idle
 * slots hold what the live ones do, see sync_slots(): if its own note says so.
 */
static int build_list(struct builder *builder, const struct list_at *at)
{
	const struct policy *policy = &builder->want->policy[at->policy];
	struct cx_list *list = list_of(builder->instance, builder->idle, at);
	__u32 live_id = slot_map(builder->instance, !builder->idle, at);
	__u32 idle_id = slot_map(builder->instance, builder->idle, at);
	char name[CX_NAME_MAX];
	size_t count;
	const struct entry *entries = list_part(builder->want, at, &count);
	scoped(fd) fd = -1;

	compile_list(entries, count, at->family, list);
	/* Sources always have a map to be dumped, destinations once there are any. */
	if (!policy->name[0] || (at->direction == CX_DEST && !count))
		return idle_id ? slot_set(builder->instance, builder->idle, at, -1) : 0;
	if (idle_id == live_id && list_is_unchanged(builder, at, entries, count))
		return 0;
	fd = acl_create(&builder->types, acl_name(policy->name, at->direction, at->family, name),
			at->family, entries, count, build_value, builder);
	return fd < 0 ? fd : slot_set(builder->instance, builder->idle, at, fd);
}

static int build_lists(struct builder *builder)
{
	struct list_at at;
	int err;

	FOR_EACH_LIST (at) {
		err = build_list(builder, &at);
		if (err)
			return err;
		if (at.direction == CX_DEST &&
		    list_of(builder->instance, builder->idle, &at)->count)
			builder->rules->policy[at.policy].flags |= CX_POLICY_DESTS;
	}
	return 0;
}

/* The filter of a family, empty, sized to what its lists put in. */
static struct compile_bloom size_filter(struct builder *builder, enum cx_family family)
{
	struct cx_rules *rules = builder->rules;
	size_t load = 0, count;
	struct compile_bloom bloom = {
		.seed = rules->seed,
		.words = rules->filter[family],
	};
	struct list_at at;

	FOR_EACH_LIST (at) {
		const struct entry *entries = list_part(builder->want, &at, &count);

		if (at.family == family && count)
			load += compile_filter_load(list_of(builder->instance, builder->idle, &at),
						    entries, count);
	}
	bloom.shift = compile_filter_shift(load);
	memset(bloom.words, 0, 1UL << (64 - bloom.shift));
	rules->filter_shift[family] = bloom.shift;
	return bloom;
}

static void build_filter(struct builder *builder, enum cx_family family)
{
	const struct compile_bloom bloom = size_filter(builder, family);
	struct list_at at;
	size_t count;

	FOR_EACH_LIST (at) {
		const struct entry *entries = list_part(builder->want, &at, &count);

		if (at.family == family && count)
			compile_filter(list_of(builder->instance, builder->idle, &at),
				       CX_LIST(at.direction, at.policy), entries, count, &bloom);
	}
}

static int build_rules(struct builder *builder)
{
	struct settings *want = builder->want;
	struct cx_rules *rules = builder->rules;

	/* first of all: readers tell by it that what they read is no longer that generation */
	__atomic_store_n(&rules->serial, builder->instance->next, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	rules->former = builder->instance->former;
	compile_rules(want, builder->now.coarse_tick, rules);
	if (getrandom(rules->seed, sizeof(rules->seed), 0) != sizeof(rules->seed))
		return -errno;
	for (int i = 0; i < 4; i++)
		rules->seed[i / 2][i % 2] |= 1;
	for (size_t i = 0; i < want->tunnel_count; i++) {
		int dev = instance_device(builder->instance,
					  strings_text(want->strings, want->tunnel[i]));

		if (dev < 0)
			return dev;
		rules->tunnels[dev / 64] |= 1ULL << dev % 64;
	}
	return 0;
}

/* Numbers an interface's name. Returns 0 or -errno. */
static int use_device(struct instance *instance, const struct settings *settings, __u32 string,
		      bool in_use[static CX_MAX_DEVS])
{
	int dev = instance_device(instance, strings_text(settings->strings, string));

	if (dev < 0)
		return dev;
	in_use[dev] = true;
	return 0;
}

/* Interface names must all have a number before values are made from them. */
static int number_devices(struct builder *builder)
{
	const struct settings *want = builder->want;
	bool in_use[CX_MAX_DEVS] = {};
	unsigned int count = 0;
	int err = 0;

	for (size_t i = 0; i < want->count && !err; i++) {
		if (want->entry[i].dev)
			err = use_device(builder->instance, want, want->entry[i].dev, in_use);
	}
	for (size_t i = 0; i < want->tunnel_count && !err; i++)
		err = use_device(builder->instance, want, want->tunnel[i], in_use);
	for (unsigned int i = 0; i < CX_MAX_DEVS; i++)
		count += in_use[i];
	return err ? err : count >= CX_MAX_NAMES ? -E2BIG : 0;
}

static int build(struct builder *builder)
{
	int err = build_rules(builder);

	if (!err)
		err = number_devices(builder);
	if (!err)
		err = clear_states(builder->instance, &builder->types, builder->have,
				   builder->want);
	if (!err)
		err = build_lists(builder);
	if (err)
		return err;
	build_filter(builder, CX_IPV4);
	build_filter(builder, CX_IPV6);
	return 0;
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

static bool slots_agree(const struct instance *instance, unsigned int live)
{
	struct list_at at;

	FOR_EACH_LIST (at) {
		if (slot_map(instance, live, &at) != slot_map(instance, !live, &at))
			return false;
	}
	return true;
}

/* Makes the idle slots equal to the live ones, whatever a build has put there. */
static int sync_slots(const struct instance *instance, unsigned int live)
{
	struct list_at at;
	int err;

	FOR_EACH_LIST (at) {
		__u32 id = slot_map(instance, live, &at);
		scoped(fd) fd = -1;

		if (id == slot_map(instance, !live, &at))
			continue;
		fd = id ? bpf_map_get_fd_by_id(id) : -1;
		if (id && fd < 0)
			return -errno;
		err = slot_set(instance, !live, &at, fd);
		if (err)
			return err;
	}
	return 0;
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
	err = sync_slots(instance, live);
	if (!err)
		__atomic_store_n(&instance->rules[!live].serial, serial, __ATOMIC_SEQ_CST);
	return err;
}

/* Id of the map that a pin holds, 0 if there is no pin. Returns 0 or -errno. */
static int pinned_map(const char *path, __u32 *ret_id)
{
	scoped(fd) fd = bpf_obj_get(path);

	*ret_id = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return map_id_of(fd, ret_id);
}

/* The map of this id is what the pin holds; with id 0, there is no pin. Returns 0 or -errno. */
static int pin_map(__u32 id, const char *path)
{
	scoped(fd) fd = -1;
	__u32 held;
	int err = pinned_map(path, &held);

	if (err || held == id)
		return err;
	if (!id)
		return unlink(path) ? -errno : 0;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : pindir_replace(fd, path);
}

static bool is_list_pin(const struct cx_rules *rules, const char *pin)
{
	struct list_at at;
	char name[CX_NAME_MAX];

	FOR_EACH_LIST (at) {
		const char *policy = rules->policy[at.policy].name;

		if (policy[0] && !strcmp(pin, acl_name(policy, at.direction, at.family, name)))
			return true;
	}
	return false;
}

/* Is it a list of ours, whatever its name? */
static bool is_own_list(int dir_fd, const char *pin)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	char path[NAME_MAX + 40];
	scoped(fd) fd = -1;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, pin);
	fd = bpf_obj_get(path);
	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       info.type == BPF_MAP_TYPE_HASH && info.value_size == sizeof(struct cx_entry);
}

/* Removes the lists of policies that are gone, and what a killed rename left. */
static int sweep_pins(const struct instance *instance, const struct cx_rules *rules)
{
	scoped(dir) dir = opendir(instance->dir);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = pindir_next(dir, &err))) {
		if (entry->d_type != DT_DIR && !is_list_pin(rules, entry->d_name) &&
		    is_own_list(dirfd(dir), entry->d_name) &&
		    unlinkat(dirfd(dir), entry->d_name, 0))
			err = -errno;
	}
	return err;
}

/* The pins hold the live lists; those of policies that are gone go too. */
static int sync_pins(const struct instance *instance, unsigned int generation)
{
	const struct cx_rules *rules = &instance->rules[generation];
	char path[PIN_PATH_MAX], name[CX_NAME_MAX];
	struct list_at at;
	int err;

	FOR_EACH_LIST (at) {
		__u32 id = slot_map(instance, generation, &at);
		const char *policy = rules->policy[at.policy].name;

		if (!policy[0])
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", instance->dir,
			     acl_name(policy, at.direction, at.family, name)) >= PIN_PATH_MAX)
			return -ENAMETOOLONG;
		err = pin_map(id, path);
		if (err)
			return err;
	}
	return sweep_pins(instance, rules);
}

int carry_mend(struct instance *instance)
{
	unsigned int live = instance_generation(instance);
	int err = 0;

	if (instance_lapsed(instance))
		flip(instance, live, /* deadline= */ 0);
	if (!instance_pending(instance)) /* else the former generation must stay */
		err = settle(instance, live);
	return err ? err : sync_pins(instance, live);
}

int carry_confirm(struct instance *instance)
{
	flip(instance, instance_generation(instance), /* deadline= */ 0);
	return carry_mend(instance);
}

int carry_give_up(struct instance *instance)
{
	flip(instance, !instance_generation(instance), /* deadline= */ 0);
	return carry_mend(instance);
}

static void keep_device(const struct instance *instance, const struct settings *settings,
			__u32 string, bool in_use[static CX_MAX_DEVS])
{
	if (string)
		in_use[instance_find_device(instance, strings_text(settings->strings, string))] =
			true;
}

int carry_keep_devices(struct instance *instance, const struct settings *settings)
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

int carry_complain(struct complaint *ret_why, int err)
{
	switch (err) {
	case -E2BIG:
		return complain_failed(ret_why, NULL,
				       "the lists are full: %u entries in all, %d different peers "
				       "and comments, %d interface names",
				       CX_MAX_ENTRIES, CX_MAX_NOTES, CX_MAX_NAMES - 1),
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

static int build_checked(struct builder *builder, struct complaint *ret_why)
{
	static const struct settings nothing;
	struct instance *instance = builder->instance;
	int err = align(builder->have ? builder->have : &nothing, builder->want, &builder->now);

	if (!err)
		err = acl_types_open(instance, &builder->types);
	if (err)
		return carry_complain(ret_why, err);
	builder->notes = notes_give_numbers(instance, builder->want);
	err = builder->notes ? build(builder) : -errno;
	close(builder->types.btf_fd);
	return err ? carry_complain(ret_why, err) : 0;
}

/* Of a change that failed nothing is left, not even its texts and names: they take up room. */
static void give_up(struct builder *builder)
{
	struct note_numbers *kept;

	(void)carry_mend(builder->instance); /* or the next change does */
	notes_free_numbers(builder->notes);
	kept = builder->have ? notes_give_numbers(builder->instance, builder->have) : NULL;
	if (kept)
		notes_drop_unused(builder->instance, kept);
	notes_free_numbers(kept);
	if (builder->have)
		(void)carry_keep_devices(builder->instance, builder->have);
}

int carry_commit(struct instance *instance, const struct settings *have, struct settings *want,
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
		err = attach_set_features(instance, features | builder.rules->features, ret_why);
	if (err) {
		give_up(&builder);
		return err;
	}
	flip(instance, builder.idle, confirm ? clocks_now().boottime + confirm * NSEC_PER_SEC : 0);
	err = carry_mend(instance);
	if (!err && !confirm) {
		notes_drop_unused(instance, builder.notes);
		err = attach_set_features(instance, builder.rules->features, ret_why);
	}
	if (!err)
		err = carry_keep_devices(instance, want);
	notes_free_numbers(builder.notes);
	return err ? complain_failed(ret_why, NULL,
				     "the new rules are in force, but tidying up failed: %s",
				     strerror(-err))
		   : 0;
}
