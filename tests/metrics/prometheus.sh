#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A real Prometheus scrapes a real node_exporter, and answers what board and alerts ask.
. "${0%/*}/../net/lib.sh"

for program in prometheus prometheus-node-exporter; do
	command -v $program >/dev/null || skip_all "no $program: make metricstest installs it"
done
RULES=$(realpath "$TESTS/../tools/prometheus")
lan
mkdir /run/tmp/text /run/tmp/prometheus
clarent-xdp allow $LISTED4 gateway peer acme expires 1h
clarent-xdp policy lab udp 7000 mode monitor
clarent-xdp save
in_ns server clarent-xdp -q attach eth0
clarent-xdp -q allow $LISTED6 gateway confirm 5m
measure() { in_ns server clarent-xdp metrics textfile /run/tmp/text; }
measure

cat >/run/tmp/prometheus/prometheus.yml <<-END
	global: {scrape_interval: 1s, evaluation_interval: 1s}
	rule_files: [$RULES/alerts.yml]
	scrape_configs:
	  - job_name: node
	    static_configs: [{targets: ['127.0.0.1:9100']}]
END
prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults \
	--collector.textfile --collector.textfile.directory=/run/tmp/text >/run/tmp/exporter 2>&1 &
prometheus --config.file=/run/tmp/prometheus/prometheus.yml --web.listen-address=127.0.0.1:9090 \
	--storage.tsdb.path=/run/tmp/prometheus/data >/run/tmp/server 2>&1 &

# ask PATH [PARAMETER=VALUE…]: of Prometheus' API
ask() {
	/usr/bin/python3 -c 'import sys, urllib.parse as p, urllib.request as r
print(r.urlopen("http://127.0.0.1:9090" + sys.argv[1] + "?" + p.urlencode(
    [tuple(a.split("=", 1)) for a in sys.argv[2:]]), timeout=5).read().decode())' "$@" 2>/dev/null
}
number() { ask /api/v1/query "query=$1" | jq -r '.data.result | length'; }

# Traffic, and two scrapes that see it.
for ((i = 0; i < 60; i++)); do
	arrives $UNLISTED4 4040 7000 53 >/dev/null
	arrives $LISTED4 4040 >/dev/null
	measure
	(($(number 'rate(clarent_xdp_packets_total{reason="unlisted",verdict="drop"}[30s]) > 0' || echo 0) < 1)) || break
	sleep 0.5
done
equal "what was dropped arrives at Prometheus as a rate" 1 "$(number \
	'sum(rate(clarent_xdp_packets_total{reason="unlisted",verdict="drop"}[30s])) > 0')"
equal "node_exporter takes the file whole" 0 \
	"$(ask /api/v1/query query=node_textfile_scrape_error | jq -r '.data.result[0].value[1]')"
equal "its counts are the filter's" "$(in_ns server clarent-xdp -j stats | jq '[.counters[] |
	select(.policy == "gateway" and .reason == "unlisted")][0].packets')" \
	"$(sleep 1.5; ask /api/v1/query 'query=clarent_xdp_packets_total{policy="gateway",reason="unlisted"}' |
		jq -r '.data.result[0].value[1]')"

# Every query of the board, as Grafana would ask it, has an answer.
while read -r expr; do
	query=${expr//\$instance/.*}
	query=${query//\$__rate_interval/30s}
	answer=$(ask /api/v1/query "query=$query" | jq -r '"\(.status) \(.data.result | length > 0)"')
	equal "board: $expr" "success true" "$answer"
done < <(jq -r '.panels[].targets[].expr' "$RULES/board.json")

# Every alert rule is evaluated without an error, and what it reads is there.
for ((i = 0; i < 20; i++)); do
	health=$(ask /api/v1/rules | jq -r '.data.groups[].rules[] | "\(.name) \(.health)"')
	grep -q unknown <<<"$health" || break
	sleep 0.3
done
while read -r name state; do
	equal "alert $name is evaluated" ok "$state"
done <<<"$health"
equal "... all of them" "$(grep -c 'alert:' "$RULES/alerts.yml")" "$(wc -l <<<"$health")"
while read -r metric; do
	check "$metric is there for them" test "$(number "$metric")" -gt 0
done < <(grep -ohE '(clarent_xdp|node_textfile)_[a-z_]+' "$RULES/alerts.yml" |
	grep -vx clarent_xdp_ | sort -u)
equal "an entry that ends within three days is told" firing "$(ask /api/v1/alerts | jq -r \
	'.data.alerts[] | select(.labels.alertname == "ClarentXdpEntryEnds").state' | sort -u)"
