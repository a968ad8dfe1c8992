#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No gap in mode tc: the same flood, judged at tc ingress, held by a link and by a filter.
. "${0%/*}/nogap.sh" --tc
