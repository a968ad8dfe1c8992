# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Builds and runs the bench.

BENCH_SOURCE := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
BENCH_BUILD := $(BUILD)/bench
BENCH_TOOLS := $(addprefix $(BENCH_BUILD)/,flood progcost witness calls measure)
BENCH_PEERS := nftables ipset iptables xdp-tools ethtool gnuplot-nox fonts-dejavu-core

BENCH_WARNINGS := -Wall -Wextra -Werror
BENCH_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g $(BENCH_WARNINGS) \
	-I$(BENCH_BUILD) -I$(BENCH_SOURCE)
BENCH_BPF_FLAGS := -target bpf -mcpu=v3 -O2 -g $(BENCH_WARNINGS) -I$(BENCH_SOURCE) \
	-idirafter /usr/include/$(shell $(CC) -print-multiarch)

##@ Measuring
.PHONY: bench root-bench bench-build
bench: ## measure beside an empty program and the peers; ROWS="2 9a" for these rows alone
	$(Q)$(AS_ROOT) root-bench ROWS='$(ROWS)'
root-bench:
	$(Q)tools/deps.sh $(BENCH_PEERS)
	$(Q)$(MAKE) --no-print-directory all bench-build
	$(Q)$(BENCH_SOURCE)/bench --build $(BUILD) $(ROWS)

bench-build: $(BENCH_TOOLS) $(BENCH_BUILD)/bare.bpf.o

$(BENCH_BUILD):
	$(Q)mkdir -p $@

$(BENCH_BUILD)/%.bpf.o: $(BENCH_SOURCE)/%.bpf.c $(BENCH_SOURCE)/flood.h | $(BENCH_BUILD)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BENCH_BPF_FLAGS) -c $< -o $@

$(BENCH_BUILD)/%.skel.h: $(BENCH_BUILD)/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

$(BENCH_BUILD)/%.o: $(BENCH_SOURCE)/%.c $(wildcard $(BENCH_SOURCE)/*.h) | $(BENCH_BUILD)
	$(call say,CC,$@)
	$(Q)$(CC) $(BENCH_CFLAGS) -c $< -o $@

$(BENCH_BUILD)/flood.o: $(BENCH_BUILD)/flood.skel.h
$(BENCH_BUILD)/witness.o: $(BENCH_BUILD)/witness.skel.h
$(BENCH_BUILD)/flood $(BENCH_BUILD)/progcost: $(BENCH_BUILD)/frame.o
$(BENCH_TOOLS): $(BENCH_BUILD)/host.o
.SECONDARY: $(addprefix $(BENCH_BUILD)/,flood.bpf.o witness.bpf.o flood.skel.h witness.skel.h)

$(BENCH_TOOLS): $(BENCH_BUILD)/%: $(BENCH_BUILD)/%.o
	$(call say,LD,$@)
	$(Q)$(CC) $(BENCH_CFLAGS) $^ -lbpf -o $@
