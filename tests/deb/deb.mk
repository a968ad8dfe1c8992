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
		BOOT_PACKAGE=$(BUILD)/deb/$$suite/root/debs tests/vm/boot.sh $$suite package || \
			failed="$$failed $$suite:package"; \
	done; \
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }

# What a stranger builds from a tarball, by each Debian's compilers.
BUILD_SUITES ?= bookworm trixie sid
.PHONY: buildtest root-buildtest
buildtest: ## build the tarball with gcc and clang of each suite, BUILD_SUITES="bookworm trixie sid"
	$(Q)$(MAKE) --no-print-directory dist
	$(Q)$(AS_ROOT) root-buildtest
root-buildtest: deps
	$(Q)tools/deps.sh mmdebstrap xz-utils
	$(Q)failed=; for suite in $(BUILD_SUITES); do \
		tests/deb/buildtest.sh $$suite $(BUILD)/$(NAMED).tar.xz || failed="$$failed $$suite"; \
	done; \
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }

.PHONY: minimaltest root-minimaltest
minimaltest: ## README's two commands on new minimal roots, DEB_SUITES="bookworm trixie"
	$(Q)$(AS_ROOT) root-minimaltest
root-minimaltest: deps
	$(Q)tools/deps.sh mmdebstrap
	$(Q)failed=; for suite in $(DEB_SUITES); do \
		tests/deb/minimal.sh $$suite || failed="$$failed $$suite"; \
	done; \
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }
