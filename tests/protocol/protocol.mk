# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The protocol of a change: Spin over a model of it, and over broken copies of that.

##@ The protocol
.PHONY: protocol
protocol: ## try every order of the protocol's steps (NAMES="packets no-grace" for these)
	$(Q)tests/protocol/check.sh $(NAMES)

# NAMES are those of one or the other
ifndef NAMES
prove: protocol
endif
