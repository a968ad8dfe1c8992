#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Proves the shipped filter against the verdict table, then breaks it and sees the proof fail: [NAME…]
#
# A part is one run of CBMC; all parts together are the proof (README.md says why).  A mutant is
# a copy of the sources with one substitution, and the part that has to refuse it.  What is
# neither proved nor refuted, for want of time or of memory, is a failure.

set -euo pipefail

ROOT=$(realpath "${BASH_SOURCE[0]%/*}/../..")
PROOF=$ROOT/tests/proof
BUILD=${BUILD:-$ROOT/build}
UNPACKED=$BUILD/cbmc # where it is not installed
SUITE=trixie
LIMIT=600	# seconds of processor time per run; of the clock, PATIENCE times as many
PATIENCE=4
MEMORY=6000000	# KiB
BOUND=0x100000	# bytes of the longest frame
DEEPEST_LOOP=41	# rounds and one: the longest header; unwinding assertions see to it

# NAME SOURCE DEFINES
PARTS=$(cat <<'TABLE'
straight        straight.c
straight-loads  straight.c -DEXACT
walk-bare4      walk.c -DBARE=1 -DFAMILY=4
walk-bare6      walk.c -DBARE=1 -DFAMILY=6
walk-ethernet4  walk.c -DBARE=0 -DFAMILY=4
walk-ethernet6  walk.c -DBARE=0 -DFAMILY=6
walk-tc-bare4   walk.c -DTC=1 -DBARE=1 -DFAMILY=4
walk-tc-bare6   walk.c -DTC=1 -DBARE=1 -DFAMILY=6
walk-tc-ethernet4 walk.c -DTC=1 -DBARE=0 -DFAMILY=4
walk-tc-ethernet6 walk.c -DTC=1 -DBARE=0 -DFAMILY=6
options         options.c
verdict-plain   verdict.c -DFEATURES=144 -DLINK=CX_LINK_ETHERNET
verdict-none    verdict.c -DFEATURES=0 -DLINK=CX_LINK_BARE_IP
verdict-all     verdict.c -DFEATURES=255 -DSTRAY=0
verdict-stray   verdict.c -DFEATURES=255 -DSTRAY=1
datagrams       datagrams.c --div-by-zero-check --unsigned-overflow-check
verdict-tc-none verdict.c -DTC=1 -DFEATURES=0 -DLINK=CX_LINK_BARE_IP
verdict-tc-two  verdict.c -DTC=1 -DFEATURES=144 -DLINK=CX_LINK_ETHERNET -DDATAGRAMS=2
verdict-tc-most verdict.c -DTC=1 -DFEATURES=239 -DSTRAY=0
verdict-tc-stray verdict.c -DTC=1 -DFEATURES=239 -DSTRAY=1
TABLE
)

# Sources whose conditions to cover have to be reachable.  NAME SOURCE DEFINES
REACHABLE=$(cat <<'TABLE'
straight        straight.c
walk            walk.c
walk-tc         walk.c -DTC=1
options         options.c
verdict         verdict.c
verdict-tc      verdict.c -DTC=1 -DFEATURES=0 -DLINK=CX_LINK_BARE_IP
datagrams       datagrams.c
TABLE
)

# NAME PART FILE SUBSTITUTION
MUTANTS=$(cat <<'TABLE'
straight-short  straight  straight.h  s/l4 + sizeof(struct udphdr) > end/l4 + 4 > end/
straight-later  straight  straight.h  s/ip->frag_off & bpf_htons(IPV4_OFFSET_MASK)/0/
straight-reads  straight-loads straight.h s/l3 + sizeof(\*ip) > end/l3 + 8 > end/
straight-offset straight  straight.h  s/return straight_ports(ip + 1, end, ip->protocol/return straight_ports(ip, end, ip->protocol/
later-mask      walk-bare4 packet.h  s/\(IPV4_OFFSET_MASK *\) 0x1fff/\1 0x0fff/
ihl-in-bytes    walk-bare4 walk.h  s/(first & 0xf) \* 4/(first \& 0xf)/
source-port     walk-bare4 walk.h  s/bpf_ntohs(ports.dest)/bpf_ntohs(ports.source)/
udp-tcp-swapped walk-bare4 walk.h  s/ret_packet->proto = CX_UDP/ret_packet->proto = CX_TCP/
auth-in-eights  walk-bare4 walk.h  s/return (len + 2) \* 4/return (len + 1) * 8/
auth4-unwalked  walk-bare4 walk.h  s/family == CX_IPV4 \&\& protocol != IPPROTO_AH/family == CX_IPV4/
auth4-straight  straight  straight.h  s/^\t    ip->protocol != IPPROTO_AH)/\t    1)/
route-in-end    options   walk.h  s/options\[i\] == IPOPT_END || //
route-used-up   options   walk.h  s/options\[i + 2\] <= options\[i + 1\]/1/
segments-unseen walk-bare6 walk.h  s/protocol == IPPROTO_ROUTING \&\& extension.left/0/
extension-loose walk-bare6 walk.h  s/!walk_holds(walk, size)/0/
twelfth-is-end  walk-bare6 walk.h  s/depth < CX_MAX_EXT_HEADERS/depth < CX_MAX_EXT_HEADERS - 1/
too-deep-unseen walk-bare6 walk.h  s/return PARSED_TOO_DEEP;/return PARSED_OTHER;/
bare-anything   walk-bare4 walk.h  s/return \*ret_type ? PARSED_ON : PARSED_MALFORMED/return PARSED_ON/
tag-skipped     walk-ethernet4 walk.h  s/depth < CX_MAX_TAGS/depth < CX_MAX_TAGS - 1/
list-inverted   verdict-plain judge.h s/if (!trial->entry)$/if (trial->entry)/
deny-admits     verdict-plain judge.h s/entry->action != CX_ALLOW/entry->action == CX_ALLOW/
wrong-family    verdict-plain judge.h s/trial->packet->family, addr/!trial->packet->family, addr/
bogus-admitted  verdict-plain judge.h s/if (is_bogus(packet))/if (0)/
dest-is-source  verdict-all judge.h s/\&trial->packet->dst);/\&trial->packet->src);/
onward-passes   verdict-all judge.h s/ \&\& !leads_on(trial)//
onward-ignores-drop verdict-all judge.h s/trial->policy->flags \& CX_POLICY_ELSEWHERE_PASS;/1;/
stray-passes    verdict-stray judge.h s/if (!(listing >> i \& 1))/if (i != 1)/
stray-denied    verdict-stray judge.h s/\&\& judge_entry(\&trial) == CX_ALLOWED/\&\& 1/
stray-tunnel    verdict-stray judge.h s/if (feature(trial.variant, CX_FEATURE_TUNNEL) \&\& trial.policy/if (0 \&\& trial.policy/
first-unasked   walk-bare4 walk.h s/IPV4_OFFSET_MASK | IPV4_MORE_FRAGMENTS/IPV4_OFFSET_MASK/
atomic-asked    walk-bare6 walk.h s/extension.offset \& bpf_htons(IPV6_OFFSET_MASK | IPV6_MORE_FRAGMENTS)/1/
drop-handed-on  verdict-plain clarent_xdp.bpf.c s/return hook_drop(&trial->hook);/return pass(\&trial->hook, trial->variant) ? hook_drop(\&trial->hook) : 0;/
gate-handed-not verdict-plain clarent_xdp.bpf.c s/return pass(&hook, variant);/return hook_pass(\&hook);/
monitor-drops   verdict-plain judge.h s/!= CX_MODE_MONITOR/!= CX_MODE_OPEN/
nobodys-drop    verdict-plain judge.h s/return r->flags & CX_RULES_STRICT/return 1/
tag-beside      walk-tc-ethernet4 walk.h s/ || hook_tags(walk->hook)//
beside-alone    walk-tc-ethernet4 walk.h s/is_tag(\*ret_type) || hook_tags/hook_tags/
from-link       walk-tc-bare4 hook.h  s/BPF_HDR_START_NET/BPF_HDR_START_MAC/
from-buffer     walk-tc-bare4 hook.h  s/if (link_type == CX_LINK_ETHERNET)/if (1)/
held-by-field   walk-tc-bare4 walk.h  s/!walk->hook->is_tc || walk->link_type == CX_LINK_ETHERNET/1/
held-but-last   walk-tc-bare6 walk.h  s/walk->offset + need - 1, \&last/walk->offset + need - 2, \&last/
not-gathered    verdict-tc-none clarent_xdp.bpf.c s/!hook_gather(hook, WALK_DEEPEST)/0/
gather-failed   verdict-tc-none clarent_xdp.bpf.c s/!hook_gather(hook, WALK_DEEPEST)/hook_gather(hook, WALK_DEEPEST)/
gather-opens    verdict-tc-none clarent_xdp.bpf.c s/!hook_gather(hook, WALK_DEEPEST))/(!hook_gather(hook, WALK_DEEPEST) || (parsed = PARSED_OTHER, 0)))/
gather-half     verdict-tc-none clarent_xdp.bpf.c s/CX_MAX_EXT_HEADERS \* 2048/CX_MAX_EXT_HEADERS * 1024/
gather-beyond   verdict-tc-none hook.h s/len < whole ? len : whole/len/
straight-bare   verdict-tc-none clarent_xdp.bpf.c s/return !hook->is_tc || link_type(variant) == CX_LINK_ETHERNET/return 1/
tc-drop-passes  verdict-tc-none hook.h s/TC_ACT_SHOT : XDP_DROP/TC_ACT_UNSPEC : XDP_DROP/
tc-pass-ends    verdict-tc-none hook.h s/TC_ACT_UNSPEC : XDP_PASS/TC_ACT_OK : XDP_PASS/
tc-handed-on    verdict-tc-most clarent_xdp.bpf.c s/!hook->is_tc \&\& feature/feature/
frame-counted   verdict-tc-none clarent_xdp.bpf.c s/counter->packets += trial->datagrams/counter->packets++/
sending-asked   verdict-tc-most route.h s/if (hook->is_tc)/if (0)/
segs-ignored    datagrams hook.h s/if (skb->gso_segs)/if (0)/
no-datagram     datagrams hook.h s/return 1;/return 0;/
last-not-full   datagrams hook.h s/payload + skb->gso_size - 1/payload/
headers-alone   datagrams hook.h s/ || skb->len <= headers//
TABLE
)

# Installed, or unpacked from a newer suite: then it runs on that suite's libraries.
find_cbmc() {
	local libs

	CBMC=(cbmc)
	if command -v cbmc >/dev/null; then return; fi
	"$ROOT/tools/newer-suite.sh" $SUITE fetch cbmc minisat libc6 libstdc++6 libgcc-s1 zlib1g \
		"$UNPACKED"
	libs=$UNPACKED/usr/lib/$(gcc -print-multiarch)
	CBMC=("$libs"/ld-linux-*.so.* --library-path "$libs:$UNPACKED/usr/lib" "$UNPACKED/usr/bin/cbmc")
}

row() { # TABLE NAME: what follows the name
	sed -n "s/^$2 \+//p" <<<"$1"
}

run_cbmc() { # SOURCES OPTION…
	local sources=$1

	shift
	(
		ulimit -v $MEMORY -t $LIMIT
		cd "$PROOF"
		nice -n 5 timeout $((PATIENCE * LIMIT)) "${CBMC[@]}" -I. -I"$ROOT/tests/native" -I"$sources" \
			-I"$ROOT/include" -DBOUND=$BOUND --unwind $DEEPEST_LOOP \
			--slice-formula --drop-unused-functions --no-standard-checks "$@"
	) 2>&1
}

# The options that pick the checks of loads and stores.  That a pointer is compared with end while
# beyond it is how the kernel's verifier wants it, and no access.
loads() { # SOURCES OPTION…
	run_cbmc "$@" --show-properties |
		sed -nE 's/^Property (.*\.pointer_dereference\.[0-9]+):$/--property\n\1/p'
}

# SUCCESSFUL, FAILED, or anything else.
verdict() { # SOURCES PART
	local checks=(--bounds-check --pointer-check --unwinding-assertions) part

	read -ra part <<<"$(row "$PARTS" "$2")"
	if [[ ${part[*]} == *-DEXACT* ]]; then
		mapfile -O ${#checks[@]} -t checks < <(loads "$1" "${part[@]}" "${checks[@]}")
	fi
	run_cbmc "$1" "${part[@]}" "${checks[@]}" --stop-on-fail >"$OUT/log" || true
	sed -n 's/^VERIFICATION //p' "$OUT/log"
}

say() { # PASS|FAIL NAME WHY
	echo "$1 $2 ($3)"
	case $1 in PASS) passed=$((passed + 1)) ;; *) failed=$((failed + 1)) ;; esac
}

prove() { # PART
	local start=$SECONDS found

	found=$(verdict "$OUT/bpf" "$1")
	if [[ $found == SUCCESSFUL ]]; then
		say PASS "$1" "$((SECONDS - start)) s"
	else
		say FAIL "$1" "${found:-undecided}: $(violated)"
	fi
}

# The property that fails, or what CBMC says last.
violated() {
	sed -n '/^Violated property:/,$ { /^Violated/d; s/^ *//; p }' "$OUT/log" | sed -n '2p' |
		grep . || tail -n 1 "$OUT/log"
}

refuse() { # MUTANT PART FILE SUBSTITUTION
	local start=$SECONDS found dir=$OUT/mutant

	rm -rf "$dir"
	cp -r "$OUT/bpf" "$dir"
	sed -i "$4" "$dir/$3"
	if cmp -s "$dir/$3" "$OUT/bpf/$3"; then
		say FAIL "mutant $1" "changes nothing: $3 has moved on"
		return
	fi
	found=$(verdict "$dir" "$2")
	if [[ $found == FAILED ]]; then
		say PASS "mutant $1" "$((SECONDS - start)) s; $2: $(violated)"
	else
		say FAIL "mutant $1" "$2 says ${found:-nothing}"
	fi
}

# The proof is of nothing if what it speaks of cannot happen.
reach() { # NAME
	local start=$SECONDS found source

	read -ra source <<<"$(row "$REACHABLE" "$1")"
	found=$(run_cbmc "$OUT/bpf" "${source[@]}" -DCOVER --cover cover |
		sed -nE 's/^\*\* ([0-9]+ of [0-9]+) covered.*/\1/p')
	if [[ $found && ${found% of*} == "${found#*of }" ]]; then
		say PASS "reach $1" "$found; $((SECONDS - start)) s"
	else
		say FAIL "reach $1" "${found:-nothing} reached"
	fi
}

is_wanted() { # NAME NAMES…
	(($# == 1)) || [[ " ${*:2} " == *" $1 "* ]]
}

passed=0 failed=0
find_cbmc
OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT
cp -r "$ROOT/bpf" "$OUT/bpf" # one state of the sources, whoever edits them meanwhile
while read -r name _ <&3; do
	! is_wanted "$name" "$@" || prove "$name"
done 3<<<"$PARTS"
while read -r name _ <&3; do
	! is_wanted "reach-$name" "$@" || reach "$name"
done 3<<<"$REACHABLE"
while read -r name part file substitution <&3; do
	! is_wanted "$name" "$@" || refuse "$name" "$part" "$file" "$substitution"
done 3<<<"$MUTANTS"
printf '%d passed, %d failed, %d s\n' $passed $failed $SECONDS
((failed == 0 && passed > 0))
