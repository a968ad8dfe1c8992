#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The examples for Ansible and cloud-init: they are well formed, and what they write is read.
. "${0%/*}/../net/lib.sh"

TOOLS=$(realpath "$TESTS/../tools/fleet")
export ANSIBLE_LOCAL_TEMP=/run/tmp/ansible ANSIBLE_HOME=/run/tmp/ansible HOME=/run/tmp/home
export ANSIBLE_REMOTE_TEMP=/run/tmp/remote ANSIBLE_LOCALHOST_WARNING=false LC_ALL=C.UTF-8
mkdir -p /run/tmp/home /dev/shm

if command -v cloud-init >/dev/null; then
	check "cloud-init takes its example" cloud-init schema --config-file "$TOOLS/cloud-init.yml"
	sed 's/^package_update: true/package_update: [7]/' "$TOOLS/cloud-init.yml" >/run/tmp/wrong.yml
	check "... and would not take another" bash -c '! cloud-init schema --config-file /run/tmp/wrong.yml'
	/usr/bin/python3 -c 'import yaml, sys
for file in yaml.safe_load(open(sys.argv[1]))["write_files"]:
    if file["path"].endswith("/fleet.conf"):
        print(file["content"], end="")' "$TOOLS/cloud-init.yml" >/run/tmp/cloud.conf
	refused "... its configuration is read, to the first file that is not there" 1 "/etc/clarent-xdp/fleet/password" \
		clarent-xdp fleet status config /run/tmp/cloud.conf
else
	skip "cloud-init" "needs cloud-init"
fi

command -v ansible-playbook >/dev/null || {
	skip "Ansible" "needs ansible-core"
	exit 0
}
PLAYBOOK=/run/tmp/play/fleet.yml
cp -r "$TOOLS/ansible" /run/tmp/play
mkdir /run/tmp/play/pki /etc/clarent-xdp
for file in ca.crt trust.pub gw1.{crt,key,password}; do
	echo "$file" >"/run/tmp/play/pki/$file"
done
cat >/run/tmp/hosts <<-END
	[fleet]
	gw1 ansible_connection=local ansible_python_interpreter=/usr/bin/python3 fleet_group=canary
	[fleet:vars]
	fleet_endpoints=["https://127.0.0.1:1", "https://127.0.0.1:2"]
	fleet_self_tests=["203.0.113.5 gateway"]
END
check "ansible-playbook finds no fault with it" ansible-playbook -i /run/tmp/hosts --syntax-check $PLAYBOOK
play() { # what is there without a package and without systemd
	ansible-playbook -i /run/tmp/hosts --skip-tags packages,services $PLAYBOOK 2>&1 | tee /run/tmp/played |
		grep -oE "changed=[0-9]+ .*failed=[0-9]+" | tr -s ' ' || tail -n 3 /run/tmp/played
}
first=$(play)
check "the role runs" grep -q "changed=4 unreachable=0 failed=0" <<<"$first"
check "... twice, and changes nothing the second time" grep -q "changed=0 unreachable=0 failed=0" <<<"$(play)"
equal "... keys are root's alone" "600" "$(stat -c %a /etc/clarent-xdp/fleet/gw1.key)"
refused "... its configuration is read" 1 "fleet: '(https://127.0.0.1|/etc/clarent-xdp)" clarent-xdp fleet status
