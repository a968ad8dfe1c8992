#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# install puts program, boot script and units below DESTDIR; systemd finds no fault with the units.
. "${0%/*}/lib.sh"

files() { find "$1" ! -type d -printf '%m /%P\n' | sort -k 2; }
place install DESTDIR=/run/tmp/root PREFIX=/usr
equal "install: these files" "755 /usr/lib/clarent-xdp/boot
755 /usr/lib/clarent-xdp/clarent-xdp-fleet
644 /usr/lib/systemd/system/clarent-xdp-clock.service
644 /usr/lib/systemd/system/clarent-xdp-clock.timer
644 /usr/lib/systemd/system/clarent-xdp-closed@.service
644 /usr/lib/systemd/system/clarent-xdp-follow.service
644 /usr/lib/systemd/system/clarent-xdp-metrics.service
644 /usr/lib/systemd/system/clarent-xdp-metrics.timer
644 /usr/lib/systemd/system/clarent-xdp.service
644 /usr/lib/systemd/system/clarent-xdp@.service
644 /usr/lib/udev/rules.d/81-clarent-xdp.rules
755 /usr/sbin/clarent-xdp
644 /usr/share/bash-completion/completions/clarent-xdp
644 /usr/share/clarent-xdp/clarent-xdp.schema.json
644 /usr/share/man/man5/clarent-xdp.policy.5
644 /usr/share/man/man8/clarent-xdp.8
644 /usr/share/zsh/site-functions/_clarent-xdp" "$(files /run/tmp/root)"
equal "... that know of no DESTDIR" "" "$(grep -rIl /run/tmp/root /run/tmp/root || true)"
equal "... and leave no place unsaid" "" "$(grep -rIlE '@[a-z]+@' /run/tmp/root || true)"
place uninstall DESTDIR=/run/tmp/root PREFIX=/usr
equal "uninstall: nothing is left" "" "$(files /run/tmp/root)"

equal "no unit does anything when it is stopped" "" "$(grep -rE '^ExecStop' $UNITS || true)"

if ! command -v systemd-analyze >/dev/null; then
	skip "systemd-analyze" "there is no systemd here"
	exit 0
fi
units=("$UNITS/clarent-xdp.service" "$UNITS/clarent-xdp@eth0.service"
	"$UNITS/clarent-xdp-closed@eth0.service" "$UNITS"/clarent-xdp-{clock,metrics}.{service,timer} "$UNITS/clarent-xdp-follow.service")
check "systemd-analyze verify is silent" silent systemd-analyze verify --man=no "${units[@]}"
# asking whether the clock is kept right counts as much as setting it: 0.2
check "exposure is at most 3.3" systemd-analyze security --offline=yes --threshold=33 \
	$UNITS/clarent-xdp.service $UNITS/clarent-xdp@.service $UNITS/clarent-xdp-clock.service \
	$UNITS/clarent-xdp-metrics.service $UNITS/clarent-xdp-follow.service
check "... 3.3 without a /tmp" systemd-analyze security --offline=yes --threshold=33 \
	$UNITS/clarent-xdp-closed@.service

# Order: closed, policy, filter, network.
show() { grep "^$2=" "$UNITS/$1" | tr '\n' ' '; }
for unit in clarent-xdp.service clarent-xdp@.service clarent-xdp-closed@.service; do
	check "$unit: before the network" grep -q "network-pre.target" <<<"$(show $unit Before)"
	check "$unit: pulls that point in" grep -q "network-pre.target" <<<"$(show $unit Wants)"
done
for unit in clarent-xdp.service clarent-xdp-closed@%i.service; do
	check "the filter comes after $unit" grep -q "[ =]$unit " <<<"$(show clarent-xdp@.service After)"
	check "... and pulls it in" grep -q "[ =]$unit " <<<"$(show clarent-xdp@.service Wants)"
done
equal "nothing that may fail keeps the ports from being closed" "" "$(grep -E \
	'^(Requires.*|BindsTo|Requisite|PartOf|StateDirectory|PrivateTmp|Condition.*|Assert.*)=' \
	$UNITS/clarent-xdp-closed@.service)"
equal "... nor an interface from being looked for" "" \
	"$(grep -E '^(Requires.*|BindsTo|Requisite|Condition.*|Assert.*)=' $UNITS/clarent-xdp@.service)"
