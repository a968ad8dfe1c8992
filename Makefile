# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Builds, tests and installs clarent-xdp; `make help` lists the targets.

CLANG    ?= clang
CC       ?= gcc
BPFTOOL  ?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
sbindir  ?= $(PREFIX)/sbin
bootdir  ?= $(PREFIX)/lib/clarent-xdp
unitdir  ?= $(PREFIX)/lib/systemd/system
rulesdir ?= $(PREFIX)/lib/udev/rules.d
mandir   ?= $(PREFIX)/share/man
bashdir  ?= $(PREFIX)/share/bash-completion/completions
zshdir   ?= $(PREFIX)/share/zsh/site-functions
sharedir ?= $(PREFIX)/share/clarent-xdp
# hardened, unless a packager says how
CFLAGS   ?= -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
LDFLAGS  ?= -Wl,-z,relro,-z,now
KERNELS  ?= 6.1

# for who changes the code: CI and the tests set it; a newer compiler's warnings stop no package
WERROR   ?=
WARNINGS  = -Wall -Wextra $(WERROR)
DEFINES   = -Iinclude -I$(BUILD) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
FRAME_FLAGS ?= -Wframe-larger-than=28000
# what is built is the same wherever that is done
HERE      = '-ffile-prefix-map=$(CURDIR)=.'
C_FLAGS   = -std=gnu11 $(WARNINGS) $(HERE) $(CFLAGS) -MMD -MP
LIBS      = -lbpf -lelf -lz -ljson-c -lmnl $(LDLIBS)
# where the compiler finds what is the machine's own: clang 19 has no -print-multiarch
HASH     := \#
ARCH_INCLUDE = $(shell echo '$(HASH)include <asm/types.h>' | $(CC) -E -x c - | \
	sed -n '/asm\/types\.h/ { s,^[^"]*"\(.*\)/asm/types\.h".*,\1,p; q }')
# in the byte order of the machine that it is built for, which need not be this one
BPF_TARGET = bpf$(if $(shell $(CC) -dM -E -x c /dev/null | grep '__BYTE_ORDER__ __ORDER_BIG'),eb,el)
BPF_FLAGS = -target $(BPF_TARGET) -mcpu=v3 -O2 -g $(WARNINGS) -Iinclude -I$(ARCH_INCLUDE) \
	$(HERE) -fdebug-compilation-dir=.

# The rooms of user/: each includes what is in itself, and in those before it in this list.
ROOMS     = base model kernel session show top doctor verb
objects   = $(patsubst %.c,$(BUILD)/user/%.o,$(notdir $(wildcard user/$(1)/*.c)))
LIB_OBJS  = $(foreach room,$(ROOMS),$(call objects,$(room)))
USER_OBJS = $(LIB_OBJS) $(BUILD)/user/main.o
# what needs neither a kernel nor libbpf
MODEL     = $(BUILD)/model.a
SKELETON  = $(BUILD)/clarent_xdp.skel.h $(BUILD)/join.skel.h

# quiet by default; V=1 shows the commands
Q  = $(if $(filter 1,$(V)),,@)
say = @printf '  %-8s %s\n' $(1) $(2)

# sudo hands no variable on
AS_ROOT = tools/as-root.sh $(BUILD) $(MAKE) --no-print-directory $(MAKEOVERRIDES)

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all
all: $(BUILD)/clarent-xdp $(BUILD)/clarent-xdp-fleet manual

$(BUILD)/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h) include/clarent_xdp.h
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_FLAGS) -c $< -o $@

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $* > $@ 2> $@.said || { cat $@.said >&2; exit 1; }

# a stack of 64 KiB has room for few such frames
compile = $(Q)$(CC) $(1) $(DEFINES) $(CPPFLAGS) $(C_FLAGS) $(FRAME_FLAGS) -c $< -o $@
define rules_of
SEEN += -Iuser/$(1)
SEEN_IN_$(1) := $$(SEEN)
$(call objects,$(1)): $(BUILD)/user/%.o: user/$(1)/%.c Makefile
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(call compile,$$(SEEN_IN_$(1)))
endef
$(foreach room,$(ROOMS),$(eval $(call rules_of,$(room))))
$(BUILD)/user/main.o: user/main.c Makefile
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(call compile,$(SEEN))

# what tests are compiled with
TEST_FLAGS = $(SEEN) $(DEFINES) $(CPPFLAGS)

$(BUILD)/user/object.o $(BUILD)/user/join.o: $(SKELETON)
.SECONDARY: $(SKELETON:.skel.h=.bpf.o)

$(MODEL): $(call objects,base) $(call objects,model)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/clarent-xdp: $(USER_OBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

# What follow and fleet start: it shares base and model, and no library of what changes the filter.
FLEET_OBJS = $(patsubst user/%.c,$(BUILD)/%.o,$(wildcard user/fleet/*.c))
FLEET_LIBS = -lcurl -ljson-c -lsodium $(LDLIBS)
$(FLEET_OBJS): $(BUILD)/fleet/%.o: user/fleet/%.c Makefile
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(call compile,-Iuser/base -Iuser/model -Iuser/fleet)
$(BUILD)/clarent-xdp-fleet: $(FLEET_OBJS) $(MODEL)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(FLEET_LIBS) -o $@

# What the manual says of verbs and options is what the program says of them; when it is built for
# another machine, SPEAKER names one that runs on this.
SPEAKER ?= $(BUILD)/clarent-xdp
MANUAL   = clarent-xdp.8 clarent-xdp.policy.5
.PHONY: manual
manual: $(MANUAL:%=$(BUILD)/man/%)
$(BUILD)/man/%: man/%.in man/mdoc.awk README.md $(SPEAKER)
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)awk -v program=$(SPEAKER) -v readme=README.md -f man/mdoc.awk $< > $@

-include $(USER_OBJS:.o=.d) $(FLEET_OBJS:.o=.d)

# Each kind of test brings its own rules and adds to TEST_PROGRAMS, TEST_SCRIPTS or WALKS.
TEST_PROGRAMS =
TEST_SCRIPTS = tests/every-test.sh
WALKS =
include $(wildcard tests/*/*.mk tools/*/*.mk)

##@ The two commands (they call sudo themselves, and install what is missing)
.PHONY: demo test
demo: ## show the filter at work, in two network namespaces
	$(Q)$(AS_ROOT) root-demo
test: ## run the tests
	$(Q)$(AS_ROOT) root-test

.PHONY: root-demo root-test deps
root-demo: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/demo.sh
root-test: deps
	$(Q)$(MAKE) --no-print-directory all test-programs
	$(Q)tests/run $(TEST_PROGRAMS) $(TEST_SCRIPTS)

# Generated walks, each judged by an oracle of its own; they say by which seed to do it again.
STEPS ?= 20000
SEED  ?= $(shell date +%s)
.PHONY: walk root-walk
walk: ## walk at random, and look after each step; STEPS=20000 SEED=1
	$(Q)$(AS_ROOT) root-walk STEPS=$(STEPS) SEED=$(SEED)
root-walk: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)status=0; for walk in $(WALKS); do \
		$$walk --steps $(STEPS) --seed $(SEED) || status=1; \
	done; exit $$status

##@ Building
deps: ## install what build, demo and tests need (Debian)
	$(Q)tools/deps.sh

.PHONY: test-programs
test-programs: $(TEST_PROGRAMS) ## build the tests, run none
.PHONY: check
CHECKS = $(UNIT_TESTS) $(addprefix $(BUILD)/tests/,test_model native_differential)
check: $(CHECKS) ## what needs no root, no network and no kernel of its own
	$(Q)tests/run $(CHECKS)
.PHONY: list-tests
list-tests: ## name the tests that `make test` runs
	@printf '%s\n' $(TEST_PROGRAMS) $(TEST_SCRIPTS)

UNITS = $(addprefix clarent-xdp,.service @.service -closed@.service -clock.service -clock.timer \
	-metrics.service -metrics.timer -follow.service)
RULES = 81-clarent-xdp.rules
place = sed -e 's,@sbindir@,$(sbindir),' -e 's,@bootdir@,$(bootdir),'
.PHONY: install uninstall
install: all ## install below $(DESTDIR)$(PREFIX)
	install -D -m 0755 $(BUILD)/clarent-xdp "$(DESTDIR)$(sbindir)/clarent-xdp"
	install -d "$(DESTDIR)$(bootdir)" "$(DESTDIR)$(unitdir)" "$(DESTDIR)$(rulesdir)"
	install -m 0755 $(BUILD)/clarent-xdp-fleet "$(DESTDIR)$(bootdir)/clarent-xdp-fleet"
	$(place) systemd/boot > "$(DESTDIR)$(bootdir)/boot"
	chmod 0755 "$(DESTDIR)$(bootdir)/boot"
	for unit in $(UNITS); do \
		case $$unit in *.service) hardening=systemd/hardening ;; *) hardening= ;; esac; \
		$(place) systemd/$$unit $$hardening > "$(DESTDIR)$(unitdir)/$$unit" && \
		chmod 0644 "$(DESTDIR)$(unitdir)/$$unit" || exit 1; \
	done
	$(place) systemd/$(RULES) > "$(DESTDIR)$(rulesdir)/$(RULES)"
	chmod 0644 "$(DESTDIR)$(rulesdir)/$(RULES)"
	for page in $(MANUAL); do \
		install -D -m 0644 $(BUILD)/man/$$page \
			"$(DESTDIR)$(mandir)/man$${page##*.}/$$page" || exit 1; \
	done
	install -D -m 0644 completion/clarent-xdp.bash "$(DESTDIR)$(bashdir)/clarent-xdp"
	install -D -m 0644 completion/_clarent-xdp "$(DESTDIR)$(zshdir)/_clarent-xdp"
	install -D -m 0644 man/clarent-xdp.schema.json "$(DESTDIR)$(sharedir)/clarent-xdp.schema.json"
uninstall: ## take it back; policy and filter stay in force
	rm -f "$(DESTDIR)$(sbindir)/clarent-xdp" $(foreach unit,$(UNITS),"$(DESTDIR)$(unitdir)/$(unit)")
	rm -f "$(DESTDIR)$(rulesdir)/$(RULES)"
	rm -f $(foreach page,$(MANUAL),"$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(page)))/$(page)")
	rm -f "$(DESTDIR)$(bashdir)/clarent-xdp" "$(DESTDIR)$(zshdir)/_clarent-xdp"
	rm -rf "$(DESTDIR)$(bootdir)" "$(DESTDIR)$(sharedir)"

C_FILES = $(wildcard bpf/*.[ch] include/*.h user/*.[ch] user/*/*.[ch] tests/*/*.[ch] tools/*/*.[ch])
SHELL_FILES = $(shell git ls-files 'tests/**' 'tools/**' 'systemd/**' .ci/run | xargs grep -lE '^\#!.*sh' 2>/dev/null)

.PHONY: lint fmt clean help
lint: $(SKELETON) ## clang-format, clang-tidy, shellcheck, SPDX lines
	$(Q)tools/lint.sh $(C_FILES) -- $(SHELL_FILES)
fmt: ## format the C files in place
	clang-format -i $(C_FILES)
clean: ## remove all that was built
	rm -rf $(BUILD)
help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
