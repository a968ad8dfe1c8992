# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Built for other machines, and run in their emulation.
MACHINES        ?= arm64 armhf s390x
MACHINE_STORIES ?= build/tests/bpf-cases tests/vm/native.sh tests/net/10-default-deny.sh tests/net/22-confirm.sh
MACHINE_LIMIT   ?= 3600

##@ Other machines
.PHONY: machinetest root-machinetest
machinetest: ## build and test for MACHINES="arm64 armhf s390x", emulated; arm64 with a kernel of its own
	$(Q)$(AS_ROOT) root-machinetest
root-machinetest: deps
	$(Q)tools/deps.sh mmdebstrap kmod qemu-system-arm ethtool
	$(Q)$(MAKE) --no-print-directory all
	$(Q)failed=; for machine in $(MACHINES); do \
		tests/machines/machine.sh $$machine || failed="$$failed $$machine"; \
	done; \
	case ' $(MACHINES) ' in *' arm64 '*) \
		VM_LIMIT=$(MACHINE_LIMIT) tests/machines/arm64.sh env TEST_LIMIT=$(MACHINE_LIMIT) \
			tests/run $(MACHINE_STORIES) || failed="$$failed arm64:kernel" ;; \
	esac; \
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }
