# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The proof: CBMC over the shipped sources, and over broken copies of them.

##@ The proof
.PHONY: prove
prove: ## prove the filter against the verdict table (NAMES="straight tag-skipped" for these)
	$(Q)tests/proof/prove.sh $(NAMES)
