#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Forged first fragments.  From a listed source's address they spoil what its true datagrams are put
# together from, unless something tells them apart.  Those that are refused spoil nothing: the
# filter keeps no memory of fragments that could be turned on the true ones.
. "${0%/*}/lib.sh"

lan_and_attacker
clarent-xdp allow $LISTED4,$LISTED6 gateway
in_ns server clarent-xdp -q attach eth0
in_ns server clarent-xdp -q attach eth1

spoiled() { # SOURCE DEST FORGED-PORT
	forge fragments "$CLIENT_WIRE" "$ATTACKER_WIRE" "$1" server "$2" 4040 "$3"
}

equal "without dev, a forged first fragment loses the true datagram (IPv4)" lost \
	"$(spoiled $LISTED4 $SERVER4 4040)"
equal "without dev, a forged first fragment loses the true datagram (IPv6)" lost \
	"$(spoiled $LISTED6 $SERVER6 4040)"
before=$(counted command unlisted)
equal "one that is refused, being for another policy, does not (IPv4)" whole \
	"$(spoiled $LISTED4 $SERVER4 5001)"
equal "one that is refused, being for another policy, does not (IPv6)" whole \
	"$(spoiled $LISTED6 $SERVER6 5001)"
equal "... and they were refused" 2 "$(($(counted command unlisted) - before))"
clarent-xdp allow $LISTED4,$LISTED6 gateway dev eth0
equal "dev eth0: the true datagram arrives (IPv4)" whole "$(spoiled $LISTED4 $SERVER4 4040)"
equal "dev eth0: the true datagram arrives (IPv6)" whole "$(spoiled $LISTED6 $SERVER6 4040)"
equal "... and the forged fragments were wrong-dev" 2 "$(counted gateway wrong-dev)"
