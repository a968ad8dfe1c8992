# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The shipped object under BPF_PROG_TEST_RUN: cases, timing, who comes again, model against filter, weight.

BPF_DIR = $(BUILD)/tests/bpf
BPF_TESTS = $(addprefix $(BUILD)/tests/bpf-,cases timing seen weight differential)
TEST_PROGRAMS += $(BPF_TESTS)

# compilers that the object must weigh the same by, as far as they are installed
BPF_CLANGS = $(foreach major,14 16 19,$(if $(shell command -v clang-$(major)),clang-$(major)))
BPF_MAJOR = $(shell $(CLANG) -dumpversion | cut -d. -f1)
BPF_DEFINES = -DSOURCE_DIR='"$(CURDIR)"' -DBUILD_DIR='"$(abspath $(BUILD))"' \
	-DCLANG_MAJOR='"$(BPF_MAJOR)"'

$(BPF_DIR)/%.o: tests/bpf/%.c tests/bpf/bpf.mk | $(SKELETON)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_FLAGS) $(BPF_DEFINES) $(C_FLAGS) -c $< -o $@

$(BPF_DIR)/drawn.bpf.o: tests/bpf/drawn.bpf.c
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_FLAGS) -c $< -o $@

$(BPF_DIR)/model/%.o: tests/model/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(C_FLAGS) -c $< -o $@

$(BPF_DIR)/clang-%/clarent_xdp.bpf.o: bpf/clarent_xdp.bpf.c $(wildcard bpf/*.h) include/clarent_xdp.h
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)clang-$* $(BPF_FLAGS) -c $< -o $@

$(BUILD)/tests/bpf-cases: $(addprefix $(BPF_DIR)/,run_cases.o cases.o frame.o as_model.o readme.o)
$(BUILD)/tests/bpf-timing: $(addprefix $(BPF_DIR)/,timing.o frame.o)
$(BUILD)/tests/bpf-seen: $(addprefix $(BPF_DIR)/,seen.o frame.o) | $(BPF_DIR)/drawn.bpf.o
$(BUILD)/tests/bpf-differential: $(BPF_DIR)/differential.o
$(BUILD)/tests/bpf-weight: $(BPF_DIR)/weight.o | $(BPF_CLANGS:%=$(BPF_DIR)/%/clarent_xdp.bpf.o)
$(BPF_TESTS): $(BPF_DIR)/rig.o $(LIB_OBJS) \
	$(addprefix $(BPF_DIR)/model/,model.o rules.o print.o frames.o draw.o)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

-include $(wildcard $(BPF_DIR)/*.d $(BPF_DIR)/model/*.d)

##@ The BPF object
DIFFERENTIAL_FRAMES ?= 5000000
DIFFERENTIAL_SECONDS ?= 3600
.PHONY: differential weight bpf-mutants
differential: $(BUILD)/tests/bpf-differential ## model against filter, a long run (SEED=N)
	$(Q)$< $(or $(SEED),$(shell shuf -i 1-999999 -n 1)) $(DIFFERENTIAL_FRAMES) $(DIFFERENTIAL_SECONDS)
weight: $(BUILD)/tests/bpf-weight ## record what the programs weigh on this kernel
	$(Q)$< record > $(BPF_DIR)/weight.txt && mv $(BPF_DIR)/weight.txt tests/bpf/weight.txt
bpf-mutants: ## break the filter, and see the tests fail
	$(Q)tests/bpf/mutants.sh
