# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The shipped object under BPF_PROG_TEST_RUN: cases, model against filter, weight.

BPF_TESTS = $(addprefix $(BUILD)/tests/bpf-,cases differential timing)
TEST_PROGRAMS += $(BPF_TESTS)

BPF_TEST_OBJS = $(addprefix $(BUILD)/tests/bpf/,rig.o)
BPF_CASES_OBJS = $(addprefix $(BUILD)/tests/bpf/,cases.o groups.o frame.o as_model.o readme.o)
BPF_MODEL_OBJS = $(addprefix $(BUILD)/tests/bpf/model/,model.o rules.o print.o frames.o draw.o)

$(BUILD)/tests/bpf/%.o: tests/bpf/%.c tests/bpf/bpf.mk | $(SKELETON)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -DSOURCE_DIR='"$(CURDIR)"' $(C_FLAGS) -c $< -o $@

$(BUILD)/tests/bpf/model/%.o: tests/model/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(C_FLAGS) -c $< -o $@

$(BUILD)/tests/bpf-cases: $(BPF_CASES_OBJS)
$(BUILD)/tests/bpf-differential: $(BUILD)/tests/bpf/differential.o
$(BUILD)/tests/bpf-timing: $(addprefix $(BUILD)/tests/bpf/,timing.o frame.o)
$(BPF_TESTS): $(BPF_TEST_OBJS) $(BPF_MODEL_OBJS) $(LIB_OBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

-include $(wildcard $(BUILD)/tests/bpf/*.d $(BUILD)/tests/bpf/model/*.d)
