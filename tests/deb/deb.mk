# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The Debian package, in clean roots of each suite, and under a booted systemd.
DEB_SUITES ?= bookworm trixie

.PHONY: debtest root-debtest
debtest: ## build, install, upgrade, remove the package in clean roots, DEB_SUITES="bookworm trixie"
	$(Q)$(AS_ROOT) root-debtest
root-debtest: deps
	$(Q)tools/deps.sh mmdebstrap dpkg-dev qemu-system-x86 busybox-static cpio systemd
	$(Q)failed=; for suite in $(DEB_SUITES); do \
		tests/deb/debtest.sh $$suite || failed="$$failed $$suite"; \
		BOOT_PACKAGE=$$(echo $(BUILD)/deb/$$suite/clarent-xdp_*.deb) tests/vm/boot.sh $$suite fine || \
			failed="$$failed $$suite:boot"; \
	done; \
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }
