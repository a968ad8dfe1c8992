/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers of interface names: what rules and programs know an interface by. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "instance.h"

unsigned int instance_find_device(const struct instance *instance, const char *ifname)
{
	for (unsigned int i = 1; i < CX_MAX_DEVS; i++) {
		if (!strncmp(instance->devices[i], ifname, CX_NAME_MAX))
			return i;
	}
	return 0;
}

/* A system call, so that a killed caller leaves no half name. */
int instance_rename_device(struct instance *instance, unsigned int device, const char *ifname)
{
	char name[CX_NAME_MAX] = {};

	strncpy(name, ifname, sizeof(name) - 1);
	return bpf_map_update_elem(instance->fd[MAP_DEVICES], &device, name, BPF_ANY) ? -errno : 0;
}

int instance_device(struct instance *instance, const char *ifname)
{
	unsigned int device = instance_find_device(instance, ifname);
	int err;

	if (device)
		return (int)device;
	for (device = 1; device < CX_MAX_DEVS && instance->devices[device][0]; device++)
		;
	if (device == CX_MAX_DEVS)
		return -E2BIG;
	err = instance_rename_device(instance, device, ifname);
	return err ? err : (int)device;
}

void instance_keep_devices(struct instance *instance, const bool in_use[static CX_MAX_DEVS])
{
	for (unsigned int i = 1; i < CX_MAX_DEVS; i++) {
		if (!in_use[i] && instance->devices[i][0])
			(void)instance_rename_device(instance, i, "");
	}
}
