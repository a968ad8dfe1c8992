#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sources that cannot be senders, all of them inside a listed prefix: they drop whatever the lists
# say.  The kernel by itself takes many of them.
. "${0%/*}/lib.sh"

lan_and_attacker

# SOURCE, what the kernel does with it, no filter attached, and what the filter does.
TABLE4="
0.0.0.0          refuses drops
0.1.2.3          takes   drops
0.255.255.255    takes   drops
127.0.0.1        refuses drops
127.255.255.254  refuses drops
224.0.0.1        refuses drops
239.255.255.255  refuses drops
240.0.0.1        takes   drops
255.255.255.254  takes   drops
255.255.255.255  refuses drops
1.0.0.1          takes   passes
126.255.255.254  takes   passes
128.0.0.1        takes   passes
223.255.255.254  takes   passes"
TABLE6="
::                  takes   drops
::1                 refuses drops
ff02::1             refuses drops
ff0e::5             refuses drops
::ffff:192.0.2.10   takes   drops
::2                 takes   passes
::fffe:192.0.2.10   takes   passes
2001:db8:99::1      takes   passes
fdff::1             takes   passes"

# judge WHO COLUMN TABLE: every source of the table, sent at once.
judge() {
	local source verb wanted sources=()

	while read -r source _; do
		sources+=("$source")
	done <<<"${3#?}"
	forged "$CLIENT_WIRE" "$(IFS=, && echo "${sources[*]}")" "${GATEWAY[@]}" >/run/tmp/arrived
	while read -r source verb; do
		wanted=none
		[[ $verb != takes && $verb != passes ]] || wanted=${GATEWAY[*]}
		equal "$1 $verb $source" "$source $wanted" "$(grep "^$source " /run/tmp/arrived)"
	done < <(awk -v column="$2" '{ print $1, $column }' <<<"${3#?}")
}

judge "no filter: the kernel" 2 "$TABLE4"
judge "no filter: the kernel" 2 "$TABLE6"
clarent-xdp allow 0.0.0.0/0,::/0 gateway wide
in_ns server clarent-xdp -q attach eth0
judge "everybody is listed: the filter" 3 "$TABLE4"
judge "everybody is listed: the filter" 3 "$TABLE6"
equal "it, not the kernel, drops them all, as bogus-source" \
	$((3 * $(grep -c "drops$" <<<"$TABLE4$TABLE6"))) "$(counted gateway bogus-source)"
