# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The shipped filter compiled natively: against the model, over generated frames; its limits,
# where many processors meet.

TEST_PROGRAMS += $(addprefix $(BUILD)/tests/native_,differential limits)

NATIVE_SRCS = $(patsubst %,tests/native/%.c,native world compare) \
	$(patsubst %,tests/model/%.c,model rules frames draw print) \
	$(wildcard user/base/*.c user/model/settings*.c) $(patsubst %,user/model/%.c,bloom compile prefix strings)
NATIVE_DEPS = bpf/clarent_xdp.bpf.c $(wildcard bpf/*.h include/*.h user/*/*.h tests/model/*.h \
	tests/native/*.h tests/native/*/*.h)
# the filter unrolls its loops for clang; BPF may load what is not aligned
NATIVE_FLAGS = -Itests/native -Itests/model -Ibpf -Wno-unknown-pragmas -fno-sanitize=alignment

$(BUILD)/tests/native_differential: tests/native/differential.c $(NATIVE_SRCS) $(NATIVE_DEPS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(NATIVE_FLAGS) $(TEST_FLAGS) -std=gnu11 $(WARNINGS) $(CFLAGS) $(filter-out bpf/%,$(filter %.c,$^)) $(LDFLAGS) -o $@

$(BUILD)/tests/native_limits: tests/native/limits.c $(NATIVE_DEPS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(NATIVE_FLAGS) $(TEST_FLAGS) -std=gnu11 $(WARNINGS) $(CFLAGS) -O2 -pthread \
		tests/native/limits.c $(LDFLAGS) -o $@

$(BUILD)/fuzz/classifier: tests/fuzz/fuzz_classifier.c $(NATIVE_SRCS) $(NATIVE_DEPS)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(NATIVE_FLAGS) $(TEST_FLAGS) $(FUZZ_FLAGS) -fno-sanitize=alignment \
		$(filter-out bpf/%,$(filter %.c,$^)) -o $@
