#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# save: the file is the former one or the new one, whole, whatever fails: a full disk, a kill, another save.
. "${0%/*}/lib.sh"

mkdir /run/small
mount -t tmpfs -o size=256k,mode=755 small /run/small
FILE=/run/small/policy
# What a file says, in one word: a comment names the generation.
settings() { grep -v '^#' "$1" | md5sum; }
files() { find "$1" -type f -printf '%f\n' | sort | xargs; }

for i in {0..3999}; do
	echo "allow 10.1.$((i / 250)).$((i % 250)) gateway"
done >/run/tmp/long
clarent-xdp allow $LISTED4 gateway
clarent-xdp save $FILE
clarent-xdp -q save - >/run/tmp/former
equal "save FILE says what save - says" "$(settings /run/tmp/former)" "$(settings $FILE)"
cd /run/small
check "a name without a directory" clarent-xdp save other
rm other*
cd /

clarent-xdp -q apply /run/tmp/long add
head -c 200k /dev/zero >/run/small/filler
refused "a full disk: says so" 1 "^clarent-xdp: save: '$FILE': cannot be written: No space left" clarent-xdp save $FILE
equal "... the former file is as it was" "$(settings /run/tmp/former)" "$(settings $FILE)"
equal "... and nothing is left beside it" "filler policy" "$(files /run/small)"

mount --bind /run/small /var/lib
check "a full disk under the copies is a warning" grep -q "warning: the copy .* No space left" \
	<(clarent-xdp allow $LISTED6 gateway 2>&1)
check "... and the change is in force" grep -q $LISTED6 <(clarent-xdp list gateway)
umount /var/lib
rm /run/small/filler

clarent-xdp save $FILE
equal "room again: saved" "$(settings <(clarent-xdp -q save -))" "$(settings $FILE)"
equal "... with the former one beside it" "$(settings /run/tmp/former)" "$(settings $FILE~)"

mkdir /run/tmp/many
for _ in {1..12}; do
	clarent-xdp save /run/tmp/many/policy || echo "exit $?" >>/run/tmp/failed &
done
wait
equal "twelve at once: all succeed" "" "$(cat /run/tmp/failed 2>/dev/null)"
equal "... the file is whole" "$(settings $FILE)" "$(settings /run/tmp/many/policy)"
equal "... and nothing is left beside it" "policy policy~" "$(files /run/tmp/many)"
ln -f /run/tmp/many/policy /run/tmp/many/policy~
clarent-xdp save /run/tmp/many/policy
equal "the former one beside it already: nothing is left" "policy policy~" "$(files /run/tmp/many)"

if ! command -v strace >/dev/null; then
	skip "killed as it saves" "needs strace"
	exit 0
fi
CALLS=openat,write,fsync,link,rename
clarent-xdp -q apply /run/tmp/former force
former=$(settings /run/tmp/former)
new=$(settings <(echo "allow $LISTED4 gateway"; echo "allow $LISTED6 gateway"))
wrong='' seen=''
for call in ${CALLS//,/ }; do
	strace -f -qqq -o /run/tmp/calls -e "trace=$call" -- clarent-xdp save /run/tmp/elsewhere
	count=$(grep -c "$call(" /run/tmp/calls || true)
	for ((n = count; n > 0 && n > count - 4; n--)); do
		clarent-xdp save $FILE
		clarent-xdp allow $LISTED6 gateway
		(strace -f -qqq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" -- \
			clarent-xdp save $FILE
		exit $?) >/dev/null 2>&1 || true
		case $(settings $FILE) in
		"$former") seen+=o ;;
		"$new") seen+=n ;;
		*) wrong+="$call $n: $(wc -l <$FILE) lines. " ;;
		esac
		rm -f $FILE.*
		clarent-xdp -q revoke $LISTED6 gateway
	done
done
equal "killed as it saves: the former file or the new one" "" "$wrong"
check "... both were seen" grep -q "o.*n\|n.*o" <<<"$seen"

clarent-xdp -q purge
refused "no filter: nothing is saved over what was" 1 "^clarent-xdp: save: there is no filter in " \
	clarent-xdp save $FILE
check "... and the file is still there" grep -q "^allow $LISTED4 gateway" $FILE

# Nor is what another command makes right now, without a rule yet, saved for a filter.
cp $FILE /run/tmp/former
wrong='' status=0
for ((at = 40; at < 600 && status != 99; at += 12)); do
	status=0
	/usr/bin/python3 -B "$TESTS/control/meanwhile.py" $at "timeout 1 $CLARENT_XDP -q save $FILE" \
		"$CLARENT_XDP" -q allow $UNLISTED4 gateway >/run/tmp/said 2>&1 || status=$?
	[[ $(settings $FILE) == "$(settings /run/tmp/former)" ]] ||
		grep -q "^allow $UNLISTED4 gateway" $FILE || wrong+="call $at. "
	clarent-xdp -q purge
	cp /run/tmp/former $FILE
done
equal "saved while a first command makes the filter: the former file, or its rules" "" "$wrong"
