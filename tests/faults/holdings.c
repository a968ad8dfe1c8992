/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counts what the pins below a directory keep alive in the kernel.
 *
 *   holdings DIR
 *
 * No process outlives a command, so whatever it left is held by a pin, by a
 * slot of a map of maps, or by a program: those are followed to their ends.
 * A map is bare if it lost its name or its BTF on the way into the kernel.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDS_MAX 16384

/* Ids of one kind, each once. */
struct ids {
	__u32 id[IDS_MAX];
	size_t count;
};

static struct ids maps, programs, links;
static size_t pins, bare;

static bool is_new(struct ids *ids, __u32 id)
{
	for (size_t i = 0; i < ids->count; i++) {
		if (ids->id[i] == id)
			return false;
	}
	if (ids->count == IDS_MAX)
		error(1, 0, "more than %d objects", IDS_MAX);
	ids->id[ids->count++] = id;
	return true;
}

static void follow_map(int map_fd);

static void follow_map_id(__u32 id)
{
	int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		error(1, errno, "map %u", id);
	follow_map(fd);
	close(fd);
}

static void follow_slots(int map_fd, __u32 slots)
{
	__u32 id;

	for (__u32 slot = 0; slot < slots; slot++) {
		if (!bpf_map_lookup_elem(map_fd, &slot, &id))
			follow_map_id(id);
	}
}

static void follow_map(int map_fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(map_fd, &info, &len))
		error(1, errno, "map");
	if (!is_new(&maps, info.id))
		return;
	/* the kernel takes no BTF for these two */
	if (info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS)
		follow_slots(map_fd, info.max_entries);
	else if (info.type != BPF_MAP_TYPE_PROG_ARRAY && !info.btf_id)
		bare++;
	bare += !info.name[0];
}

static void follow_program(int prog_fd)
{
	__u32 map_ids[64];
	struct bpf_prog_info info = {
		.map_ids = (__u64)(unsigned long)map_ids,
		.nr_map_ids = sizeof(map_ids) / sizeof(map_ids[0]),
	};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		error(1, errno, "program");
	if (!is_new(&programs, info.id))
		return;
	for (__u32 i = 0; i < info.nr_map_ids; i++)
		follow_map_id(map_ids[i]);
}

static void follow_link(int link_fd)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int prog_fd;

	if (bpf_obj_get_info_by_fd(link_fd, &info, &len))
		error(1, errno, "link");
	if (!is_new(&links, info.id))
		return;
	prog_fd = bpf_prog_get_fd_by_id(info.prog_id);
	if (prog_fd < 0)
		error(1, errno, "program %u", info.prog_id);
	follow_program(prog_fd);
	close(prog_fd);
}

static int follow_pin(const char *path, const struct stat *st, int type, struct FTW *where)
{
	char proc[64], kind[64] = "";
	int fd;

	(void)st;
	if (type != FTW_F || strchr(path + where->base, '.')) /* progs.debug is the kernel's own */
		return 0;
	pins++;
	fd = bpf_obj_get(path);
	if (fd < 0)
		error(1, errno, "%s", path);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (readlink(proc, kind, sizeof(kind) - 1) < 0)
		error(1, errno, "%s", path);
	if (strstr(kind, "bpf-map"))
		follow_map(fd);
	else if (strstr(kind, "bpf-prog"))
		follow_program(fd);
	else
		follow_link(fd);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		error(2, 0, "usage: holdings DIR");
	if (!access(argv[1], F_OK) && nftw(argv[1], follow_pin, 8, FTW_PHYS))
		error(1, errno, "%s", argv[1]);
	printf("pins %zu links %zu programs %zu maps %zu bare %zu\n", pins, links.count,
	       programs.count, maps.count, bare);
	return 0;
}
