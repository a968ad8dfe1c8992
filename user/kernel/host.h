/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What this host does with packets and ports, as its sysctls say: those of this network namespace. */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>

/* True if this host hands on what is not for itself, in either family. */
bool host_forwards(void);

/* Ports that the kernel gives to sockets that name none. False if it does not say. */
bool local_port_range(unsigned int *ret_first, unsigned int *ret_last);

/* True if the kernel keeps that port out of its choice (ip_local_reserved_ports). */
bool port_reserved(unsigned int port);

#endif
