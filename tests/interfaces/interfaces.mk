# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Interface life: a walk through what can become of interfaces; 300 steps with the tests.
TEST_SCRIPTS += tests/interfaces/walk.sh
WALKS += tests/interfaces/walk.sh
