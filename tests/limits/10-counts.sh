#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Ten seconds at ten times the limit: what passes is rate times time, and the burst, whether one
# processor sees the packets or two; and who stays below the limit loses nothing beside that.
. "${0%/*}/lib.sh"

attached_lan
SECONDS_LONG=10
OTHER4=192.0.2.2

# NAME POLICY PORT LISTED SOURCE RATE BURST: the entries, the default bursts written out
ENTRIES="
tiny     gateway 4040 192.0.2.20       192.0.2.20      10     1
small    gateway 4040 192.0.2.21       192.0.2.21      100    10
six      gateway 4045 2001:db8::20     2001:db8::20    1000   100
bursty   gateway 4040 192.0.2.22       192.0.2.22      1000   500
middle   gateway 5010 192.0.2.23       192.0.2.23      20000  2000
large    gateway 4040 192.0.2.24       192.0.2.24      100000 10000"

while read -r _ policy _ listed _ rate burst; do
	clarent-xdp allow "$listed" "$policy" rate "$rate" burst "$burst"
done <<<"${ENTRIES#?}"
# a prefix's whole share, a destination's, a policy's
clarent-xdp allow 198.51.100.0/24 gateway rate 2000
clarent-xdp -q policy web udp 9000 mode monitor
clarent-xdp allow 203.0.113.0/24 web
clarent-xdp -q protect $SERVER4 web rate 3000
clarent-xdp -q policy web mode enforce
clarent-xdp allow 203.0.113.0/24 command
clarent-xdp policy command rate 5000
# below their limits, one of them below that of a prefix that is flooded at the same time
clarent-xdp allow 192.0.2.30 gateway rate 500
clarent-xdp allow 192.0.2.31 gateway rate 20
clarent-xdp allow 198.51.100.7 gateway rate 500

# hold RATE BURST: seconds without packets that cost nothing of it
hold() { awk -v rate="$1" -v burst="$2" 'BEGIN { print (burst - 0.5) / rate - 0.004 }'; }

fire() { # CPUS
	local streams=() name port source rate burst

	while read -r name _ port _ source rate burst; do
		streams+=("$name,$source,$SERVER4,$port,$((10 * rate)),$(hold "$rate" "$burst")")
	done <<<"${ENTRIES#?}"
	streams=("${streams[@]/2001:db8::20,$SERVER4/2001:db8::20,$SERVER6}")
	volley $SECONDS_LONG "$1" "${streams[@]}" \
		"share1,198.51.100.1,$SERVER4,4040,10000,$(hold 2000 200)" \
		"share2,198.51.100.2,$SERVER4,4040,10000,$(hold 2000 200)" \
		"dest,203.0.113.1,$SERVER4,9000,30000,$(hold 3000 300)" \
		"policy1,203.0.113.1,$SERVER4,5001,25000,$(hold 5000 500)" \
		"policy2,203.0.113.2,$OTHER4,5002,25000,$(hold 5000 500)" \
		"polite,192.0.2.30,$SERVER4,4040,450,paced" \
		"politer,192.0.2.31,$SERVER4,4040,19,paced" \
		"beside,198.51.100.7,$SERVER4,4040,450,paced" >/run/tmp/volley
}

sent() { awk -v name="$1" '$1 == name { print $2 }' /run/tmp/volley; }

# All that is asked about, by name: so many have passed.
passed_now() {
	local name policy listed

	while read -r name policy _ listed _; do
		echo "$name $(hits "$policy" "$listed")"
	done <<<"${ENTRIES#?}"
	echo "share $(hits gateway 198.51.100.0/24)"
	echo "dest $(hits web 203.0.113.0/24)"
	echo "policy $(hits command 203.0.113.0/24)"
	echo "polite $(hits gateway 192.0.2.30)"
	echo "politer $(hits gateway 192.0.2.31)"
	echo "beside $(hits gateway 198.51.100.7)"
}
passed() { awk -v name="$1" '$1 == name { print $2 - before[name] } { before[$1] = $2 }' \
	/run/tmp/before /run/tmp/after | tail -n 1; }

# By the counters, of which every processor has its own.
admitted() { echo $(($(counted gateway allowed) + $(counted command allowed) + $(counted web allowed))); }

for cpus in 1 2; do
	((cpus <= $(nproc))) || { skip "two processors" "there is one"; continue; }
	passed_now >/run/tmp/before
	fire $cpus
	passed_now >/run/tmp/after
	while read -r name _ _ _ _ rate burst; do
		within "$cpus cpu: rate $rate burst $burst" "$name" "$rate" "$burst" "$(passed "$name")"
	done <<<"${ENTRIES#?}"
	within "$cpus cpu: a prefix's whole, two of its hosts" share1 2000 200 "$(passed share)"
	within "$cpus cpu: a destination" dest 3000 300 "$(passed dest)"
	within "$cpus cpu: a policy, two of its sources" policy1 5000 500 "$(passed policy)"
	for name in polite politer beside; do
		equal "$cpus cpu: below its limit, $name loses nothing" "$(sent $name)" "$(passed $name)"
	done
	equal "$cpus cpu: hits lose nothing" "$(admitted)" "$(clarent-xdp --json list | jq '[.entries[].hits] | add')"
	sleep 1.1 # every burst is there again
done

# Two processors at one bucket that hardly refills: they share it to the packet.
clarent-xdp allow 192.0.2.40 gateway rate 1 burst 1000000
if (($(nproc) < 2)); then
	skip "a bucket shared by two" "there is one processor"
else
	volley 1 2 "shared,192.0.2.40,$SERVER4,4040,3000000" >/run/tmp/volley
	got=$(hits gateway 192.0.2.40)
	if (($(sent shared) < 1100000)); then
		skip "a bucket shared by two" "the machine was too busy to empty it"
	else
		check "a bucket of 1000000 admits $got of $(sent shared)" \
			test "$got" -ge 1000000 -a "$got" -le 1000003
	fi
fi
