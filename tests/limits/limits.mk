# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Limits: what passes is counted, not timed.
TEST_SCRIPTS += $(sort $(wildcard tests/limits/[0-9]*.sh))

test-programs: $(BUILD)/limits/volley

$(BUILD)/limits/volley: tests/limits/volley.c $(patsubst %,$(BUILD)/user/%.o,complaint prefix probe text)
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(C_FLAGS) $(LDFLAGS) $< $(filter %.o,$^) -lbpf -pthread -o $@
