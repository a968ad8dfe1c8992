# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the tests of limits share: the rig, and packets by the thousand without a wire.
. "${BASH_SOURCE[0]%/*}/../net/lib.sh"

VOLLEY=$(realpath -m "$TESTS/../build/limits/volley")
[[ -x $VOLLEY ]] || skip_all "needs build/limits/volley: make test-programs"

# attached_lan: the usual network, filtered.
attached_lan() {
	lan
	in_ns server clarent-xdp -q attach eth0
}

volley() { "$VOLLEY" "$(echo $PINS/attachments/*/link)" "$@"; }

# once POLICY-PORT SOURCE DEST COUNT: so many at once.
once() { volley 0 1 "once,$2,$3,$1,$4" >/run/tmp/once; }

# hits POLICY PREFIX
hits() {
	clarent-xdp --json list "$1" |
		jq --arg prefix "$2" '[.entries[] | select(.prefix == $prefix) | .hits] | add'
}

# How many packets of a policy had that reason.
counted() { # POLICY REASON
	clarent-xdp --json stats | jq --arg policy "$1" --arg reason "$2" \
		'[.counters[] | select(.policy == $policy and .reason == $reason) | .packets] | add // 0'
}

# within NAME STREAM RATE BURST GOT: of what the last volley fired as STREAM, within the larger of
# 1 % and one packet of what is due has passed.  Where the machine held the volley up for longer
# than the burst covers, that much less may be due.
within() {
	local verdict

	verdict=$(awk -v stream="$2" -v rate="$3" -v burst="$4" -v got="$5" '
		$1 == stream {
			due = rate * $3 + burst
			slack = due / 100 > 1 ? due / 100 : 1
			low = due - rate * $4 - slack
			printf "%d %d %.1f ± %.1f, %.3f s held up", ($4 <= $3 / 5),
				(got >= low && got <= due + slack), due, slack, $4
		}' /run/tmp/volley)
	case $verdict in
	"1 1 "*) pass "$1" ;;
	"0 1 "*) skip "$1" "the machine was too busy: ${verdict#? ? }" ;;
	*) fail "$1" "$5 passed, ${verdict#? ? } were due" ;;
	esac
}
