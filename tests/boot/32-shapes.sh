#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Where nftables closes the guarded ports, no shape of a packet gets around it, and all else arrives.
. "${0%/*}/lib.sh"
nft list ruleset >/dev/null 2>&1 || skip_all "needs nft, and nf_tables in the kernel"

MTU=9000 lan
shapes record bare
mkdir -p ${SAVED%/*}
echo "allow $LISTED4,$LISTED6 gateway" >$SAVED
start clarent-xdp.service

# the interface is there, and its filter is not
start clarent-xdp-closed@.service eth0
shapes closed "closed there"

# it may be there, under another name
boot forget eth0
start clarent-xdp-closed@.service wan0
shapes closed "closed everywhere"
boot forget wan0

# below a bridge, what it is closed on is another device than the one that receives
ip -n server link add br0 mtu 9000 type bridge
ip -n server addr flush dev eth0
ip -n server link set eth0 master br0
ip -n server link set br0 up
address server br0 $SERVER4/24 $SERVER6/64
start clarent-xdp-closed@.service eth0
shapes closed "closed below a bridge" eth0 "$(mac_of server br0)"
check "the tables are there" test -n "$(closed_tables)"
boot forget eth0
equal "... and go with the last record" "" "$(closed_tables)"

# what crosses the bridge is routed by nobody here
MTU=9000 wire server eth1 guest eth0
ip -n server link set eth1 master br0
ip -n server addr flush dev br0
address guest eth0 $SERVER4/24 $SERVER6/64
shapes record "to a guest" eth0 "$(mac_of guest eth0)" guest
start clarent-xdp-closed@.service eth0
shapes closed "closed there, to a guest" eth0 "$(mac_of guest eth0)" guest
boot forget eth0
start clarent-xdp-closed@.service wan0
shapes closed "closed everywhere, to a guest" eth0 "$(mac_of guest eth0)" guest
boot forget wan0
ip -n server link del br0
ip -n server link del eth1

# nor is what a container's macvlan takes over, in a network namespace where nothing is closed
ip netns add pod
ip -n server link add mac0 link eth0 mtu 9000 netns pod type macvlan
ip -n pod link set mac0 up
address pod mac0 $SERVER4/24 $SERVER6/64
shapes record "to a macvlan" eth0 "$(mac_of pod mac0)" pod
start clarent-xdp-closed@.service eth0
shapes closed "closed there, to a macvlan" eth0 "$(mac_of pod mac0)" pod
boot forget eth0
