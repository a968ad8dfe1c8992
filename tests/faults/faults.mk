# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Faults: each changing verb with one of its calls to the kernel failing, or killed there.
FAULT_TOOLS = $(addprefix $(BUILD)/faults/,verdicts holdings)
TEST_SCRIPTS += tests/faults/faults.sh
test-programs: $(FAULT_TOOLS)

$(FAULT_TOOLS): $(BUILD)/faults/%: tests/faults/%.c
	$(call say,TOOL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(C_FLAGS) -D_GNU_SOURCE $< -lbpf -o $@

##@ Looking for faults
.PHONY: faults root-faults
faults: ## every call of every changing verb failing, and killed there; VERBS="allow purge" CALLS=dup,bpf
	$(Q)$(AS_ROOT) root-faults VERBS='$(VERBS)' CALLS='$(CALLS)'
root-faults: deps
	$(Q)$(MAKE) --no-print-directory all $(FAULT_TOOLS)
	$(Q)tests/faults/faults.sh --all $(CALLS:%=--calls=%) $(VERBS)
