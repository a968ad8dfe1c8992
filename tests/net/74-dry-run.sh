#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# dry-run: each line that would change and all of it in one line; and nothing changes.
. "${0%/*}/lib.sh"

lan
in_ns server clarent-xdp -q attach eth0
clarent-xdp allow $LISTED4,198.51.100.1,198.51.100.2 gateway
clarent-xdp save
clarent-xdp save /run/tmp/saved
before=$(state)

# would NAME TEXT FILTER: of /run/tmp/file; FILTER holds of its JSON.
would() {
	equal "$1" "$2" "$(clarent-xdp -q apply /run/tmp/file dry-run | sed 's/  # hits.*//')"
	check "... in JSON" jq -e "$3" <(clarent-xdp -q -j apply /run/tmp/file dry-run)
}
cat >/run/tmp/file <<-END
	policy gateway rate 100
	policy command mode monitor
	tunnel wg0
	allow $LISTED4 gateway comment "the office"
	allow 198.51.100.1 gateway
	allow 198.51.100.3 command
END
would "every line, and a summary" "command: enforce -> monitor
- policy gateway
+ policy gateway rate 100
tunnel wg0: off -> on
+ allow 198.51.100.3 command
~ allow $LISTED4 gateway comment \"the office\"
- allow 198.51.100.2 gateway
in all: tunnel wg0: off -> on, command mode enforce -> monitor +1 -0 ~0, gateway rate +0 -1 ~1
would refuse without force: command would no longer be enforced" \
	'(.changes | length) == 6 and (.would | endswith("gateway rate +0 -1 ~1")) and
		.would_refuse == ["command would no longer be enforced"]'
cat >/run/tmp/file <<-END
	policy voice udp 7000
	policy ssh tcp 22
	allow 203.0.113.1 ssh
END
check "all that would be refused" jq -e '.would_refuse | length == 3' \
	<(SSH_CONNECTION="1.2.3.4 5 6.7.8.9 22" clarent-xdp -q -j apply /run/tmp/file dry-run)
check "... is named, where it is not forced" test "$(SSH_CONNECTION="1.2.3.4 5 6.7.8.9 22" \
	clarent-xdp apply /run/tmp/file dry-run force | grep -c "would refuse")" = 0
refused "... and is refused" 1 "'gateway': would lose all its 3 sources.*and 2 more" \
	env SSH_CONNECTION="1.2.3.4 5 6.7.8.9 22" clarent-xdp apply /run/tmp/file
cp /run/tmp/saved /run/tmp/file
would "nothing" "nothing would change" '.changes == [] and .would == ""'
equal "nothing is changed" "$before" "$(state)"
