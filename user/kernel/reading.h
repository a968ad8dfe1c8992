/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the kernel to the policy model. */
#ifndef READING_H
#define READING_H

#include "instance.h"
#include "settings.h"

/* Reads the live rules. Returns 0 or -errno; *ret_settings needs no freeing after a failure. */
int generation_read(const struct instance *instance, struct settings *ret_settings);

/* While a change waits for its confirmation: what was before it, and is confirmed. */
int generation_read_former(const struct instance *instance, struct settings *ret_settings);
__u64 generation_former_serial(const struct instance *instance);

#endif
