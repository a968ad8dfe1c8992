# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A tarball, and Debian packages.
VERSION := $(shell sed -n 's/^\#define VERSION "\(.*\)"/\1/p' user/base/version.h)
NAMED    = clarent-xdp-$(VERSION)

##@ Packages
.PHONY: dist deb
dist: ## pack what is committed: build/clarent-xdp-VERSION.tar.xz
	$(Q)mkdir -p $(BUILD)
	$(Q)git archive --prefix=$(NAMED)/ HEAD | xz > $(BUILD)/$(NAMED).tar.xz
# from a copy of what is here: no build changes the tree, and no tree needs git
deb: ## build Debian packages of what is here, below build/deb
	$(Q)rm -rf $(BUILD)/deb
	$(Q)mkdir -p $(BUILD)/deb/$(NAMED)
	$(Q)tar -c --exclude=./build --exclude=./.git . | tar -x -C $(BUILD)/deb/$(NAMED)
	$(Q)cd $(BUILD)/deb/$(NAMED) && dpkg-buildpackage -b -us -uc > ../log 2>&1 || \
		{ tail -n 30 ../log >&2; exit 1; }
	$(Q)rm -rf $(BUILD)/deb/$(NAMED)
	$(Q)ls $(BUILD)/deb/*.deb
