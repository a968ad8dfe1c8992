#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Reading verbs that do not show the lists do not read them, and say the same as if they had.
. "${0%/*}/lib.sh"

lan
in_ns server clarent-xdp -q attach eth0
POLICY=/etc/clarent-xdp/policy

lines() { # COUNT: of gateway, with a comment each
	seq -f '%.0f' 0 $(($1 - 1)) |
		awk '{ printf "allow 10.%d.%d.%d gateway comment c%d\n", $1 / 65536, $1 / 256 % 256, $1 % 256, $1 }'
}
# counted FILTER: what the entries themselves come to, of which `list` shows each.
counted() { clarent-xdp -j list | jq "[.entries[] | select($1)] | length"; }
# of_policy POLICY FIELD FAMILY
of_policy() { clarent-xdp -j policies | jq ".policies[] | select(.policy == \"$1\") | .$2.$3 // 0"; }

# The system calls that a verb costs must not be more for more entries.
if command -v strace >/dev/null; then
	calls() {
		in_ns server strace -f -qq -e trace=bpf,read -o /run/tmp/trace clarent-xdp "$@" \
			>/dev/null 2>&1
		wc -l </run/tmp/trace
	}
	declare -A few
	VERBS=(stats policies status "status eth0" history ports "check 10.0.0.3 port 4040"
		"check 10.0.0.3" "check 10.0.0.3 to $SERVER4")
	lines 10 >/run/tmp/few
	lines 5000 >/run/tmp/many
	clarent-xdp -q apply /run/tmp/few
	clarent-xdp save
	# shellcheck disable=SC2086 # words
	for verb in "${VERBS[@]}"; do
		few[$verb]=$(calls $verb)
	done
	clarent-xdp -q apply /run/tmp/many force
	clarent-xdp save
	sleep 2.1
	clarent-xdp status >/dev/null
	# shellcheck disable=SC2086 # words
	for verb in "${VERBS[@]}"; do
		many=$(calls $verb)
		check "$verb: 5,000 entries cost as many calls as 10 (${few[$verb]}, $many)" \
			test "$many" -lt $((${few[$verb]} + 20))
	done
else
	skip "as many calls for 5,000 entries as for 10" "needs strace"
	lines 5000 >/run/tmp/many
	clarent-xdp -q apply /run/tmp/many
	clarent-xdp save
fi

# What the file and the rules differ in is known again as soon as either is another.
differ() { clarent-xdp -j status | jq -c .saved.lines_that_differ; }
equal "saved: agrees" 0 "$(differ)"
equal "... asked again" 0 "$(differ)"
clarent-xdp -q revoke 10.0.0.3 gateway
equal "... after a change: one line" 1 "$(differ)"
equal "... asked again" 1 "$(differ)"
sleep 2.1
equal "... and again" 1 "$(differ)"
sed -i '/10\.0\.0\.3 /d' $POLICY
equal "... the file without that line: none" 0 "$(differ)"
sleep 2.1
equal "... asked again" "0 0" "$(differ) $(differ)"
sed 's/ c4$/ x4/' $POLICY >/run/tmp/same_size
touch -r $POLICY /run/tmp/then
cat /run/tmp/same_size >$POLICY
touch -r /run/tmp/then $POLICY
equal "... a file of the same size and time, written in place" 1 "$(differ)"
sed -i 's/ x4$/ c4/' $POLICY
clarent-xdp -q allow 10.9.9.9 gateway confirm 60
sleep 2.1
equal "a change that waits" "1 1" "$(differ) $(differ)"
clarent-xdp -q rollback
equal "... undone" "0 0" "$(differ) $(differ)"
clarent-xdp -q allow 10.0.0.5 gateway dev veth9
clarent-xdp save
sleep 2.1
equal "a rule with an interface" "0 0" "$(differ) $(differ)"
in_ns server ip link add veth9 type veth peer name veth8
in_ns server ip link set veth9 up
in_ns server clarent-xdp -q attach veth9
in_ns server ip link set veth9 name lan9
equal "... attached: still" "0 0" "$(differ) $(differ)"
in_ns server clarent-xdp -q attach lan9 2>/dev/null
name=$(clarent-xdp list 10.0.0.5 | grep -o 'dev [a-z0-9]*')
[[ $name == "dev lan9" ]] && wanted=1 || wanted=0
equal "... under its new name: as the rule has it ($name)" "$wanted" "$(differ)"
rm $POLICY
equal "no file: not known" null "$(differ)"

# Counts, while ends pass.
clarent-xdp -q allow 192.0.2.0/24,2001:db8:9::/48 command expires 8s
ends=$((SECONDS + 9))
clarent-xdp -q allow 192.0.2.7 command min-ttl 3
clarent-xdp -q allow 192.0.2.8 command expires 1h
clarent-xdp -q deny 192.0.2.9,2001:db8:9::9 command
clarent-xdp -q deny 192.0.2.10 command expires 8s
clarent-xdp -q protect 198.51.100.1,2001:db8:1::1 command
agree() { # WHEN SOURCES TRUST
	equal "$1: sources" "$2" "$(of_policy command sources ipv4) $(of_policy command sources ipv6)"
	equal "$1: denied" "2 1" "$(of_policy command denied ipv4) $(of_policy command denied ipv6)"
	equal "$1: destinations" "1 1" \
		"$(of_policy command destinations ipv4) $(of_policy command destinations ipv6)"
	equal "$1: trust" "$3" "$(clarent-xdp -j status | jq -r '.trust | "\(.sources) \(.address_only)"')"
}
listed=$(counted '.policy == "gateway"')
agree "before an end" "3 1" "$((listed + 4)) $((listed + 4 - 1 - 1))"
sleep $((ends > SECONDS ? ends - SECONDS : 0))
agree "after it" "2 0" "$((listed + 2)) $((listed + 2 - 1 - 1))"
clarent-xdp -q allow 192.0.2.11 command
agree "after the next change" "3 0" "$((listed + 3)) $((listed + 3 - 1 - 1))"
clarent-xdp -q policy command tunnel required force
equal "a policy that asks for a tunnel trusts no address alone" "$((listed + 3)) $((listed - 1))" \
	"$(clarent-xdp -j status | jq -r '.trust | "\(.sources) \(.address_only)"')"

# check finds the entry that decides among all that cover.
clarent-xdp -q policy command tunnel optional
clarent-xdp -q protect any command
clarent-xdp -q deny 10.0.0.0/16,10.0.0.4/31 gateway comment 'a wide one'
why() { in_ns server clarent-xdp -j check "$1" port 4040 | jq -r '"\(.reason) \(.entry)"'; }
equal "check: the host itself" "allowed allow 10.0.0.6 gateway comment c6" "$(why 10.0.0.6)"
equal "check: what covers it" "denied deny 10.0.0.0/16 gateway comment \"a wide one\"" "$(why 10.0.200.6)"
clarent-xdp -q revoke 10.0.0.4 gateway
equal "check: the longest" "denied deny 10.0.0.4/31 gateway comment \"a wide one\"" "$(why 10.0.0.4)"
equal "check: nothing" "unlisted null" "$(why 10.77.0.1)"
