/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In how many lines what runs differs from the policy file: known, or to be found out. */
#ifndef SAVED_H
#define SAVED_H

#include "instance.h"
#include "settings.h"

struct saved {
	bool known;   /* what follows */
	int err;      /* -ENOENT: nothing is saved; or another -errno */
	size_t lines; /* that differ */
	/* What was looked at; and whether what comes of comparing it is worth a note. */
	struct cx_compared sides;
	bool notable;
};

/* What is known without reading either: asked before the settings are read. */
void saved_look(const struct instance *instance, const char *bpffs, struct saved *ret_saved);

/*
 * Compares what is in force with what is saved.  Where that takes long, whoever
 * asks next is told what came of it.  saved: of saved_look(); or zeroes, if
 * there is no instance, which is then NULL.
 */
void saved_compare(const struct instance *instance, const char *bpffs,
		   const struct settings *settings, struct saved *saved);

#endif
