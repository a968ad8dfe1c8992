# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Attacks on the filter, and what holds them off: scripts, one attack each.
TEST_SCRIPTS += $(sort $(wildcard tests/attacks/[0-9]*.sh))

##@ The attacks
.PHONY: attack-mutants
attack-mutants: all test-programs ## remove the checks that hold attacks off, and see the tests fail
	$(Q)tests/attacks/mutants.sh
