/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a change would do, said before it is done. */
#ifndef DRY_RUN_H
#define DRY_RUN_H

#include "cli.h"
#include "raised.h"

/*
 * Prints effects, then + - ~ lines, all in one line, and what would be refused
 * without force; want is aligned with have.  Returns an exit status.
 */
int dry_run(struct cli *cli, const struct instance *instance, const struct settings *have,
	    const struct settings *want, const struct raised *raised);

#endif
