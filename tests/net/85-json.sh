#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# --json: every answer is one JSON document, errors are objects, and text and JSON agree.
. "${0%/*}/lib.sh"

lan

# parses NAME FILTER COMMAND…: exits 0 with one JSON object of which the jq filter is true.
parses() {
	local name=$1 filter=$2 output

	shift 2
	output=$("$@" 2>/dev/null) || output+=" (exit $?)"
	if jq -es "length == 1 and (.[0] | .version == 1 and (.warnings | type == \"array\") and ($filter))" <<<"$output" >/dev/null 2>&1; then
		pass "$name"
	else
		fail "$name" "not ($filter): $output"
	fi
}

for verb in list policies status stats suspects peers history doctor; do
	parses "before anything: $verb" true clarent-xdp --json $verb
done
clarent-xdp allow $LISTED4 gateway rate 100 comment 'a "quoted" \\ text'
clarent-xdp allow 2001:db8::/32 gateway expires 1h
clarent-xdp policy lab udp 7000-7003 mode monitor
in_ns server clarent-xdp -q attach eth0
arrives $UNLISTED4 4040 5001 53 >/dev/null
parses "list" ".entries | tostring | contains(\"$LISTED4\")" clarent-xdp --json list
parses "list gateway" '.entries | tostring | contains("2001:db8::/32")' clarent-xdp -j list gateway
parses "policies" '.policies | tostring | contains("4045") and contains("lab")' clarent-xdp -j policies
parses "status" '.attached | tostring | contains("eth0")' clarent-xdp -j status
parses "stats" '.counters | tostring | contains("unlisted")' clarent-xdp -j stats
parses "suspects" ".suspects[0].source == \"$UNLISTED4\" and .one_in == 1" clarent-xdp -j suspects
parses "history" '.changes[-1].words == "attach eth0"' clarent-xdp -j history
parses "peers" '.peers == []' clarent-xdp -j peers
parses "version" 'has("program")' clarent-xdp -j version
parses "help" true clarent-xdp -j help
parses "warnings" '.warnings | type == "array" and length > 0' \
	clarent-xdp -j policy gateway mode monitor
clarent-xdp -q policy gateway mode enforce

# Whether anything changed, and what.
parses "changed" '.changed and .did == "gateway +1 -0 ~0"' \
	clarent-xdp -j allow 203.0.113.77 gateway
parses "... or not" '.changed == false and .did == ""' clarent-xdp -j allow 203.0.113.77 gateway
parses "... detached" '.changed' in_ns server clarent-xdp -j detach eth0
parses "... attached" '.changed' in_ns server clarent-xdp -j attach eth0
parses "... rolled back" '.changed and .did == "gateway +0 -1 ~0"' \
	clarent-xdp -j rollback force
parses "... confirmed" '.changed' bash -c "clarent-xdp -q allow 203.0.113.78 gateway confirm 60 &&
	clarent-xdp -j confirm"
equal "... in text, if asked" $'gateway +1 -0 ~0\nnothing changed' \
	"$(clarent-xdp -v allow 203.0.113.79 gateway; clarent-xdp -v allow 203.0.113.79 gateway)"

# error_object STATUS COMMAND…
error_object() {
	local wanted=$1 status=0

	shift
	"$@" >/run/tmp/out 2>/run/tmp/errors || status=$?
	equal "error: ${*:3}: exit status" "$wanted" "$status"
	parses "error: ${*:3}: an object" 'type == "object" and has("error")' cat /run/tmp/out
	check "error: ${*:3}: in words too" grep -q "^clarent-xdp: " /run/tmp/errors
}
error_object 2 clarent-xdp --json allow 300.1.1.1 gateway
error_object 2 clarent-xdp --json frobnicate
error_object 2 clarent-xdp --json list gateway extra words
error_object 1 clarent-xdp --json revoke 203.0.113.9 gateway
error_object 1 clarent-xdp --json apply /nonexistent
error_object 1 clarent-xdp --json detach eth9
