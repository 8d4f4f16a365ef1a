#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the guest's test programs, each leaving its TAP in build/test/guest.
. "$(dirname "$0")/../tap.sh"
modprobe vgem || echo 'no vgem: other devices are not tried' >&2
for program in build/guest/tests/guest/*; do
	name=${program##*/}
	case $name in *.p | pattern) continue ;; esac
	[ -f "$program" ] && [ -x "$program" ] || continue
	timeout 900 "$program" > "build/test/guest/$name.tap" 2> "build/test/guest/$name.stderr"
	status=$?
	# It may die after its plan.
	[ $status -lt 124 ] || result 'not ok' "it ended with status $status" >> "build/test/guest/$name.tap"
done
bash tests/guest/alloc.sh > build/test/guest/alloc.tap 2> build/test/guest/alloc.stderr
exit 0
