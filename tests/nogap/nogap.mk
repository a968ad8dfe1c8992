# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No gap: changes under a flood, judged by numbered frames; the bench's generator and witness.
TEST_SCRIPTS += tests/nogap/nogap.sh tests/nogap/nogap-tc.sh
test-programs: $(BUILD)/bench/flood $(BUILD)/bench/witness
