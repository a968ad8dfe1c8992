# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Unit tests: of the rooms base and model, and of what else needs no kernel.
UNIT_TESTS = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
TEST_PROGRAMS += $(UNIT_TESTS)

$(BUILD)/tests/test_kernel_said: $(BUILD)/user/kernel_said.o
$(BUILD)/tests/test_kernel_said: TEST_LIBS = -lbpf
$(BUILD)/tests/test_probe: user/kernel/probe.c
$(BUILD)/tests/test_probe: TEST_LIBS = -fsanitize=undefined -fno-sanitize-recover=undefined
$(BUILD)/tests/test_capture: $(addprefix $(BUILD)/user/,capture.o libpcap.o)
$(BUILD)/tests/test_options: $(BUILD)/user/options.o

# Where the tests make reading and allocating fail.
$(BUILD)/tests/test_policy_file: LDFLAGS += $(patsubst %,-Wl$(comma)--wrap=%, \
	fread malloc calloc reallocarray aligned_alloc)
comma = ,

$(UNIT_TESTS): $(BUILD)/tests/%: tests/unit/%.c tests/unit/unit.h $(MODEL) Makefile
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_FLAGS) $(C_FLAGS) $(LDFLAGS) $< $(filter %.o,$^) $(MODEL) -lcmocka -ljson-c $(TEST_LIBS) -o $@
