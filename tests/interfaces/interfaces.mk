# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Interface life: a walk through what can become of interfaces; no part of `make test` as long as
# an alternative name after `dev`, and an interface deleted while a trial waits, stop it.
WALKS += tests/interfaces/walk.sh
