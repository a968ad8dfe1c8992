#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Bad input: an error in the one form, the right exit status, and nothing has changed.
. "${0%/*}/lib.sh"

lan
clarent-xdp allow $LISTED4 gateway rate 50
clarent-xdp allow 2001:db8::/32 gateway
clarent-xdp policy lab udp 7000-7003 force
in_ns server clarent-xdp -q attach eth0
before=$(state)

unchanged() { # NAME
	local after

	after=$(state)
	if [[ $before != "$after" ]]; then
		fail "$1: changed something" "$(diff <(echo "$before") <(echo "$after"))"
		before=$after
	fi
}

# The one form: verb, object, what is wrong in lower case and without a full stop; at most one hint.
formed() { # VERB OBJECT
	local lines

	mapfile -t lines </run/tmp/errors
	((${#lines[@]} == 1 || ${#lines[@]} == 2)) &&
		[[ ${lines[0]} == "clarent-xdp: $1: '$2': "@([!A-Z]|IPv)*[!.] ]] &&
		[[ ${lines[1]-" "} == [[:blank:]]* ]]
}

# bad STATUS OBJECT PATTERN WORDS…: refused in form, naming the object, and saying PATTERN.
bad() {
	local status=$1 object=$2 pattern=$3

	shift 3
	refused "$*" "$status" "$pattern" in_ns server clarent-xdp "$@"
	formed "$1" "$object" || fail "$*: the form" "'$(</run/tmp/errors)' blames not '$object'"
	unchanged "$*"
}

# The words alone decide: 2.
bad 2 300.1.1.1 . allow 300.1.1.1 gateway
bad 2 1.2.3 . allow 1.2.3 gateway
bad 2 010.0.0.1 "octal|leading zero|zero" allow 010.0.0.1 gateway
bad 2 1.2.3.4.5 . allow 1.2.3.4.5 gateway
bad 2 1.2.3.4x . allow 1.2.3.4x gateway
bad 2 10.0.0.1/33 32 allow 10.0.0.1/33 gateway
bad 2 10.0.0.1/ . allow 10.0.0.1/ gateway
bad 2 10.0.0.1/-1 . allow 10.0.0.1/-1 gateway
bad 2 10.0.0.1/08 . allow 10.0.0.1/08 gateway
bad 2 2001:db8::/129 128 allow 2001:db8::/129 gateway
bad 2 2001:db8:::1 . allow 2001:db8:::1 gateway
bad 2 10.0.0.1/8 "10\.0\.0\.1\b.*10\.0\.0\.0/8|10\.0\.0\.0/8.*10\.0\.0\.1\b" \
	allow 10.0.0.1/8 gateway
bad 2 2001:db8::1/32 "2001:db8::/32" allow 2001:db8::1/32 gateway
bad 2 0.0.0.0/0 wide allow 0.0.0.0/0 gateway
bad 2 ::/0 wide allow ::/0 gateway
bad 2 10.0.0.0/7 wide allow 10.0.0.0/7 gateway
bad 2 2000::/18 wide allow 2000::/18 gateway
bad 2 224.0.0.5 multicast allow 224.0.0.5 gateway
bad 2 ff02::1 multicast allow ff02::1 gateway
bad 2 127.0.0.1 loopback allow 127.0.0.1 gateway
bad 2 ::1 loopback allow ::1 gateway
bad 2 ::ffff:10.0.0.1 "10\.0\.0\.1" allow ::ffff:10.0.0.1 gateway
bad 2 fe80::1 dev allow fe80::1 gateway
bad 2 "10.0.0.1 " . allow "10.0.0.1 " gateway
bad 2 nonsense . allow 10.0.0.1 gateway nonsense
bad 2 gateway . allow 10.0.0.1 gateway gateway
bad 2 0 "10,?000,?000" allow 10.0.0.1 gateway rate 0
bad 2 10000001 "10,?000,?000" allow 10.0.0.1 gateway rate 10000001
bad 2 1e3 . allow 10.0.0.1 gateway rate 1e3
bad 2 256 255 allow 10.0.0.1 gateway min-ttl 256
bad 2 yesterday . allow 10.0.0.1 gateway expires yesterday
bad 2 2030-02-30T00:00:00Z . allow 10.0.0.1 gateway expires 2030-02-30T00:00:00Z
bad 2 2030-01-01T00:00:00 zone allow 10.0.0.1 gateway expires 2030-01-01T00:00:00
bad 2 averyveryverylongname . allow 10.0.0.1 gateway dev averyveryverylongname
bad 2 a/b . allow 10.0.0.1 gateway dev a/b
bad 2 burst . allow 10.0.0.1 gateway burst
bad 2 allow . policy allow udp 9999
bad 2 9lives . policy 9lives udp 9999
bad 2 toolongname . policy toolongname udp 9999
bad 2 65536 65535 policy web udp 65536
bad 2 9-5 . policy web udp 9-5
bad 2 half . policy gateway mode half
bad 2 eth0/0 . attach eth0/0
bad 2 eth0/0 . detach eth0/0
bad 2 eth0/0 . status eth0/0
bad 2 frobnicate . help frobnicate

# What is there decides: 1.
bad 1 nosuch "command.*gateway.*pcanywhere.*lab|lab.*pcanywhere" allow 10.0.0.1 nosuch
bad 1 203.0.113.9 "gateway" revoke 203.0.113.9 gateway
bad 1 $LISTED4 "command" revoke $LISTED4 command
bad 1 eth9 . attach eth9
bad 1 eth9 . detach eth9
bad 1 eth9 "no such interface" status eth9
bad 1 lo . detach lo
bad 1 lo "not attached" status lo
bad 2 any . unprotect any gateway
bad 2 gateway "built" policy gateway delete
bad 1 4040 gateway policy lab udp 4040
bad 1 nosuch . list nosuch
bad 1 /run/tmp/nowhere . apply /run/tmp/nowhere
bad 1 /run/tmp/nowhere/x . save /run/tmp/nowhere/x

# What was meant is named, and what is right is not blamed.
bad 2 commnt "did you mean comment\?" allow 10.0.0.1 gateway commnt x
bad 2 10.0.0.2 "commas" allow 10.0.0.1 10.0.0.2 gateway
bad 2 gateway "SOURCE" allow gateway 10.0.0.1
bad 1 gatway "did you mean gateway\?" allow 10.0.0.1 gatway
bad 1 gatway "did you mean gateway\?" list gatway
bad 2 confrim "did you mean confirm\?" attach eth0 confrim 60
bad 2 dryrun "did you mean dry-run\?" apply /run/tmp/x dryrun
bad 2 statu "did you mean status\?" help statu

# usage PATTERN WORDS…: too few or too many words, and no object to blame: 2.
usage() {
	local pattern=$1

	shift
	refused "$*" 2 "^clarent-xdp: .*$pattern" in_ns server clarent-xdp "$@"
	unchanged "$*"
}
usage "'frobnicate'" frobnicate
usage "'Allow'" Allow 10.0.0.1 gateway
usage "'al'.*did you mean allow\?" al 10.0.0.1 gateway
usage "'alow'.*did you mean allow\?" alow 10.0.0.1 gateway
usage "'show'.*did you mean list\?" show
usage "'del'.*did you mean revoke\?" del 10.0.0.1 gateway
usage "" allow
usage "" allow "" gateway
usage "" allow 10.0.0.1,,10.0.0.2 gateway
usage "" allow 10.0.0.1
usage "" revoke 10.0.0.1
usage "" attach
usage "'extra'" attach eth0 extra
usage "'extra'" detach eth0 extra
usage "'extra'" purge extra
usage "'extra'" status eth0 extra
usage "'extra'" stats extra
usage "'extra'" suspects gateway extra
usage "'extra'" log gateway extra
usage "'0'" log count 0
usage "'extra'" version extra
usage "" policy
usage "" apply
usage "'--nope'" --nope status
usage "'-x'" -x
usage "" --netns
usage "" --bpffs
usage ""

# files PATTERN TEXT: a file with errors is refused whole, every bad line named.
files() {
	local pattern=$1 text=$2

	printf %b "$text" >/run/tmp/bad
	refused "file: ${text//\\n/; }" 1 "^clarent-xdp: apply: $pattern" \
		clarent-xdp apply /run/tmp/bad force
	unchanged "file: $text"
}
files "/run/tmp/bad:2: " 'allow 10.0.0.1 gateway\nallow 300.1.1.1 gateway\n'
check "... two bad lines, two errors" test "$(
	printf 'allow 1 gateway\nallow 10.0.0.1 gateway\nallow 2 gateway\n' >/run/tmp/bad
	clarent-xdp apply /run/tmp/bad 2>&1 | grep -cE '/run/tmp/bad:[13]: '
)" = 2
files "/run/tmp/bad:1: .*'attach'" 'attach eth0\n'
files "/run/tmp/bad:1: .*'revoke'" "revoke $LISTED4 gateway\n"
files "/run/tmp/bad:2: " 'allow 10.0.0.1 gateway\nallow 10.0.0.1 gateway rate 5\n'
files "/run/tmp/bad.*newline" 'allow 10.0.0.1 gateway'
files "/run/tmp/bad:1: " 'allow 10.0.0.1 gateway expires 2h\n'
files "/run/tmp/bad:1: " 'allow 10.0.0.1 gateway comment "never closed\n'
files "/run/tmp/bad:1: " 'allow 10.0.0.1 gate\\0way\n'

# Pins of another version: whoever finds them says so, and leaves them alone.
map=$PINS/maps/meta
if [[ -e $map ]]; then
	value=$(bpftool -j map dump pinned $map | jq -r '.[0].value | join(" ")')
	# shellcheck disable=SC2086 # bytes
	bpftool map update pinned $map key 0 0 0 0 value 0x63 ${value#* }
	for verb in "allow 10.0.0.1 gateway" status "attach eth0"; do
		# shellcheck disable=SC2086 # words
		refused "another version's pins: ${verb%% *}" 1 "^clarent-xdp: ${verb%% *}: .*(version|ABI|abi)" \
			in_ns server clarent-xdp $verb
	done
	# shellcheck disable=SC2086 # bytes
	bpftool map update pinned $map key 0 0 0 0 value $value
fi
unchanged "another version's pins"
equal "after all this the filter holds" "50" "$(arrives $UNLISTED4 "${GUARDED[@]}" 50)"
equal "... and admits whom it should" "${GATEWAY[*]} 50" "$(arrives $LISTED4 "${GUARDED[@]}" 50)"
