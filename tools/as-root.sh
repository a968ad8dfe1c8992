#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs a command as root: as it is when root already, else through sudo.
#
#   as-root.sh BUILD COMMAND…    BUILD: the folder that stays its owner's, whoever builds in it
set -euo pipefail

build=$1
shift
if [ "$(id -u)" -eq 0 ]; then
	exec "$@"
fi
if ! command -v sudo >/dev/null; then
	echo "this needs root, and there is no sudo: become root and try again" >&2
	exit 1
fi

# What root made there would be in the way of the next make.
give_back() { [ ! -d "$build" ] || sudo chown -Rh --from=root "$(id -u):$(id -g)" "$build"; }
trap give_back EXIT
echo "this needs root: sudo $*"
sudo -- "$@"
