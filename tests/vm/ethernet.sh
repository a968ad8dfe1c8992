#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tunnels of Ethernet: attached in mode generic, the device judges what comes out of it.
. "${0%/*}/inside.sh"

! tunnel gretap 46 gretap "$FROM4" "$TO4" || judged t0
! tunnel ip6gretap 46 ip6gretap "$FROM6" "$TO6" || judged t0
! tunnel ERSPAN 46 erspan "$FROM4 seq key 7 erspan_ver 1 erspan 1" \
	"$TO4 seq key 7 erspan_ver 1 erspan 1" || judged t0
! tunnel VXLAN 46 vxlan "id 7 $FROM4 dstport 4789" "id 7 $TO4 dstport 4789" || judged t0
# the sender's first address: Geneve has no local one to be told
! tunnel Geneve 46 geneve "id 7 remote $LISTED4" "id 7 remote $SERVER4" || judged t0
