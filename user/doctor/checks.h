/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The checks of `doctor`: each looks at one thing and says what it saw in rows
 * of its own, at least one.  Those behind `rules` need doctor->view.
 */
#ifndef CHECKS_H
#define CHECKS_H

#include "doctor.h"

/* This host. */
void check_kernel(struct doctor *doctor);
void check_capabilities(struct doctor *doctor);
void check_bpffs(struct doctor *doctor);
void check_instance(struct doctor *doctor);

/* The rules. */
void check_clock(struct doctor *doctor);
void check_expired(struct doctor *doctor);
void check_saved(struct doctor *doctor);
void check_trial(struct doctor *doctor);
void check_modes(struct doctor *doctor);
void check_names(struct doctor *doctor);

/* What is attached, and what is not. */
void check_attached(struct doctor *doctor);
void check_unjudged(struct doctor *doctor);
void check_members(struct doctor *doctor);
void check_stacked(struct doctor *doctor);
void check_foreign(struct doctor *doctor);
void check_elsewhere(struct doctor *doctor);

/* What the devices are given to do. */
void check_driver(struct doctor *doctor);
void check_mtu(struct doctor *doctor);
void check_queues(struct doctor *doctor);
void check_vlan(struct doctor *doctor);
void check_merged(struct doctor *doctor);

/* Ways that lead around the filter. */
void check_nat(struct doctor *doctor);
void check_iptables(struct doctor *doctor);
void check_fou(struct doctor *doctor);
void check_mpls(struct doctor *doctor);
void check_seg6(struct doctor *doctor);
void check_ipsec(struct doctor *doctor);

#endif
