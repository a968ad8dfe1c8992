/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the policy model to what the fast path reads: pure, no kernel. */
#ifndef COMPILE_H
#define COMPILE_H

#include "settings.h"

/* Lengths in use and anchors of one family's entries (all of that family, sorted). The ids stay. */
void compile_list(const struct entry *entries, size_t count, enum cx_family family,
		  struct cx_list *ret_list);

/* Another length is in use; anchors stay, and so may lengths that no longer are. */
void compile_add_length(struct cx_list *list, unsigned int len);

/* All of a generation but serial, lists, filter and seed; devices are numbered by the caller. */
void compile_rules(const struct settings *settings, __u64 coarse_tick, struct cx_rules *ret_rules);

/* What a program must be able to do that judges by these settings: enum cx_features. */
__u32 compile_features(const struct settings *settings);

/* The value of an entry but for what only the kernel side knows: id, dev, peer, comment. */
void compile_entry(const struct entry *entry, __u64 coarse_tick, struct cx_entry *ret_value);

/* Bursts from here on, in ns, are judged by the coarse clock. */
#define COMPILE_COARSE_TICKS 2

#endif
