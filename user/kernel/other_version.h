/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An instance of another version: what is in its maps cannot be read, its pins can. */
#ifndef OTHER_VERSION_H
#define OTHER_VERSION_H

#include <stdbool.h>

#include "interfaces.h"

/* Is the program that the interface runs pinned, or that of a link pinned, anywhere below dir? */
bool other_version_filters(const char *dir, const struct interface *interface);

#endif
