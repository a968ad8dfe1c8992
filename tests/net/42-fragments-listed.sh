#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# 6,000 fragments of a stranger fill the memory in which this host puts datagrams together, and keep
# listed ones out; under `fragments listed` they do not. Later fragments, and first ones.
. "${0%/*}/lib.sh"

FLOOD=6000

# A host whose memory is empty, under `fragments LISTED|PASS`.
fresh() { # WORD
	lan
	clarent-xdp -q fragments "$1"
	in_ns server clarent-xdp -q attach eth0
}
forget() {
	clarent-xdp -q detach all
	ip netns del server
	ip netns del client
}

flood() { # KIND SOURCE
	local dest=$SERVER4

	[[ $2 != *:* ]] || dest=$SERVER6
	/usr/bin/python3 -B "$TESTS/tools/fragment_flood.py" "$1" $FLOOD "$2" $dest client eth0 \
		"$(mac_of server eth0)" server
}

# Of a datagram in fragments, and of one that is whole, to the gateway and to nobody's port.
pieces() { arrives "$1" 4040 5060 --size 1600; }
whole() { arrives "$1" 4040 5060; }
refused_fragments() {
	clarent-xdp --json stats |
		jq '[.. | objects | select(.reason? == "fragment") | .packets] | add // 0'
}

clarent-xdp allow $LISTED4,$LISTED6 gateway
for kind in later first; do
	fresh pass
	for family in 4 6; do
		listed=LISTED$family unlisted=UNLISTED$family
		equal "$kind: pass, IPv$family: a listed datagram arrives in pieces" "4040 5060" \
			"$(pieces "${!listed}")"
		flood $kind "${!unlisted}"
		equal "$kind: pass, IPv$family: not behind $FLOOD $kind fragments of a stranger" none \
			"$(pieces "${!listed}")"
	done
	forget

	fresh listed
	for family in 4 6; do
		listed=LISTED$family unlisted=UNLISTED$family
		equal "$kind: listed, IPv$family: a listed datagram arrives in pieces" "4040 5060" \
			"$(pieces "${!listed}")"
		equal "$kind: listed, IPv$family: a stranger's does not, to no port" none \
			"$(pieces "${!unlisted}")"
		equal "$kind: listed, IPv$family: a stranger's that is whole is judged by its port" 5060 \
			"$(whole "${!unlisted}")"
		before=$(refused_fragments)
		flood $kind "${!unlisted}"
		equal "$kind: listed, IPv$family: $FLOOD $kind fragments of a stranger are refused" $FLOOD \
			"$(($(refused_fragments) - before))"
		equal "$kind: listed, IPv$family: and a listed datagram arrives behind them" "4040 5060" \
			"$(pieces "${!listed}")"
	done
	forget
done

# Whom a list admits is asked as for a whole packet, and the way back is a word.
fresh listed
clarent-xdp -q deny $LISTED4 gateway
equal "a denied source's fragments are refused" none "$(pieces $LISTED4)"
clarent-xdp -q allow $LISTED4 command
equal "unless another policy admits it: then they are judged by their port" 5060 \
	"$(pieces $LISTED4)"
clarent-xdp -q policy command mode closed
equal "a closed policy admits nobody" none "$(pieces $LISTED4)"
clarent-xdp -q policy command mode monitor
equal "one that is watched admits whom it lists" 5060 "$(pieces $LISTED4)"
clarent-xdp -q fragments pass
equal "fragments pass: anybody's" 5060 "$(pieces $UNLISTED4)"
clarent-xdp fragments listed 2>/run/tmp/warnings
check "fragments listed warns of what it costs" \
	grep -q "^clarent-xdp: warning: fragments listed: costs " /run/tmp/warnings
equal "status says so" listed "$(clarent-xdp --json status | jq -r .fragments)"
check "... in words" grep -q "^all fragments: listed$" <(clarent-xdp status)
check "it is saved" grep -qx "fragments listed" <(clarent-xdp -q save -)
equal "check says why" fragment "$(in_ns server clarent-xdp --json check $UNLISTED4 port 4040 \
	fragment first | jq -r "[.. | .reason? // empty][0]")"
