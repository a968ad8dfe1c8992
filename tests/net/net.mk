# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Network tests: scripts, one story each.
TEST_SCRIPTS += $(sort $(wildcard tests/net/[0-9]*.sh))
