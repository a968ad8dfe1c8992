#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs a command as root: as it is when root already, else through sudo.
set -euo pipefail

if [ "$(id -u)" -eq 0 ]; then
	exec "$@"
fi
if ! command -v sudo >/dev/null; then
	echo "this needs root, and there is no sudo: become root and try again" >&2
	exit 1
fi
echo "this needs root: sudo $*"
exec sudo -- "$@"
