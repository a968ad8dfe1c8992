#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The manual: it is good mdoc, says all that help says, and each of its examples does what it says.
. "${0%/*}/lib.sh"

PAGES=${CLARENT_XDP%/*}/man
cx() { in_ns server clarent-xdp -q "$@"; }
mapfile -t VERBS < <(clarent-xdp help -j | jq -r '.[] | arrays | .[].verb')

# --- As a text -----------------------------------------------------------------------------

# Other projects' pages need not be here; ours are looked for beside the page.
lint() {
	(cd "$PAGES" && mandoc -T lint "$1") 2>&1 |
		grep -vE 'outdated mandoc\.db|referenced manual not found: Xr (bpftool|ip|nft|systemctl) ' || true
}

# Letters, digits and the signs of usages, without what a width decides.
squeezed() { tr -dc 'A-Za-z0-9|[](),-' | tr '[:upper:]' '[:lower:]'; }
says() { [[ $(squeezed <<<"$1") == *"$(squeezed <<<"$2")"* ]]; }

if command -v mandoc >/dev/null; then
	for page in clarent-xdp.8 clarent-xdp.policy.5; do
		equal "$page: mandoc finds no fault" "" "$(lint "$page")"
	done
	text=$(mandoc -T ascii "$PAGES/clarent-xdp.8" | col -bx)
	for verb in "${VERBS[@]}"; do
		check "all of help $verb is there" says "$text" "$(clarent-xdp help "$verb" |
			sed -e '1s/^usage: clarent-xdp //' -e '/^example:$/d')"
	done
	while read -r option; do
		check "option $option is there" says "$text" "$option"
	done < <(clarent-xdp help | sed -n 's/^  \(-.*\)/\1/p')
	for section in NAME SYNOPSIS DESCRIPTION ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES 'SEE ALSO' CAVEATS; do
		check "section $section" grep -qx "$section" <<<"$text"
	done
else
	skip "what the pages say" "needs mandoc"
fi

# --- Its examples --------------------------------------------------------------------------

# Displays of a page, each line behind the number of its display.
displays() {
	awk '/^\.Ed/ { shown = 0 }
		shown { gsub(/\\-/, "-"); gsub(/\\e/, "\\"); print n "\t" $0 }
		/^\.Bd -literal/ { n++; shown = 1 }' "$PAGES/$1"
}

lan
wire server wg0 client wg0
mkdir /run/tmp/here
cd /run/tmp/here
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/balancer pass balancer frags typed
cat >world.policy <<-END
	allow 203.0.113.0/24 gateway
	allow 203.0.113.5 gateway peer acme
	allow 198.51.100.0/24 command,gateway
	protect 192.0.2.10 gateway
	protect 192.0.2.11 gateway
END
echo 'allow 203.0.113.8 gateway peer acme' >carrier.policy
/usr/bin/python3 -B "$TESTS/tools/captures.py" make . "$(mac_of server eth0)"
cp eth.pcap eth0.pcap
mkdir -p /var/lib/prometheus/node-exporter

# What each display begins with: settings, an attachment, a last change of settings, nothing on trial.
world() {
	cx confirm 2>/dev/null || true
	cx detach wg0 2>/dev/null || true
	cx status eth0 >/dev/null 2>&1 || cx attach eth0
	cx apply world.policy force
	cx allow 198.51.100.99 gateway
	cx save
}

# One line, as it is typed; check may say that a packet would be dropped, doctor that something is not well.
example() {
	local status=0

	in_ns server bash -c "$1" || status=$?
	case $1 in
	'clarent-xdp check '*) [[ $status == [03] ]] ;;
	'clarent-xdp doctor') [[ $status == [01] ]] ;;
	*) [[ $status == 0 ]] ;;
	esac
}

world
for reason in $(cx -jv stats | jq -r '[.counters[].reason] | unique[]'); do
	check "reason $reason" grep -qE "^\.It Cm $reason Pq (drop|pass)" "$PAGES/clarent-xdp.8"
done

last=0 before='' shown=''
while IFS=$'\t' read -r number line; do
	# a fleet has stories of its own: 89-fleet.sh
	if [[ $line =~ ^'clarent-xdp '(follow|fleet) ]]; then
		shown+=$line$'\n'
		continue
	fi
	((number == last)) || world
	if ((number == last)) && [[ $before =~ \ confirm\ [0-9] && $line != "clarent-xdp confirm" ]]; then
		cx confirm
	fi
	case $line in
	*' attach eth0 confirm '*) cx detach eth0 ;;
	*' mode enforce confirm '*) cx policy gateway mode monitor ;;
	esac
	check "example: $line" example "$line"
	last=$number before=$line shown+=$line$'\n'
done < <(displays clarent-xdp.8)
for verb in "${VERBS[@]}"; do
	check "$verb has an example" grep -qE "^clarent-xdp (--json )?$verb\>" <<<"$shown"
done

mapfile -t numbers < <(displays clarent-xdp.policy.5 | cut -f 1 | sort -u)
equal "the policy page shows two files" "1 2" "${numbers[*]}"
for number in "${numbers[@]}"; do
	displays clarent-xdp.policy.5 | sed -n "s/^$number\t//p" >"file$number"
done
world
cx detach all
cx purge files
check "the policy file is taken" cx apply file1
check "... is what is saved" cx save saved
cx apply saved
cx save again
check "... and what was saved is the same when it is taken back" cmp saved again
check "the plain list is taken" cx apply file2 peer acme policy gateway
equal "... all of it" "$(grep -c '^[0-9]' file2)" \
	"$(cx list gateway peer acme -j | jq '.entries | length')"
