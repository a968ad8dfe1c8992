# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Limits: what passes is counted, not timed.
TEST_SCRIPTS += $(sort $(wildcard tests/limits/[0-9]*.sh))

test-programs: $(BUILD)/limits/volley

$(BUILD)/limits/volley: tests/limits/volley.c $(BUILD)/user/probe.o $(MODEL)
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_FLAGS) $(C_FLAGS) $(LDFLAGS) $< $(filter %.o %.a,$^) -lbpf -pthread -o $@
