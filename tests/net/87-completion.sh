#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Completion: bash and zsh offer every verb, every word of help where it may stand, and what there is.
. "${0%/*}/lib.sh"

COMPLETION=$(realpath "$TESTS/../completion")
usages=/run/tmp/usages
check "help names no word that its usage does not have" /usr/bin/python3 -B "$TESTS/tools/usages.py" \
	< <(clarent-xdp --json help)
clarent-xdp --json help | /usr/bin/python3 -B "$TESTS/tools/usages.py" >$usages
check "... and a usage has many" test "$(wc -l <$usages)" -gt 100

# --- bash ----------------------------------------------------------------------------------

# Reads lines; says for each what bash offers for the word at its end.  They are cut as readline does.
bash_offers() {
	bash --norc -c '. "$1"
		while IFS= read -r COMP_LINE; do
			COMP_POINT=${#COMP_LINE} COMP_WORDS=() rest=$COMP_LINE
			while [[ $rest =~ ^[[:blank:]]*([^[:blank:]:=]+|[:=]+) ]]; do
				COMP_WORDS+=("${BASH_REMATCH[1]}")
				rest=${rest:${#BASH_REMATCH[0]}}
			done
			[[ $COMP_LINE != *\  ]] || COMP_WORDS+=("")
			COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			_clarent_xdp
			echo "${COMPREPLY[*]}"
		done' - "$COMPLETION/clarent-xdp.bash"
}
offers() { bash_offers <<<"clarent-xdp $1"; }
are() { equal "bash: clarent-xdp $1" "$2" "$(offers "$1")"; } # LINE WORDS

# missing SHELL: where a word may stand and is not offered; reads LINE, words that must be, words that are.
missing() {
	local before wanted got word

	while IFS=$'\t' read -r before wanted; do
		read -r got <&3
		for word in $wanted; do
			[[ " $got " == *" $word "* ]] || echo "'$before' and then $word"
		done
	done <$usages
}

equal "bash: each word is offered where it may stand" "" "$(missing 3< <(
	sed -e 's/^./ &/' -e 's/^/clarent-xdp/' -e 's/\t.*/ /' $usages | bash_offers))"

are "al" "allow"
are "--js" "--json"
are "--json rollb" "rollback"
are "--bpffs /sys/fs/bpf/other hist" "history"
are "history " ""
are "xyzzy " ""
are "allow 2001:db8::1 gateway peer a:b min-ttl 3 ra" "rate"
are "allow 192.0.2.1 gateway rate 5 b" "burst"
are "allow 192.0.2.1 gateway rate off b" ""
are "allow 192.0.2.1 gateway wide wi" ""
are "revoke peer acme peer" ""
are "apply ./file peer acme a" ""
are "apply ./file peer acme po" "policy"
are "policy gateway delete " "force confirm"
are "policy gateway mode closed del" ""
are "fragments pass dr" ""
are "list gateway gate" ""
are "list 192.0.2.1 und" ""
are "list 192.0.2.1 command u" "unused"
are "help unpr" "unprotect"

# --- What there is, as the running instance knows it ----------------------------------------
are "list gat" "gateway"
lan
clarent-xdp -q policy voice udp 6060 mode monitor
clarent-xdp -q allow 192.0.2.10 gateway peer acme
clarent-xdp -q allow 192.0.2.11 voice,gateway peer acme
clarent-xdp -q allow 192.0.2.12 gateway peer "two words"
clarent-xdp -q --bpffs /sys/fs/bpf/other policy elsewhere2 udp 7070 mode monitor
in_ns server clarent-xdp -q attach eth0
wire server eth9 client eth9
are "list vo" "voice"
are "allow 192.0.2.1 vo" "voice"
are "allow 192.0.2.1 gateway,vo" "gateway,voice"
are "allow 192.0.2.1 gateway,voice,gat" ""
are "allow 192.0.2.1 gateway rate 5 peer " 'acme two\ words'
are "apply ./file peer ac" "acme"
are "policy voi" "voice"
are "--bpffs /sys/fs/bpf/other list elsew" "elsewhere2"
are "list elsew" ""
in_server() {
	equal "bash, in another namespace: clarent-xdp $1" "$2" "$(in_ns server "$BASH" -c \
		"$(declare -f offers bash_offers); COMPLETION=$COMPLETION offers '$1'")"
}
in_server "attach et" "eth0 eth9"
in_server "allow 192.0.2.1 gateway dev e" "eth0 eth9"
in_server "detach e" "eth0"
in_server "status e" "eth0"
are "--netns server attach et" "eth0 eth9"
touch /run/tmp/a.policy /run/tmp/b.policy
are "apply /run/tmp/a" "/run/tmp/a.policy"
are "apply /run/tmp/a.policy d" "dry-run"
before=$(state)
are "confirm " ""
equal "to ask changes nothing" "$before" "$(state)"
equal "to ask without an answer is no failure" "0 " "$(clarent-xdp complete 2>&1 >/dev/null; echo $?) "

# --- zsh -----------------------------------------------------------------------------------
if ! command -v zsh >/dev/null; then
	skip "zsh" "needs zsh"
	exit 0
fi
check "zsh reads its completion" silent zsh -f -n "$COMPLETION/_clarent-xdp"
# Functions of the test's stand in for those of zsh's that offer words.
zsh_offers() {
	zsh -f -c '_describe() { print -rl -- ${${(P)2}/%:*/} }
		_files() { print -r -- "FILES$*" }
		_message() { : }
		fpath=($1 $fpath)
		autoload -U _clarent-xdp
		while IFS=$'"'\t'"' read -r before rest; do
			words=(clarent-xdp ${=before} "") CURRENT=$#words PREFIX=
			print -r -- $(_clarent-xdp)
		done' - "$COMPLETION"
}
equal "zsh: each word is offered where it may stand" "" "$(missing 3< <(zsh_offers <$usages))"
equal "zsh: peers" "acme two words" "$(zsh_offers <<<"list peer")"
equal "zsh: a file" "FILES -" "$(zsh_offers <<<"save")"
