/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Builds the frame that `check` asks about. */
#ifndef PROBE_H
#define PROBE_H

#include "prefix.h"

enum probe_fragment {
	PROBE_WHOLE,
	PROBE_FIRST,
	PROBE_LATER,
};

struct probe {
	struct prefix source; /* hosts of one family */
	struct prefix dest;
	unsigned int port; /* destination */
	enum cx_proto proto;
	unsigned int ttl; /* or hop limit */
	int vlan;         /* 802.1Q tag, -1: none */
	enum probe_fragment fragment;
	enum cx_link_type link_type;
};

#define PROBE_FRAME_MAX 128

/* Returns the length of the frame. */
size_t probe_build(const struct probe *probe, __u8 ret_frame[static PROBE_FRAME_MAX]);

#endif
