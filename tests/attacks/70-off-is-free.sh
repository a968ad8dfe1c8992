#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A check that no rule uses is not in the program.  The first rule that uses one gets all programs
# replaced before it is in force: under the same links, without a packet lost or let in.
. "${0%/*}/lib.sh"

lan_and_attacker
clarent-xdp allow $LISTED4,$LISTED6 gateway
in_ns server clarent-xdp -q attach eth0
in_ns server clarent-xdp -q attach eth1

programs() { clarent-xdp --json status | jq -r '.attached[].program'; }
links() { in_ns server bpftool -j link show pinned "$1" | jq .id; }
all_links() { for each in "$PINS"/attachments/*/link; do links "$each"; done; }
size() { bpftool -j prog show id "$1" | jq .bytes_xlated; }
features() { clarent-xdp --json status | jq -r '[.attached[].features | join(",")] | unique | .[]'; }

bare=$(size "$(programs | head -n 1)")
bare_programs=$(programs)
bare_links=$(all_links)
equal "no rule uses a check: there is none" "" "$(features)"

# WORDS that use a check first, and WORDS that take it back; the last may be none
while IFS='|' read -r feature words back; do
	# shellcheck disable=SC2086 # words
	clarent-xdp -q $words
	equal "$feature: it is in both programs" "$feature" "$(features)"
	for id in $(programs); do
		equal "$feature: the program is larger for it" 1 "$(($(size "$id") > bare))"
		equal "$feature: another program" "" "$(grep -x "$id" <<<"$bare_programs" || true)"
	done
	equal "$feature: the same links" "$bare_links" "$(all_links)"
	# shellcheck disable=SC2086
	clarent-xdp -q $back
	equal "$feature: gone with its rule" "" "$(features)"
	for id in $(programs); do
		equal "$feature: the former size" "$bare" "$(size "$id")"
	done
done <<-END
	conditions|allow $LISTED4 gateway min-ttl 2|allow $LISTED4 gateway min-ttl 0
	limits|policy gateway rate 1000000|policy gateway rate off
	tunnel|policy gateway tunnel required force|policy gateway tunnel optional
	rpf|policy gateway rpf loose|policy gateway rpf off
	destinations|protect $SERVER4,$SERVER6 gateway|protect any gateway
	fragments|fragments listed|fragments pass
	tcp|policy web tcp 8080 mode closed force|policy web delete
END

# --- Without a packet lost or let in -------------------------------------------------------

FLOOD_DEST=$SERVER4
flood 4040 8 "listed,$LISTED4,900,$CLIENT_WIRE" "unlisted,$UNLISTED4,900,$CLIENT_WIRE" &
replaced=0
while [[ -e /proc/$! ]]; do
	clarent-xdp -q allow $LISTED4 gateway min-ttl 2 rate 1000000
	clarent-xdp -q allow $LISTED4 gateway min-ttl 0 rate off
	replaced=$((replaced + 2))
done
wait $!
check "programs were replaced while packets came ($replaced times)" test $replaced -gt 3
equal "none of the listed source's was lost" "$(sent listed)" "$(arrived listed)"
equal "none of the unlisted source's got in" 0 "$(arrived unlisted)"

# --- Before the flip that needs it: killed in between, the old rules go on -----------------

command -v strace >/dev/null || skip_all "needs strace"
clarent-xdp -q allow $LISTED4 gateway min-ttl 0 rate off
strace -f -e trace=bpf -o /run/tmp/trace clarent-xdp -q allow $LISTED4 gateway min-ttl 2
clarent-xdp -q allow $LISTED4 gateway min-ttl 0
mapfile -t updates < <(grep -n BPF_LINK_UPDATE /run/tmp/trace | cut -d: -f1)
equal "there are two replacements" 2 "${#updates[@]}"
nr=0
for update in "${updates[@]}"; do
	{
		strace -f -qq -o /dev/null -e inject=bpf:signal=KILL:when="$update" \
			clarent-xdp -q allow $LISTED4 gateway min-ttl 2 || true
	} 2>/run/tmp/unused # the shell's "Killed"
	equal "killed at replacement $((++nr)): the old rules are in force" null \
		"$(clarent-xdp --json list gateway | jq '.entries[0].min_ttl')"
	equal "... and let in who is listed" "${GATEWAY[*]}" \
		"$(forged "$CLIENT_WIRE" $LISTED4 "${GUARDED[@]}" --ttl 1)"
	equal "... and nobody else" none "$(forged "$CLIENT_WIRE" $UNLISTED4 "${GUARDED[@]}")"
	check "... the next change is made" clarent-xdp -q allow $LISTED4 gateway min-ttl 2
	equal "... and judged" none "$(forged "$CLIENT_WIRE" $LISTED4 "${GATEWAY[@]}" --ttl 1)"
	clarent-xdp -q allow $LISTED4 gateway min-ttl 0
done
