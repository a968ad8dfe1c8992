# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Unit tests of the pure modules: each program links the modules it tests and what they need.
UNIT_TESTS = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
TEST_PROGRAMS += $(UNIT_TESTS)

user_objs = $(patsubst %,$(BUILD)/user/%.o,$(1))
model = complaint memory prefix settings strings text
grammar = $(model) change change_list change_policy grammar grammar_words near ports when words

$(BUILD)/tests/test_complaint: $(call user_objs,complaint text)
$(BUILD)/tests/test_text: $(call user_objs,complaint text)
$(BUILD)/tests/test_facts: $(call user_objs,buffer complaint facts_json facts_text ports prefix \
	text when)
$(BUILD)/tests/test_facts: TEST_LIBS = -ljson-c
$(BUILD)/tests/test_kernel_said: $(call user_objs,kernel_said text)
$(BUILD)/tests/test_kernel_said: TEST_LIBS = -lbpf
$(BUILD)/tests/test_probe: user/probe.c $(call user_objs,complaint prefix text)
$(BUILD)/tests/test_probe: TEST_LIBS = -fsanitize=undefined -fno-sanitize-recover=undefined
$(BUILD)/tests/test_prefix: $(call user_objs,complaint prefix text)
$(BUILD)/tests/test_ports: $(call user_objs,complaint ports text)
$(BUILD)/tests/test_words: $(call user_objs,near words)
$(BUILD)/tests/test_when: $(call user_objs,complaint text when)
$(BUILD)/tests/test_judging: $(call user_objs,judging)
$(BUILD)/tests/test_options: $(call user_objs,complaint options text when)
$(BUILD)/tests/test_strings: $(call user_objs,strings)
$(BUILD)/tests/test_settings: $(call user_objs,$(model))
$(BUILD)/tests/test_align: $(call user_objs,$(model) align)
$(BUILD)/tests/test_diff: $(call user_objs,$(grammar) diff diff_summary)
$(BUILD)/tests/test_effects: $(call user_objs,$(grammar) diff effects policy_file)
$(BUILD)/tests/test_grammar: $(call user_objs,$(grammar) diff effects policy_file_write)
$(BUILD)/tests/test_policy_file: $(call user_objs,$(grammar) policy_file policy_file_write)

# Where the tests make reading and allocating fail.
$(BUILD)/tests/test_policy_file: LDFLAGS += $(patsubst %,-Wl$(comma)--wrap=%, \
	fread malloc calloc reallocarray aligned_alloc)
comma = ,

$(UNIT_TESTS): $(BUILD)/tests/%: tests/unit/%.c tests/unit/unit.h Makefile
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(C_FLAGS) $(LDFLAGS) $< $(filter %.o,$^) -lcmocka $(TEST_LIBS) -o $@
