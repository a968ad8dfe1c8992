#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Beside other XDP programs: how others run this one, and which one it hands on to.
. "${0%/*}/lib.sh"

OBJECT=${CLARENT_XDP%/*}/clarent_xdp.bpf.o

# --- As others load it ---------------------------------------------------------------------
if said=$(/usr/bin/python3 -B "$TESTS/tools/run_config.py" "$OBJECT" 2>/run/tmp/errors); then
	equal "libxdp runs the object early, and what follows after a pass alone" "5 pass" "$said"
else
	skip "how libxdp runs the object" "no libxdp.so.1 here: $(</run/tmp/errors)"
fi
lan
if ! command -v xdp-loader >/dev/null; then
	skip "xdp-loader loads the object" "no xdp-loader here"
elif ! in_ns server xdp-loader load eth0 "$OBJECT" -n clarent_xdp -m skb >/run/tmp/errors 2>&1; then
	skip "xdp-loader loads the object" "$(tail -n 1 /run/tmp/errors)"
elif ! in_ns server xdp-loader status eth0 | grep -q dispatcher; then
	skip "xdp-loader shows its priority" "this kernel takes no dispatcher"
else
	equal "xdp-loader shows its priority and chain" "5 XDP_PASS" "$(in_ns server xdp-loader status eth0 |
		sed -nE 's/^ *=> +([0-9]+) +clarent_xdp .* (XDP_[A-Z_,]+) *$/\1 \2/p')"
fi
in_ns server xdp-loader unload eth0 --all >/dev/null 2>&1 || true
