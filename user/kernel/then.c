/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The XDP program of somebody else that is handed what an attachment passes. */
#include "then.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "object.h"
#include "scope.h"

static const __u32 zero; /* the one index */

/* "prog", "map" or "link"; empty if it is nothing of BPF's. */
static void read_kind(int fd, char ret_kind[static 16])
{
	char path[32], target[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	*ret_kind = '\0';
	if (readlink(path, target, sizeof(target) - 1) < 0 ||
	    sscanf(target, "anon_inode:bpf-%15[a-z]", ret_kind) == 1 ||
	    sscanf(target, "anon_inode:bpf_%15[a-z]", ret_kind) == 1)
		return;
}

static int check_program(int fd, const char *path, struct complaint *ret_why)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	struct cx_attachment self;
	char kind[16];

	read_kind(fd, kind);
	if (strcmp(kind, "prog"))
		return complain_failed(ret_why, path, "is a pinned %s, no program", kind);
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return complain_errno(ret_why, path, -errno, "cannot tell what program it is");
	if (info.type != BPF_PROG_TYPE_XDP)
		return complain_failed(ret_why, path, "is a program of type %s, not xdp",
				       libbpf_bpf_prog_type_str(info.type) ?: "unknown");
	if (!object_read_self(info.id, &self))
		return complain_failed(ret_why, path,
				       "is clarent-xdp's own program, which would judge again");
	return 0;
}

int then_open(const char *path, struct complaint *ret_why)
{
	scoped(memory) canonical = realpath(path, NULL);
	scoped(fd) fd = -1;
	int err;

	if (!canonical)
		return complain_errno(ret_why, path, -errno, "cannot open it");
	fd = bpf_obj_get(canonical);
	if (fd < 0 && (errno == EACCES || errno == EINVAL))
		return complain_failed(ret_why, path, "is nothing that was pinned by BPF");
	if (fd < 0)
		return complain_errno(ret_why, path, -errno, "cannot open it");
	err = check_program(fd, path, ret_why);
	return err ? err : scope_take(&fd);
}

/*
 * The kernel gives no reason.  Would it be let follow a program that is loaded
 * so?  What is in one prog array, and what calls it, must be alike.
 */
static bool may_follow(int prog_fd, __u32 flags, enum bpf_attach_type type)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = flags, .expected_attach_type = type);
	scoped(fd) array_fd = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "then", sizeof(__u32),
					     sizeof(__u32), 1, NULL);
	const struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW, BPF_REG_2, BPF_PSEUDO_MAP_FD, 0, array_fd },
		{},
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	scoped(fd) caller_fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "then", "GPL", code,
					     sizeof(code) / sizeof(code[0]), &opts);

	return caller_fd >= 0 && !bpf_map_update_elem(array_fd, &zero, &prog_fd, BPF_ANY);
}

/* In what it differs from the filter's own program, as object.c loads that. */
static void hint_unlike(int prog_fd, enum cx_attach_mode mode, struct complaint *ret_why)
{
	__u32 own_flags = mode == CX_ATTACH_NATIVE ? BPF_F_XDP_HAS_FRAGS : 0;

	if (may_follow(prog_fd, own_flags ^ BPF_F_XDP_HAS_FRAGS, BPF_XDP))
		complain_hint(ret_why,
			      own_flags ? "in mode native it must be loaded for frames in several "
					  "buffers: SEC(\"xdp.frags\")"
					: "in mode generic it must be loaded for frames in one "
					  "buffer: SEC(\"xdp\")");
	else if (may_follow(prog_fd, own_flags, 0))
		complain_hint(ret_why, "it must be loaded with expected_attach_type BPF_XDP, as "
				       "libbpf does");
}

int then_put(int then_fd, int prog_fd, const char *path, enum cx_attach_mode mode,
	     struct complaint *ret_why)
{
	int err;

	if (!bpf_map_update_elem(then_fd, &zero, &prog_fd, BPF_ANY))
		return 0;
	err = complain_errno(ret_why, path, -errno, "the kernel refuses to have it called");
	hint_unlike(prog_fd, mode, ret_why);
	return err;
}

void then_put_back(int then_fd, const struct then *before)
{
	scoped(fd) prog_fd = bpf_prog_get_fd_by_id(before->prog_id);

	if (prog_fd >= 0)
		(void)bpf_map_update_elem(then_fd, &zero, &prog_fd, BPF_ANY);
}

int then_read(int then_fd, struct then *ret_then)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	scoped(fd) prog_fd = -1;

	*ret_then = (struct then){};
	if (bpf_map_lookup_elem(then_fd, &zero, &ret_then->prog_id))
		return errno == ENOENT ? 0 : -errno;
	prog_fd = bpf_prog_get_fd_by_id(ret_then->prog_id);
	if (prog_fd < 0 || bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return errno == ENOENT ? 0 : -errno; /* just replaced: its number will do */
	snprintf(ret_then->name, sizeof(ret_then->name), "%s", info.name);
	return 0;
}
