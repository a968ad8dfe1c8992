#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What cannot be read is not taken for absent: no filter is purged, made anew or lost sight of
# because a look at it failed.
. "${0%/*}/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"
lan
clarent-xdp allow $LISTED4 gateway
in_ns server clarent-xdp -q attach eth0
before=$(state)

# blind CALL ERROR HOW COMMAND…: the command with its N-th CALL failing, for each N (HOW "+": and all
# calls after it, which a process that has no memory left sees); it must fail, and change nothing.
blind() {
	local call=$1 error=$2 how=$3 tried=0 done='' changed='' count step after

	shift 3
	strace -f -qqq -o /run/tmp/calls -e "trace=$call" -e signal=none -- \
		in_server "$@" >/dev/null 2>&1 || true
	count=$(grep -c "$call(" /run/tmp/calls || true)
	step=$((count / 12 + 1))
	for ((n = count; n > 0; n -= step)); do
		tried=$((tried + 1))
		! strace -f -qqq -o /dev/null -e "trace=$call" -e signal=none \
			-e "inject=$call:error=$error:when=$n$how" -- in_server "$@" >/dev/null 2>&1 ||
			done+=" $n"
		after=$(state)
		[[ $after == "$before" ]] || changed+=" $n"
	done
	if ((tried == 0)); then
		fail "$* makes $call fail" "makes no such call"
	else
		equal "$*: with its $call failing it fails" "" "$done"
		equal "... and changes nothing ($tried tried)" "" "$changed"
	fi
}

# strace starts programs only, not functions.
cat >/run/bin/in_server <<'END'
#!/bin/bash
exec nsenter --net=/run/netns/server -- "$@"
END
chmod +x /run/bin/in_server

blind getdents64 EIO "" clarent-xdp purge
blind bpf ENOMEM + clarent-xdp purge
blind faccessat2 EIO "" clarent-xdp revoke 203.0.113.9 gateway
equal "the filter holds" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
equal "... and admits whom it should" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"
