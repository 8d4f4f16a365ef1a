#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh FOLDER: runs the guest's test programs, each leaving its TAP in FOLDER.
folder=$1
. "$(dirname "$0")/../tap.sh"
modprobe vgem || echo 'no vgem: other devices are not tried' >&2
for program in build/guest/tests/guest/*; do
	name=${program##*/}
	case $name in *.p | pattern) continue ;; esac
	[ -f "$program" ] && [ -x "$program" ] || continue
	timeout 900 "$program" > "$folder/$name.tap" 2> "$folder/$name.stderr"
	status=$?
	# It may die after its plan.
	[ $status -lt 124 ] || result 'not ok' "it ended with status $status" >> "$folder/$name.tap"
done
bash tests/guest/alloc.sh > "$folder/alloc.tap" 2> "$folder/alloc.stderr"
exit 0
