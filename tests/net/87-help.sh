#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# help: every verb has its page, and what help names is there.
. "${0%/*}/lib.sh"

mapfile -t VERBS < <(clarent-xdp help -j | jq -r '.[] | arrays | .[].verb')
equal "all verbs are there" 1 "$((${#VERBS[@]} >= 22))"
overview=$(clarent-xdp help)
for verb in "${VERBS[@]}"; do
	check "help $verb" clarent-xdp help "$verb"
	check "... names it" grep -qw "$verb" <(clarent-xdp help "$verb")
	check "... as the overview does" grep -qw "$verb" <<<"$overview"
	check "... something runs it" test -z "$(clarent-xdp "$verb" "" 2>&1 | grep "^clarent-xdp: '$verb'")"
done
equal "--help is help" "$overview" "$(clarent-xdp --help)"
equal "-h is help" "$overview" "$(clarent-xdp -h)"
equal "VERB --help is help VERB" "$(clarent-xdp help purge)" "$(clarent-xdp purge --help)"
check "options stand anywhere" jq -e 'type == "object"' <(clarent-xdp version --json)
check "no line is wider than 100" silent awk 'length > 100 { print; bad = 1 } END { exit bad }' \
	<<<"$overview"
refused "help of what is not there" 2 "^clarent-xdp: help: 'frobnicate': " \
	clarent-xdp help frobnicate
equal "version and --version agree" "$(clarent-xdp version)" "$(clarent-xdp --version)"
equal "... and -V" "$(clarent-xdp version)" "$(clarent-xdp -V)"
check "version has a number" grep -qE '[0-9]+\.[0-9]+' <(clarent-xdp version)
