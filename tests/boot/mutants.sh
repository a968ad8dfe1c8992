#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Breaks the boot script and the units, one place at a time, and sees a test fail: [NAME…]
#
# A mutant is a copy of both with one substitution.  One that its test passes is a hole in the test,
# and a failure here.

set -euo pipefail

ROOT=$(realpath "${BASH_SOURCE[0]%/*}/../..")
OUT=${BUILD:-$ROOT/build}/boot-mutants
LIMIT=600 # seconds per test

# NAME TEST FILE SUBSTITUTION
MUTANTS=$(cat <<'TABLE'
closed-requires   10-install   clarent-xdp-closed@.service s/^After=.*/&\nRequires=var.mount/
closed-late       10-install   clarent-xdp-closed@.service s/^Before=network-pre.target/Before=/
filter-bound      10-install   clarent-xdp@.service s/^StartLimit.*/BindsTo=sys-subsystem-net-devices-%i.device/
filter-alone      10-install   clarent-xdp@.service s/^Wants=clarent-xdp-closed@%i.service/Wants=/
filter-first      10-install   clarent-xdp@.service s/clarent-xdp.service$/local-fs.target/
clock-behind      20-truths    boot s/<= now + 60/< 0/
clock-set         20-truths    boot s/apply - add <"\$HELD"/-q version/
copy              20-truths    boot s/apply_file "\$COPY" || return/return 1/
copy-lost         20-truths    boot s/mv -f "\$COPY.kept" "\$COPY"/false/
own-ports-open    20-truths    boot s/^\t\tclose_policies$/\t\t:/
ports-forgotten   20-truths    boot s/is_behind || keep_ports/:/
second-boot       20-truths    boot s/if has_lists "\$lists"/if false/
never-saved-fails 20-truths    boot s/elif ! is_configured/elif false/
never-saved-soft  20-truths    boot s/if ((!status)) && ! is_configured/if false/
built-in          30-closed    boot s/ports=(4040 4045 5001 5002 5010)/:/
no-bpffs          30-closed    boot s/if has_bpffs && /if /
not-opened        30-closed    boot s/filter "\$1" "\$2" || status=1/&; return \$status/
fails-softly      30-closed    boot s/say 3 "\$1: not filtered.*/&; return 0/
tables-pile-up    30-closed    boot s/add netdev delete netdev add inet delete inet/add netdev add inet/
never-there       30-closed    boot s/unfiltered+=("\$name")/:/
unmarked          32-shapes    boot s/"jump frames" "\$SET_MARK"/"jump frames"/
stacked-tags      32-shapes    boot s/"meta protocol \$MORE_TAGS jump tagged1"//
options-behind    32-shapes    boot s/in {5..15}/in 5/
extensions-behind 32-shapes    boot s/{ 0, 43, 44, 51, 60 } drop/59 drop/
not-linear        32-shapes    boot s/"\${six\[@\]}" "jump ports"/"jump ports"/
guests            32-shapes    boot s/"\$MARKED accept" "jump frames"/"$MARKED accept"/
at-ingress-alone  32-shapes    boot s/close_marked "\$1" "\$MARKED jump ports"/close_marked "$1"/
later-fragments   32-shapes    boot s/ip frag-off & 0x1fff != 0 return//
never-absent      35-absent    boot s/absent=\$name/:/
forgets-filtered  35-absent    boot s/|| filtered+=/|| : /
own-host          35-absent    boot s/"iif lo accept" //
by-name           35-absent    boot s/"\$PROGRAM" -q status "\$1" >\/dev\/null 2>\&1/ip -d -o link show dev "$1" | grep -q "name clarent_xdp "/
name-reused       35-absent    boot s/\[\[ \${index_by\[\$name\]} != "\$index" \]\]/[[ $index == 0 ]]/
came-late         35-absent    boot /^came()/,/^}/s/^\tsettle$/\t:/
went-unseen       35-absent    boot s/systemctl --no-block/:/
cached-ports      35-absent    boot s/cat "\$PORTS" 2>/cat \/dev\/null 2>/
slash             35-absent    boot s/^IFACE=\${IFACE.*//
capability        40-interface hardening s/ CAP_SYS_ADMIN//
mode              40-interface boot s/words=(mode .*)/:/
beside            40-interface boot s/ "\${beside\[@\]}"//
TABLE
)

copy_tree() {
	rm -rf "$OUT"
	mkdir -p "$OUT/tree"
	(cd "$ROOT" && cp -r Makefile tests tools systemd "$OUT/tree")
	ln -s "$ROOT/build" "$OUT/tree/build"
}

judge() { # NAME TEST FILE SUBSTITUTION
	local file=$OUT/tree/systemd/$3 output

	sed -i "$4" "$file"
	if cmp -s "$file" "$ROOT/systemd/$3"; then
		echo "FAIL $1 (the substitution changes nothing)"
		return 1
	fi
	output=$(timeout "$LIMIT" "$OUT/tree/tests/boot/$2.sh" 2>&1) || true
	cp "$ROOT/systemd/$3" "$file"
	if grep -q '^FAIL ' <<<"$output"; then
		echo "PASS $1: $(grep -m 1 '^FAIL ' <<<"$output" | cut -c 6-120)"
	else
		echo "FAIL $1 (survived $2)"
		return 1
	fi
}

copy_tree
failures=0
while read -r name test file substitution; do
	[[ $# == 0 || " $* " == *" $name "* ]] || continue
	judge "$name" "$test" "$file" "$substitution" || failures=$((failures + 1))
done <<<"$MUTANTS"
exit $((failures > 0))
