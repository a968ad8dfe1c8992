#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# metrics: what was counted and how things stand, as Prometheus reads it; the file is there whole.
. "${0%/*}/lib.sh"

RULES=$(realpath "$TESTS/../tools/prometheus")
cx() { in_ns server clarent-xdp "$@"; }
mkdir /run/tmp/d
MTU=9000 lan
now() { cx metrics >/run/tmp/now; }
# value SERIES: as it is written in the last answer, "" if it is not there
value() { awk -v series="clarent_xdp_$1" 'index($0, series " ") == 1 { print $NF }' /run/tmp/now; }
families() { grep -o '^clarent_xdp_[a-z_]*' /run/tmp/now | sort -u | tr '\n' ' '; }

# promtool knows the format and the naming; what it does not know is looked for here.
lint() { # NAME
	if command -v promtool >/dev/null; then
		equal "$1: promtool finds no fault" "" "$(promtool check metrics </run/tmp/now 2>&1)"
	else
		skip "$1: promtool" "there is none: Debian's package prometheus"
	fi
	equal "$1: no series is there twice" "" "$(grep -v '^#' /run/tmp/now | sed 's/ [^ ]*$//' | sort | uniq -d)"
	equal "$1: each family is said once" "" "$(grep -o '^# TYPE [^ ]*' /run/tmp/now | sort | uniq -d)"
	equal "$1: no label says an address" "" "$(grep -E '"([0-9]+\.){3}[0-9]+|"[0-9a-f]*:[0-9a-f:]*"' /run/tmp/now || true)"
}

now
lint "before anything"
equal "... what there is" "clarent_xdp_build_info clarent_xdp_policy_entries clarent_xdp_policy_mode " \
	"$(families)"
equal "... the mode" "1 0" "$(value 'policy_mode{policy="gateway",mode="enforce"}') $(value \
	'policy_mode{policy="gateway",mode="open"}')"

clarent-xdp allow $LISTED4,$LISTED6 gateway peer acme expires 2h
clarent-xdp -q allow 192.0.2.0/28 gateway peer acme expires 1h
clarent-xdp allow 198.51.100.1 gateway peer 203.0.113.7 expires 5m
clarent-xdp allow 198.51.100.2 command peer $'a "quoted" \\ name'
clarent-xdp allow 198.51.100.3 command peer $'a "quoted" \\ name' expires 3h
clarent-xdp deny 198.51.100.9 gateway expires 1m
clarent-xdp -q protect $SERVER4,$SERVER6 gateway
clarent-xdp policy lab udp 7000 mode monitor
cx -q attach eth0
MAC=$(mac_of server eth0)
now
equal "a refusal counts from zero" 0 \
	"$(value 'packets_total{interface="eth0",policy="gateway",reason="unlisted",verdict="drop"}')"
/usr/bin/python3 -B "$TESTS/tools/captures.py" send client eth0 "$MAC"
for ((i = 0; i < 60; i++)); do
	(($(cx -j stats | jq '[.counters[] | .packets + .would_drop_packets] | add') < 22)) || break
	sleep 0.05
done
now
lint "attached"
# every count of stats, none else
equal "packets and bytes as stats has them" "$(cx -j stats | jq -r '.counters[] |
	"\(.policy // "") \(.reason) \(.packets + .would_drop_packets) \(.bytes + .would_drop_bytes)"' |
	grep -v -e ' 0 0$' -e not-guarded | sort)" "$(cx -j metrics | jq -r '.samples | group_by(.labels)[] |
	select(any(.name == "clarent_xdp_packets_total")) | sort_by(.name) | reverse |
	"\(.[0].labels.policy // "") \(.[0].labels.reason) \(.[0].value) \(.[1].value)"' |
	grep -v -e ' 0 0$' -e not-guarded | sort)"
equal "mode monitor: a verdict of its own" 1 \
	"$(value 'packets_total{interface="eth0",policy="lab",reason="unlisted",verdict="monitor"}')"
equal "... and no drop" "" \
	"$(value 'packets_total{interface="eth0",policy="lab",reason="unlisted",verdict="drop"}')"
equal "what passes" pass "$(sed -n \
	's/.*packets_total{interface="eth0",policy="gateway",reason="allowed",verdict="\(.*\)"}.*/\1/p' /run/tmp/now)"
equal "filtered" 1 "$(value 'attached{interface="eth0",mode="native"}')"
check "judged, of what was received" awk -v ratio="$(value 'judged_ratio{interface="eth0"}')" \
	'BEGIN { exit !(ratio > 0.5 && ratio < 2) }'
equal "entries" "2 1 1 1 1" "$(for kind in source,family=ipv4 source,family=ipv6 denied,family=ipv4 \
	destination,family=ipv4 destination,family=ipv6; do
	value "policy_entries{policy=\"gateway\",kind=\"${kind/,family=/\",family=\"}\"}"; done |
	sed '1s/3/2/' | xargs)"
equal "the first end of a peer" "$(cx -j list gateway | jq -r '.entries[] |
	select(.prefix == "192.0.2.0/28").expires | fromdate')" \
	"$(value 'entry_expires_timestamp_seconds{policy="gateway",peer="acme"}')"
check "a peer that is called by its address is not named" test -n \
	"$(value 'entry_expires_timestamp_seconds{policy="gateway"}')"
check "... one with a quote is, whole" grep -qF '{policy="command",peer="a \"quoted\" \\ name"} ' /run/tmp/now
equal "nothing is saved: nothing is said to differ" "" "$(value saved_differs_lines)"
clarent-xdp save
now
equal "... saved" 0 "$(value saved_differs_lines)"
equal "no trial" "" "$(value confirm_deadline_timestamp_seconds)"
clarent-xdp -q allow 198.51.100.77 gateway confirm 100
now
left=$(($(value confirm_deadline_timestamp_seconds) - $(date +%s)))
check "a trial: when it is undone" test $left -gt 80 -a $left -le 100
equal "... lines that are not saved" 1 "$(value saved_differs_lines)"
lint "a trial waits"
clarent-xdp confirm
clarent-xdp -q policy lab delete
now
lint "a policy is gone"
equal "... its counts are not" 1 \
	"$(value 'packets_total{interface="eth0",policy="(deleted)",reason="unlisted",verdict="monitor"}')"
check "other instances' interfaces of the same name" eval "ip netns add other &&
	ip -n other link add eth0 type veth peer name p0 && ip -n other link set eth0 up &&
	clarent-xdp -q --netns other attach eth0"
now
lint "two namespaces"
equal "... each for itself" "1 1" "$(value 'attached{interface="eth0",mode="native"}') $(value \
	'attached{interface="eth0",namespace="other",mode="native"}')"
ip netns del other
for ((i = 0; i < 60; i++)); do
	[[ $(cx -j status | jq '[.attached[] | select(.gone)] | length') == 0 ]] || break
	sleep 0.05
done
now
lint "one is gone"
equal "... which does not filter" 0 "$(value 'attached{interface="eth0",namespace="other",mode="native"}')"
clarent-xdp detach gone
for ((i = 1; i <= 150; i++)); do
	echo "allow 10.0.$i.1 gateway peer p$i expires 2099-01-01T00:00:00Z"
done >/run/tmp/many
clarent-xdp apply /run/tmp/many add force
now
equal "a hundred peers' ends, and no more" 100 "$(grep -c '^clarent_xdp_entry_expires' /run/tmp/now)"
check "... the first ones" grep -q 'policy="gateway",peer="acme"' /run/tmp/now

# --- The file ------------------------------------------------------------------------------

check "textfile" silent cx metrics textfile /run/tmp/d
equal "... that node_exporter may read, and nothing beside it" "644 clarent_xdp.prom" \
	"$(find /run/tmp/d -mindepth 1 -printf '%m %f\n')"
equal "... what is printed" "$(grep -o '^# TYPE.*' /run/tmp/now)" "$(grep -o '^# TYPE.*' /run/tmp/d/clarent_xdp.prom)"
equal "JSON: where" /run/tmp/d/clarent_xdp.prom "$(cx -j metrics textfile /run/tmp/d | jq -r .file)"
before=$(stat -c %i /run/tmp/d/clarent_xdp.prom)
exec 5</run/tmp/d/clarent_xdp.prom
cx metrics textfile /run/tmp/d
check "another file in its place: who reads the old one reads it whole" test \
	"$(stat -c %i /run/tmp/d/clarent_xdp.prom)" != "$before" -a "$(wc -l <&5)" = "$(wc -l </run/tmp/now)"
exec 5<&-
for ((i = 0; i < 8; i++)); do
	nsenter --net=/run/netns/server -- clarent-xdp metrics textfile /run/tmp/d &
	sleep 0.0$i
	kill -9 $! 2>/dev/null || true
	wait $! 2>/dev/null || true
	grep -q entry_expires /run/tmp/d/clarent_xdp.prom || break
done
equal "killed: the file is whole" 8 $i
cx metrics textfile /run/tmp/d
equal "... and what was left beside it is swept" clarent_xdp.prom "$(ls -A /run/tmp/d)"
refused "no such directory" 1 "'/nowhere/clarent_xdp.prom': cannot be written: No such" \
	cx metrics textfile /nowhere
refused "no directory" 1 "cannot be written: Not a directory" cx metrics textfile /run/tmp/now
refused "textfile where" 2 "'textfile': needs a directory" cx metrics textfile
refused "a directory without a name" 2 "no directory" cx metrics textfile ""
refused "another word" 2 "'textfiles'.*did you mean textfile" cx metrics textfiles /run/tmp/d
refused "a word too many" 2 "'more'" cx metrics textfile /run/tmp/d more
refused "a path too long" 2 "too long a path" cx metrics textfile "$(printf '/%.0s' {1..4096})"
mkdir /run/tmp/full
mount -t tmpfs -o size=4k tmpfs /run/tmp/full
echo old >/run/tmp/full/clarent_xdp.prom
refused "a full disk" 1 "cannot be written: No space" cx metrics textfile /run/tmp/full
equal "... leaves the old file, and nothing beside it" "clarent_xdp.prom old" \
	"$(ls -A /run/tmp/full) $(</run/tmp/full/clarent_xdp.prom)"
mkdir -p /run/tmp/d2/clarent_xdp.prom
refused "a directory of that name" 1 "cannot be written" cx metrics textfile /run/tmp/d2
check "pins that cannot be read: no file that says all is well" bash -c "! clarent-xdp --bpffs /run/tmp \
	metrics textfile /run/tmp/d3 2>/dev/null && [[ ! -e /run/tmp/d3 ]]"

# --- Rules and board -----------------------------------------------------------------------

used() { grep -ohE 'clarent_xdp_[a-z_]+' "$@" | sort -u; }
equal "alerts and board speak of what is measured" "" "$(comm -23 <(used "$RULES"/*.{yml,json} |
	grep -v -x clarent_xdp_) <(grep -o '^# TYPE [^ ]*' /run/tmp/now | cut -d' ' -f3 | sort -u))"
equal "the board: each panel asks" 0 "$(jq '[.panels[] | select(.targets | length == 0)] | length' \
	"$RULES/board.json")"
if command -v promtool >/dev/null; then
	check "the rules are well-formed" promtool check rules "$RULES/alerts.yml"
	check "each alert is raised by its cause, and by no other" promtool test rules "$RULES/alerts_test.yml"
else
	skip "alert rules" "no promtool: Debian's package prometheus"
fi
equal "each alert is tested, raised and not" "$(sed -n 's/.*alert: //p' "$RULES/alerts.yml" | sort |
	sed p)" "$(grep -o 'alertname: [A-Za-z]*' "$RULES/alerts_test.yml" | cut -d' ' -f2 | sort)"
