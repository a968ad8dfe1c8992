#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Each verb does with the capabilities that the README names, and says which of them it lacks.
. "${0%/*}/lib.sh"

NOBODY=65534
FILE=/run/tmp/policy
lan
chmod 755 /run/tmp
printf '%s\n' "allow $LISTED4 gateway peer acme" "policy command mode monitor" >$FILE
chmod 644 $FILE
clarent-xdp allow $LISTED4 gateway
clarent-xdp -q save
in_ns server clarent-xdp -q attach eth0

# as UID CAPABILITY,… COMMAND…: with these and no others, in the server's network namespace.
as() {
	local uid=$1 set=-all user=()

	[[ -z $2 ]] || set+=,+${2//,/,+}
	# ambient ones survive where no root starts the program
	((uid == 0)) || user=(--reuid "$uid" --regid "$uid" --clear-groups --ambient-caps "$set")
	shift 2
	in_ns server setpriv "${user[@]}" --inh-caps "$set" --bounding-set "$set" -- "$@"
}

brief() { (clarent-xdp -q save - && find $PINS) 2>&1; }

# needs UID CAPABILITY,… WORDS…: that is enough, and without any of them the verb fails, says that
# one, and no other, and changes nothing.
needs() {
	local uid=$1 all=$2 words="${*:3}" before each rest named status=0 output

	before=$(brief)
	for each in ${all//,/ }; do
		rest=$(tr , '\n' <<<"$all" | grep -vxF "$each" | paste -sd, || true)
		named="lacks CAP_${each^^}"
		refused "uid $uid, $words: without $each" 1 "Operation not permitted|Permission denied" \
			as "$uid" "$rest" clarent-xdp -q "${@:3}"
		[[ $(</run/tmp/errors) =~ $'\n  '"$named"(": run it as root")?$ ]] ||
			fail "... it says so" "$(</run/tmp/errors)"
	done
	equal "... and nothing is changed" "$before" "$(brief)"
	output=$(as "$uid" "$all" clarent-xdp -q "${@:3}" 2>&1) || status=$?
	if ((status == 0 || status == 3)); then
		pass "uid $uid, $words: ${all//,/ } will do"
	else
		fail "uid $uid, $words: ${all//,/ } will do" "exit $status: $output"
	fi
}

# What asks the kernel for nothing needs nothing.
for words in help "help allow" version --version "ports $FILE"; do
	# shellcheck disable=SC2086 # words
	check "nobody: $words" as $NOBODY "" clarent-xdp $words
done
echo "alow $LISTED4 gateway" >$FILE.bad
refused "nobody: a bad line of a file is said" 1 "$FILE.bad:1: 'alow'" \
	as $NOBODY "" clarent-xdp apply $FILE.bad dry-run
refused "nobody: a wrong word is said" 2 "'300.1.1.1'" as $NOBODY "" clarent-xdp allow 300.1.1.1 gateway
refused "nobody: a file that is another's" 1 "'/run/tmp/secret': cannot be read: Permission denied\$" \
	as $NOBODY "" clarent-xdp ports "$(install -m 600 /dev/null /run/tmp/secret)/run/tmp/secret"
refused "nobody: all that is missing is said at once" 1 \
	$'\n  lacks CAP_DAC_OVERRIDE and CAP_SYS_ADMIN: run it as root$' as $NOBODY "" clarent-xdp list

# Reading verbs, by anybody.
for words in list peers status "status eth0" stats suspects history "save -" \
	"check $LISTED4" "apply $FILE dry-run" "rollback dry-run force" "top batch count 1" "--netns client list"; do
	# shellcheck disable=SC2086 # words
	needs $NOBODY dac_override,sys_admin $words
done

# These ask for nothing by its id, where no end of an allow has passed: newer kernels let them.
for words in policies ports; do
	check "uid $NOBODY, $words: what the others need will do" \
		as $NOBODY dac_override,sys_admin clarent-xdp $words
	refused "... without dac_override" 1 $'\n  lacks CAP_DAC_OVERRIDE: run it as root$' \
		as $NOBODY sys_admin clarent-xdp $words
done

# Changing verbs, by root: what they write is root's.
refused "a change by nobody" 1 "of uid $NOBODY"$'\n  run it as root$' \
	as $NOBODY dac_override,net_admin,sys_admin clarent-xdp allow 203.0.113.9 gateway
refused "save by nobody" 1 "of uid $NOBODY" as $NOBODY dac_override,sys_admin clarent-xdp save
equal "... nothing of theirs is left" "" "$(find $PINS /etc/clarent-xdp /var/lib/clarent-xdp ! -uid 0)"
for words in list status "save -" "allow 203.0.113.9 gateway dev eth0 rate 5 comment x" \
	"deny 203.0.113.9 command confirm 60" confirm "revoke 203.0.113.9 gateway" rollback \
	"protect $SERVER4 gateway" "policy lab udp 7000 mode monitor" "policy lab delete force" \
	"fragments drop" "tunnel eth0" "apply $FILE force" save "attach eth0" \
	"log for 1" "suspects inside $LISTED4 1" "detach eth0 confirm 60" \
	rollback "detach eth0" "attach eth0 confirm 60" confirm "--netns client attach eth0" \
	"detach all" purge; do
	# shellcheck disable=SC2086 # words
	needs 0 sys_admin $words
done

# The sysctl that rpf sets takes one more.
check "from nothing" as 0 sys_admin clarent-xdp -q apply $FILE
check "... attach" as 0 sys_admin clarent-xdp -q attach eth0
needs 0 net_admin,sys_admin policy gateway rpf loose
check "... set already: not needed any more" as 0 sys_admin clarent-xdp -q policy gateway rpf strict
as 0 net_admin,sys_admin clarent-xdp -q detach all
check "purge files" as 0 net_admin,sys_admin clarent-xdp -q purge files

# A user namespace's own capabilities are none.
if unshare --user --map-root-user true 2>/dev/null; then
	clarent-xdp -q allow $LISTED4 gateway
	refused "root of a user namespace" 1 "user namespace|belongs to" \
		unshare --user --map-root-user clarent-xdp list
else
	skip "root of a user namespace" "no user namespaces here"
fi
