# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The program under address and undefined-behaviour sanitizers, through the stories that use it.
SANITIZED      = $(BUILD)/sanitized
SANITIZE_FLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
SANITIZE_LIMIT ?= 1200
SANITIZE_STORIES ?= $(sort $(wildcard tests/net/[0-9]*.sh tests/boot/[0-9]*.sh tests/attacks/[0-9]*.sh))

.PHONY: sanitize root-sanitize
sanitize: ## run the stories with a program that judges its own memory, SANITIZE_STORIES="tests/net/…"
	$(Q)$(AS_ROOT) root-sanitize
root-sanitize: deps
	$(Q)$(MAKE) --no-print-directory all test-programs bench-build
	$(Q)$(MAKE) --no-print-directory BUILD=$(SANITIZED) CFLAGS='$(SANITIZE_FLAGS)' LDFLAGS= FRAME_FLAGS= \
		$(SANITIZED)/clarent-xdp
	$(Q)TEST_LIMIT=$(SANITIZE_LIMIT) tests/sanitize/run.sh $(SANITIZED)/clarent-xdp $(SANITIZE_STORIES)
