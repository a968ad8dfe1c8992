# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Random walks of commands, judged by a model that shares nothing with the program; 500 with the tests.
TEST_SCRIPTS += tests/control/walk.sh
WALKS += tests/control/walk.sh
