# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A real Prometheus: not part of `make test`, as to install it starts one on the host.
.PHONY: metricstest root-metricstest
metricstest: ## scrape metrics by a real node_exporter and Prometheus, ask what board and alerts ask
	$(Q)$(AS_ROOT) root-metricstest
root-metricstest:
	$(Q)tools/deps.sh prometheus prometheus-node-exporter
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/run tests/metrics/prometheus.sh
