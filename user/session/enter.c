/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a command acts: its pin directory, and the network namespace. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "copies.h"
#include "pindir.h"
#include "scope.h"

/* Enters the network namespace alone: mounts stay the caller's, and so do pins. */
static int enter_netns(struct cli *cli)
{
	char path[4096];
	scoped(fd) fd = -1;
	int err;

	if (!cli->netns)
		return STATUS_DONE;
	snprintf(path, sizeof(path), "%s%s", strchr(cli->netns, '/') ? "" : "/run/netns/",
		 cli->netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && !setns(fd, CLONE_NEWNET))
		return STATUS_DONE;
	err = complain_errno(&cli->why, cli->netns, -errno, "cannot enter this network namespace");
	if (err == -ENOENT)
		complain_hint(&cli->why, "see: ip netns list");
	return STATUS_FAILED;
}

/* Whichever way the pin directory was written, from here on it has one name. */
static int resolve_bpffs(struct cli *cli)
{
	static char dir[PIN_PATH_MAX];

	if (!cli->bpffs)
		cli->bpffs = getenv("CLARENT_XDP_BPFFS");
	if (!cli->bpffs)
		cli->bpffs = INSTANCE_DIR;
	if (!*cli->bpffs)
		return cli_usage(cli, NULL, "the name of the pin directory is empty");
	if (pindir_resolve(cli->bpffs, dir, &cli->why))
		return cli->why.status;
	cli->bpffs = dir;
	if (!copies_can_name(dir))
		return cli_usage(cli, NULL, "the name of the pin directory is too long");
	return STATUS_DONE;
}

int cli_enter(struct cli *cli)
{
	int status = resolve_bpffs(cli);

	return status ? status : enter_netns(cli);
}
