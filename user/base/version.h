/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one place that says which version this is. */
#ifndef VERSION_H
#define VERSION_H

#define VERSION "0.2.0"

#endif
