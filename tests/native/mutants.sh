#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Breaks the search of a list in many ways, one at a time, and sees native_search notice: [NAME…]
#
# A mutant is a copy of the sources with one substitution.  Some of them only cost time: those
# are no mutants, and not in the table.

set -euo pipefail

ROOT=$(realpath "${BASH_SOURCE[0]%/*}/../..")
BUILD=${BUILD:-$ROOT/build}
OUT=$BUILD/search-mutants
ROOMS=(base model)

# NAME FILE SUBSTITUTION
MUTANTS=$(cat <<'TABLE'
filter-too-sure     bpf/lists.h           s/below = list->anchor\[0\].below/below = list->lens_count/
later-too-sure      bpf/lists.h           s/return list->anchor\[i\].below;/return list->lens_count;/
mask-one-off        bpf/lists.h           s/0xffffffff00000000ULL >> (len & 63)/0xffffffff00000000ULL >> (len + 1 \& 63)/
mask-one-off-6      bpf/lists.h           s/(64 - len)/(63 - len \& 63)/
high-word-lost      bpf/lists.h           s/len > 64 ? len - 64 : 0/0/
second-length-lost  bpf/lists.h           s/start + 1 >= list->lens_count/1/
shortest-lost       bpf/lists.h           s/if (start + i >= list->lens_count)/if (start + i + 1 >= list->lens_count)/
one-too-late        bpf/lists.h           s/search4(slot, start + 1, addr->lo)/search4(slot, start + 2, addr->lo)/
one-too-late-6      bpf/lists.h           s/search6(slot, start + 1, addr->hi, addr->lo)/search6(slot, start + 2, addr->hi, addr->lo)/
expired-deny-hides  bpf/lists.h           s/return entry->action == CX_DENY/return 0/
expired-allow-gone  bpf/lists.h           s/entry->action == CX_DENY \&\& entry->expires/entry->expires/
patch-unread          bpf/lists.h           s/map_at(in->family, CX_PATCH(in->slot))/NULL/
patch-not-asked       bpf/lists.h           s/hash, list->patch_id }/hash, 0 }/
patch-not-searched    bpf/lists.h           s/if (lookup(\&(struct lookup){ family, slot, hash, 1 }/if (lookup(\&(struct lookup){ family, slot, hash, 0 }/
patch-no-gone         bpf/lists.h           s/entry->action == CX_GONE ? NULL : entry/entry/
patch-alone           bpf/lists.h           s/return bpf_map_lookup_elem(in->hash, key);/return patch ? NULL : bpf_map_lookup_elem(in->hash, key);/
length-skips-next    user/model/compile.c  s/below += list->anchor\[i\].len <= len/below += 1/
filter-other-word   bpf/lists.h           s/= cx_filter_rehash(hash)/= ~cx_filter_rehash(hash)/
filter-unmasked     bpf/lists.h           s/masked(addr->lo, anchor->mask_lo)/addr->lo/
outgrown-unmasked   bpf/lists.h           s/addr->lo \& anchor->mask_lo/addr->lo/
outgrown-word-off   bpf/lists.h           s/__u32 index = cx_filter_index(/__u32 index = 1 ^ cx_filter_index(/
outgrown-other      bpf/lists.h           s/CX_FILTER(generation, family \& 1)/CX_FILTER(generation, ~family \& 1)/
anchor-below-off    user/model/compile.c  s/list->lens\[i\] < len/list->lens[i] + 1 < len/
anchor-mask-off     user/model/compile.c  s/~0ULL << (32 - len)/~0ULL << (31 - len)/
anchor-mask-off-6   user/model/compile.c  s/~(~0ULL >> (len - 64))/~(~0ULL >> (len - 63))/
lens-ascending      user/model/compile.c  s/for (int len = CX_MAX_LENS - 1; len >= 0; len--)/for (int len = 0; len < CX_MAX_LENS; len++)/
length-zero-lost    user/model/compile.c  s/len >= 0; len--/len > 0; len--/
once-too-few        user/model/bloom.c    s/if (walk->begun \&\& hi == walk->hi/if (hi == walk->hi/
some-not-entered    user/model/bloom.c    s/prefix.len < walk->anchor->len/prefix.len <= walk->anchor->len/
TABLE
)

compile() { # DIR
	local dir=$1 room seen=()

	for room in "${ROOMS[@]}"; do seen+=("-I$dir/user/$room"); done
	gcc -O1 -std=gnu11 -w -D_GNU_SOURCE -Wno-unknown-pragmas -fno-sanitize=alignment \
		-I"$dir/tests/native" -I"$dir/bpf" -I"$dir/include" "${seen[@]}" \
		"$dir/tests/native/search.c" "$dir"/user/base/*.c "$dir"/user/model/settings*.c \
		"$dir"/user/model/{bloom,compile,prefix,strings}.c -o "$dir/search"
}

make_mutant() { # NAME FILE SUBSTITUTION
	local dir=$OUT/$1 part

	rm -rf "$dir"
	mkdir -p "$dir/tests" "$dir/user"
	cp -r "$ROOT/bpf" "$ROOT/include" "$dir"
	cp -r "$ROOT/tests/native" "$dir/tests"
	for part in "${ROOMS[@]}"; do cp -r "$ROOT/user/$part" "$dir/user"; done
	sed -i "$3" "$dir/$2"
	if cmp -s "$dir/$2" "$ROOT/$2"; then
		echo "FAIL mutant $1 (changes nothing: $2 has moved on)"
		return 1
	fi
	compile "$dir" || { echo "FAIL mutant $1 (does not compile)"; return 1; }
}

is_wanted() { # NAME NAMES…
	local name=$1 each

	shift
	(($# > 0)) || return 0
	for each; do [[ $each != "$name" ]] || return 0; done
	return 1
}

passed=0 failed=0
while read -r name file substitution <&3; do
	is_wanted "$name" "$@" || continue
	if ! make_mutant "$name" "$file" "$substitution"; then
		failed=$((failed + 1))
	elif timeout 120 "$OUT/$name/search" >"$OUT/$name/said" 2>&1; then
		echo "FAIL mutant $name (not noticed)"
		failed=$((failed + 1))
	else
		echo "PASS mutant $name ($(sed -n 's/^FAIL native_search\/\([^(]*\) (.*/\1/p' "$OUT/$name/said"))"
		passed=$((passed + 1))
	fi
	rm -rf "${OUT:?}/$name"
done 3<<<"$MUTANTS"
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0))
