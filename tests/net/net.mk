# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Network tests: scripts, one story each.
TEST_SCRIPTS += $(sort $(wildcard tests/net/[0-9]*.sh))

.PHONY: truewords root-truewords
truewords: ## let each call of each verb fail, and read what is said of it (an hour)
	$(Q)$(AS_ROOT) root-truewords
root-truewords: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/net/81-true-words.sh --every 1
