#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# apply FILE peer NAME policy POLICY: a plain list of addresses becomes that peer's entries there.
. "${0%/*}/lib.sh"

lan
in_ns server clarent-xdp -q attach eth0
clarent-xdp -q policy lab udp 7000-7003 mode monitor
clarent-xdp allow 198.51.100.1,198.51.100.2 lab peer acme rate 5
clarent-xdp allow 198.51.100.1 gateway peer acme
clarent-xdp allow $UNLISTED4 gateway peer umbra
clarent-xdp allow 198.51.100.9 gateway

settings() { clarent-xdp save - | grep -v "^#"; }
list() { printf '%b' "$1" >/run/tmp/list; }

list "# acme, as of today\n\n  198.51.100.2   # a host\n$LISTED4\n2001:db8:5::/48\n"
check "a plain list" silent clarent-xdp apply /run/tmp/list peer acme policy gateway force
equal "... those addresses, as that peer's, and nobody else's" "policy lab udp 7000-7003 mode monitor
allow $LISTED4 gateway peer acme
allow $UNLISTED4 gateway peer umbra
allow 198.51.100.2 gateway peer acme
allow 198.51.100.9 gateway
allow 2001:db8:5::/48 gateway peer acme
allow 198.51.100.1 lab peer acme rate 5
allow 198.51.100.2 lab peer acme rate 5" "$(settings)"
equal "... who come in" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GATEWAY[@]}")"
check "... from standard input, by a policy of one's own" \
	clarent-xdp -q apply - peer acme policy lab force <<<"203.0.113.7"
equal "... exactly these" "allow 203.0.113.7 lab peer acme" "$(settings | grep "^allow.* lab")"
clarent-xdp save /run/tmp/saved
check "what is saved is applied" clarent-xdp -q apply /run/tmp/saved
equal "... and says the same" "$(grep -v "^#" /run/tmp/saved)" "$(settings)"

before=$(settings)
unchanged() { # NAME STATUS PATTERN COMMAND…
	refused "$@"
	equal "... nothing is changed" "$before" "$(settings)"
}
list "198.51.100.3\n198.51.100.4 gateway\n300.1.1.1\n"
unchanged "every bad line" 1 \
	"list:2: 'gateway': wanted: one address or prefix a line.*list:3: '300.1.1.1'" \
	clarent-xdp apply /run/tmp/list peer acme policy gateway force
list "198.51.100.3\n198.51.100.3\n"
unchanged "one twice" 1 "list:2: '198.51.100.3': line 1 has it already" \
	clarent-xdp apply /run/tmp/list peer acme policy gateway force
list "$UNLISTED4\n"
unchanged "another peer's" 1 "'$UNLISTED4': line 1: is listed for peer umbra already" \
	clarent-xdp apply /run/tmp/list peer acme policy gateway force
list "0.0.0.0/0\n"
unchanged "all the world" 1 "list:1: '0.0.0.0/0': so many sources need a word" \
	clarent-xdp apply /run/tmp/list peer acme policy gateway force
list "198.51.100.3"
unchanged "cut off" 1 "no newline at the end" \
	clarent-xdp apply /run/tmp/list peer acme policy gateway force
list "198.51.100.3\n"
unchanged "a policy that is not there" 1 "'gatway': no such policy" \
	clarent-xdp apply /run/tmp/list peer acme policy gatway force
unchanged "a policy, and no peer" 2 "'policy': not a word that can stand here" \
	clarent-xdp apply /run/tmp/list policy gateway
unchanged "a peer, and no policy" 1 "list:1: '198.51.100.3': not a setting" \
	clarent-xdp apply /run/tmp/list peer acme

# What is written can be read: a deny has no peer, so it is none of a peer's lines.
printf 'allow %s gateway\ndeny 203.0.113.66 gateway\n' $LISTED4 >/run/tmp/denies
unchanged "a deny in a peer's file" 1 "'203.0.113.66': line 2: a deny has no place" \
	clarent-xdp apply /run/tmp/denies peer acme force

# What comes through a pipe comes once: nobody looks into it first.
{
	echo "policy gateway mode monitor"
	for i in {0..600}; do echo "allow 10.1.$((i / 200)).$((i % 200)) gateway"; done
} >/run/tmp/long
clarent-xdp -q apply /run/tmp/long force
before=$(clarent-xdp -q save -)
check "apply, from a pipe by name" clarent-xdp -q apply <(cat /run/tmp/long) force
equal "... all of it" "$before" "$(clarent-xdp -q save -)"
mkfifo /run/tmp/fifo
cat /run/tmp/long >/run/tmp/fifo &
check "apply, from a named pipe" clarent-xdp -q apply /run/tmp/fifo force
equal "... all of it, too" "$before" "$(clarent-xdp -q save -)"
wait
