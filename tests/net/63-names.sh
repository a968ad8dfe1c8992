#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No entry loses its peer's name or its comment, or gets another's, by a call that failed or a kill.
. "${0%/*}/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"

# calls OPERATION COMMAND…: which of its bpf calls (1, 2, …) are of that operation.
calls() {
	local operation=$1

	shift
	strace -f -qqq -o /run/tmp/calls -e trace=bpf -e signal=none -- "$@" >/dev/null 2>&1
	grep -o 'bpf(BPF_[A-Z_]*' /run/tmp/calls | grep -n "($operation\$" | cut -d: -f1
}

# at N HOW COMMAND…: the command with HOW done to its N-th bpf call, and whatever comes of it.
at() {
	local n=$1 how=$2

	shift 2
	# a shell that stays, to say "Killed" where nobody reads it
	(strace -f -qqq -o /dev/null -e trace=bpf -e "inject=bpf:$how:when=$n" -- "$@"
	exit $?) >/dev/null 2>&1 || true
}

# Four peers with a comment each; the last letter tells whose is whose.
base() {
	for letter in a b c d; do
		echo "allow 192.0.2.$((16#$letter)) gateway peer p$letter comment c$letter"
	done >/run/tmp/base
	clarent-xdp -q apply /run/tmp/base force
}

# Entries whose peer or comment is not their own.
strays() {
	{ clarent-xdp -q save - | grep gateway || echo "allow 0.0.0.0 gateway nothing listed"; } |
		while read -r _ address _ _ peer _ comment; do
			letter=$(printf %x "${address##*.}")
			[[ ${peer-} == "p$letter" && ${comment-} == "c$letter" ]] ||
				echo "$address is '${peer-}' '${comment-}'"
		done
}

base
clarent-xdp allow 192.0.2.14 gateway peer pe comment ce
wrong='' tried=0
for n in $(calls BPF_MAP_LOOKUP_ELEM clarent-xdp allow 192.0.2.15 gateway peer pf comment cf); do
	base
	at "$n" error=ENOMEM clarent-xdp allow 192.0.2.15 gateway peer pf comment cf
	wrong+=$(strays)
	tried=$((tried + 1))
done
equal "a lookup fails: every entry keeps its own name ($tried tried)" "" "$wrong"
check "... and there were names to look up" test $tried -ge 8

wrong='' tried=0
base
for n in $(calls BPF_MAP_UPDATE_ELEM clarent-xdp allow 192.0.2.14 gateway peer pe comment ce); do
	base
	at "$n" signal=KILL clarent-xdp allow 192.0.2.14 gateway peer pe comment ce
	clarent-xdp -q allow 192.0.2.15 gateway peer pf comment cf
	wrong+=$(strays)
	clarent-xdp -q allow 192.0.2.14 gateway peer pe comment ce
	wrong+=$(strays)
	tried=$((tried + 1))
done
equal "killed as it writes: every entry keeps its own name ($tried tried)" "" "$wrong"
