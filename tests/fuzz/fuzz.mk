# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Fuzzers of what reads text, and frames: any bytes in, with address and undefined-behaviour
# sanitizers.
FUZZ_SECONDS ?= 60
FUZZERS = policy_file grammar classifier
FUZZ_SRCS = $(wildcard user/base/*.c user/model/*.c)
FUZZ_FLAGS = -std=gnu11 $(WARNINGS) -O2 -g -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined

$(BUILD)/fuzz/%: tests/fuzz/fuzz_%.c $(FUZZ_SRCS) $(wildcard user/*/*.h) include/clarent_xdp.h
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(TEST_FLAGS) $(FUZZ_FLAGS) $(filter %.c,$^) -ljson-c -o $@

.PHONY: fuzz
fuzz: $(FUZZERS:%=$(BUILD)/fuzz/%) ## fuzz the text parsers and the classifier, FUZZ_SECONDS each
	$(Q)for name in $(FUZZERS); do \
		mkdir -p $(BUILD)/fuzz/corpus.$$name && \
		{ [ ! -f tests/fuzz/seeds/$$name ] || \
			cp tests/fuzz/seeds/$$name $(BUILD)/fuzz/corpus.$$name/; } && \
		$(BUILD)/fuzz/$$name -dict=tests/fuzz/settings.dict -max_len=4000 -print_final_stats=1 \
			-artifact_prefix=$(BUILD)/fuzz/ -max_total_time=$(FUZZ_SECONDS) \
			$(BUILD)/fuzz/corpus.$$name || exit 1; \
	done
