# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A fleet on etcd, for longer than `make test` has time: its short form is tests/net/89-fleet.sh.
.PHONY: fleettest root-fleettest fleetload root-fleetload
CHANGES   ?= 100
FOLLOWERS ?= 500
fleettest: ## publish to eight hosts while etcd and followers are killed, hung, cut off; CHANGES=100
	$(Q)$(AS_ROOT) root-fleettest CHANGES=$(CHANGES)
root-fleettest: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)CHANGES=$(CHANGES) TEST_LIMIT=7200 tests/run -v -j 1 tests/fleet/trouble.sh tests/fleet/quota.sh \
		tests/fleet/examples.sh
fleetload: ## what so many followers cost one etcd; FOLLOWERS=500
	$(Q)$(AS_ROOT) root-fleetload FOLLOWERS=$(FOLLOWERS)
root-fleetload: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)FOLLOWERS=$(FOLLOWERS) TEST_LIMIT=3600 tests/run -v -j 1 tests/fleet/load.sh
