#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Breaks the filter in many ways, one at a time, and sees which tests notice: [NAME…]
#
# A mutant is a copy of bpf/ with one substitution, built and linked into the same tests.  One
# that no test notices is a hole in the tests, and a failure.  What already fails on the filter
# as it is does not count as noticing.  The weight is asked only about those that behave.

set -euo pipefail

ROOT=$(realpath "${BASH_SOURCE[0]%/*}/../..")
BUILD=${BUILD:-$ROOT/build}
OUT=$BUILD/mutants
CLANG=${CLANG:-clang}
BPFTOOL=${BPFTOOL:-$(command -v bpftool || echo /usr/sbin/bpftool)}
NETS=(cases timing differential seen weight)
SEED=1
FRAMES=20000

# NAME FILE SUBSTITUTION
MUTANTS=$(cat <<'TABLE'
allow-inverted      judge.h  s/entry->action != CX_ALLOW/entry->action == CX_ALLOW/
closed-forgotten    judge.h  s/policy->mode == CX_MODE_CLOSED/0/
monitor-drops       judge.h  s/return r->policy\[policy\].mode != CX_MODE_MONITOR/return 1/
nobodys-passes      judge.h  s/return r->flags & CX_RULES_STRICT/return 0/
too-deep-passes     judge.h  s/case CX_NOT_GUARDED:/case CX_NOT_GUARDED: case CX_TOO_DEEP:/
elsewhere-drops     judge.h  s/return !(policy->flags & CX_POLICY_ELSEWHERE_PASS)/return 1/
dest-is-source      judge.h  s/&trial->packet->dst/\&trial->packet->src/
tunnel-forgotten    judge.h  s/!is_tunnel(trial->rules)/0/
loopback-is-fine    judge.h  s/case 127:.*//
mapped-is-fine      judge.h  s/src->lo >> 32 == 0xffff/0/
ttl-one-off         judge.h  s/packet->ttl < entry->min_ttl/packet->ttl <= entry->min_ttl/
dev-forgotten       judge.h  s/entry->dev && entry->dev != self.dev/0/
bogus-after-expired judge.h  s/if (is_bogus(packet))/if (!entry->expires \&\& is_bogus(packet))/
dest-rate-misnamed  judge.h  s/return CX_DEST_RATE/return CX_POLICY_RATE/
fragments-forgotten judge.h  s/r->flags & CX_RULES_FRAGMENTS_DROP/0/
ask-is-remembered   judge.h  s/if (trial->variant.moves)/if (1)/
len-forgotten       judge.h  s/trial->len = trial->entry->prefixlen/(void)0/
tag-skipped         walk.h     s/depth < CX_MAX_TAGS/depth < CX_MAX_TAGS - 1/
ad-is-no-tag        packet.h     s/ || type == bpf_htons(ETH_P_8021AD)//
options-ignored     walk.h     s/walk->offset += (first & 0xf) \* 4/walk->offset += sizeof(ip)/
ihl-unchecked       walk.h     s/first >> 4 != 4 || (first & 0xf) < 5/first >> 4 != 4/
extension-short     walk.h     s/return (len + 1) \* 8/return len * 8/
auth-in-eights      walk.h     s/return (len + 2) \* 4/return (len + 1) * 8/
auth4-unwalked      walk.h     s/family == CX_IPV4 \&\& protocol != IPPROTO_AH/family == CX_IPV4/
auth4-straight      straight.h     s/^\t    ip->protocol != IPPROTO_AH)/\t    1)/
ipv4-has-options6   walk.h     s/family == CX_IPV4 \&\& protocol != IPPROTO_AH/0/
route-unseen        walk.h     s/if (dests \&\& walk_options/if (0 \&\& walk_options/
route-in-end        walk.h     s/options\[i\] == IPOPT_END || //
route-used-up       walk.h     s/options\[i + 2\] <= options\[i + 1\]/1/
route-pointer-late  walk.h     s/options\[i + 2\] <= options\[i + 1\]/options[i + 2] < options[i + 1]/
segments-unseen     walk.h     s/protocol == IPPROTO_ROUTING \&\& extension.left/0/
stray-denied        judge.h     s/\&\& judge_entry(\&trial) == CX_ALLOWED/\&\& 1/
stray-tunnel        judge.h     s/if (feature(trial.variant, CX_FEATURE_TUNNEL) \&\& trial.policy/if (0 \&\& trial.policy/
stray-passes        judge.h     s/if (!(listing >> i \& 1))/if (i != 1)/
onward-passes       judge.h     s/ \&\& !leads_on(trial)//
onward-ignores-drop judge.h     s/trial->policy->flags \& CX_POLICY_ELSEWHERE_PASS;/1;/
eleven-headers      walk.h     s/depth < CX_MAX_EXT_HEADERS/depth < CX_MAX_EXT_HEADERS - 1/
too-deep-unseen     walk.h     s/return PARSED_TOO_DEEP;/return PARSED_OTHER;/
atomic-is-later     packet.h     s/\(IPV6_OFFSET_MASK *\)0xfff8/\10xfff9/
later-has-ports     straight.h     s/if (ip->frag_off & bpf_htons(IPV4_OFFSET_MASK))/if (0)/
later-has-ports-2   walk.h     s/if (ip.frag_off & bpf_htons(IPV4_OFFSET_MASK))/if (0)/
first-unasked       walk.h     s/IPV4_OFFSET_MASK | IPV4_MORE_FRAGMENTS/IPV4_OFFSET_MASK/
first-straight      straight.h     s/if (fragments \&\& /if (0 \&\& /
atomic-asked        walk.h     s/extension.offset \& bpf_htons(IPV6_OFFSET_MASK | IPV6_MORE_FRAGMENTS)/1/
source-port         straight.h     s/bpf_ntohs(ports->dest)/bpf_ntohs(ports->source)/
source-port-2       walk.h     s/bpf_ntohs(ports.dest)/bpf_ntohs(ports.source)/
udp-of-four-bytes   walk.h     s/need = sizeof(struct udphdr)/need = 4/
tcp-of-four-bytes   walk.h     s/need = sizeof(struct tcphdr)/need = 4/
extension-unbounded walk.h     s/!walk_holds(walk, size)/0/
first-buffer-only   walk.h     s/.size = hook_len(hook)/.size = hook_len(hook) \& 0xfff/
bare-version-5      walk.h     s/return \*ret_type ? PARSED_ON : PARSED_MALFORMED/return PARSED_ON/
hop-limit-lost      packet.h     s/ret_packet->ttl = ip->hop_limit/ret_packet->ttl = 64/
filter-too-sure     lists.h     s/below = list->anchor\[0\].below/below = list->lens_count/
second-word-alone   lists.h     s/= cx_filter_rehash(hash)/= ~cx_filter_rehash(hash)/
filter-one-bit-off  lists.h     s/lo = masked(addr->lo, anchor->mask_lo)/& ^ 1/
expired-deny-denies lists.h     s/return entry->action == CX_DENY/return 0/
mask-one-off        lists.h     s/0xffffffff00000000ULL >> (len & 63)/0xffffffff00000000ULL >> (len + 1 \& 63)/
mask-one-off-6      lists.h     s/(64 - len)/(63 - len \& 63)/
second-length-lost  lists.h     s/start + 1 >= list->lens_count/1/
family-mixed        lists.h     s/return find(r, generation, list_index, CX_IPV6, addr)/return find(r, generation, list_index, CX_IPV4, addr)/
one-too-many        limits.h    s/last - now > tolerance/last - now > tolerance + interval/
asking-takes        limits.h    s/if (!take)/if (0)/
never-refills       limits.h    s/in_time ? tat : now/tat/
hits-uncounted      limits.h    s/state->hits += datagrams/(void)0/
strict-is-loose     route.h     s/return strict && /return 0 \&\& /
no-route-is-right   route.h     s/return ROUTE_WRONG;/return ROUTE_RIGHT;/
deadline-ignored    maps.h      s/if (deadline && /if (0 \&\& /
gate-inverted       clarent_xdp.bpf.c  s/== !!self.gate_passes/!= !!self.gate_passes/
counted-twice       clarent_xdp.bpf.c  s/counter->packets += trial->datagrams/& * 2/
bytes-of-one-buffer clarent_xdp.bpf.c  s/counter->bytes += hook_len(&trial->hook)/counter->bytes += hook_len(\&trial->hook) \& 0xfff/
would-uncounted     clarent_xdp.bpf.c  s/count(trial, policy, 1, reason)/count(trial, policy, 0, reason)/
mask-forgotten      lists.h     s/if (~mask)/if (0)/
plain-for-all       clarent_xdp.bpf.c  s/if (!(self.features & ~PLAIN_FEATURES) && /if (/
plain-on-bare-ip    clarent_xdp.bpf.c  s/ && self.link_type == CX_LINK_ETHERNET//
other-generation    maps.h      s/if (word & CX_LIVE_GENERATION)/if (!(word \& CX_LIVE_GENERATION))/
lane-inlined        clarent_xdp.bpf.c  s/^__noinline int walk_frame/static __always_inline int walk_frame/
merged-is-one       hook.h      s/return skb->gso_segs;/return 1;/
merged-by-headers   hook.h      s/payload = skb->len - headers/payload = skb->len/
merged-takes-one    limits.h    s/take ? (take - 1) \* interval : 0/0/
tc-drops-as-xdp     hook.h      s/TC_ACT_SHOT : XDP_DROP/XDP_DROP : XDP_DROP/
tc-ends-the-chain   hook.h      s/TC_ACT_UNSPEC/TC_ACT_OK/
bare-is-straight    clarent_xdp.bpf.c  s/!hook->is_tc || link_type(variant) == CX_LINK_ETHERNET/1/
seen-all-are-looked seen.h      s/!= CX_PACE_MANY/!= ~0ULL/
seen-one-window     seen.h      s/CX_PACE_SHIFT ^ jiffies/CX_PACE_SHIFT/
seen-packets-drawn  seen.h      s/hash >> CX_PACE_SHIFT ^ jiffies/(__u64)bpf_get_prandom_u32() << (self.window_shift \& 31)/
seen-once-is-kept   seen.h      s/if (pace.mask) {/if (0) {/
seen-loss-unsaid    seen.h      s/pace.crowded = .*;/(void)0;/
seen-flood-stays    seen.h      s/ || jiffies >= pace.until//; s/ \&\& jiffies < pace.until//
seen-ttl-lost       seen.h      s/ttl < source->lowest_ttl/0/
seen-others-counted seen.h      s/source->lo == sight->lo \&\& //
one-family-only     clarent_xdp.bpf.c  s/packet.family = CX_IPV6/packet.family = CX_IPV4/
TABLE
)

SEEN=()
for room in "$ROOT"/user/*/; do SEEN+=("-I$room"); done
compile() { # DIR: an object, a skeleton, object.o
	"$CLANG" -target bpf -mcpu=v3 -O2 -g -I"$ROOT/include" \
		-I"/usr/include/$(gcc -print-multiarch)" -c "$1/bpf/clarent_xdp.bpf.c" -o "$1/clarent_xdp.bpf.o"
	"$BPFTOOL" gen skeleton "$1/clarent_xdp.bpf.o" name clarent_xdp >"$1/clarent_xdp.skel.h"
	gcc -O1 -std=gnu11 -D_GNU_SOURCE -I"$1" -I"$ROOT/include" "${SEEN[@]}" \
		-c "$ROOT/user/kernel/object.c" -o "$1/object.o"
}

link() { # DIR
	local dir=$1 net file parts
	local user=("$ROOT"/user/*/*.c) model=("$BUILD"/tests/bpf/model/*.o)
	local objects=()
	local -A own=(
		[cases]="run_cases cases frame as_model readme"
		[timing]="timing frame"
		[differential]="differential"
		[seen]="seen frame"
		[weight]="weight"
	)

	for file in "${user[@]}"; do
		[[ $file == */object.c ]] ||
			objects+=("$BUILD/user/$(basename "$file" .c).o")
	done
	for net in "${NETS[@]}"; do
		read -ra parts <<<"${own[$net]} rig"
		parts=("${parts[@]/#/$BUILD/tests/bpf/}")
		gcc "${parts[@]/%/.o}" "${model[@]}" "${objects[@]}" "$dir/object.o" \
			-lbpf -lelf -lz -ljson-c -lmnl -o "$dir/$net"
	done
}

# Names of what fails; a test that ends badly without saying so fails too.
run_net() { # DIR NET
	local arguments=() status=0

	[[ $2 != differential ]] || arguments=("$SEED" "$FRAMES")
	[[ $2 != weight ]] || arguments=("$1/clarent_xdp.bpf.o")
	timeout 300 "$1/$2" "${arguments[@]}" 2>&1 || status=$?
	((status <= 1)) || echo "FAIL $2 died of $status ("
}

fails() { sed -un 's/^\(FAIL [^(]*\).*/\1/p'; }

# True if something fails that does not as it is; the rest is not waited for.
notices() { # DIR NET
	local news

	news=$(run_net "$1" "$2" | fails | grep -vxFf "$OUT/as-it-is/$2.fails" --line-buffered | head -1)
	[[ $news ]]
}

make_mutant() { # NAME [FILE SUBSTITUTION]
	local dir=$OUT/$1

	rm -rf "$dir"
	mkdir -p "$dir"
	cp -r "$ROOT/bpf" "$dir/bpf"
	if [[ ${2-} ]]; then
		sed -i "$3" "$dir/bpf/$2"
		if cmp -s "$dir/bpf/$2" "$ROOT/bpf/$2"; then
			echo "FAIL mutant $1 (changes nothing: $2 has moved on)"
			return 1
		fi
	fi
	compile "$dir" || { echo "FAIL mutant $1 (does not compile)"; return 1; }
	link "$dir"
}

is_wanted() { # NAME NAMES…
	local name=$1 each

	shift
	(($# > 0)) || return 0
	for each; do [[ $each != "$name" ]] || return 0; done
	return 1
}

noticed_by() { # DIR
	local net nets=

	for net in "${NETS[@]}"; do
		[[ $net != weight || -z $nets ]] || continue
		if notices "$1" "$net"; then nets+=" $net"; fi
	done
	echo "$nets"
}

passed=0 failed=0
make -s -C "$ROOT" BUILD="$BUILD" "${NETS[@]/#/$BUILD/tests/bpf-}"
make_mutant as-it-is
for net in "${NETS[@]}"; do
	run_net "$OUT/as-it-is" "$net" | fails >"$OUT/as-it-is/$net.fails"
	[[ ! -s $OUT/as-it-is/$net.fails ]] || sed "s/^/as it is: /" "$OUT/as-it-is/$net.fails"
done
while read -r name file substitution <&3; do
	is_wanted "$name" "$@" || continue
	if ! make_mutant "$name" "$file" "$substitution"; then
		failed=$((failed + 1))
		continue
	fi
	nets=$(noticed_by "$OUT/$name" </dev/null)
	if [[ $(run_net "$OUT/$name" timing) == *"FAIL rig"* ]]; then
		echo "FAIL mutant $name (the kernel refuses it: no test had its turn)"
		failed=$((failed + 1))
	elif [[ $nets ]]; then
		echo "PASS mutant $name (noticed by$nets)"
		passed=$((passed + 1))
	else
		echo "FAIL mutant $name (nothing noticed it)"
		failed=$((failed + 1))
	fi
	rm -rf "${OUT:?}/$name"
done 3<<<"$MUTANTS"
rm -rf "$OUT"
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0))
