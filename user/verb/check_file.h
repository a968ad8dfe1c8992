/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `check FILE`: what would become of the frames of a capture. */
#ifndef CHECK_FILE_H
#define CHECK_FILE_H

#include "cli.h"

/* The words of cli are those behind `check`. Returns an exit status. */
int check_file(struct cli *cli);

#endif
