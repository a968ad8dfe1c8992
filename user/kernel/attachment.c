/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One attachment: what it is called, and what its pins hold. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attachments.h"
#include "pindir.h"
#include "scope.h"

int attachment_open_pin(const char *dir, const char *pin)
{
	char path[PIN_PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", dir, pin) >= PIN_PATH_MAX)
		return -ENAMETOOLONG;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

void attachment_place(struct attachment *attachment, const struct interface *interface, __u64 netns,
		      const char *netns_name)
{
	attachment->netns = netns;
	snprintf(attachment->netns_name, sizeof(attachment->netns_name), "%s", netns_name);
	snprintf(attachment->name, sizeof(attachment->name), "%s", interface->name);
}

bool attachment_is_gone(const struct attachment *attachment)
{
	return !attachment->ifindex && !attachment->off;
}

bool attachment_may_be_moved(const struct attachment *attachment)
{
	return !attachment->linked && attachment->self.mode == CX_ATTACH_TC;
}

const char *attachment_name(const struct attachment *attachment)
{
	return *attachment->name ? attachment->name : attachment->self.ifname;
}

bool attachment_is_called(const struct attachment *attachment, const char *name)
{
	return !strcmp(attachment_name(attachment), name) ||
	       interface_index(name) == attachment->ifindex;
}

const char *attachment_mode(const struct cx_attachment *self)
{
	static const char *const words[] = {
		[CX_ATTACH_NATIVE] = "native",
		[CX_ATTACH_GENERIC] = "generic",
		[CX_ATTACH_TC] = "tc",
	};

	return words[self->mode];
}

bool attachment_moved(const struct attachment *attachment)
{
	return *attachment->name && (strcmp(attachment->name, attachment->self.ifname) ||
				     attachment->netns != attachment->self.netns);
}

/* All counters of all CPUs in one call. Returns 0 or -errno. */
static int read_all_cpus(int fd, struct cx_counter *ret_values)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	scoped(memory) keys = calloc(CX_COUNTERS, sizeof(__u32));
	__u32 count = CX_COUNTERS, next;

	if (!keys)
		return -ENOMEM;
	if (bpf_map_lookup_batch(fd, NULL, &next, keys, ret_values, &count, &opts) &&
	    errno != ENOENT) /* there are no more behind these */
		return -errno;
	return count == CX_COUNTERS ? 0 : -EIO;
}

int counters_read(int fd, struct cx_counter ret_counters[static CX_COUNTERS])
{
	int err, cpus = libbpf_num_possible_cpus();
	scoped(memory) values =
		cpus > 0 ? calloc((size_t)cpus * CX_COUNTERS, sizeof(struct cx_counter)) : NULL;
	const struct cx_counter *value = values;

	if (cpus < 0)
		return cpus;
	if (!values)
		return -ENOMEM;
	err = read_all_cpus(fd, values);
	if (err)
		return err;
	for (__u32 i = 0; i < CX_COUNTERS; i++) {
		ret_counters[i] = (struct cx_counter){};
		for (int cpu = 0; cpu < cpus; cpu++, value++) {
			ret_counters[i].packets += value->packets;
			ret_counters[i].bytes += value->bytes;
		}
	}
	return 0;
}

int attachment_counters(const struct attachment *attachment,
			struct cx_counter ret_counters[static CX_COUNTERS])
{
	scoped(fd) fd = attachment_open_pin(attachment->pin, "counters");

	return fd < 0 ? fd : counters_read(fd, ret_counters);
}

int attachment_check_fd(const struct attachment *attachment)
{
	return attachment_open_pin(attachment->pin, "check");
}
