# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The shipped filter compiled natively: against the model, over generated frames; its search,
# over every small list; its limits, where many processors meet.

TEST_PROGRAMS += $(addprefix $(BUILD)/tests/native_,differential search limits)

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

SEARCH_SRCS = $(wildcard user/base/*.c user/model/settings*.c) \
	$(patsubst %,user/model/%.c,bloom compile prefix strings)

$(BUILD)/tests/native_search: tests/native/search.c tests/native/native.c $(SEARCH_SRCS) $(NATIVE_DEPS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(NATIVE_FLAGS) $(TEST_FLAGS) -std=gnu11 $(WARNINGS) $(CFLAGS) -O2 \
		tests/native/search.c $(SEARCH_SRCS) $(LDFLAGS) -o $@

##@ The search
.PHONY: search search-mutants
search: $(BUILD)/tests/native_search ## try it over more small lists: minutes
	$(Q)$< 4 6 6
search-mutants: $(BUILD)/tests/native_search ## break it, and see that noticed (NAMES="…" for these)
	$(Q)tests/native/mutants.sh $(NAMES)

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
