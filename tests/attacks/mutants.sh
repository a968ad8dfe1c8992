#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Removes the checks that hold attacks off, one at a time, and sees the attack's test fail: [NAME…]
#
# A mutant is a copy of the sources with one substitution.  One that its test passes is a hole in
# the test, and a failure here.

set -euo pipefail

ROOT=$(realpath "${BASH_SOURCE[0]%/*}/../..")
OUT=${BUILD:-$ROOT/build}/attack-mutants
LIMIT=300 # seconds per test

# NAME TEST FILE SUBSTITUTION
MUTANTS=$(cat <<'TABLE'
dev             attacks/10-wrong-interface  bpf/judge.h   s/entry->dev && entry->dev != self.dev/0/
ttl             attacks/15-wrong-ttl        bpf/judge.h   s/packet->ttl < entry->min_ttl/0/
lowest-ttl      attacks/15-wrong-ttl        bpf/limits.h     s/ttl < state->lowest_ttl/1/
own             attacks/20-own-address      bpf/judge.h   s/if (route == ROUTE_OWN)/if (0)/
bogus           attacks/25-bogus-source     bpf/judge.h   s/if (is_bogus(packet))/if (0)/
bogus-one       attacks/25-bogus-source     bpf/judge.h   s/case 224 \.\.\. 255:/case 224:/
rate            attacks/30-listed-flood     bpf/judge.h   s/return CX_OVER_RATE/return CX_ALLOWED/
rate-twice      attacks/30-listed-flood     bpf/limits.h     s/fetch_and_add(\&state->tat, behind + interval)/fetch_and_add(\&state->tat, interval \/ 2)/
dev-flood       attacks/35-forged-flood     bpf/judge.h   s/entry->dev && entry->dev != self.dev/0/
ttl-flood       attacks/35-forged-flood     bpf/judge.h   s/packet->ttl < entry->min_ttl/0/
limits-first    attacks/35-forged-flood     bpf/judge.h   s/LIMITS) && reason == CX_ALLOWED/LIMITS) \&\& judge_limits(trial, state, coarse_now) != CX_ALLOWED/
strict          attacks/35-forged-flood     bpf/route.h      s/return strict && /return 0 \&\& /
unlisted        attacks/40-neighbour-flood  bpf/judge.h   s/return CX_UNLISTED/return CX_ALLOWED/
dev-fragment    attacks/45-first-fragments  bpf/judge.h   s/entry->dev && entry->dev != self.dev/0/
route           attacks/47-source-route     bpf/judge.h   s/ \&\& !leads_on(trial)//
tunnel          attacks/50-around-the-tunnel bpf/judge.h  s/!is_tunnel(trial->rules)/0/
tunnel-guard    attacks/50-around-the-tunnel user/session/tunnel_guard.c s/status = refuse(/(void)refuse(/
pins            attacks/55-local-user       user/kernel/pindir.c s/mkdir(dir, 0700)/mkdir(dir, 0755)/
rpf-unasked     attacks/60-reverse-path     user/kernel/reverse_path.c s/sysctl_write(lo_path\[family\], 1)/0/
rpf-kept        attacks/60-reverse-path     user/kernel/reverse_path.c s/sysctl_write(lo_path\[family\], 0)/0/
strict-route    attacks/60-reverse-path     bpf/route.h      s/return strict && /return 0 \&\& /
traps           attacks/62-rpf-traps        user/session/reverse_path_guard.c s/trap && !force/trap \&\& 0/
learned-routes  attacks/65-router-advertisements user/kernel/reverse_path.c s/keep_learned_routes(&raised);/;/
always-all      attacks/70-off-is-free      user/model/compile.c s/return features;/return 0x7f;/
features-late   attacks/70-off-is-free      user/kernel/generation.c s/features | builder.rules->features, ret_why/features, ret_why/
order           limits/20-order             bpf/judge.h   s/if (!entry_conforms(trial->entry, state, coarse_now, take))/if (!policy_conforms(trial->policy, trial->index, coarse_now, take)) return CX_POLICY_RATE; &/
refill          limits/30-no-refill         user/kernel/states.c s/if (bit\[id \/ 8\] >> id % 8 & 1)/if (0)/
jitter          limits/10-counts            bpf/limits.h     s/tat + interval > now/tat > now/
race            limits/10-counts            bpf/limits.h     s/__sync_fetch_and_add(\&state->tat, behind + interval)/*(volatile __u64 *)\&state->tat = last + interval/
hits-elsewhere  limits/10-counts            bpf/limits.h     s/__sync_fetch_and_add(&state->hits_else, 1)/(void)0/
hits-raced      limits/10-counts            bpf/limits.h     s/hits_cpu == cpu/hits_cpu/
TABLE
)

# The sources, built once; a mutant rebuilds what depends on its file.
copy_tree() {
	rm -rf "$OUT"
	mkdir -p "$OUT/tree"
	(cd "$ROOT" && cp -r Makefile bpf include user "$OUT/tree")
	make -C "$OUT/tree" >/dev/null
}

judge() { # NAME TEST FILE SUBSTITUTION
	local tree=$OUT/tree output

	sed -i "$4" "$tree/$3"
	if cmp -s "$tree/$3" "$ROOT/$3"; then
		echo "FAIL mutant $1 (changes nothing: $3 has moved on)"
		return 1
	fi
	if ! make -s -C "$tree" >"$OUT/$1.log" 2>&1; then
		echo "FAIL mutant $1 (does not build)"
	elif output=$(CLARENT_XDP=$tree/build/clarent-xdp timeout -k 5 $LIMIT \
			"$ROOT/tests/$2.sh" </dev/null 2>>"$OUT/$1.log"); then
		echo "FAIL mutant $1 ($2 does not notice)"
	else
		grep -m 1 ^FAIL <<<"$output" | sed "s|^FAIL|PASS mutant $1: $2:|"
	fi
	cp "$ROOT/$3" "$tree/$3"
}

# shellcheck disable=SC2154
main() {
	local name test file substitution failed=0 output

	copy_tree
	while read -r name test file substitution; do
		(($# == 0)) || [[ " $* " == *" $name "* ]] || continue
		output=$(judge "$name" "$test" "$file" "$substitution") || true
		echo "$output"
		[[ $output == PASS* ]] || failed=$((failed + 1))
	done <<<"$MUTANTS"
	echo "$failed without notice"
	((failed == 0))
}

main "$@"
