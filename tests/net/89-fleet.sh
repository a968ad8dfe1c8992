#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# follow and fleet: three members of etcd, two hosts; whatever is odd changes nothing, and is said.
. "${0%/*}/lib.sh"

# --- Without etcd -----------------------------------------------------------------------------
mkdir /run/tmp/alone
cp "$CLARENT_XDP" /run/tmp/alone/clarent-xdp
refused "without its program, follow says what to install" 1 "'clarent-xdp-fleet': not installed.*clarent-xdp-fleet" \
	/run/tmp/alone/clarent-xdp follow
refused "... and fleet" 1 "'clarent-xdp-fleet': not installed" /run/tmp/alone/clarent-xdp fleet status

. "${0%/*}/../fleet/lib.sh"
bad() { # NAME PATTERN LINE…
	printf '%s\n' "${@:3}" >/run/tmp/bad.conf
	refused "configuration: $1" 1 "$2" clarent-xdp fleet status config /run/tmp/bad.conf
}
refused "fleet of nothing, whatever there is to read" 2 "publish, promote, status, refused or forget" clarent-xdp fleet
refused "no configuration" 1 "'/nowhere': cannot be read" clarent-xdp fleet status config /nowhere
refused "config of nothing" 2 "'config': needs a file" clarent-xdp fleet status config
bad "a word that is none" "bad.conf:2: endpiont: no such word" "# x" "endpiont https://10.9.0.1:2379"
bad "no endpoint" "names no endpoint" "group canary"
bad "http over a network" "anybody on the way" "endpoint http://10.9.0.1:2379"
bad "no URL" "bad.conf:1: .*not a URL" "endpoint 10.9.0.1:2379"
bad "no number" "bad.conf:1: 1x: not a fitting number" "jitter 1x"
bad "no address" "bad.conf:1: .*not as self-test" "self-test gateway 10.0.0.1"
bad "half a certificate" "go together" "endpoint https://10.9.0.1:2379" "certificate /x"
bad "no name" "bad.conf:1: ../x: not a name" "group ../x"
printf '%s\n' "endpoint http://127.0.0.1:1" "host x" >/run/tmp/alone.conf
refused "follow without a group" 1 "'group': not said" clarent-xdp follow config /run/tmp/alone.conf
refused "another word" 2 "fleet: 'pubish': .*did you mean publish" clarent-xdp fleet pubish config /run/tmp/alone.conf
refused "follow takes none" 2 "follow: 'now'" clarent-xdp follow now config <(cat /run/tmp/alone.conf; echo group x; echo trust x)
refused "publish without a file" 2 "needs a group" clarent-xdp fleet publish canary config /run/tmp/alone.conf
refused "promote to itself" 2 "the same group" clarent-xdp fleet promote a a config /run/tmp/alone.conf
refused "within nothing" 2 "'within': needs" clarent-xdp fleet promote a b within config /run/tmp/alone.conf
refused "within what is no time" 2 "'soon'" clarent-xdp fleet promote a b within soon config /run/tmp/alone.conf
refused "within 5m is a time" 1 "127.0.0.1:1" clarent-xdp fleet promote a b within 5m drops 7 force config /run/tmp/alone.conf
refused "nobody answers" 1 "fleet: 'http://127.0.0.1:1': .*onnect" clarent-xdp fleet status config /run/tmp/alone.conf
check "... as JSON, too" jq -e '.version == 1 and .error.status == 1 and .warnings == []' \
	<(clarent-xdp -j fleet status config /run/tmp/alone.conf 2>/dev/null)

# --- A fleet ----------------------------------------------------------------------------------------
hub
keys 3
etcd_up 3
roles begin
publisher
FAST=("jitter 0" "confirm 10" "poll 2" "self-test $LISTED gateway")
host_make h1 canary "${FAST[@]}"
host_make h2 all "${FAST[@]}"
for host in h1 h2; do
	cx $host attach eth0
	follower_start $host
done
policy() { # ADDRESS…: that many are listed
	printf 'allow %s gateway\n' "$LISTED" "$@"
}
arrives_at() { # HOST SOURCE
	traffic udp hub "$2" "$1" "$(host_ip "$1")" 4040
}
check "nothing published: both wait" soon 10 stands h1 waiting
refused "... which status fails for" 1 "hosts are not as they should be" \
	bash -c '"$@" >/dev/null' - nsenter --net=/run/netns/hub -- clarent-xdp fleet status config $FLEET/publisher.conf

policy 10.9.1.1 10.9.1.2 10.9.1.3 >/run/tmp/one
fleet publish canary /run/tmp/one
check "published: in force on the canary" soon 10 has_line h1 10.9.1.3
equal "... a listed source gets in" 4040 "$(arrives_at h1 $LISTED)"
equal "... another does not" none "$(arrives_at h1 $UNLISTED)"
check "... and it is what a boot restores" soon 5 grep -q 10.9.1.3 $FLEET/h1/etc/policy
equal "... on no other group's host" none "$(arrives_at h2 $LISTED)"

# --- Bad input --------------------------------------------------------------------------------------
policy 10.9.1.1 10.9.1.2 10.9.1.3 >/run/tmp/bad
echo 'alow 10.9.1.4 gateway' >>/run/tmp/bad
refused "a bad line is refused here, by its number" 1 "fleet: /run/tmp/bad:5: .*alow" fleet publish canary /run/tmp/bad
printf 'allow 10.9.0.200 gateway' >/run/tmp/cut
refused "... a file that was cut off" 1 "cut off" fleet publish canary /run/tmp/cut
policy >/run/tmp/half
refused "... a halved list" 1 "would shrink from 4 sources to 1.*force" fleet publish canary /run/tmp/half
echo '# nobody' >/run/tmp/none
refused "... an empty one" 1 "admits nobody" fleet publish canary /run/tmp/none
refused "... a file that is not there" 1 "cannot be read" fleet publish canary /run/tmp/nowhere
refused "no name for a group" 2 "'a/b': not a name" fleet publish a/b /run/tmp/one
before=$(settings_of h1)
fleet publish canary /run/tmp/half force
check "forced nevertheless: the host's own guard refuses it" soon 10 stands h1 refused
check "... and says why" grep -q "'gateway': would shrink from 4 sources to 1" <<<"$(reason_of h1)"
refused "... fleet refused shows it, and fails" 1 "1 of 1 hosts" bash -c '"$@" >/run/tmp/refused' - \
	nsenter --net=/run/netns/hub -- clarent-xdp fleet refused config $FLEET/publisher.conf
check "... by host and reason" grep -q "^h1 .*would shrink" /run/tmp/refused
refused "... and is not promoted" 1 "fleet: 'h1': refused: .*nothing is promoted" fleet promote canary all within 1
equal "... the former policy stays" "$before" "$(settings_of h1)"

# --- Signatures and serials -----------------------------------------------------------------------
envelope_of() { as_root get --print-value-only "/clarent-xdp/group/$1"; }
put() { as_root put "$1" >/dev/null; } # KEY: the value comes in
fleet publish canary /run/tmp/one
check "published again: taken" soon 15 stands h1 ok
old=$(envelope_of canary)
policy 10.9.1.1 10.9.1.2 10.9.1.3 10.9.1.4 >/run/tmp/two
fleet publish canary /run/tmp/two
check "one line more" soon 10 has_line h1 10.9.1.4
before=$(settings_of h1) new=$(envelope_of canary)
refuses() { # NAME PATTERN
	check "$1: refused" soon 10 reason_says "$2"
	equal "... nothing changes" "$before" "$(settings_of h1)"
}
reason_says() { grep -q "$1" <<<"$(reason_of h1)"; }
put /clarent-xdp/group/canary <<<"$old"
refuses "an old pointer, put back" "an old pointer, serial"
jq -c '.pointer |= sub("serial [0-9]+"; "serial 4000000000")' <<<"$old" | put /clarent-xdp/group/canary
refuses "another serial under an old signature" "not signed by a key that is trusted"
echo '{"pointer": 7}' | put /clarent-xdp/group/canary
refuses "nonsense" "no pointer"
jq -c '.pointer |= sub("fleet 1"; "fleet 2")' <<<"$old" | put /clarent-xdp/group/canary
refuses "a pointer of a later version" "another version"
CONF=$FLEET/stranger.conf fleet publish canary /run/tmp/two force
refuses "signed by a stranger" "not signed by a key that is trusted"
refused "... nor is it built upon" 1 "not signed" fleet publish canary /run/tmp/two
CONF=$FLEET/publisher.conf
fleet publish other /run/tmp/one
envelope_of other | put /clarent-xdp/group/canary
refuses "another group's pointer" "is for group other"
as_root del /clarent-xdp/group/canary >/dev/null
refuses "no pointer at all" "is gone"
put /clarent-xdp/group/canary <<<"$new"
check "the right one again: all is well" soon 10 stands h1 ok

# --- Pieces ------------------------------------------------------------------------------------------
follower_stop h1
policy 10.9.1.{1..4} 10.9.1.9 >/run/tmp/pieces
fleet publish canary /run/tmp/pieces
piece=/clarent-xdp/piece/$(envelope_of canary | jq -r .pointer | sed -n 's/^piece \([^ ]*\).*/\1/p')
as_root get --print-value-only "$piece" >/run/tmp/piece
as_root del "$piece" >/dev/null
follower_start h1
refuses "a piece that is not there" "is not there"
sed '1s/200/201/' /run/tmp/piece | put "$piece"
refuses "a piece that is not what its digest says" "not what its digest says"
refused "... which nothing is compared with" 1 "not what its digest says.*force" fleet publish canary /run/tmp/two
fleet publish canary /run/tmp/pieces force
check "... mended by force" soon 15 has_line h1 10.9.1.9
fleet publish canary /run/tmp/two
check "the next pointer is taken" soon 15 stands h1 ok
before=$(settings_of h1)

# --- Roles --------------------------------------------------------------------------------------------
as_h2() { ETCDCTL_USER=h2:password-of-h2 ctl etcdctl "$@"; }
check "a host may read policies" as_h2 get /clarent-xdp/group/canary
refused "... and write none" 1 "permission denied" as_h2 put /clarent-xdp/group/canary x
refused "... nor a piece" 1 "permission denied" as_h2 put /clarent-xdp/piece/x x
refused "... nor another's state" 1 "permission denied" as_h2 put /clarent-xdp/host/h1/x x
refused "... nor read another's own lines" 1 "permission denied" as_h2 get /clarent-xdp/override/h1
sed "s,^host .*,host h1," $FLEET/h2/etc/fleet.conf >/run/tmp/h2-as-h1.conf
timeout 4 nsenter --net=/run/netns/h2 -- "$CLARENT_XDP" follow config /run/tmp/h2-as-h1.conf >/run/tmp/said 2>&1 || true
check "... and says nothing in another's name" grep -q "permission denied" /run/tmp/said
sed "s,^password-file .*,password-file $FLEET/h1.password," $FLEET/h2/etc/fleet.conf >/run/tmp/wrong.conf
refused "a wrong password" 1 "authentication failed" nsenter --net=/run/netns/hub -- clarent-xdp fleet status \
	config /run/tmp/wrong.conf
grep -v '^certificate\|^key' $FLEET/publisher.conf >/run/tmp/bare.conf
refused "no certificate" 1 "certificate" nsenter --net=/run/netns/hub -- clarent-xdp fleet status config /run/tmp/bare.conf
sed "s,$FLEET/tls/ca.crt,$FLEET/tls/h1.crt," $FLEET/publisher.conf >/run/tmp/ca.conf
refused "another authority" 1 "certificate" nsenter --net=/run/netns/hub -- clarent-xdp fleet status config /run/tmp/ca.conf

# --- A host's own lines -----------------------------------------------------------------------------
echo 'allow 10.9.2.2 gateway peer lab' >/run/tmp/own
fleet publish host h1 /run/tmp/own
check "a host's own line is added" soon 10 has_line h1 "10.9.2.2 gateway peer lab"
equal "... to its group's" 4040 "$(arrives_at h1 $LISTED)"
echo 'allow 10.9.2.300 command' >/run/tmp/bad
refused "... a bad one is refused" 1 "'10.9.2.300': a number is over 255.*line 1 of /run/tmp/bad" fleet publish host h1 /run/tmp/bad
: >/run/tmp/empty
fleet publish host h1 /run/tmp/empty
gone() { ! has_line h1 10.9.2.2; }
check "... and taken back by an empty file" soon 10 gone

# --- Changed on the host ----------------------------------------------------------------------------
cx h1 allow 10.9.3.3 gateway
check "changed on the host: said" soon 10 stands h1 differs
check "... and left alone" has_line h1 10.9.3.3
policy 10.9.1.1 10.9.1.2 10.9.1.3 10.9.1.4 10.9.1.5 >/run/tmp/three
fleet publish canary /run/tmp/three force
check "... what was never saved is not lost to the next publish" soon 10 reason_says "since the last save"
cx h1 revoke 10.9.3.3 gateway
check "... taken back: it goes on" soon 20 has_line h1 10.9.1.5

# --- As a unit ----------------------------------------------------------------------------------------
follower_stop h2
/usr/bin/python3 -B "$TESTS/tools/notified.py" 6 nsenter --mount="${MOUNTS[h2]}" --net=/run/netns/h2 -- \
	"$CLARENT_XDP" follow >/run/tmp/notified 2>/dev/null
for line in "exit 0" "READY=1" "STATUS=waiting nothing is published for group all" "STOPPING=1"; do
	check "systemd is told: $line" grep -qxF "$line" /run/tmp/notified
done
check "... and that it goes on, each second or so" grep -qE "^watchdog ([2-9]|1[0-9])" /run/tmp/notified
follower_start h2

# --- Promoted ---------------------------------------------------------------------------------------
check "promoted once the canary has it" fleet promote canary all within 30
check "... to the other group's host" soon 10 has_line h2 10.9.1.5
check "all is well" soon 10 fleet status
check "... as JSON, too" jq -e '.version == 1 and .warnings == [] and ([.hosts[].state] == ["ok", "ok"])' \
	< <(fleet_json status)
refused "nothing to promote" 1 "'nobody': nothing is published" fleet promote nobody all

# --- Locked out ---------------------------------------------------------------------------------------
before=$(settings_of h1)
{ cat /run/tmp/three; echo "policy mine tcp 30000-61000"; echo "allow 10.9.4.4 mine"; } >/run/tmp/lockout
fleet publish canary /run/tmp/lockout
check "a policy that shuts etcd out fails its self-test" soon 20 grep -q "self-test: it is taken back" $FLEET/h1.log
lapsed() { [[ $(settings_of h1) == "$before" ]]; }
check "... and lapses in the kernel" soon 20 lapsed
fleet publish canary /run/tmp/three force
check "... mended by the next one" soon 20 stands h1 ok

# --- etcd, ill and gone -----------------------------------------------------------------------------
leader() {
	ctl etcdctl endpoint status -w json --cluster 2>/dev/null |
		jq -r '.[] | select(.Status.leader == .Status.header.member_id) | .Endpoint' | sed -E 's/.*\.10([0-9]):.*/e\1/' | head -n 1
}
revision=$(as_root get x -w json | jq .header.revision)
as_root compact "$revision" >/dev/null
policy 10.9.1.{1..6} >/run/tmp/four
fleet publish canary /run/tmp/four
check "compacted: it goes on" soon 10 has_line h1 10.9.1.6
stopped=$(leader)
member_stop "${stopped:=e1}" STOP
policy 10.9.1.{1..7} >/run/tmp/five
check "the leader is stopped, as if hung: published nevertheless" soon 40 fleet publish canary /run/tmp/five
check "... and followed" soon 40 has_line h1 10.9.1.7
member_stop "$stopped" CONT
for member in e1 e2 e3; do
	member_stop $member
done
check "all of etcd is gone: what is in force stays" has_line h1 10.9.1.7
refused "... status says when the last word came" 1 "the last word came here at 20" \
	in_host h1 clarent-xdp fleet status
check "a boot without etcd" host_reboot h1
equal "... the last good policy is in force" "4040 none" "$(arrives_at h1 $LISTED) $(arrives_at h1 $UNLISTED)"
check "... all of it" has_line h1 10.9.1.7
follower_start h1
etcd_up 3
policy 10.9.1.{1..8} >/run/tmp/six
check "etcd is back" soon 30 fleet publish canary /run/tmp/six
check "... and is followed" soon 60 has_line h1 10.9.1.8

# --- Who is who ---------------------------------------------------------------------------------------
as_root put /clarent-xdp/host/h2/feedbeef >/dev/null \
	<<<'{"host":"h2","group":"all","state":"ok","id":"feedbeef","machine":"clone"}'
check "two of one name: said" soon 30 stands h2 twice
as_root del /clarent-xdp/host/h2/feedbeef >/dev/null
as_root put /clarent-xdp/host/h3/feedbeef >/dev/null \
	<<<'{"host":"h3","group":"all","state":"ok","id":"feedbeef","clock_ahead":-90}'
check "a clock that is wrong: said" soon 10 stands h3 clock
as_root del /clarent-xdp/host/h3/feedbeef >/dev/null
follower_stop h2
refused "... a host that nobody has heard of" 1 "nobody has heard" fleet forget h9
fleet forget h2
equal "a host that is no more is forgotten" "" "$(state_of h2)"
