# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Boot and upgrade: what is installed and what the units run, by scripts; programs of other versions.
TEST_SCRIPTS += $(sort $(wildcard tests/boot/[0-9]*.sh))
OTHER_VERSIONS = $(addprefix $(BUILD)/boot/,newer other-abi)
test-programs: $(OTHER_VERSIONS:%=%/clarent-xdp)

$(BUILD)/boot/newer/clarent-xdp: EDIT = s/(define VERSION) .*/\1 "99.0"/
$(BUILD)/boot/other-abi/clarent-xdp: EDIT = s/(define CX_ABI) .*/\1 4711/; s/"texts", "texts"/"texts", "notes"/
$(OTHER_VERSIONS:%=%/clarent-xdp): $(wildcard bpf/*.[ch] include/*.h user/*.[ch] user/*/*.[ch]) tests/boot/boot.mk
	$(call say,OTHER,$@)
	$(Q)rm -rf $(@D) && mkdir -p $(@D)/source
	$(Q)cp -r Makefile bpf include user $(@D)/source
	$(Q)sed -i -E '$(EDIT)' $(addprefix $(@D)/source/,include/clarent_xdp.h user/base/version.h user/kernel/object.c)
	$(Q)$(MAKE) -s -C $(@D)/source CFLAGS=-O0 BUILD=.. Q=@ say= ../clarent-xdp

.PHONY: boot-mutants
boot-mutants: all ## break boot script and units on purpose, one place at a time
	$(Q)tests/boot/mutants.sh
