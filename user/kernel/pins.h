/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pins of the lists: what people dump is what is in force. */
#ifndef PINS_H
#define PINS_H

#include "instance.h"

/* Pins the lists of a generation, those of policies that are gone no more. Returns 0 or -errno. */
int sync_pins(const struct instance *instance, unsigned int generation);

#endif
