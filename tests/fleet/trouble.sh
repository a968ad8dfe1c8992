#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# CHANGES changes for eight hosts under traffic, while members of etcd and followers are killed, hung,
# cut off and compacted in turn: every host gets there, none is ever where nobody wanted it.
. "${0%/*}/../net/lib.sh"
. "${0%/*}/lib.sh"

CHANGES=${CHANGES:-100}
SEED=${SEED:-7}
HOSTS=(h1 h2 h3 h4 h5 h6 h7 h8)
LIMIT=180 # seconds for all hosts to get there
RANDOM=$SEED
echo "seed $SEED"

# Tokens of a user end after some seconds: who goes on needs another.
AUTH_TOKEN_TTL=20
hub
keys 3
etcd_up 3
roles begin
publisher
for host in "${HOSTS[@]}"; do
	host_make "$host" all "jitter 1" "confirm 30" "poll 3" "self-test $LISTED gateway"
	cx "$host" attach eth0
done

# --- Versions -----------------------------------------------------------------------------------------

# Of the same length, each by a line that no other has.
policy_of() { # NUMBER
	echo "allow $LISTED gateway"
	printf 'allow 10.20.0.%d gateway\n' {1..5}
	echo "allow 10.100.$(($1 / 250)).$(($1 % 250)) gateway peer v$1"
	echo "allow 10.101.$((RANDOM % 250)).$((RANDOM % 250)) command peer v$1"
}
digest_of() { # FILE
	LC_ALL=C sort "$1" | head -c -1 | sha256sum | cut -c 1-16
}
publish() { # NUMBER TROUBLE
	policy_of "$1" >/run/tmp/version
	echo "$1 $(date +%s.%N) $(digest_of /run/tmp/version) $2" >>$FLEET/versions
	soon 120 fleet publish all /run/tmp/version
}
all_at() { # DIGEST
	local host

	for host in "${HOSTS[@]}"; do
		[[ $(cat $FLEET/now/"$host" 2>/dev/null) == "$1" ]] || return 1
	done
}

# --- Trouble ------------------------------------------------------------------------------------------

some_host() { echo "h$((RANDOM % ${#HOSTS[@]} + 1))"; }
some_member() { echo "e$((RANDOM % 3 + 1))"; }
leader() {
	local name

	name=$(ctl etcdctl --user root:secret endpoint status -w json 2>/dev/null |
		jq -r '.[] | select(.Status.leader == .Status.header.member_id) | .Endpoint' |
		sed -nE 's/.*\.10([0-9]):.*/e\1/p' | head -n 1)
	echo "${name:-e1}"
}
cut_off() { # NS PORT…: what comes from and goes to these ports
	local port

	for port in "${@:2}"; do
		echo "tcp dport $port drop"
		echo "tcp sport $port drop"
	done | sed 's/^/\t/' >/run/tmp/drops
	nsenter --net="/run/netns/$1" -- nft -f - <<-END
		table inet cut {
		chain in { type filter hook input priority 0
		$(cat /run/tmp/drops)
		}
		chain out { type filter hook output priority 0
		$(cat /run/tmp/drops)
		}
		}
	END
}
mend() { nsenter --net="/run/netns/$1" -- nft delete table inet cut; } # NS
# Ends by itself, beside what else goes on.
follower_killed() { # HOST: and started again
	follower_stop "$1"
	follower_start "$1"
}
member_killed() { # NAME…
	local each

	for each; do member_stop "$each"; done
	sleep "$((RANDOM % 4))"
	for each; do member_start "$each"; done
}

KINDS=(calm follower-killed follower-hung member-killed leader-hung compacted leader-cut-off host-cut-off
	killed-as-it-applies all-members-killed two-at-once)
declare -A did=()

# what goes on while the version is published and followed
trouble() { # KIND NUMBER
	local who

	did[$1]=$((${did[$1]:-0} + 1))
	case $1 in
	follower-killed) follower_killed "$(some_host)" ; publish "$2" "$1" ;;
	follower-hung)
		who=$(some_host)
		follower_stop "$who" STOP
		publish "$2" "$1"
		sleep 4
		follower_stop "$who" CONT
		;;
	member-killed) who=$(some_member) ; member_killed "$who" ; publish "$2" "$1" ;;
	leader-hung)
		who=$(leader)
		member_stop "$who" STOP
		publish "$2" "$1"
		sleep 4
		member_stop "$who" CONT
		;;
	compacted)
		publish "$2" "$1"
		as_root compact "$(as_root get x -w json | jq .header.revision)" >/dev/null || true
		;;
	leader-cut-off)
		who=$(leader)
		cut_off "$who" 2380
		publish "$2" "$1"
		sleep 4
		mend "$who"
		;;
	host-cut-off)
		who=$(some_host)
		cut_off "$who" 2379
		publish "$2" "$1"
		sleep 5
		mend "$who"
		;;
	killed-as-it-applies)
		publish "$2" "$1"
		sleep "0.$((RANDOM % 9))"
		follower_killed h1
		follower_killed h2
		follower_killed h3
		;;
	all-members-killed) member_killed e1 e2 e3 ; publish "$2" "$1" ;;
	*) publish "$2" "$1" ;;
	esac
}

# --- The run ------------------------------------------------------------------------------------------

mkdir -p $FLEET/now
publish 0 first
for host in "${HOSTS[@]}"; do
	follower_start "$host"
done
first=$(tail -n 1 $FLEET/versions | awk '{ print $3 }')
in_force_there() { # HOST
	has_line "$1" "peer v0"
}
for host in "${HOSTS[@]}"; do
	soon 120 in_force_there "$host" || fail "$host begins" "$(tail -n 2 "$FLEET/$host.log")"
done
watched=()
for host in "${HOSTS[@]}"; do
	pid=${MOUNTS[$host]#/proc/}
	watched+=("$host=${pid%%/*}=$(host_ip "$host")")
done
/usr/bin/python3 -B "$TESTS/fleet/observe.py" $FLEET $LISTED $UNLISTED "${watched[@]}" 2>/run/tmp/observed &
observer=$!
soon 60 all_at "$first" || fail "the first version" "$(cat $FLEET/now/* /run/tmp/observed)"

late=''
for ((number = 1; number <= CHANGES; number++)); do
	kind=${KINDS[number % ${#KINDS[@]}]}
	trouble "$kind" "$number" || fail "change $number, $kind" "cannot be published: $(cat /run/tmp/soon)"
	[[ $kind != two-at-once ]] || continue # the next one comes at once
	soon $LIMIT all_at "$(tail -n 1 $FLEET/versions | awk '{ print $3 }')" || {
		late+="change $number ($kind): $(grep -L "$(tail -n 1 $FLEET/versions | awk '{ print $3 }')" $FLEET/now/* | xargs) "
		fleet status >&2 || true
	}
done
equal "$CHANGES changes: all hosts got there, each time" "" "$late"
check "all is well at the end" soon 90 fleet status

# --- All of etcd gone, and a boot -------------------------------------------------------------------

last=$(tail -n 1 $FLEET/versions | awk '{ print $3 }')
for member in e1 e2 e3; do
	member_stop $member
done
sleep 10
check "all of etcd is gone: all hosts stand" all_at "$last"
kill $observer
wait $observer || fail "the observer" "$(tail -n 3 /run/tmp/observed)"
for host in "${HOSTS[@]}"; do
	check "$host boots without etcd" host_reboot "$host"
	equal "... into what was in force" "4040 none" "$(traffic udp hub $LISTED "$host" "$(host_ip "$host")" 4040) $(
		traffic udp hub $UNLISTED "$host" "$(host_ip "$host")" 4040)"
	check "... all of it" has_line "$host" "peer v$CHANGES"
	follower_start "$host"
done
member_start e1
member_start e2
policy_of $((CHANGES + 1)) >/run/tmp/version
check "two of three are back: published" soon 60 fleet publish all /run/tmp/version
for host in "${HOSTS[@]}"; do
	check "... $host follows" soon 120 has_line "$host" "peer v$((CHANGES + 1))"
done

/usr/bin/python3 -B "$TESTS/fleet/judge.py" $FLEET || FAILURES=$((FAILURES + 1))
for kind in "${!did[@]}"; do
	pass "trouble: $kind, ${did[$kind]} times"
done
