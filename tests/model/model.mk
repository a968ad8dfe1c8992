# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The model itself, by frames written by hand.
TEST_PROGRAMS += $(BUILD)/tests/test_model

$(BUILD)/tests/test_model: $(wildcard tests/model/*.[ch])
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(CFLAGS) $(filter %.c,$^) $(LDFLAGS) -o $@
