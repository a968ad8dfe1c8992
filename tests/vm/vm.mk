# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernel matrix: the tests that ask a kernel, each in a machine of its own.
# Built here; the machines only run them.  An emulated processor needs patience.
VM_STORIES = $(addprefix tests/vm/,native.sh wireguard.sh ipsec.sh authentication.sh bare.sh fallback.sh ethernet.sh unseen.sh devices.sh paths.sh clock.sh host.sh)
VM_TESTS = $(filter-out $(UNIT_TESTS),$(TEST_PROGRAMS)) $(TEST_SCRIPTS) $(VM_STORIES)
VM_LIMIT ?= 3600
VM_TEST_LIMIT ?= 600

##@ Other kernels
.PHONY: vmtest root-vmtest
vmtest: ## run the BPF and network tests on KERNELS="6.1 6.12 newest" in QEMU
	$(Q)$(AS_ROOT) root-vmtest
root-vmtest: deps
	$(Q)tools/deps.sh qemu-system-x86 cpio ethtool libteam-utils \
		$$(command -v busybox >/dev/null || echo busybox-static)
	$(Q)$(MAKE) --no-print-directory all test-programs bench-build
	$(Q)failed=; for kernel in $(KERNELS); do \
		echo "== $$kernel"; \
		VM_LIMIT=$(VM_LIMIT) tests/vm/run.sh $$kernel -- \
			env TEST_LIMIT=$(VM_TEST_LIMIT) tests/run $(VM_TESTS) || \
			failed="$$failed $$kernel"; \
		VM_CARD=vmxnet3 VM_LIMIT=$(VM_LIMIT) tests/vm/run.sh $$kernel -- \
			env TEST_LIMIT=$(VM_TEST_LIMIT) tests/run tests/vm/vmxnet3.sh || \
			failed="$$failed $$kernel:vmxnet3"; \
	done; \
	[ -z "$$failed" ] || { echo "failed on:$$failed" >&2; exit 1; }
.PHONY: vm-selftest
vm-selftest: ## is the machine that vmtest starts fit to judge? (as root)
	$(Q)tests/vm/selftest.sh $(firstword $(KERNELS))

# A boot under a real systemd: the root file systems are made once, below build/vm/.
SUITES ?= bookworm trixie
BOOT_STORIES ?= fine renamed late broken foreign clock unnoticed fresh bridge

.PHONY: boottest root-boottest
boottest: ## boot Debian with the units enabled, SUITES="bookworm trixie" in QEMU
	$(Q)$(AS_ROOT) root-boottest
root-boottest: deps
	$(Q)tools/deps.sh qemu-system-x86 busybox-static cpio mmdebstrap systemd
	$(Q)$(MAKE) --no-print-directory all
	$(Q)failed=; for suite in $(SUITES); do for story in $(BOOT_STORIES); do \
		echo "== $$suite: $$story"; \
		tests/vm/boot.sh $$suite $$story || failed="$$failed $$suite:$$story"; \
	done; done; \
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }
